from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.errors import FolderError
from isotopes.photos import choose

NAMES = st.sets(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), min_size=1, max_size=30
)
KEYS = st.binary(min_size=32, max_size=32)
SHARES = st.floats(0, 1, exclude_min=True)
FILES = [f"{number:03}.jpg" for number in range(200)]
KEY = bytes(range(32))


@settings(max_examples=50, deadline=None)
@given(names=NAMES, key=KEYS, share=SHARES, data=st.data())
def test_the_order_of_the_names_does_not_matter(
    names: set[str], key: bytes, share: float, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(sorted(names)))
    chosen = choose(order, key, share=share)
    assert chosen == choose(names, key, share=share)
    assert chosen <= names
    assert len(chosen) == max(1, round(share * len(names)))


@settings(max_examples=30, deadline=None)
@given(names=NAMES, key=KEYS, data=st.data())
def test_a_larger_count_holds_all_of_a_smaller_one(
    names: set[str], key: bytes, data: st.DataObject
) -> None:
    small = data.draw(st.integers(1, len(names)))
    large = data.draw(st.integers(small, len(names)))
    assert choose(names, key, count=small) <= choose(names, key, count=large)


def test_one_file_more_changes_at_most_one_place() -> None:
    before = choose(FILES, KEY, count=20)
    after = choose([*FILES, "new.jpg"], KEY, count=20)
    assert len(before - after) <= 1


def test_every_file_is_as_likely_as_any_other() -> None:
    times = dict.fromkeys(FILES[:20], 0)
    for number in range(400):
        for name in choose(list(times), number.to_bytes(32, "big"), count=5):
            times[name] += 1
    # 400 draws at 1/4: 100 +- 5 standard deviations of 8.7
    assert all(56 < count < 144 for count in times.values())


def test_other_keys_choose_otherwise() -> None:
    assert choose(FILES, KEY, count=20) != choose(FILES, bytes(32), count=20)


def test_a_small_share_marks_at_least_one() -> None:
    assert len(choose(FILES[:3], KEY, share=0.01)) == 1


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5, float("nan")])
def test_shares_out_of_range_are_refused(share: float) -> None:
    with pytest.raises(
        FolderError, match=f"share to mark must be above 0 and at most 1, got {share}"
    ):
        choose(FILES, KEY, share=share)


@pytest.mark.parametrize("count", [0, -1, 201])
def test_counts_out_of_range_are_refused(count: int) -> None:
    with pytest.raises(FolderError, match=f"must be 1 to 200, got {count}"):
        choose(FILES, KEY, count=count)


def test_no_picture_is_refused() -> None:
    with pytest.raises(FolderError, match="at least one picture that can be marked, got none"):
        choose([], KEY, share=0.1)


def test_share_and_count_exclude_each_other() -> None:
    for settings_ in ({}, {"share": 0.1, "count": 3}):
        with pytest.raises(ValueError, match="either share or count"):
            choose(FILES, KEY, **settings_)
