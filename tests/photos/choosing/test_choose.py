from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.errors import FolderError
from isotopes.photos import Alike, Bond, Choice, choose
from isotopes.photos.choosing.choose import EXACT_BELOW, keyed_number

KEYS = st.binary(min_size=32, max_size=32)
SHARES = st.floats(0, 1, exclude_min=True)
KEY = bytes(range(32))


def single(number: int, name: str = "") -> Alike:
    content = hashlib.sha256(str(number).encode()).hexdigest()
    return Alike((name or f"{number:04}.jpg",), content)


def together(number: int, *names: str, **more: object) -> Alike:
    return Alike(names, single(number).content, **{"bonds": frozenset({Bond.COPY}), **more})


PHOTOS = [single(number) for number in range(200)]


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 40), key=KEYS, share=SHARES, data=st.data())
def test_of_few_pictures_the_share_is_exact_whatever_their_order(
    count: int, key: bytes, share: float, data: st.DataObject
) -> None:
    groups = PHOTOS[:count]
    chosen = choose(data.draw(st.permutations(groups)), key, share=share).marked
    assert chosen == choose(groups, key, share=share).marked
    assert len(chosen) == max(1, round(share * count))


def test_names_do_not_matter() -> None:
    renamed = [single(number, f"new {200 - number}.jpg") for number in range(200)]
    before = {int(name[:4]) for name in choose(PHOTOS, KEY, share=0.2).marked}
    after = {200 - int(name[4:-4]) for name in choose(renamed, KEY, share=0.2).marked}
    assert before == after


@settings(max_examples=30, deadline=None)
@given(key=KEYS, data=st.data())
def test_a_larger_count_holds_all_of_a_smaller_one(key: bytes, data: st.DataObject) -> None:
    small = data.draw(st.integers(1, 200))
    large = data.draw(st.integers(small, 200))
    assert choose(PHOTOS, key, count=small).marked <= choose(PHOTOS, key, count=large).marked


def test_one_picture_more_changes_at_most_one_place() -> None:
    before = choose(PHOTOS, KEY, count=20).marked
    after = choose([*PHOTOS, single(999)], KEY, count=20).marked
    assert len(before - after) <= 1


def test_in_a_large_folder_pictures_decide_each_for_itself() -> None:
    groups = [single(number) for number in range(4 * EXACT_BELOW)]
    chosen = choose(groups, KEY, share=0.1).marked
    # 4,000 draws at 0.1: 400 +- 5 standard deviations of 19
    assert 305 < len(chosen) < 495
    fewer = choose(groups[: 2 * EXACT_BELOW], KEY, share=0.1).marked
    assert fewer == {name for name in chosen if int(name[:-4]) < 2 * EXACT_BELOW}
    assert chosen == {g.names[0] for g in groups if keyed_number(KEY, g.content) < 0.1 * 2**64}
    assert len(choose(groups, KEY, count=7).marked) == 7


def test_every_picture_is_as_likely_as_any_other() -> None:
    times = {group.names[0]: 0 for group in PHOTOS[:20]}
    for number in range(400):
        for name in choose(PHOTOS[:20], number.to_bytes(32, "big"), count=5).marked:
            times[name] += 1
    # 400 draws at 1/4: 100 +- 5 standard deviations of 8.7
    assert all(56 < count < 144 for count in times.values())


def test_other_keys_choose_otherwise() -> None:
    assert choose(PHOTOS, KEY, count=20) != choose(PHOTOS, bytes(32), count=20)


def test_the_draw_is_the_same_everywhere() -> None:
    assert keyed_number(bytes(32), "sha256:" + 64 * "0") == 6_655_410_178_152_074_041
    assert keyed_number(KEY, "sha256:" + 64 * "0") != keyed_number(KEY, "sha256:" + 63 * "0" + "1")


@settings(max_examples=30, deadline=None)
@given(key=KEYS, sizes=st.lists(st.integers(1, 6), min_size=1, max_size=20), data=st.data())
def test_pictures_that_show_the_same_are_treated_alike(
    key: bytes, sizes: list[int], data: st.DataObject
) -> None:
    groups = [
        together(number, *(f"{number}-{copy}" for copy in range(size)))
        for number, size in enumerate(sizes)
    ]
    count = data.draw(st.integers(1, sum(sizes)))
    chosen = choose(groups, key, count=count).marked
    assert all(chosen.issuperset(g.names) or chosen.isdisjoint(g.names) for g in groups)
    assert chosen
    assert len(chosen) <= count or sorted(sizes)[0] > count


def test_a_group_is_as_likely_as_a_single_picture() -> None:
    groups = [together(0, *(f"copy {number}" for number in range(5))), *PHOTOS[1:20]]
    times = sum(
        "copy 0" in choose(groups, number.to_bytes(32, "big"), share=0.5).marked
        for number in range(400)
    )
    assert 120 < times < 280  # not once for each of its pictures


@pytest.mark.parametrize(
    ("company", "why"),
    [
        ({"bare": ("b.bmp",)}, "b.bmp shows the same and can't be marked"),
        ({"bonds": frozenset({Bond.EDIT, Bond.COPY})}, "there is the same picture with edits"),
        ({"bonds": frozenset({Bond.TURNED})}, "there is the same picture, turned or mirrored"),
    ],
)
def test_pictures_that_would_tell_the_mark_stay_without(
    company: dict[str, object], why: str
) -> None:
    barred = together(7, "a.jpg", **company)
    assert barred.obstacle.startswith(why)
    assert choose([barred, *PHOTOS[:5]], KEY, share=1.0).marked == {
        name for group in PHOTOS[:5] for name in group.names
    }
    assert not choose([barred], KEY, share=1.0).marked


def test_what_was_published_keeps_its_fate() -> None:
    settled = {f"{number:04}.jpg": number < 10 for number in range(100)}
    chosen = choose(PHOTOS, KEY, share=0.1, settled=settled).marked
    assert {name for name in chosen if name in settled} == {f"{n:04}.jpg" for n in range(10)}
    assert len(chosen) == 20  # a tenth of 200 in all
    assert choose(PHOTOS, KEY, count=10, settled=settled).marked == chosen & settled.keys()
    assert not choose(PHOTOS[50:60], KEY, share=1.0, settled=settled).marked


def test_new_copies_follow_what_was_published() -> None:
    groups = [together(0, "marked.jpg", "new 0.jpg"), together(1, "bare.jpg", "new 1.jpg")]
    groups.append(together(2, "both.jpg", "other.jpg", "new 2.jpg"))
    settled = {"marked.jpg": True, "bare.jpg": False, "both.jpg": True, "other.jpg": False}
    choice = choose(groups, KEY, share=1.0, settled=settled)
    assert choice.marked == {"marked.jpg", "new 0.jpg", "both.jpg"}
    assert not choice.withheld


@pytest.mark.parametrize("company", [{"bare": ("b.bmp",)}, {"bonds": frozenset({Bond.TURNED})}])
def test_what_would_tell_a_published_mark_is_withheld(company: dict[str, object]) -> None:
    group = together(0, "marked.jpg", "new.jpg", **company)
    choice = choose([group, *PHOTOS[:3]], KEY, count=1, settled={"marked.jpg": True})
    assert choice.marked == {"marked.jpg"}
    assert choice.withheld.keys() == {"new.jpg", *group.bare}


def test_a_small_share_marks_at_least_one() -> None:
    assert len(choose(PHOTOS[:3], KEY, share=0.01).marked) == 1


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5, float("nan")])
def test_shares_out_of_range_are_refused(share: float) -> None:
    with pytest.raises(
        FolderError, match=f"share to mark must be above 0 and at most 1, got {share}"
    ):
        choose(PHOTOS, KEY, share=share)


@pytest.mark.parametrize("count", [0, -1, 201])
def test_counts_out_of_range_are_refused(count: int) -> None:
    with pytest.raises(FolderError, match=f"must be 1 to 200, got {count}"):
        choose(PHOTOS, KEY, count=count)


def test_of_no_picture_none_is_chosen() -> None:
    assert choose([], KEY, share=0.1) == choose([], KEY, count=3) == Choice(frozenset())
    bare = Alike(("a.jpg",), "sha256:a", bare=("a.gif",))
    assert choose([bare], KEY, share=1.0) == Choice(frozenset())
    withheld = choose([bare], KEY, share=1.0, settled={"b.jpg": True})
    assert withheld == Choice(frozenset())


def test_a_picture_that_cannot_carry_a_published_mark_is_withheld_though_nothing_is_free() -> None:
    pair = Alike(("a.jpg", "b.jpg"), "sha256:a", frozenset({Bond.TURNED}))
    found = choose([pair], KEY, share=1.0, settled={"a.jpg": True})
    assert found.marked == {"a.jpg"}
    assert set(found.withheld) == {"b.jpg"}


def test_share_and_count_exclude_each_other() -> None:
    for settings_ in ({}, {"share": 0.1, "count": 3}):
        with pytest.raises(ValueError, match="either share or count"):
            choose(PHOTOS, KEY, **settings_)


def test_published_pictures_that_have_bare_copies_now_take_no_place_from_new_ones() -> None:
    """They can't be marked any more, so they are not among those that the share is of."""
    stuck = [replace(one, bare=("copy.gif",)) for one in PHOTOS[:3]]
    settled = {name: True for one in stuck for name in one.names}
    new = PHOTOS[3:7]
    assert choose([*stuck, *new], KEY, share=1.0, settled=settled).marked == {
        one.names[0] for one in PHOTOS[:7]
    }
