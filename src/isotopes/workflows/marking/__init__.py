"""Mark a folder: what was asked for, what would be done, and doing it."""

from isotopes.workflows.marking.request import DEFAULT_ALPHA, DEFAULT_SHARE, MarkRequest
from isotopes.workflows.marking.run import Marked, mark_into_vault
from isotopes.workflows.marking.survey import Group, Survey, open_workers, survey

__all__ = [
    "DEFAULT_ALPHA",
    "DEFAULT_SHARE",
    "Group",
    "MarkRequest",
    "Marked",
    "Survey",
    "mark_into_vault",
    "open_workers",
    "survey",
]
