"""The page of a check of a face-search gallery."""

from __future__ import annotations

from isotopes.escaping import json_text
from isotopes.faces.verdict import FaceVerdict
from isotopes.hints import command
from isotopes.report.key_words import about_key
from isotopes.report.pages.background import ARITHMETIC, Background, dates, facts, vouched
from isotopes.report.pages.check import pictures
from isotopes.report.pages.content import Command, Page, Picture, Statement
from isotopes.report.plot import CAPTION, describe_scores, draw_scores
from isotopes.report.sentences import warnings
from isotopes.verify import Outcome

READING = (
    "Each decoy is a mark that was drawn like the published one and never published. If none of the"
    " gallery's pictures carries the mark, it is one draw among many, and its rank is left to"
    " chance, whatever the engine does.",
)
NOT_SAID = (
    "It does not show who put the pictures into the gallery, or that doing so was unlawful.",
    "It says nothing about pictures other than those named.",
)
AXIS = "mean similarity of the best named picture"


def face_content(verdict: FaceVerdict, background: Background | None = None) -> Page:
    """The content of this verdict's page."""
    found = verdict.found
    _, _, ground = verdict.sentence.partition(": ")
    decided = verdict.verdict is not Outcome.INCONCLUSIVE
    return Page(
        title=f"{verdict.isotope} in {verdict.target}: {verdict.verdict}",
        question=(
            f"Does the gallery {verdict.target} hold pictures that carry the mark of"
            f" {verdict.isotope}?"
        ),
        outcome=verdict.verdict,
        ground=ground,
        warnings=tuple(warnings(verdict)),
        private=background is not None and bool(background.secrets),
        chart=_chart(verdict),
        pictures=pictures(background),
        facts=() if background is None else facts(background),
        dates=() if background is None else dates(background, "gallery searched"),
        reading=READING if found is not None else (),
        not_said=(*NOT_SAID, about_key([verdict.beacon])) if decided else (),
        statements=(
            *(
                [Statement("The p-value follows from the similarities", ARITHMETIC)]
                if found is not None
                else []
            ),
            Statement(
                "These similarities are the gallery's own",
                "the owner's word: only searching it again shows it",
            ),
            *vouched(
                () if background is None else (background,),
                beacons=[verdict.beacon],
                before="the gallery was searched",
            ),
        ),
        commands=(
            Command(
                "The owner searches the gallery again",
                command(
                    "faces check {} --engine {} --queries FOLDER --ours IDS.txt"
                    + " --disguise" * verdict.disguised,
                    verdict.isotope,
                    verdict.target,
                ),
            ),
        ),
        sections=(
            ("What was found", _found_rows(verdict)),
            ("What it took, and what was fixed before the first search", _fixed_rows(verdict)),
        ),
        json=json_text(verdict.to_dict(), indent=2),
    )


def _found_rows(verdict: FaceVerdict) -> tuple[tuple[str, str], ...]:
    found = verdict.found
    if found is None:
        return ()
    return (
        ("p-value, exact", f"{found.pvalue:.4g} (level {found.level:g})"),
        ("decoys as high", f"{found.as_high} of {found.null_distribution.size}"),
    )


def _fixed_rows(verdict: FaceVerdict) -> tuple[tuple[str, str], ...]:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(verdict.versions.items()))
    return (
        ("searches", f"{verdict.queries:,}"),
        ("pictures of the searches", "disguised" if verdict.disguised else "as they are"),
        ("named pictures", f"{verdict.ours:,}"),
        ("isotope", verdict.isotope),
        ("commitment", verdict.commitment),
        ("plan", verdict.plan_hash),
        ("gallery", verdict.target),
        ("gallery's identity", verdict.target_identity),
        ("versions", versions),
    )


def _chart(verdict: FaceVerdict) -> Picture | None:
    if verdict.found is None:
        return None
    score, decoys = verdict.found.statistic, verdict.found.null_distribution
    svg = draw_scores(score, decoys, AXIS)
    return Picture(svg.encode(), "image/svg+xml", describe_scores(score, decoys), CAPTION)
