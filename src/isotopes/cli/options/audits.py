"""The options of `audit`: which isotopes, and how they are tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isotopes.cli.options.engines import EngineOptions
from isotopes.cli.options.terms import DisguiseOption
from isotopes.defaults import STATISTIC_NAMES
from isotopes.errors import IsotopesError
from isotopes.workflows.audit_terms import AuditTerms

if TYPE_CHECKING:
    from isotopes.vault import Isotope, Vault

USUAL = AuditTerms()


@dataclass(frozen=True)
class ChoiceOptions:
    """Which isotopes of the vault."""

    isotopes: Annotated[
        list[str] | None, typer.Argument(help="the isotopes' names in the vault")
    ] = None
    every: Annotated[bool, typer.Option("--all", help="all isotopes of the vault")] = False
    family: Annotated[str | None, typer.Option(help="of these, only marks of this family")] = None
    alpha: Annotated[float | None, typer.Option(help="of these, only marks of this visibility")] = (
        None
    )

    def isotopes_of(self, vault: Vault) -> list[Isotope]:
        """The chosen isotopes; --all leaves out those that still wait for their beacon.

        Raises:
            IsotopesError: neither names nor --all, or both.
        """
        names = self.isotopes or []
        if self.every == bool(names):
            raise IsotopesError(
                "an audit needs either names of isotopes or all of them",
                hint="name some, or give --all",
            )
        return [
            isotope
            for isotope in map(vault.get, vault.names() if self.every else names)
            if not (self.every and isotope.waits)
            and self.family in (None, isotope.family)
            and self.alpha in (None, isotope.alpha)
        ]


@dataclass(frozen=True)
class AuditOptions:
    """How they are tested."""

    statistic: Annotated[str, typer.Option(help=f"--probes: {', '.join(STATISTIC_NAMES)}")] = (
        USUAL.statistic
    )
    probes_count: Annotated[int, typer.Option(min=1, help="--probes: how many to use")] = (
        USUAL.probes
    )
    decoys: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"--probes: how many decoys for all marks together (default: {USUAL.decoys});"
            " else for each mark (default: all committed)",
        ),
    ] = None
    discovery_level: Annotated[
        float, typer.Option(help="of the marks called attributed, the share that may be wrong")
    ] = USUAL.discovery_level
    level: Annotated[
        float, typer.Option(help="--probes: lambda of V and V_D, and the level of each claim")
    ] = USUAL.level
    disguise: DisguiseOption = False
    sweep: Annotated[
        bool,
        typer.Option(
            "--sweep",
            help="--probes: for thousands of marks; each against the decoys only, not against each"
            " other; answers and a ranked table go into --keep",
        ),
    ] = False

    @property
    def terms(self) -> AuditTerms:
        """The terms of an audit with other people's pictures."""
        return AuditTerms(
            statistic=self.statistic,
            probes=self.probes_count,
            decoys=USUAL.decoys if self.decoys is None else self.decoys,
            level=self.level,
            discovery_level=self.discovery_level,
            disguise=self.disguise,
        )

    def check_sweep(
        self, probes: Path | None, keep: Path | None, report: Path | None, engines: EngineOptions
    ) -> None:
        """Raise BadParameter if a sweep lacks an option or can't use one, or isn't asked for."""
        if self.sweep and (probes is None or keep is None or report is not None):
            raise typer.BadParameter("--sweep needs --probes and --keep, and takes no --report")
        if not self.sweep and engines != EngineOptions():
            raise typer.BadParameter("--engine, --address and --workers are for --sweep")

    def check_own(self) -> None:
        """Raise IsotopesError if an option is only for audits with other people's pictures."""
        usual: Mapping[str, Any] = {
            "statistic": USUAL.statistic,
            "probes_count": USUAL.probes,
            "level": USUAL.level,
        }
        for name, value in usual.items():
            if getattr(self, name) != value:
                raise IsotopesError(
                    f"--{name.replace('_', '-')} belongs to an audit with other people's pictures",
                    hint="give --probes FOLDER, or leave it out",
                )
