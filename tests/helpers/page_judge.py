"""What axe-core says of a page."""

from __future__ import annotations

from typing import Any


def serious(page: Any) -> list[str]:
    """The rules that a page breaks so that people are kept out, in the colours that it has now."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [one["id"] for one in found if one["impact"] in {"serious", "critical"}]
