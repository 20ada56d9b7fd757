"""Disguised queries differ from each other, stay what they are, and carry the mark whole."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from isotopes.marks import get_family
from isotopes.verify.asking.disguise import MIDDLE, disguised
from isotopes.verify.asking.queries import marked_batches
from isotopes.verify.evidence.disguised import LEAST_SIDE, LIGHT

SEED = bytes(range(32))
RAMP = np.stack([*np.meshgrid(np.arange(40), np.arange(60)), np.full((60, 40), 50)], axis=2)
PICTURE = np.ascontiguousarray((RAMP * 2 + 60).astype(np.uint8))


def test_each_query_is_changed_in_its_own_way_and_always_alike() -> None:
    changed = {
        (mark, probe): disguised(PICTURE, SEED, mark, probe)
        for mark in range(12)
        for probe in range(2)
    }
    assert all(one.shape == PICTURE.shape and one.dtype == np.uint8 for one in changed.values())
    assert len({one.tobytes() for one in changed.values()}) == len(changed)
    np.testing.assert_array_equal(changed[3, 1], disguised(PICTURE, SEED, 3, 1))
    assert (changed[3, 1] != disguised(PICTURE, bytes(32), 3, 1)).any()


def test_changes_stay_within_their_bounds() -> None:
    flat, spans = [], []
    for mark in range(300):
        shown = disguised(PICTURE, SEED, mark, 0).astype(float)
        # The third channel is the same everywhere: only light changes it.
        assert np.ptp(shown[..., 2]) == 0
        flat.append(shown[0, 0, 2])
        spans.append(np.ptp(shown[..., 0]) / np.ptp(PICTURE[..., 0]))
    level, most = PICTURE[0, 0, 2], LIGHT * (32.5 + MIDDLE)
    assert level - most - 1 <= min(flat) < max(flat) <= level + most + 1
    assert LEAST_SIDE * (1 - LIGHT) - 0.05 <= min(spans) < max(spans) <= 1 + LIGHT
    # Anything in between is as likely: the mark has no change of its own.
    assert np.std(flat) == pytest.approx(LIGHT * np.hypot(32.5, MIDDLE) / 3**0.5, rel=0.15)


@pytest.mark.parametrize("asked_alone", [False, True])
def test_a_batch_holds_the_disguised_pictures_with_their_marks(asked_alone: bool) -> None:
    """Whichever queries are left to ask, each is the one that it would be among all."""
    from isotopes.blending import blend

    family = get_family("gratings")
    plan: Any = SimpleNamespace(marks=4, alpha=0.4, seed_key=SEED, disguised=True, views={})
    wanted = np.ones((4, 2), np.bool_)
    if asked_alone:
        wanted[:] = False
        wanted[2, 1] = True
    pictures = [PICTURE, np.ascontiguousarray(PICTURE[::-1])]
    draw = lambda index: family.draw(SEED, index)  # noqa: E731
    seen = 0
    for batch in marked_batches(plan, pictures, draw, wanted, 3):
        for picture, row, probe in zip(batch.pictures, batch.rows, batch.probes, strict=True):
            mark = int(row) - 1
            shown = disguised(pictures[probe], SEED, mark, int(probe))
            np.testing.assert_array_equal(picture, blend(shown, draw(mark), 0.4))
            seen += 1
    assert seen == wanted.sum()
