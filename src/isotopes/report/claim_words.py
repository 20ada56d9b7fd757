"""A claim's verdict in words: what was found, who chose what, and what remains open."""

from __future__ import annotations

from isotopes.report.remarks import remark_in_words
from isotopes.report.sentences import ground
from isotopes.report.words import independence_in_words
from isotopes.verify.verdicts.claim import ClaimOutcome, ClaimVerdict

MEANS = {
    ClaimOutcome.CONFIRMED: (
        "The mark was found again with pictures and an order of queries that the claimant did not"
        " choose. Pictures made from the key, invented originals, an edited vault and invented"
        " answers don't help to get this result from a model that was really asked.",
        "The key holds a random value that nobody knew when the receipt was stamped. So the"
        " claimant could not try keys until the mark of one resembled somebody else's, or moved a"
        " similar model, except by committing to many keys.",
    ),
    ClaimOutcome.KEY_UNPROVEN: (
        "The mark was found again with pictures and an order of queries that the claimant did not"
        " choose. The claim may well be true: this is what an honest owner gets whose mark has no"
        " public randomness in its key, or whose dates were not checked.",
        "But somebody who never had a picture in the model's data can get it too. They try keys"
        " until one has a mark like one that somebody else published, or one that moves a similar"
        " model: with the usual kind of marks a thousand keys can be enough, which takes seconds."
        " Whether that happened has to be decided by other means: since when the published copies"
        " have been there, whose receipt was stamped first if two people claim the model, and"
        " whether the claimant's other marks are found as well.",
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
    " key was made, and neither made nor chose any of the pictures that they were drawn from.",
)
OPEN = (
    "Whether the key was made before the model. The receipt's time stamp says how old the key is."
    " It must be older than the model: else the claimant could choose the key by asking the model.",
    "How often the claim was verified, and by how many others. With enough models, random values,"
    " labels or folders of pictures any mark is found once, and a claimant may go from one third"
    " party to the next and show only the page that suits them.",
    "Who could put pictures into the set that the probes were drawn from. A public set must be"
    " older than the receipt: pictures made from the key can make any model look guilty.",
    "How many isotopes the claimant has. The luckiest of a hundred is confirmed as well, because"
    " the same luck is met again: ask for the list of all receipts (--receipts).",
    "Whether the model that answered is the one in question. A file of answers, a function or an"
    " address that came from the claimant may answer anything.",
    "Whether the mark was published in the claimant's own pictures. Look where they were posted,"
    " and since when (--published).",
    "Whether the service has since trained on queries. An honest check shows it mark and decoys"
    " alike. A claimant who sent it the mark alone, many times, has taught it the mark.",
)
BY_TRIAL = (
    "Whether the key was chosen by trial, on a similar model or to resemble another person's mark."
    " Only public randomness in the key rules that out, and only if its value is looked up and the"
    " receipt was stamped before it was drawn (--beacon, --root, --drawn)."
)
BY_COMMITTING = (
    "How many keys the claimant had committed to before the random value was drawn. Whoever has a"
    " thousand receipts stamped has a thousand tries. Ask which receipts announced this value, and"
    " who was shown this one at that time."
)
MARK = "the mark"  # a third party reads this
_COPIES = "whoever hosts them can say since when"


def claim_sentence(found: ClaimVerdict) -> str:
    """The outcome and its ground, as one line."""
    return f"{found.outcome}: {claim_ground(found)}"


def claim_ground(found: ClaimVerdict) -> str:
    """What the outcome rests on, and what keeps a mark that was found from confirming the claim."""
    clauses = [ground(found.asked, MARK)]
    if found.outcome is ClaimOutcome.KEY_UNPROVEN:
        clauses.append(f"this confirms no claim yet: {key_gap(found)}")
    return "; ".join(clauses)


def key_gap(found: ClaimVerdict) -> str | None:
    """Why the key may have been chosen by trial; None if that is ruled out."""
    key, beacon = found.key, found.asked.beacon
    if key.random:
        return None
    trial = "the key may have been chosen by trial, to resemble another mark or on a similar model"
    if beacon is None:
        return f"{trial}, as no public randomness is in it"
    if not key.looked_up:
        return f"{trial}: nobody looked up whether {beacon} is what was drawn (--beacon)"
    if key.stamped is None:
        return f"{trial}: no stamp shows that its receipt is older than {beacon} (--root)"
    if key.drawn is None:
        return f"{trial}: nobody said when {beacon} was drawn (--drawn)"
    return f"{trial}: its receipt was stamped at {key.stamped}, and {beacon} drawn at {key.drawn}"


def not_said(found: ClaimVerdict) -> tuple[str, ...]:
    """What remains open, paragraph by paragraph."""
    return (OPEN[0], BY_COMMITTING if found.key.random else BY_TRIAL, *OPEN[1:])


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
    if found.picked:
        told = ", which the claimant's own verdict names" * found.label_told
        warnings.append(
            f'nobody committed to the label "{found.asked.label}"{told}: whoever asked named it.'
            " The p-value holds only if they chose it by what the published pictures show, and not"
            " because the claimant, who may have found it by trial, told them"
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
        ("the key", key_gap(found) or _proven(found)),
    ]
    if found.asked.independence is not None:
        told = independence_in_words(found.asked.independence)
        rows.append(("probes independent of the mark", told))
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


def _proven(found: ClaimVerdict) -> str:
    key = found.key
    return (
        f"not chosen by trial: {found.asked.beacon} was looked up, drawn at {key.drawn}, and the"
        f" receipt was stamped before, at {key.stamped}"
    )


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
