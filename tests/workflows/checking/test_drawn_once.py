"""A check draws and renders each mark once: that is what it costs beside the model's own work."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from isotopes.marks import CanvasMark, Rendered, render_cached
from isotopes.vault import Isotope
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.run import check_model

SIDE = 16


@pytest.mark.parametrize(
    "terms",
    [
        Terms(method="two-stage", label="cat", decoys=99, level=0.01, probes=12),
        Terms(method="rank", label="cat", decoys=99, level=0.01, probes=12),
        Terms(method="sequential", label="cat", level=0.05, probes=12, forgive=1),
    ],
    ids=lambda terms: terms.method,
)
def test_each_mark_is_drawn_and_rendered_once(
    isotope: Isotope, guilty: Any, probes: Any, terms: Terms, monkeypatch: pytest.MonkeyPatch
) -> None:
    render_cached.cache.clear()  # what other tests rendered
    drawn: Counter[int] = Counter()
    rendered: Counter[tuple[int, int]] = Counter()
    draw, render = Isotope.draw, CanvasMark.render

    def count_draw(self: Isotope, index: int) -> Any:
        drawn[index] += 1
        return draw(self, index)

    def count_render(self: CanvasMark, height: int, width: int) -> Rendered:
        if (height, width) == (SIDE, SIDE):  # not that of the matched filter
            rendered[hash(self), height] += 1
        return render(self, height, width)

    monkeypatch.setattr(Isotope, "draw", count_draw)
    monkeypatch.setattr(CanvasMark, "render", count_render)
    verdict = check_model(isotope, guilty, probes, terms)
    assert verdict.queries > 12 * 30
    assert len(drawn) > 30
    assert set(drawn.values()) == {1}
    assert len(rendered) > 30
    assert set(rendered.values()) == {1}
