"""Ways to find out whether a model was trained on one's pictures, one file each."""

from isotopes.lab.methods.method import (
    Asked,
    Finding,
    Method,
    Needs,
    Owner,
    Scene,
    get_method,
    methods,
)

__all__ = ["Asked", "Finding", "Method", "Needs", "Owner", "Scene", "get_method", "methods"]
