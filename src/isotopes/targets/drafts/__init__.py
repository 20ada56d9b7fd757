"""Descriptions from the fields of a form: of a network, or of a service from its first answer."""

from isotopes.targets.drafts.guess import AnswerFields, guess_fields
from isotopes.targets.drafts.network import NetworkFields
from isotopes.targets.drafts.service import ServiceFields, ask_once, read_answer

__all__ = [
    "AnswerFields",
    "NetworkFields",
    "ServiceFields",
    "ask_once",
    "guess_fields",
    "read_answer",
]
