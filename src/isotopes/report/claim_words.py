"""A claim's verdict in words: what was found, who chose what, and what remains open."""

from __future__ import annotations

from isotopes.report.remarks import remark_in_words
from isotopes.report.sentences import ground
from isotopes.verify.verdicts.claim import ClaimOutcome, ClaimVerdict

MEANS = {
    ClaimOutcome.CONFIRMED: (
        "The mark was found again with pictures and an order of queries that the claimant did not"
        " choose. Pictures made from the key, invented originals, an edited vault and invented"
        " answers don't help to get this result from a model that was really asked.",
    ),
    ClaimOutcome.NOT_CONFIRMED: (
        "The mark was not found again. The claim may still be true: a weak mark is found with some"
        " pictures and not with others. But nothing here supports it.",
    ),
    ClaimOutcome.INCONCLUSIVE: ("Asking again gave no result.",),
}
NULL = (
    "The p-value is exact under one condition: the model and the claimant's key are independent."
    " Probes and order were drawn by a hash of the commitment, the model's identity and the random"
    " value. So they are independent of the key, if the claimant did not know the value when the"
    " key was made.",
)
OPEN = (
    "Whether the key was made before the model. The receipt's time stamp says how old the key is."
    " It must be older than the model: else the claimant could choose the key by asking the model.",
    "Whether the key was chosen by trial, on a similar model or to resemble another person's mark."
    " Only public randomness in the key rules that out.",
    "How often the claim was verified. With enough models, random values, labels or folders of"
    " pictures any claim is confirmed once.",
    "How many isotopes the claimant has. The luckiest of a hundred is confirmed as well, because"
    " the same luck is met again: ask for the list of all receipts (--receipts).",
    "Whether the model that answered is the one in question. A file of answers, a function or an"
    " address that came from the claimant may answer anything.",
    "Whether the mark was published in the claimant's own pictures. Look where they were posted,"
    " and since when (--published).",
    "Whether the service has since trained on queries. An honest check shows it mark and decoys"
    " alike. A claimant who sent it the mark alone, many times, has taught it the mark.",
)
MARK = "the mark"  # a third party reads this
_COPIES = "whoever hosts them can say since when"


def claim_sentence(found: ClaimVerdict) -> str:
    """The outcome and its ground, as one line."""
    return f"{found.outcome}: {ground(found.asked, MARK)}"


def claim_warnings(found: ClaimVerdict) -> list[str]:
    """What limits the outcome, one clause each."""
    warnings = [remark_in_words(warning) for warning in found.asked.warnings]
    if not found.same_model:
        warnings.append(
            f"the claim is about another model ({found.claimed.target_identity}) than the one that"
            f" was asked ({found.asked.target_identity})"
        )
    if found.receipts == 1:
        warnings.append("the claimant showed no list of receipts, so this isotope counts as one")
    if found.tries == 1:
        warnings.append(
            "this counts as the only time that the claim was verified: whoever repeats it with"
            " other models, random values, labels or pictures, or with and without disguise, must"
            " say how often (--tries)"
        )
    if found.label_told:
        warnings.append(
            f'the label "{found.asked.label}" is the one that the claimant found with the mark: the'
            " p-value holds only if whoever asked would have named it without knowing that"
        )
    if found.asked.beacon is None:
        warnings.append(
            "no public randomness is in the key, so it could be chosen by trial: to score high in a"
            " similar model, or to resemble a mark that somebody else published"
        )
    if found.asked.copies is None:
        warnings.append(
            "no published copies were looked at, so nothing shows that the mark was published"
        )
    return warnings


def chosen_rows(found: ClaimVerdict) -> list[tuple[str, str, str]]:
    """Who chose what, as (what, who, value)."""
    asked, random = found.asked, "the random value"
    beacon = f"with {asked.beacon} mixed in" if asked.beacon else "nothing else is mixed in"
    return [
        (
            "the mark",
            "the claimant",
            f"a key said to date from {found.created}; {beacon}",
        ),
        ("how visible it is", "the claimant", "fixed in the commitment"),
        ("the label", *_label(found)),
        ("the model", "whoever asked", f"{asked.target}, {asked.target_identity}"),
        ("the pictures to draw from", "whoever asked", found.pictures),
        ("the probes", random, f"{asked.probes} drawn from them"),
        ("the decoys", "the claimant", f"{len(asked.decoy_scores)}, by the same key as the mark"),
        ("the order of the queries", random, "the mark anywhere among the decoys"),
        _queries(found),
        ("the random value", found.random_source, found.random),
        ("the level", "whoever asked", _level(found)),
    ]


def found_rows(found: ClaimVerdict) -> list[tuple[str, str]]:
    """What the claim says and what asking again gave, as (what, value)."""
    rows = [
        ("claimed", _pvalue(found.claimed.pvalue)),
        ("found on asking again", _pvalue(found.asked.pvalue)),
        ("queries", f"{found.asked.queries:,}"),
    ]
    copies = found.asked.copies
    if copies is not None:
        word = "carry" if copies.highest else "don't carry"
        rows.append(
            (
                "published copies",
                f"{copies.pictures} pictures {word} the mark: p = {copies.pvalue:.3g} among"
                f" {copies.decoys} decoys; {_COPIES}",
            )
        )
    return rows


def _label(found: ClaimVerdict) -> tuple[str, str]:
    if found.picked:
        return "whoever asked", str(found.asked.label)
    if found.asked.labels_searched > 1:
        return (
            "nobody",
            f"all {found.asked.labels_searched} were searched; {found.asked.label} rose",
        )
    return "the claimant", f"{found.asked.label}, as committed"


def _queries(found: ClaimVerdict) -> tuple[str, str, str]:
    what = "how each query shows its picture"
    if found.asked.disguised:
        return what, "the random value", "disguised, as whoever asked wanted it"
    return what, "whoever asked", "as it is, with the mark or a decoy in it"


def _level(found: ClaimVerdict) -> str:
    parts = [
        f"{number} {what}"
        for number, what in ((found.receipts, "isotopes"), (found.tries, "tries"))
        if number > 1
    ]
    if not parts:
        return f"{found.asked.level:g}"
    return f"{found.whole_level:g}, divided by {' and '.join(parts)}: {found.asked.level:.3g}"


def _pvalue(pvalue: float | None) -> str:
    return "no p-value" if pvalue is None else f"p = {pvalue:.4g}"
