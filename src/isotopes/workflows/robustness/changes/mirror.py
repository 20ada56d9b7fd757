"""Left and right exchanged, as trainers do with every other picture."""

from __future__ import annotations

import numpy as np

from isotopes.targets import Picture


def mirror(picture: Picture) -> Picture:
    """The picture as in a mirror."""
    return np.ascontiguousarray(picture[:, ::-1])


CHANGES = {"mirrored": mirror}
