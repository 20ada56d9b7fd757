"""What limits a verdict on generated pictures, in words."""

from __future__ import annotations

from dataclasses import replace

from every_verdict import picture_verdict

from isotopes.report.picture_words import LOOKED_ONCE, picture_warnings
from isotopes.verify import Outcome


def test_who_found_a_mark_in_pictures_is_told_to_report_all_checks() -> None:
    """Nothing fixes beforehand which pictures are looked at, unless looks were planned."""
    detected = picture_verdict("holiday")
    assert picture_warnings(detected) == [LOOKED_ONCE]
    assert picture_warnings(replace(detected, look=1, looks=3)) == []
    innocent = replace(detected, verdict=Outcome.NOT_DETECTED, pvalue=0.5, score=1.0)
    assert picture_warnings(innocent) == []
