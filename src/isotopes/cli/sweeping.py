"""`isotopes audit --sweep`: what it does and shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from isotopes.cli.asking import asking, tell_plan
from isotopes.cli.options.asking import AskingOptions
from isotopes.cli.options.engines import EngineOptions
from isotopes.cli.terminal import show, show_json, show_table, tell, warn
from isotopes.workflows.audit_terms import AuditTerms

if TYPE_CHECKING:
    from isotopes.targets import Target
    from isotopes.vault import Isotope

MOST_ROWS = 20  # on the terminal
TABLE, PAGES = "found.csv", "found"


def sweep_and_show(
    isotopes: Sequence[Isotope],
    model: Target,
    probes: Path,
    terms: AuditTerms,
    asked: AskingOptions,
    engines: EngineOptions,
    keep: Path,
    *,
    as_json: bool,
) -> None:
    """Ask the model for all of these marks, and show those that stand out most."""
    from isotopes.engines import open_engine
    from isotopes.report import sweep_words as words
    from isotopes.report.pages.sweep import write_sweep
    from isotopes.workflows.checking.probes import ProbeFolder
    from isotopes.workflows.sweeping import sweep_isotopes

    keep = keep.absolute()  # workers may start elsewhere
    with (
        open_engine(engines.engine, engines.workers, address=engines.address) as executor,
        asking(model, yes=asked.yes, planned=tell_plan) as hooks,
    ):
        verdict = sweep_isotopes(
            isotopes,
            model,
            ProbeFolder(probes),
            keep,
            executor,
            terms=terms,
            care=asked.care,
            hooks=hooks,
        )
    table = keep / TABLE
    words.write_sweep_table(verdict, table)
    page = write_sweep(verdict, keep / PAGES)
    if as_json:
        show_json(verdict.summary())
    else:
        show(words.sweep_sentence(verdict))
        show_table(words.HEAD, words.sweep_rows(verdict, MOST_ROWS))
    for warning in words.sweep_warnings(verdict):
        warn(warning)
    tell(f"all marks, those that stand out most first: {table}, and as pages: {page}")
