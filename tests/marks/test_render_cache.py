"""All caches of what depends on a picture's size are limited in bytes, and keep the newest."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from isotopes.marks import CANVAS, CanvasMark, Rendered, get_family, render_cached
from isotopes.photos.jpeg.blend import component_shares
from isotopes.photos.jpeg.spectrum import spectra
from isotopes.photos.pixels import layer_of

# 65,500 pixels square, without the memory for it.
HUGE = np.broadcast_to(np.uint8(0), (65_500, 65_500, 3))
CASES: dict[str, tuple[Any, Any]] = {
    "rendered marks": (render_cached, Rendered(HUGE)),
    "layers": (layer_of, SimpleNamespace(values=HUGE, mask=None)),
    "spectra": (spectra, [SimpleNamespace(blocks=HUGE)]),
    "shares": (component_shares, [SimpleNamespace(added=HUGE)]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_largest_picture_s_result_is_kept_alone(name: str) -> None:
    function, result = CASES[name]
    cache = type(function.cache)(function.cache.maxsize, function.cache.getsizeof)
    cache["small"] = cache["huge"] = result
    assert list(cache) == ["huge"]


def test_equal_marks_share_one_rendering() -> None:
    canvas = np.arange(CANVAS * CANVAS * 3, dtype=np.uint8).reshape(CANVAS, CANVAS, 3)
    first = render_cached(CanvasMark(canvas), 9, 5)
    assert render_cached(CanvasMark(canvas.copy()), 9, 5) is first
    assert render_cached(CanvasMark(canvas + 1), 9, 5) is not first
    with pytest.raises(ValueError, match="read-only"):
        first.pixels[0] = 0


def test_a_mark_from_another_process_equals_its_own() -> None:
    """Strings and bytes hash differently in each process; a pickled mark brings its hash along."""
    script = (
        "import pickle, sys; from isotopes.marks import get_family;"
        "mark = get_family('gratings').draw(bytes(32), 0); hash(mark);"
        "sys.stdout.buffer.write(pickle.dumps(mark))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "1"},
    )
    theirs = pickle.loads(run.stdout)  # noqa: S301 - our own
    ours = get_family("gratings").draw(bytes(32), 0)
    assert theirs in {ours}
