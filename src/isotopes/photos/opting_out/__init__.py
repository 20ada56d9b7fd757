"""Pictures that say: not for training models."""

from isotopes.photos.opting_out.files import opted_out

__all__ = ["opted_out"]
