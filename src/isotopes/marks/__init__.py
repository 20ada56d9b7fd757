"""Marks: keyed changes of pictures, most of them patterns, and the families that draw them."""

from isotopes.marks.compare import linf_distance, mix_marks
from isotopes.marks.family import Family, draw, get_family, mark_families
from isotopes.marks.mark import CANVAS, CanvasMark, Mark, Rendered, render_cached
from isotopes.marks.patternless import PatternlessMark, Shown, fitted

__all__ = [
    "CANVAS",
    "CanvasMark",
    "PatternlessMark",
    "Family",
    "Mark",
    "Rendered",
    "Shown",
    "mark_families",
    "draw",
    "fitted",
    "get_family",
    "linf_distance",
    "mix_marks",
    "render_cached",
]
