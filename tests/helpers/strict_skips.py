"""Hooks: a run says what it skipped, and fails if CI must run it."""

from __future__ import annotations

import os
from typing import Any

import pytest
from allowed_skips import counted, forbidden

# `make test` sets it: there a skip that is not on the list fails the run.
STRICT = "ISOTOPES_STRICT_SKIPS"


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that skipped what CI must run."""
    if os.environ.get(STRICT) and forbidden(_skips(session.config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what was skipped, and why."""
    skips = _skips(config)
    if not skips:
        return
    terminalreporter.section("skipped")
    odd = set(forbidden(skips)) if os.environ.get(STRICT) else set()
    for reason, count in sorted(skips.items()):
        remark = "  <- not in tests/helpers/allowed_skips.py" * (reason in odd)
        terminalreporter.line(f"{count:4} {reason}{remark}")


def _skips(config: pytest.Config) -> dict[str, int]:
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    return dict(counted(reporter.stats.get("skipped", []))) if reporter else {}
