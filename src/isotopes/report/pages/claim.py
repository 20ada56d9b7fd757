"""The page of a claim that a third party verified: the outcome, and who chose what."""

from __future__ import annotations

from isotopes.escaping import json_text
from isotopes.hints import quoted
from isotopes.report import claim_words as words
from isotopes.report.pages.background import ARITHMETIC
from isotopes.report.pages.check import chart
from isotopes.report.pages.content import Command, Page, Statement, Table
from isotopes.verify.verdicts.claim import ClaimVerdict


def claim_content(found: ClaimVerdict) -> Page:
    """The content of this claim's page."""
    asked = found.asked
    return Page(
        title=f"Claim about {asked.target}: {found.outcome}",
        question=(
            f"Somebody claims that the model {asked.target} was trained on pictures with the mark"
            f" of {asked.isotope}. A third party asked it again: is that so?"
        ),
        outcome=found.outcome,
        ground=words.claim_ground(found),
        warnings=tuple(words.claim_warnings(found)),
        chart=chart(asked),
        tables=(
            Table(
                "Who chose what",
                ("what", "chosen by", "value"),
                tuple(words.chosen_rows(found)),
            ),
        ),
        reading=(*words.MEANS[found.outcome], *words.NULL),
        not_said=words.not_said(found),
        statements=(
            Statement("The p-value follows from the scores of mark and decoys", ARITHMETIC),
            Statement("The answers are the model's own", "whoever asked again"),
            Statement(
                "The key is as old as the claimant says",
                "the authority that stamped the receipt, if one did; else the claimant's word",
            ),
            Statement(
                "The key was not chosen by trial",
                "whoever drew the random value, and the authority that stamped the receipt before;"
                " whoever asked looked both up"
                if found.key.random
                else f"nobody: {words.key_gap(found)}",
            ),
        ),
        commands=(
            Command(
                "Anybody asks the model again, about pictures of their own",
                f"isotopes verify-claim CLAIM.zip --target {quoted(asked.target)} --probes FOLDER"
                f"{' --disguise' * asked.disguised}",
            ),
        ),
        sections=(("What was found", tuple(words.found_rows(found))),),
        json=json_text(found.to_dict(), indent=2),
    )
