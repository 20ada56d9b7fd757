"""Tests, one file each: asking (`ask`) and deciding (`decide`) are apart.

The statistics take arrays, never targets, so that every test runs on saved answers.
"""

from isotopes.stats.exact.rank import RankTestResult, rank_test, rank_test_over_labels
from isotopes.stats.paper.paired_t import PairedTResult, paired_t
from isotopes.verify.asking.ask import ask
from isotopes.verify.asking.collector import Collector
from isotopes.verify.evidence.answers import Answers
from isotopes.verify.evidence.answers_file import load_answers, save_answers
from isotopes.verify.methods.method import Method, get_method, methods
from isotopes.verify.plans.plan import Plan
from isotopes.verify.verdicts.decide import decide
from isotopes.verify.verdicts.outcome import Outcome
from isotopes.verify.verdicts.verdict import Verdict

__all__ = [
    "Answers",
    "Collector",
    "Method",
    "Outcome",
    "PairedTResult",
    "Plan",
    "RankTestResult",
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
