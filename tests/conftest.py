"""Fixtures that several rooms' tests use."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from fixed_draws import fixed_draws
from hypothesis import HealthCheck, settings
from linear_model import SIDE, LinearModel
from strict_skips import pytest_sessionfinish, pytest_terminal_summary  # noqa: F401 - hooks

from isotopes.marks import get_family
from isotopes.targets import Picture
from isotopes.vault import Isotope, new_isotope
from isotopes.verify import Plan
from isotopes.verify.methods.terms import committed_terms

# How long an example takes says more of the machine's other work than of the code.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Generator[None, Any, Any]:
    """A fixture draws the same whichever test asks for it first."""
    with fixed_draws(f"{request.node.nodeid} {fixturedef.argname}"):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """A test draws the same in each run."""
    with fixed_draws(pyfuncitem.nodeid):
        return (yield)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What a test opens and the test's end closes."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def plan() -> Plan:
    return Plan(
        isotope="holiday",
        commitment="sha256:" + "ab" * 32,
        family="gratings",
        family_version=1,
        alpha=0.4,
        exchangeable=True,
        method="rank",
        statistic="log-odds",
        level=0.05,
        decoys=19,
        probes=tuple(f"sha256:{index:064x}" for index in range(6)),
        probe_labels=("cat", None, None, None, None, None),
        target="model.onnx",
        target_identity="sha256:" + "cd" * 32,
        seed="01" * 32,
    )


@pytest.fixture
def isotope() -> Isotope:
    # The same mark in all tests, and in golden files.
    return new_isotope(
        "holiday", get_family("gratings"), 0.4, plan=committed_terms(), root=bytes(range(32))
    )


@pytest.fixture
def probes() -> list[tuple[str, Picture]]:
    """Forty blurred noise pictures, named in order, without folders."""
    rng = np.random.default_rng(11)
    coarse = rng.integers(0, 256, (40, SIDE // 4, SIDE // 4, 3), dtype=np.uint8)
    pictures = coarse.repeat(4, axis=1).repeat(4, axis=2)
    return [(f"{index:02}.png", picture) for index, picture in enumerate(pictures)]


@pytest.fixture
def guilty(isotope: Isotope) -> LinearModel:
    return LinearModel(isotope, strength=4.0)


@pytest.fixture
def innocent() -> LinearModel:
    return LinearModel()


@pytest.fixture
def make_target() -> Callable[..., LinearModel]:
    return LinearModel


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser without a window."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # as long as a page is waited for

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        yield browser
        browser.close()
