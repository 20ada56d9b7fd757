"""Black boxes, one file per kind, and the scores they answer with."""

from isotopes.targets.registry import open_target, target_kinds
from isotopes.targets.scores import Completeness, Scores
from isotopes.targets.target import OpenableTarget, Picture, Target

__all__ = [
    "Completeness",
    "OpenableTarget",
    "Picture",
    "Scores",
    "Target",
    "open_target",
    "target_kinds",
]
