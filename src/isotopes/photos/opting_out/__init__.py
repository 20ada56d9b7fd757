"""Pictures that say: not for training models."""

from isotopes.photos.opting_out.files import opted_out
from isotopes.photos.opting_out.statement import signed

__all__ = ["opted_out", "signed"]
