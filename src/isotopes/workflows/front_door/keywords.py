"""Keywords of the front door's functions; their defaults are those of the requests they fill."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypedDict

from isotopes.photos import Strip
from isotopes.photos.credential import Credential


class MarkKeywords(TypedDict, total=False):
    """Which marks, which pictures and which files; see `mark_folder`."""

    family: str
    options: Mapping[str, str] | None
    alpha: float | None
    share: float
    count: int | None
    label: str | None
    per_folder: bool
    only: str | None
    skip_siblings: bool
    strip: Strip
    opt_out: bool
    credential: Credential | None
    decoys: int
    plan: Mapping[str, Any] | None
    unpublished: Collection[str]


class CheckKeywords(TypedDict, total=False):
    """How to test; see `check`."""

    method: str | None
    label: str | None
    any_label: bool
    candidates: tuple[str, ...]
    statistic: str | None
    level: float | None
    decoys: int | None
    probe_count: int | None
    thorough: bool
    forgive: int | None
    assume_exchangeable: bool
    disguise: bool


class AuditKeywords(TypedDict, total=False):
    """How to audit; see `audit`."""

    statistic: str
    probe_count: int
    decoys: int
    level: float
    delta: float
    rounds: int
    discovery_level: float
    disguise: bool
