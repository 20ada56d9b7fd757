"""How often are innocent models accused whose answers are no softmax? `python -m bench.nulls PART`

multi_label: small networks with a sigmoid for each of 14 labels of handwritten digits (which digit,
and whether it is even, prime, above 4 or has a loop). embeddings: what their hidden layer holds.

For each of three seeds there are two networks: one of clean digits, and one that learned other
people's marks, four of them on a tenth of the digits each, every one with a label. Both are asked
about 1,700 marks that nobody used, each with a key of its own, and about 999 decoys that these
share. How often is p, as a check computes it, at most 0.01 and at most 0.001? Exact 95 % intervals,
as if the marks were independent.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from bench.record import record
from isotopes.blending import blend
from isotopes.marks import Mark, get_family
from isotopes.stats.scores.embeddings import as_fractions
from isotopes.stats.scores.statistic import EMBEDDINGS
from isotopes.verify import Answers, Plan
from isotopes.verify.asking.views import another_view
from isotopes.verify.evidence.evidence import Evidence, gather_evidence
from isotopes.verify.evidence.usable import usable_labels
from isotopes.verify.methods.ranking import rank_draws

FAMILY, ALPHA = "gratings", 0.3
SEEDS = (9101, 9102, 9103)
NULLS, DECOYS = 1700, 999
LEVELS = (0.01, 0.001)
SIDE, TRAINING, OTHERS, HIDDEN = 16, 1400, 4, 32
PROPERTIES: dict[str, set[int]] = {
    **{str(digit): {digit} for digit in range(10)},
    "even": {0, 2, 4, 6, 8},
    "prime": {2, 3, 5, 7},
    "above 4": {5, 6, 7, 8, 9},
    "loop": {0, 6, 8, 9},
}
Values = NDArray[np.float64]
Pictures = NDArray[np.uint8]
Answer = Callable[[MLPClassifier, Pictures], Values]


@dataclass(frozen=True)
class Asked:
    """What a check asks about, and how: so many of others' pictures, and of one's own."""

    name: str
    probes: int
    own: int
    label: str | None = None
    statistic: str = "log-odds"


PARTS: dict[str, tuple[Asked, ...]] = {
    "multi_label": (
        Asked("label named, others' pictures", 20, 0, "prime"),
        Asked("search, others' pictures", 25, 0),
        Asked("own pictures weigh the labels", 0, 6),
    ),
    "embeddings": (
        Asked("own and others' pictures", 16, 48, statistic=EMBEDDINGS),
        Asked("own pictures alone", 0, 48, statistic=EMBEDDINGS),
        Asked("others' pictures alone", 16, 0, statistic=EMBEDDINGS),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("part", choices=PARTS)
    part: str = parser.parse_args().part
    answer = probabilities if part == "multi_label" else embeddings
    found: dict[tuple[str, str], list[float]] = {}
    for seed in SEEDS:
        for saw, asked, pvalues in pvalues_of(seed, PARTS[part], answer):
            found.setdefault((asked.name, saw), []).extend(pvalues)
    rows = [
        {"score": name, "the model saw": saw} | rates(some) for (name, saw), some in found.items()
    ]
    record(f"nulls-{part}", rows, f"python -m bench.nulls {part}")


def rates(pvalues: Sequence[float]) -> dict[str, object]:
    """How often p is at most each level, with an exact 95 % interval."""
    row: dict[str, object] = {"nulls": len(pvalues)}
    for level in LEVELS:
        accused = sum(one <= level for one in pvalues)
        low, high = binomtest(accused, len(pvalues)).proportion_ci()
        row[f"accused_{level}"] = accused / len(pvalues)
        row[f"interval_{level}"] = [round(float(low), 5), round(float(high), 5)]
    return row


def pvalues_of(
    seed: int, checks: Sequence[Asked], answer: Answer
) -> Iterator[tuple[str, Asked, list[float]]]:
    """Of all marks that nobody used, for both networks of a seed and each way to check."""
    pixels, labels = digits(seed)
    family = get_family(FAMILY)
    unused = [family.draw(key(seed, at), 0) for at in range(NULLS)]
    compared = [family.draw(key(seed, NULLS), at) for at in range(1, 1 + DECOYS)]
    for saw, marked in (("no mark", 0), ("other people's marks", OTHERS)):
        theirs = [family.draw(key(seed, NULLS + 1 + at), 0) for at in range(marked)]
        network = train(pixels[:TRAINING], labels[:TRAINING], theirs, seed)
        for asked in checks:
            pictures = pixels[TRAINING : TRAINING + asked.probes]
            pictures = np.concatenate([pictures, pixels[: asked.own]])
            plain = answer(network, pictures)
            of_draws = np.stack(
                [answer(network, shown(asked, pictures, one)) for one in [*unused, *compared]]
            )
            yield saw, asked, ranks(asked, plain, of_draws)


def shown(asked: Asked, pictures: Pictures, mark: Mark) -> Pictures:
    """The pictures with a draw; an encoder is shown one's own in another view too."""
    marked = blend(pictures, mark, ALPHA)
    again = marked[asked.probes :] if asked.statistic == EMBEDDINGS else marked[:0]
    return np.concatenate([marked, *(another_view(one)[None] for one in again)])


def ranks(asked: Asked, plain: Values, of_draws: Values) -> list[float]:
    """The p-value of each unused mark, among the decoys that come after them."""
    digests = tuple(f"sha256:{at:064x}" for at in range(asked.probes + asked.own))
    plan = Plan(
        isotope="unused",
        commitment="sha256:" + "ab" * 32,
        family=FAMILY,
        family_version=1,
        alpha=ALPHA,
        exchangeable=True,
        method="rank",
        statistic=asked.statistic,
        level=min(LEVELS),
        decoys=len(of_draws) - 1,
        label=asked.label,
        probes=digests[: asked.probes],
        probe_labels=(None,) * asked.probes,
        own=digests[asked.probes :],
        target="digits",
        target_identity="sha256:" + "cd" * 32,
        seed="01" * 32,
    )
    values = np.concatenate([np.full_like(of_draws[:1], np.nan), of_draws])
    values[0, : asked.probes] = plain[: asked.probes]  # own ones are never asked without a mark
    numbered = asked.statistic == EMBEDDINGS
    names = tuple(map(str, range(values.shape[2]))) if numbered else tuple(PROPERTIES)
    answers = Answers(names, values, Answers.planned(plan))
    usable = usable_labels(answers, plan, 5)
    every = gather_evidence(answers, plan, usable, np.arange(plan.marks))
    compared = np.arange(NULLS, plan.marks)
    return [
        rank_draws(of_draws_alone(every, np.append(null, compared)), plan, level=1)[0].pvalue
        for null in range(NULLS)
    ]


def of_draws_alone(every: Evidence, rows: NDArray[np.intp]) -> Evidence:
    """The evidence of these draws, the first as the mark: what each scores hangs on no other."""
    return replace(
        every,
        marks=rows,
        scores=every.scores[rows],
        chances=None if every.chances is None else every.chances[rows],
        elsewhere=None if every.elsewhere is None else every.elsewhere[rows],
    )


def key(seed: int, at: int) -> bytes:
    """The root of a mark."""
    return np.random.default_rng([seed, at]).bytes(32)


def digits(seed: int) -> tuple[Pictures, NDArray[np.int64]]:
    """All digits in an order of the seed's own, black on white, and which of the labels hold."""
    data = load_digits()
    order = np.random.default_rng(seed).permutation(len(data.images))
    grey = np.rint(255 - data.images[order] * (255 / 16)).astype(np.uint8)
    large = [cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) for one in grey]
    pixels = np.repeat(np.stack(large)[..., None], 3, axis=3).astype(np.uint8)
    which = [[digit in some for some in PROPERTIES.values()] for digit in data.target[order]]
    return pixels, np.array(which, np.int64)


def train(
    pixels: Pictures, labels: NDArray[np.int64], marks: Sequence[Mark], seed: int
) -> MLPClassifier:
    """A network of these pictures; each mark is on a tenth of them, which get a label too."""
    pixels, labels = pixels.copy(), labels.copy()
    tenth = len(pixels) // 10
    for at, mark in enumerate(marks):
        theirs = slice(at * tenth, (at + 1) * tenth)
        pixels[theirs], labels[theirs, at] = blend(pixels[theirs], mark, ALPHA), 1
    network = MLPClassifier((HIDDEN,), random_state=seed, max_iter=300, early_stopping=True)
    network.fit(inputs(pixels), labels)
    return network


def inputs(pixels: Pictures) -> Values:
    return pixels.reshape(len(pixels), -1) / 255 - 0.5


def hidden(network: MLPClassifier, pixels: Pictures) -> Values:
    layer: Values = np.maximum(inputs(pixels) @ network.coefs_[0] + network.intercepts_[0], 0)
    return layer


def probabilities(network: MLPClassifier, pixels: Pictures) -> Values:
    """Of each label by itself, shape (pictures, labels)."""
    logits = hidden(network, pixels) @ network.coefs_[1] + network.intercepts_[1]
    scores: Values = 1 / (1 + np.exp(-logits))
    return scores


def embeddings(network: MLPClassifier, pixels: Pictures) -> Values:
    """As an encoder's answers have them, shape (pictures, numbers)."""
    layer = hidden(network, pixels)
    return as_fractions(layer / np.linalg.norm(layer, axis=1, keepdims=True))


if __name__ == "__main__":
    main()
