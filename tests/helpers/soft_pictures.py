"""A quick generator: soft pictures, different for each prompt and seed, with a mark or without."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
from numpy.typing import NDArray

from isotopes.targets.generators.function import FunctionGenerator
from isotopes.vault import Isotope

SIZE = (48, 56)


def soft_picture(prompt: str, seed: int) -> NDArray[np.uint8]:
    digest = hashlib.sha256(f"{prompt}/{seed}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    coarse = rng.uniform(60, 190, (6, 8, 3)).astype(np.float32)
    picture = cv2.resize(coarse, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def soft_generator(learned: Isotope | None = None, only: str = "") -> FunctionGenerator:
    """A generator that learned an isotope's mark, and shows it where a prompt holds `only`."""
    added = (
        None
        if learned is None
        else (learned.mark().render(*SIZE).pixels.astype(float) - 128) * 0.06
    )

    def make(prompt: str, seed: int) -> NDArray[np.uint8]:
        picture = soft_picture(prompt, seed)
        if added is None or only not in prompt:
            return picture
        return np.asarray(np.clip(picture + added, 0, 255), np.uint8)

    return FunctionGenerator(make, "a soft generator")
