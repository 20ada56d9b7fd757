"""Labelled pictures on disk, in the layouts that people keep them in."""

from isotopes.lab.data.image_sets.image_set import ImageSet, Record
from isotopes.lab.data.image_sets.open import open_image_set
from isotopes.lab.data.image_sets.part import Part

__all__ = ["ImageSet", "Part", "Record", "open_image_set"]
