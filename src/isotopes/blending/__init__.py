"""The one blend: arrays in, arrays out, for numpy and torch."""

from isotopes.blending.blend import blend, check_alpha

__all__ = ["blend", "check_alpha"]
