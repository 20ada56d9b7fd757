"""MembershipTracker with its pattern and noise faded to 28 dB."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.methods.faint.fading import faded
from isotopes.lab.methods.membership_tracker import MembershipTracker
from isotopes.lab.methods.method import Owner


class FaintMembershipTracker(MembershipTracker):
    name: ClassVar[str] = "MembershipTracker, 28 dB"
    summary: ClassVar[str] = "the same change, faded; mean loss over all pictures"
    faint: ClassVar[bool] = True

    def published(self, owner: Owner) -> NDArray[np.uint8]:
        return faded(owner.pixels, super().published(owner))
