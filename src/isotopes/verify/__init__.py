"""Tests, one file each: asking (`probe`) and deciding (`decide`) are apart.

The statistics take arrays, never targets, so that every test runs on saved answers.
"""

from isotopes.verify.answers import Answers, load_answers, save_answers
from isotopes.verify.decide import decide
from isotopes.verify.method import Method, get_method, methods
from isotopes.verify.paired_t import PairedTResult, paired_t
from isotopes.verify.plan import Plan
from isotopes.verify.probe import ask
from isotopes.verify.rank import RankTestResult, rank_test, rank_test_over_labels
from isotopes.verify.record import Record
from isotopes.verify.verdict import Outcome, Verdict

__all__ = [
    "Answers",
    "Method",
    "Outcome",
    "PairedTResult",
    "Plan",
    "RankTestResult",
    "Record",
    "Verdict",
    "ask",
    "decide",
    "get_method",
    "load_answers",
    "methods",
    "paired_t",
    "rank_test",
    "rank_test_over_labels",
    "save_answers",
]
