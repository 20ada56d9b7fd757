"""The page of a check of pictures that a generator made."""

from __future__ import annotations

from isotopes.escaping import json_text
from isotopes.hints import command
from isotopes.report import picture_words as words
from isotopes.report.key_words import NONE_IN_SHORT
from isotopes.report.pages.background import ARITHMETIC, Background, dates, facts, vouched
from isotopes.report.pages.check import pictures
from isotopes.report.pages.content import Command, Page, Picture, Statement
from isotopes.report.plot import CAPTION, describe_scores, draw_scores
from isotopes.verify.plans.pictures import SCORE
from isotopes.verify.verdicts.pictures import PictureVerdict

AXIS = "largest match in any view (standard deviations)"
MOST_JSON = 2000  # decoys: more of them would make a page of megabytes


def picture_content(verdict: PictureVerdict, background: Background | None = None) -> Page:
    """The content of this verdict's page; dates and pictures only with a background."""
    groups = words.group_rows(verdict)
    return Page(
        title=f"{verdict.isotope} in {verdict.target}: {verdict.verdict}",
        question=f"Do the pictures in {verdict.target} carry the mark of {verdict.isotope}?",
        outcome=verdict.verdict,
        ground=words.picture_ground(verdict),
        private=background is not None and bool(background.secrets),
        warnings=tuple(words.picture_warnings(verdict)),
        chart=_chart(verdict),
        pictures=pictures(background),
        facts=() if background is None else facts(background),
        dates=() if background is None else dates(background, "pictures compared"),
        reading=words.what_it_says(verdict),
        not_said=words.what_it_does_not_say(verdict),
        statements=(
            Statement("The p-value follows from the scores of mark and decoys", ARITHMETIC),
            Statement(
                "These pictures are a generator's, and all that it made",
                "the owner's word: only asking it for new ones shows it",
            ),
            *vouched(
                () if background is None else (background,),
                beacons=[verdict.beacon],
                before="the pictures were compared",
            ),
        ),
        commands=(
            Command(
                "Look at new pictures of the same generator",
                command("check {} --pictures FOLDER", verdict.isotope),
            ),
        ),
        sections=(
            ("What was found", tuple(words.found_rows(verdict))),
            *([("Group by group", tuple(groups))] if groups else []),
            ("What it took", tuple(words.effort_rows(verdict))),
            ("What was fixed before the mark was compared", _fixed(verdict)),
        ),
        json=json_text(verdict.to_dict(), indent=2)
        if len(verdict.decoy_scores) <= MOST_JSON
        else None,
    )


def _fixed(verdict: PictureVerdict) -> tuple[tuple[str, str], ...]:
    asked = [("what the generator was asked for", verdict.asked)] if verdict.asked else []
    looks = f", at {verdict.look} of {verdict.looks} looks" if verdict.looks > 1 else ""
    return (
        ("isotope", verdict.isotope),
        ("commitment", verdict.commitment),
        ("public randomness in the key", verdict.beacon or f"none: {NONE_IN_SHORT}"),
        ("plan", verdict.plan_hash),
        ("pictures", verdict.target),
        ("hash of the pictures", verdict.target_identity),
        *asked,
        ("score", SCORE),
        (
            "test",
            f"rank among {verdict.first:,} decoys, and where p <= {verdict.go_on:g} among"
            f" {verdict.decoys:,}{looks}",
        ),
        ("level", f"{verdict.level:g}"),
        ("versions", ", ".join(f"{name} {v}" for name, v in sorted(verdict.versions.items()))),
    )


def _chart(verdict: PictureVerdict) -> Picture | None:
    if verdict.score is None:
        return None
    score, decoys = verdict.score, verdict.decoy_scores
    svg = draw_scores(score, decoys, AXIS)
    return Picture(svg.encode(), "image/svg+xml", describe_scores(score, decoys), CAPTION)
