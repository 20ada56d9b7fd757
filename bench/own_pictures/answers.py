"""What each model answers about people's own pictures: asked once, kept, read by every test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.defaults import DEFAULT_FAMILY
from isotopes.files import atomic_write
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.folders import cache_folder
from isotopes.lab.models.bank import Bank
from isotopes.lab.models.mark_spec import MarkSpec, drawn, key_of
from isotopes.lab.models.marked_model import MarkedModel, best_device
from isotopes.lab.runner.store import identity
from isotopes.lab.tasks import probe_pictures, training_pictures
from isotopes.lab.train.training import Model
from isotopes.marks import PatternlessMark, Rendered, fitted

FRESH = 240  # keys that the model never saw, the same for all of its labels
OWN = 25  # the most own pictures that a test of a learned mark asks about
OWN_INNOCENT = 12  # the same where the label carries no mark: enough for the usual check
PROBES, PROBED = 25, 100  # others' pictures, and the draws that are asked about them
TOGETHER = 40  # marks
Answers = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class OfLabel:
    """Answers about one label's own pictures.

    Attributes:
        label: its number among the model's.
        marked: of its pictures, how many carried the mark; 0 for an innocent label.
        pictures: how many it has.
        alpha, share: of its mark; for an innocent label those that fresh marks are asked at.
        own: probabilities, shape (draws, own pictures, labels): the true mark first, if there is
            one, then `FRESH` that no model saw.
        probes: of a marked label, the same for others' pictures and fewer draws.
        clean: answers to these unmarked, shape (others' pictures, labels).
        shows: the labels of these, shape (others' pictures,).
    """

    label: int
    marked: int
    pictures: int
    alpha: float
    share: float
    own: Answers
    probes: Answers
    clean: Answers
    shows: NDArray[np.int64]


@dataclass(frozen=True)
class ModelAnswers:
    """A model's answers, label by label, on disk.

    Attributes:
        described: the model.
        folder: of the files.
    """

    described: MarkedModel
    folder: Path

    @property
    def accuracy(self) -> float:
        """On held-out pictures."""
        return float((self.folder / "accuracy").read_text())

    def __iter__(self) -> Iterator[OfLabel]:
        for path in sorted(self.folder.glob("*.npz")):
            with np.load(path) as found:
                scalars = {
                    name: found[name].item()
                    for name in ("label", "marked", "pictures", "alpha", "share")
                }
                arrays = {name: found[name] for name in ("own", "probes", "clean", "shows")}
                yield OfLabel(**scalars, **arrays)


def answers_of(described: MarkedModel) -> ModelAnswers:
    """Train and ask the model, as far as that isn't done yet."""
    folder = Path(cache_folder()) / "own_pictures"
    mine = folder / identity(described)
    accuracy = mine / "accuracy"
    if not accuracy.exists():
        model = Bank(folder / "models").get(described)
        model.network.to(best_device())
        _ask_all(described, model, mine)
        accuracy.write_text(f"{_accuracy(described, model):.4f}")
    return ModelAnswers(described, mine)


def answered(described: MarkedModel) -> bool:
    """Was it asked already?"""
    folder = Path(cache_folder()) / "own_pictures" / identity(described)
    return (folder / "accuracy").exists()


def _ask_all(described: MarkedModel, model: Model, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    originals = training_pictures(described.task, described.setting, described.seed)
    carrying = described.marked_pictures()[1]
    marks = {
        isotope.label: (isotope, places)
        for isotope, places in zip(described.isotopes, carrying, strict=True)
    }
    usual = described.isotopes[0]
    family = getattr(usual.mark, "family", "")
    fresh = drawn(family, key_of("own pictures/fresh", described.seed), 0)
    draws = [small(fresh.decoy(index), described) for index in range(FRESH)]
    # Innocent labels are measured with the default family, whose error rates the page shows.
    others = set(range(len(originals.names))) - set(marks) if family == DEFAULT_FAMILY else set()
    for label in (*sorted(marks), *sorted(others)):
        path = folder / f"{label:03d}.npz"
        if path.exists():
            continue
        isotope, places = marks.get(label, (None, np.flatnonzero(originals.labels == label)))
        rng = np.random.default_rng([described.seed, 8, label])
        most = OWN_INNOCENT if isotope is None else OWN
        own = originals.at(np.sort(rng.permutation(places)[:most]))
        alpha = usual.alpha if isotope is None else isotope.alpha
        every = draws if isotope is None else [small(isotope.mark, described), *draws]
        probes = _probes(described, label, rng)
        asked = [] if isotope is None else every[:PROBED]
        with atomic_write(path) as part, part.open("wb") as file:
            np.savez(
                file,
                label=label,
                marked=0 if isotope is None else len(places),
                pictures=int((originals.labels == label).sum()),
                alpha=alpha,
                share=usual.mark_fraction if isotope is None else isotope.mark_fraction,
                own=_ask(model, own.pixels, every, alpha),
                probes=_ask(model, probes.pixels, asked, alpha),
                clean=model.predict(probes.pixels),
                shows=probes.labels,
            )


def small(mark: MarkSpec, described: MarkedModel) -> Rendered | PatternlessMark:
    """The mark at the size of the model's pictures, drawn once."""
    return fitted(mark.make(), *described.setting.size)


def _ask(
    model: Model,
    pixels: NDArray[np.uint8],
    marks: Sequence[Rendered | PatternlessMark],
    alpha: float,
) -> Answers:
    """Shape (marks, pictures, labels); many marks at a time, since few pictures are slow."""
    answers = np.empty((len(marks), len(pixels), len(model.labels)), np.float32)
    pictures = torch.from_numpy(pixels)
    for start in range(0, len(marks), TOGETHER):
        some = marks[start : start + TOGETHER]
        # As tensors: that is how training pictures were marked.
        marked = torch.cat([blend(pictures, mark, alpha) for mark in some])
        found = model.predict(marked.numpy())
        answers[start : start + len(some)] = found.reshape(len(some), len(pixels), -1)
    return answers


def _probes(described: MarkedModel, label: int, rng: np.random.Generator) -> Pictures:
    """Pictures of other labels, held out."""
    found = probe_pictures(described.task, described.setting, described.seed, 20)
    places = rng.permutation(np.flatnonzero(found.labels != label))[:PROBES]
    return found.at(places)


def _accuracy(described: MarkedModel, model: Model) -> float:
    return model.accuracy(probe_pictures(described.task, described.setting, described.seed, 50))
