"""A service's description from the fields of a form, and from what it answers to one picture."""

from isotopes.targets.drafts.guess import AnswerFields, guess_fields
from isotopes.targets.drafts.service import ServiceFields, ask_once, read_answer

__all__ = ["AnswerFields", "ServiceFields", "ask_once", "guess_fields", "read_answer"]
