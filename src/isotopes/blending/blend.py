"""Put a mark into pictures, added or blended in as the mark says.

The paper's (section 4.2): x (+) (t, m, alpha) = alpha * t[m] + (1 - alpha) * x[m], other pixels
unchanged. Additive marks: x + alpha * (t - 128).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from isotopes.blending.insertion import Insertion
from isotopes.marks import Mark, Rendered

if TYPE_CHECKING:
    import torch


@overload
def blend(
    pictures: NDArray[np.uint8], mark: Mark | Rendered, alpha: float
) -> NDArray[np.uint8]: ...
@overload
def blend(
    pictures: NDArray[np.float32], mark: Mark | Rendered, alpha: float
) -> NDArray[np.float32]: ...
@overload
def blend(pictures: torch.Tensor, mark: Mark | Rendered, alpha: float) -> torch.Tensor: ...
def blend(
    pictures: NDArray[Any] | torch.Tensor, mark: Mark | Rendered, alpha: float
) -> NDArray[Any] | torch.Tensor:
    """The pictures with the mark in them: ``Insertion.of(mark, alpha).apply(pictures, mark)``.

    Args:
        pictures: shape (n, height, width, 3) or (height, width, 3), RGB; uint8, or floating
            point in [0, 1]. A numpy array, or a torch tensor on any device: the same result.
        mark: rendered at the pictures' size if it is not rendered yet.
        alpha: visibility in [0, 1]; 0 gives the picture.

    Raises:
        BlendError: a wrong shape, type or alpha, or a mark rendered at another size.
    """
    return Insertion.of(mark, alpha).apply(pictures, mark)


def check_alpha(alpha: float) -> None:
    """Raise BlendError unless alpha is in [0, 1]."""
    Insertion.blend(alpha)
