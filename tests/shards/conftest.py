from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from isotopes.marks import get_family
from isotopes.shards.terms import ShardTerms


@pytest.fixture
def make_terms() -> Callable[..., ShardTerms]:
    def make(**changed: Any) -> ShardTerms:
        family = get_family("tints")
        usual: dict[str, Any] = {
            "key": bytes(range(32)),
            "family": family.name,
            "options": {},
            "version": family.version,
            "alpha": family.usual_alpha,
            "share": 1.0,
            "strip": None,
            "opt_out": False,
            "per": None,
            "memory": 2**30,
            "seconds": 60.0,
        }
        return ShardTerms(**{**usual, **changed})

    return make


@pytest.fixture
def terms(make_terms: Callable[..., ShardTerms]) -> ShardTerms:
    return make_terms()
