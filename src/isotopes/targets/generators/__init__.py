"""Generators: services and functions that answer a prompt with a picture."""

from isotopes.targets.generators.function import FunctionGenerator
from isotopes.targets.generators.generator import PictureGenerator, Wish
from isotopes.targets.generators.opening import open_generator

__all__ = ["FunctionGenerator", "PictureGenerator", "Wish", "open_generator"]
