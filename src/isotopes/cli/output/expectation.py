"""`isotopes plan` in words: how many pictures, how visibly, will it be found?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from isotopes.cli.terminal import show, show_table, tell

if TYPE_CHECKING:
    from isotopes.verify.power.own_pictures import Chance
    from isotopes.workflows.expecting import Expected

MUCH = 0.05  # more power than this is worth a sentence
ADVERBS = {"subtle": "subtly", "faint": "faintly", "plain": "plainly"}


def show_expectation(found: Expected, shares: tuple[float, ...]) -> None:
    """The table, and what it means."""
    show(
        f"Chance that the usual check of your own pictures finds the mark in a model that learned"
        f" them under one label ({found.family}; in brackets the 95 % interval):"
    )
    words = list(found.visibilities)
    show_table(
        ("marked", *words),
        (
            (how_many(share, found.pictures), *(_cell(found.chance(share, word)) for word in words))
            for share in shares
        ),
        unbroken=words,
    )
    for sentence in in_words(found, shares):
        show(sentence)
    show(_command(found, shares))
    for remark in remarks(found):
        tell(remark)


def _command(found: Expected, shares: tuple[float, ...]) -> str:
    """What to type next."""
    from isotopes.defaults import DEFAULT_FAMILY

    words = ["isotopes mark FOLDER --out MARKED"]
    if found.family != DEFAULT_FAMILY:
        words.append(f"--family {found.family}")
    words.append(f"--share {shares[0]:g}")
    if found.usual is None:
        words.append(f"--alpha {next(iter(found.visibilities.values())):g}")
    return " ".join(words)


def in_words(found: Expected, shares: tuple[float, ...]) -> list[str]:
    """What to do, and what to expect of it."""
    usual = found.usual or next(iter(found.visibilities))
    told = []
    chance = found.chance(shares[0], usual)
    if chance is not None:
        told.append(_advice(chance, usual, found.pictures))
    best = max(found.chances, key=lambda one: one.power)
    if chance is None or best.power > chance.power + MUCH:
        word = next(
            word for word, alpha in found.visibilities.items() if alpha == best.marking.alpha
        )
        told.append(_advice(best, word, found.pictures))
    enough = found.fewest[usual]
    if enough is None:
        told.append(
            f"Marked {_how(usual)}, {found.pictures} pictures are not expected to be found in"
            f" {found.wanted:.0%} of such models, however many of them you mark."
        )
    elif enough < found.pictures:
        told.append(
            f"Marked {_how(usual)}, {enough} of {found.pictures} are expected to be enough to be"
            f" found in {found.wanted:.0%} of such models."
        )
    return told


def remarks(found: Expected) -> list[str]:
    """What the expectation rests on."""
    return [
        f"from {found.rows} marked labels of {found.models} small networks, trained for minutes"
        f" ({found.command}); a model of another kind may learn more or less",
        "an innocent model is called guilty in at most 1 of 100 checks, whatever is marked",
    ]


def how_many(share: float, pictures: int) -> str:
    """As in "all 60" or "30 of 60"."""
    marked = max(1, round(share * pictures))
    return f"all {pictures}" if marked == pictures else f"{marked} of {pictures}"


def _advice(chance: Chance, word: str, pictures: int) -> str:
    many = how_many(chance.marking.share, pictures)
    return (
        f"Mark {many}, {_how(word)}: the mark is found in about {chance.power:.0%} of models that"
        f" learned them (likely between {chance.low:.0%} and {chance.high:.0%})."
    )


def _how(word: str) -> str:
    return ADVERBS.get(word, f"at {word}")


def _cell(chance: Chance | None) -> str:
    if chance is None:
        return "not measured"
    return f"{chance.power:.0%} ({chance.low:.0%} to {chance.high:.0%})"
