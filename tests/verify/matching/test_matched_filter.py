from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from isotopes.marks import Mark, get_family
from isotopes.marks.mark import CANVAS, CanvasMark
from isotopes.verify.matching.matched_filter import matched_filter
from isotopes.verify.matching.small import SIDE, pattern
from isotopes.verify.matching.views import TWO_WAYS, VIEWS, View

GRATINGS = get_family("gratings")
DRAWS = [GRATINGS.draw(bytes(32), index) for index in range(80)]


def smooth_pictures(count: int, seed: int = 0) -> NDArray[np.float64]:
    """Pictures with most of their power in low frequencies, as photographs have it."""
    rng = np.random.default_rng(seed)
    found = [rng.uniform(60, 190, (SIDE, SIDE, 3)) for _ in range(count)]
    return np.stack([cv2.GaussianBlur(one, (0, 0), 4) * 2 - 125 for one in found])


def as_bytes(pictures: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(pictures), 0, 255).astype(np.uint8)


def with_mark(pictures: NDArray[np.float64], added: NDArray[np.float64]) -> NDArray[np.uint8]:
    return as_bytes(pictures + added)


def deviations(
    pictures: NDArray[np.uint8], groups: Sequence[str | None] | None = None
) -> dict[str, float]:
    """How far draw 0 lies above all draws in each column, in standard deviations."""
    matched = matched_filter(pictures, groups or [None] * len(pictures))
    scores = matched.scores(DRAWS)
    spread = np.maximum(scores.std(axis=0), 1e-12)
    found = (scores[0] - scores.mean(axis=0)) / spread
    return dict(zip(matched.columns, found.tolist(), strict=True))


def test_pictures_that_are_the_mark_itself_match_it_to_the_full() -> None:
    canvas = np.random.default_rng(0).integers(0, 256, (CANVAS, CANVAS, 3)).astype(np.uint8)
    mark: Mark = CanvasMark(canvas)
    seen = mark.render(SIDE, SIDE).pixels
    whole = matched_filter(seen[None], [None]).scores([mark, *DRAWS[:3]])
    assert whole[0, 0] == pytest.approx(1, abs=1e-6)
    assert (np.abs(whole[1:]) < 0.5).all()


def test_a_score_is_the_cosine_that_whole_spectra_give() -> None:
    """Worked out by full Fourier transforms and one picture only, where nothing is averaged."""
    picture = as_bytes(smooth_pictures(1))
    found = matched_filter(picture, [None]).scores(DRAWS[:5])[:, 0]
    seen = np.fft.fft2(picture[0] / 255, axes=(0, 1))
    power = np.einsum("hwi,hwj->hwij", seen, seen.conj()).real
    floor = (SIDE / 255) ** 2 * np.eye(3)
    single = power + floor
    white = np.einsum("hwi,hwij,hwj->hw", seen.conj(), np.linalg.inv(single), seen).real
    white[0, 0] = 0
    length = np.sqrt(white.sum()) / SIDE
    scale = SIDE / max(length, 1.0)
    near = sum(
        np.roll(power, (down, across), (0, 1)) for down in (-1, 0, 1) for across in (-1, 0, 1)
    )
    whitening = np.linalg.inv((power + near / 9) / 2 * scale**2 + power * scale**2 + floor)
    whitening[0, 0] = 0
    draws = np.fft.fft2(np.stack([pattern(draw) for draw in DRAWS[:5]]), axes=(1, 2))
    inner = np.einsum("nhwi,hwij,hwj->n", draws.conj(), whitening, seen).real
    lengths = np.einsum("nhwi,hwij,nhwj->n", draws.conj(), whitening, draws).real
    own = np.einsum("hwi,hwij,hwj->", seen.conj(), whitening, seen).real
    # The last column of half a spectrum mirrors at its edge, so that near it differs a little.
    np.testing.assert_allclose(found, inner / np.sqrt(lengths * own), atol=0.02)


def test_draws_in_another_order_have_the_same_scores_in_that_order() -> None:
    matched = matched_filter(as_bytes(smooth_pictures(7)), ["a", "b", None, "a", "b", "b", "a"])
    order = np.random.default_rng(3).permutation(len(DRAWS))
    scores = matched.scores(DRAWS)
    np.testing.assert_array_equal(matched.scores([DRAWS[at] for at in order]), scores[order])


def test_a_faint_mark_is_found_in_many_pictures_and_not_where_there_is_none() -> None:
    clean = smooth_pictures(60)
    assert deviations(as_bytes(clean))[VIEWS[0].name] < 4
    assert deviations(with_mark(clean, pattern(DRAWS[0]) * 4))[VIEWS[0].name] > 6


@pytest.mark.parametrize("view", VIEWS[2:], ids=lambda view: view.name)
def test_a_part_of_the_mark_is_found_by_the_view_of_that_part(view: View) -> None:
    """The trainer cut this part out of marked pictures and stretched it over the whole."""
    height, width = round(SIDE * view.height), round(SIDE * view.width)
    down, across = view.placements[len(view.placements) // 2]
    part = pattern(DRAWS[0])[down : down + height, across : across + width]
    seen = cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    found = deviations(with_mark(smooth_pictures(40), seen * 12))
    assert found[view.name] > 6
    assert found[view.name] > found[VIEWS[0].name]


def test_a_mark_that_was_moved_is_found_by_the_view_that_moves() -> None:
    moved = np.roll(pattern(DRAWS[0]), (4, -4), (0, 1))
    found = deviations(with_mark(smooth_pictures(40), moved * 12))
    assert found[VIEWS[1].name] > max(5, found[VIEWS[0].name])


def test_a_mark_that_is_mirrored_in_half_of_the_pictures_is_found_in_both() -> None:
    added = pattern(DRAWS[0]) * 6
    pictures = smooth_pictures(60)
    both = np.concatenate(
        [with_mark(pictures[:30], added), with_mark(pictures[30:], added[:, ::-1])]
    )
    found = deviations(both)
    assert found[VIEWS[0].name + TWO_WAYS] > max(5, found[VIEWS[0].name])


def test_a_mark_in_one_group_stands_out_from_what_all_groups_share() -> None:
    rng = np.random.default_rng(5)
    shared = rng.normal(0, 25, (SIDE, SIDE, 3))  # as if all pictures were of one scene
    pictures = smooth_pictures(60) + shared
    pictures[:20] += pattern(DRAWS[0]) * 5
    groups = ["owner"] * 20 + ["others"] * 40
    found = deviations(as_bytes(pictures), groups)
    name = f"{VIEWS[0].name} in owner"
    assert found[name] > 6
    assert found[name] > found[VIEWS[0].name]


def test_pictures_of_one_colour_match_nothing() -> None:
    plain = np.full((3, SIDE, SIDE, 3), 77, np.uint8)
    assert not matched_filter(plain, [None] * 3).scores(DRAWS[:4]).any()
