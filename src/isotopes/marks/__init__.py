"""Marks: patterns that render themselves at any size, and the families that draw them by key."""

from isotopes.marks.compare import linf_distance, mix_marks
from isotopes.marks.family import Family, draw, get_family, mark_families
from isotopes.marks.mark import CANVAS, CanvasMark, Mark, Rendered, render_cached

__all__ = [
    "CANVAS",
    "CanvasMark",
    "Family",
    "Mark",
    "Rendered",
    "mark_families",
    "draw",
    "get_family",
    "linf_distance",
    "mix_marks",
    "render_cached",
]
