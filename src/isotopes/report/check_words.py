"""One sentence for a check of any kind."""

from __future__ import annotations

from isotopes.report import sentences
from isotopes.report.picture_words import picture_sentence
from isotopes.verify.verdicts.loading import CheckVerdict
from isotopes.verify.verdicts.pictures import PictureVerdict


def sentence(verdict: CheckVerdict) -> str:
    """The verdict and its ground, as one line."""
    if isinstance(verdict, PictureVerdict):
        return picture_sentence(verdict)
    return sentences.sentence(verdict)
