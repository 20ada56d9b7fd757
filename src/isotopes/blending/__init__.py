"""How marks go into pictures: one rule, for numpy, torch, files and coefficients."""

from isotopes.blending.blend import blend, check_alpha
from isotopes.blending.insertion import Insertion

__all__ = ["Insertion", "blend", "check_alpha"]
