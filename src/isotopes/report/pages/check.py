"""The page of one check: was this model trained on pictures with this mark?"""

from __future__ import annotations

from isotopes.escaping import json_text
from isotopes.hints import quoted
from isotopes.report import words
from isotopes.report.pages.background import ARITHMETIC, Background, dates, facts, vouched
from isotopes.report.pages.content import Command, Page, Picture, Statement
from isotopes.report.plot import CAPTION, describe_plot, score_plot
from isotopes.report.sentences import ground, warnings
from isotopes.verify import Outcome, Verdict

ANSWERS = "these answers are the model's own"


def check_content(verdict: Verdict, background: Background | None = None) -> Page:
    """The content of this verdict's page; dates and pictures only with a background."""
    return Page(
        title=f"{verdict.isotope} in {verdict.target}: {verdict.verdict}",
        question=(
            f"Was the model {verdict.target} trained on pictures that carry the mark of"
            f" {verdict.isotope}?"
        ),
        outcome=verdict.verdict,
        ground=ground(verdict),
        private=background is not None and bool(background.secrets),
        warnings=tuple(warnings(verdict)),
        chart=chart(verdict),
        pictures=pictures(background),
        facts=() if background is None else facts(background),
        dates=() if background is None else dates(background),
        reading=words.what_it_says(verdict),
        not_said=words.what_it_does_not_say(verdict),
        statements=tuple(_statements(verdict, background)),
        commands=_commands(verdict),
        sections=(
            ("What was found", tuple(words.evidence_rows(verdict))),
            ("What it took", tuple(words.effort_rows(verdict))),
            ("What was fixed before the model was asked", tuple(words.plan_rows(verdict))),
        ),
        json=json_text(verdict.to_dict(), indent=2),
    )


def chart(verdict: Verdict) -> Picture | None:
    """Where the mark stands among its decoys; None if there is nothing to draw."""
    svg = score_plot(verdict)
    if svg is None:
        return None
    return Picture(svg.encode(), "image/svg+xml", describe_plot(verdict), CAPTION)


def pictures(background: Background | None) -> tuple[Picture, ...]:
    """The mark and a pair of pictures for the owner; for others a mark like it."""
    if background is None:
        return ()
    specimen = background.specimen
    return background.secrets or (() if specimen is None else (specimen,))


def _statements(verdict: Verdict, background: Background | None) -> list[Statement]:
    found = []
    if verdict.pvalue is not None:
        found += [
            Statement("The p-value follows from the scores of mark and decoys", ARITHMETIC),
            Statement(
                "The scores follow from the answers, the plan and the mark",
                f"{ARITHMETIC}, once the owner opens the commitment",
            ),
        ]
    elif verdict.score is not None:
        found.append(Statement("The verdict follows from the answers and the plan", ARITHMETIC))
    found.append(
        Statement(
            f"{ANSWERS[:1].upper()}{ANSWERS[1:]}",
            "the owner's word: whoever wrote this page could have made up every number. Only asking"
            " the model again shows it",
        )
    )
    if verdict.pvalue is not None:
        found.append(
            Statement(
                "The pictures were made and chosen without the key",
                "the owner's word: only a crude forgery would have been noticed. Whoever asks again"
                " with pictures of their own doesn't need it",
            )
        )
    known = () if background is None else (background,)
    return [*found, *vouched(known, beacons=[verdict.beacon])]


def _commands(verdict: Verdict) -> tuple[Command, ...]:
    isotope, target = quoted(verdict.isotope), quoted(verdict.target)
    disguise = " --disguise" * verdict.disguised
    again = Command(
        "Anybody asks the model again, about pictures that the owner did not choose",
        f"isotopes verify-claim bundle.zip --target {target} --probes FOLDER{disguise}",
    )
    # A claim is a detection, and is asked again about labels.
    claimable = verdict.verdict is Outcome.DETECTED and not verdict.embeds
    return (
        Command(
            "The owner asks the model again, and keeps the answers",
            f"isotopes check {isotope} --target {target} --probes FOLDER{disguise}"
            " --keep answers.npz",
        ),
        Command(
            "The owner puts all parts of the check into one file; --reveal opens the commitment",
            "isotopes evidence answers.npz --out bundle.zip --reveal",
        ),
        Command(
            "Anybody checks that file, stamps included",
            "isotopes verify-evidence bundle.zip --root ROOT.pem",
        ),
        *([again] if claimable else []),
    )
