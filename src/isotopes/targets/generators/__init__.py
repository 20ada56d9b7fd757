"""Generators: services and functions that answer a prompt with a picture."""

from isotopes.targets.generators.generator import Generator, Wish
from isotopes.targets.generators.opening import open_generator

__all__ = ["Generator", "Wish", "open_generator"]
