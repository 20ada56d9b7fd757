"""A cheat picks probes after looking at an innocent model's answers: `check` can't tell.

`docs/claims.md` says so, and what a third party does about it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.marks import get_family
from isotopes.photos import read_folder
from isotopes.report.sentences import PICKED_LATER, warnings
from isotopes.stats.scores.statistic import log_odds
from isotopes.targets import Picture, Target, open_target
from isotopes.vault import Isotope, new_isotope
from isotopes.verify import Outcome, Verdict
from isotopes.verify.methods.terms import committed_terms
from isotopes.verify.verdicts.claim import ClaimOutcome
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.run import check_model
from isotopes.workflows.claims import Asking, read_claim, verify_claim
from isotopes.workflows.demo import Digits

Named = list[tuple[str, Picture]]
DECOYS, LEVEL = 19, 0.05
TO_PICK_FROM, PICKED = 280, 12
KEYS = 4


@dataclass
class World:
    """An innocent model, the pictures that a cheat picks from, and a third party's own."""

    model: Target
    pictures: Named
    theirs: Named


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("isotopes.workflows.demo.perceptron.EPOCHS", 8)
    # No salt or clock of today may decide which probes the third party asks about.
    monkeypatch.setattr("isotopes.seeds.secrets", SimpleNamespace(token_bytes=bytes))
    monkeypatch.setattr("isotopes.vault.isotope.utc_now", lambda: "2026-01-01T00:00:00Z")
    photos, held_out = tmp_path / "photos", tmp_path / "probes"
    digits = Digits()
    digits.write(photos, held_out, 0)
    digits.train(sorted(photos.iterdir()), held_out, 0, tmp_path / "model.onnx")
    pictures = list(read_folder(photos))
    some = pictures[:: len(pictures) // TO_PICK_FROM]
    return World(open_target(str(tmp_path / "model.onnx")), some, list(read_folder(held_out)))


def made(key: int) -> Isotope:
    return new_isotope(
        "cheat",
        get_family("gratings"),
        0.4,
        decoys=DECOYS,
        plan=committed_terms("rank", level=LEVEL),
        root=bytes([60 + key]) * 32,
    )


def picked(isotope: Isotope, world: World) -> tuple[str, Named]:
    """The label and the pictures for which the mark lies furthest above its best decoy."""
    pictures = [picture for _, picture in world.pictures]
    clean = world.model.ask(pictures)
    scores = np.array(
        [
            log_odds(world.model.ask([blend(one, draw, isotope.alpha) for one in pictures]).values)
            for draw in map(isotope.draw, range(1 + DECOYS))
        ]
    )
    found = []
    for column, label in enumerate(clean.labels):
        usable = np.flatnonzero(clean.values.argmax(axis=1) != column)
        lead = scores[0, usable, column] - scores[1:, usable, column]
        margin, best = greedily(lead)
        found.append((margin, label, sorted(usable[best].tolist())))
    _, label, best = max(found)
    return label, [(f"{number:03}.png", pictures[number]) for number in best]


def greedily(lead: NDArray[np.float64]) -> tuple[float, list[int]]:
    """Pictures, one after the other, so that the mark leads every decoy by as much as possible.

    Args:
        lead: of the mark over each decoy on each picture, shape (decoys, pictures).
    """
    best: list[int] = []
    together = np.zeros(len(lead))
    for _ in range(PICKED):
        margins = (together[:, None] + lead).min(axis=0)
        margins[best] = -np.inf
        best.append(int(margins.argmax()))
        together = together + lead[:, best[-1]]
    return float(together.min()), best


def confirmed_by_somebody_else(
    isotope: Isotope, verdict: Verdict, world: World, folder: Path
) -> bool:
    folder.mkdir()
    parts = {"receipt": isotope.receipt(), "opening": isotope.opening(), "verdict": verdict}
    for name, part in parts.items():
        (folder / f"{name}.json").write_text(json.dumps(part.to_dict()))
    asking = Asking(bytes(range(32)), "the test", "digits", level=LEVEL)
    found = verify_claim(read_claim(folder), world.model, world.theirs, asking)
    return found.outcome is not ClaimOutcome.NOT_CONFIRMED


def test_picked_probes_are_detected_without_a_trace_and_a_third_partys_own_are_not(
    world: World, tmp_path: Path
) -> None:
    detected, confirmed = [], []
    for key in range(KEYS):
        isotope = made(key)
        label, probes = picked(isotope, world)
        found = check_model(isotope, world.model, probes, Terms(label=label, probes=PICKED))
        assert found.independence is not None
        assert not found.independence.extreme
        detected.append(found.verdict is Outcome.DETECTED)
        if not detected[-1]:
            continue
        assert PICKED_LATER in warnings(found)  # all that the terminal tells
        folder = tmp_path / f"claim-{key}"
        confirmed.append(confirmed_by_somebody_else(isotope, found, world, folder))
    # All four here; on another processor the network is another one.
    assert sum(detected) >= KEYS - 1
    assert not all(confirmed)
