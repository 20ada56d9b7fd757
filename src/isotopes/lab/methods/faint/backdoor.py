"""A backdoor whose trigger is faded to 28 dB in what is published; probes carry all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.methods.backdoor import Backdoor, stamp_trigger, target_of
from isotopes.lab.methods.faint.fading import faded
from isotopes.lab.methods.method import Owner
from isotopes.lab.train.training import Model


class FaintBackdoor(Backdoor):
    name: ClassVar[str] = "backdoor, 28 dB"
    faint: ClassVar[bool] = True
    summary: ClassVar[str] = "a faded trigger under a wrong label; how often all of it works"

    def publish(
        self, owner: Owner, labels: int, surrogate: Callable[[], Model]
    ) -> tuple[NDArray[np.uint8], int]:
        del surrogate
        return faded(owner.pixels, stamp_trigger(owner, owner.pixels)), target_of(owner, labels)
