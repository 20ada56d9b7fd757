from __future__ import annotations

import pytest

from isotopes.report.key_words import about_key, note_on_key

MIXED = "drand, round 7 (sha256:ab)"


def test_a_key_without_a_beacon_says_what_it_leaves_open() -> None:
    assert "Nothing rules out that the key was chosen by trial" in about_key([None])
    assert "by trial" in str(note_on_key([None]))


def test_one_with_a_beacon_says_what_to_look_up() -> None:
    assert MIXED in about_key([MIXED])
    assert "Nothing rules out" not in about_key([MIXED])
    assert note_on_key([MIXED, MIXED]) is None


@pytest.mark.parametrize("beacons", [[None, MIXED, MIXED], [MIXED, None, MIXED]])
def test_some_of_several(beacons: list[str | None]) -> None:
    assert about_key(beacons).startswith("This holds for 1 of 3 marks: Nothing rules out")
    assert "(1 of 3 marks)" in str(note_on_key(beacons))
