"""How a mark goes into a picture: one rule for arrays, tensors, files and DCT coefficients.

A mark is a keyed change of a picture. Every change here is affine in picture and mark,

    x' = keep * x + gain * t + shift,    inside the mark's mask, kept in range, rounded once,

with x and t in levels of 0 to 255. The paper's blend (section 4.2) is keep = 1 - alpha, gain =
alpha, shift = 0. Adding a pattern's distance from middle grey is keep = 1, gain = alpha,
shift = -128 * alpha. Being affine, the rule holds for 16-bit levels, for floats and for the
coefficients of a DCT too.

Marks without a pattern (`PatternlessMark`) say themselves what becomes of a picture; `gain` is how
strongly, and the other numbers don't count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from isotopes.blending.changing import change_pictures
from isotopes.errors import BlendError
from isotopes.marks import Mark, PatternlessMark, Rendered, Shown, render_cached

if TYPE_CHECKING:
    import torch

Levels = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.int16]
GREY = 128  # the level of a mark that, when added, changes nothing
STEPS = {"uint8": 1, "uint16": 257}  # by type: 255 levels of 257 steps make 65,535


@dataclass(frozen=True)
class Insertion:
    """A rule that puts any mark into any picture: ``x' = keep * x + gain * t + shift``.

    Attributes:
        keep: factor of the picture.
        gain: factor of the mark, or the strength of a `PatternlessMark`.
        shift: added to every pixel that takes part, in levels of 255.
    """

    keep: float
    gain: float
    shift: float = 0.0

    @classmethod
    def blend(cls, alpha: float) -> Insertion:
        """The paper's blend at this visibility.

        Raises:
            BlendError: alpha out of [0, 1].
        """
        if not 0 <= alpha <= 1:
            raise BlendError(f"alpha must be in [0, 1], got {alpha}")
        return cls(keep=1 - alpha, gain=alpha)

    @classmethod
    def add(cls, alpha: float) -> Insertion:
        """Add `alpha` times the mark's distance from middle grey: the picture keeps its contrast.

        Raises:
            BlendError: alpha out of [0, 1].
        """
        return replace(cls.blend(alpha), keep=1, shift=-GREY * alpha)

    @classmethod
    def of(cls, mark: Mark | Rendered, alpha: float) -> Insertion:
        """How this mark goes into pictures at this visibility: added or blended in, as it says.

        Raises:
            BlendError: alpha out of [0, 1], or a picture of a change, which is no pattern.
        """
        if isinstance(mark, Shown):
            raise BlendError("a picture of a change can't be put in: put the mark itself in")
        return cls.add(alpha) if mark.additive else cls.blend(alpha)

    @overload
    def apply(self, pictures: NDArray[np.uint8], mark: Mark | Rendered) -> NDArray[np.uint8]: ...
    @overload
    def apply(
        self, pictures: NDArray[np.float32], mark: Mark | Rendered
    ) -> NDArray[np.float32]: ...
    @overload
    def apply(self, pictures: torch.Tensor, mark: Mark | Rendered) -> torch.Tensor: ...
    def apply(
        self, pictures: NDArray[Any] | torch.Tensor, mark: Mark | Rendered
    ) -> NDArray[Any] | torch.Tensor:
        """The pictures with the mark in them; a new array, the pictures stay as they are.

        Args:
            pictures: shape (n, height, width, 3) or (height, width, 3), RGB; uint8, or floating
                point in [0, 1]. A numpy array, or a torch tensor on any device: the same result.
            mark: rendered at the pictures' size if it is not rendered yet.

        uint8 results are computed in float32 and rounded once, exact ties to even, as in the
        paper's released code.

        Raises:
            BlendError: a wrong shape or type, or a mark rendered at another size.
        """
        if isinstance(mark, PatternlessMark):
            _check_shape(tuple(pictures.shape))
            return change_pictures(mark, pictures, self.gain)
        rendered = _rendered_for(tuple(pictures.shape), mark)
        if not isinstance(pictures, np.ndarray):
            return self._on_tensor(pictures, rendered)
        if pictures.dtype == np.uint8:
            return self._on_bytes(pictures, rendered)
        if pictures.dtype == np.float32:
            return self._on_floats(pictures, rendered)
        raise BlendError(f"pictures must be uint8 or float32, got {pictures.dtype}")

    def into(self, out: Levels, picture: Levels, mark: Levels) -> None:
        """The rule without a mask, on whole numbers: the kernel that all other forms use.

        Args:
            out: takes the result; may be `picture` itself. C-contiguous.
            picture, mark: of its shape and type; 16-bit marks in 16-bit steps.
        """
        import cv2  # here, so that research code on a bare GPU machine needs no OpenCV

        # One matrix row for each picture row: OpenCV's vector loop is the fastest that rounds.
        rows = (len(out), -1)
        shift = self.shift * STEPS[out.dtype.name]
        target = out.reshape(rows)
        cv2.addWeighted(
            picture.reshape(rows), self.keep, mark.reshape(rows), self.gain, shift, dst=target
        )

    def _on_bytes(self, pictures: NDArray[np.uint8], mark: Rendered) -> NDArray[np.uint8]:
        out = np.empty_like(pictures, order="C")
        stack = pictures.reshape(-1, *pictures.shape[-3:])
        for source, target in zip(stack, out.reshape(stack.shape), strict=True):
            self.into(target, np.ascontiguousarray(source), mark.pixels)
            if mark.mask is not None:
                np.copyto(target, source, where=~mark.mask[..., None])
        return out

    def _on_floats(self, pictures: NDArray[np.float32], mark: Rendered) -> NDArray[np.float32]:
        changed = pictures * np.float32(self.keep)
        changed += np.float32(self.gain) * mark.rgb + np.float32(self.shift / 255)
        np.clip(changed, 0, 1, out=changed)
        return changed if mark.mask is None else np.where(mark.mask[..., None], changed, pictures)

    def _on_tensor(self, pictures: torch.Tensor, mark: Rendered) -> torch.Tensor:
        import torch

        pixels = torch.from_numpy(mark.pixels.copy()).to(pictures.device).float()
        if pictures.dtype == torch.uint8:
            exact = pictures.float() * self.keep + (pixels * self.gain + self.shift)
            changed = exact.round().clamp(0, 255).to(torch.uint8)
        elif pictures.is_floating_point():
            share = (pixels / 255).to(pictures.dtype) * self.gain + self.shift / 255
            changed = (pictures * self.keep + share).clamp(0, 1)
        else:
            raise BlendError(f"pictures must be uint8 or floating point, got {pictures.dtype}")
        if mark.mask is None:
            return changed
        mask = torch.from_numpy(mark.mask).to(pictures.device)[..., None]
        return torch.where(mask, changed, pictures)


def _rendered_for(shape: tuple[int, ...], mark: Mark | Rendered) -> Rendered:
    _check_shape(shape)
    height, width = shape[-3], shape[-2]
    rendered = render_cached(mark, height, width) if isinstance(mark, Mark) else mark
    if rendered.pixels.shape[:2] != (height, width):
        raise BlendError(
            f"the mark is rendered at {rendered.pixels.shape[:2]},"
            f" the pictures are {height} x {width}"
        )
    return rendered


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) not in {3, 4} or shape[-1] != 3:
        raise BlendError(f"pictures must have shape (n, height, width, 3), got {shape}")
