"""What a run costs is shown beside its progress."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from linear_model import Learned

from isotopes.cli import asking as module
from isotopes.cli.asking import asking
from isotopes.targets.asking.budget import Estimate, Spending


@pytest.mark.parametrize(
    "cost, limit, shown",
    [
        (None, None, ""),
        (0.0, None, ", 0.00 US dollars spent (at most 24.20 estimated)"),
        (1234.5, 2000, ", 1,234.50 of 2,000.00 US dollars spent (at most 24.20 estimated)"),
    ],
)
def test_money_is_shown_beside_the_progress(
    monkeypatch: pytest.MonkeyPatch, cost: float | None, limit: float | None, shown: str
) -> None:
    notes: list[Callable[[], str]] = []
    count_files = module.count_files

    def noted(doing: str, note: Callable[[], str]) -> object:
        notes.append(note)
        return count_files(doing, note)

    monkeypatch.setattr(module, "count_files", noted)
    with asking(Learned([]), yes=True, planned=lambda _: None) as hooks:
        (note,) = notes
        assert note() == ""
        hooks.estimated(Estimate(2420, cost=24.2))
        hooks.metered(lambda: Spending(7, cost, limit))
        hooks.progress(7, 2420)
        assert note() == shown
