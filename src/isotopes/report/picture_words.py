"""A check of pictures in words: what its verdict means, and what it doesn't."""

from __future__ import annotations

from isotopes.report.key_words import about_key
from isotopes.report.remarks import remark_in_words
from isotopes.report.words import ASSUMED, FOR_INCONCLUSIVE, NO_PROOF, in_chance
from isotopes.verify import Outcome
from isotopes.verify.verdicts.outcome import begin_plainly
from isotopes.verify.verdicts.pictures import PictureVerdict

EXACT = (
    "The p-value is exact. The mark and its decoys were drawn by one rule from one secret key, and"
    " the owner committed to all of them together. For pictures whose maker never saw the mark it"
    " is one draw among many, so its rank is random, whatever the pictures show.",
    "That rests on one condition: the pictures, what was asked for to get them, and the choice"
    " which to keep must be independent of the key. Pictures that somebody marked, or picked by how"
    " well they match the mark, would pass for a generator's.",
)
FOR_DETECTED = (
    "It says that whoever made these pictures has the mark in what it makes. A generator has it"
    " from pictures that carry the mark. It does not show which of them it saw, or how many.",
    "It does not show that a generator made the pictures: anybody who doubts it can have the"
    " generator make new ones.",
)
BY_GROUP = (
    "Each group's p-value is among the decoys' largest scores anywhere, so all groups can be read"
    " together. A group's score is of its difference from all others: a mark that all groups show"
    " alike is found in all pictures together, and in no group."
)
LOOKED_ONCE = (
    "nobody committed to these pictures before they could be looked at: the p-value is that of the"
    " first check, so whoever checked others, or these as they grew in number, must report all"
)
FOR_NOT_DETECTED = (
    "It does not show that the pictures were not used. Generators lose most of a faint mark, above"
    " all those that work on an autoencoder's latents, and more pictures may be needed.",
)


def picture_sentence(verdict: PictureVerdict) -> str:
    """The verdict and its ground, as one line."""
    return f"{verdict.verdict}: {picture_ground(verdict)}"


def picture_ground(verdict: PictureVerdict) -> str:
    """What the verdict rests on: why it is inconclusive, what the test found, or both."""
    clauses = [remark_in_words(reason) for reason in verdict.reasons]
    if verdict.pvalue is not None:
        assert verdict.score is not None
        drawn = len(verdict.decoy_scores)
        high = sum(score >= verdict.score for score in verdict.decoy_scores)
        single = verdict.pictures == 1
        pictures = f"{verdict.pictures:,} picture{'s' * (not single)}"
        matched = (
            f"{pictures} match{'es' * single} the mark better than any of {drawn:,} decoys"
            if high == 0
            else f"{high:,} of {drawn:,} decoys match {pictures} as well as the mark, or better"
        )
        by_chance = f"{high + 1:,} time{'s' * (high > 0)} in {drawn + 1:,}"
        if verdict.looks > 1:
            by_chance += f", for each of {verdict.looks} looks"
        clauses.append(
            f"{matched}; an innocent generator's would look this guilty at most {by_chance}"
            f" (p = {verdict.pvalue:.3g})"
        )
    return begin_plainly(verdict.verdict, "; ".join(clauses), asked="the generator")


def picture_warnings(verdict: PictureVerdict) -> list[str]:
    """What limits the verdict, one clause each."""
    found = [remark_in_words(warning) for warning in verdict.warnings]
    if verdict.verdict is Outcome.DETECTED and verdict.looks == 1:
        found.append(LOOKED_ONCE)
    return found


def what_it_says(verdict: PictureVerdict) -> tuple[str, ...]:
    """What the p-value rests on, paragraph by paragraph."""
    if verdict.pvalue is None:
        return ()
    grouped = (BY_GROUP,) if verdict.by_group else ()
    return (*(EXACT if verdict.exchangeable else ASSUMED), *grouped)


def what_it_does_not_say(verdict: PictureVerdict) -> tuple[str, ...]:
    """What nobody should read into this verdict, paragraph by paragraph."""
    if verdict.verdict is Outcome.NOT_DETECTED:
        return FOR_NOT_DETECTED
    if verdict.verdict is Outcome.INCONCLUSIVE or verdict.pvalue is None:
        return FOR_INCONCLUSIVE
    proof = NO_PROOF.format(chance=in_chance(verdict.pvalue))
    return (*FOR_DETECTED, proof, about_key([verdict.beacon]))


def found_rows(verdict: PictureVerdict) -> list[tuple[str, str]]:
    """What was found, as (what, value)."""
    if verdict.pvalue is None:
        return []
    name = "p-value, exact" if verdict.exchangeable else "p-value, under the assumption"
    return [
        (name, f"{verdict.pvalue:.4g} (level {verdict.level:g})"),
        ("best seen as", verdict.found or ""),
    ]


def group_rows(verdict: PictureVerdict) -> list[tuple[str, str]]:
    """Group by group, such as prompts: what sets it apart from all others, as (what, value)."""
    return [
        (
            match.group,
            f"{match.pictures:,} pictures, {match.score:+.1f} standard deviations,"
            f" p = {match.pvalue:.3g}",
        )
        for match in verdict.by_group
    ]


def effort_rows(verdict: PictureVerdict) -> list[tuple[str, str]]:
    """What the check took, as (what, value)."""
    left_out = f"{verdict.repeated} copies of others, {verdict.unreadable} unreadable"
    return [
        ("pictures", f"{verdict.pictures:,}"),
        ("groups of pictures", f"{verdict.groups}"),
        *([("look", f"{verdict.look} of {verdict.looks}")] if verdict.looks > 1 else []),
        ("pictures left out", left_out),
        ("decoys", f"{len(verdict.decoy_scores):,} of {verdict.decoys:,}"),
    ]
