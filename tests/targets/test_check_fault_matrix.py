"""Every service x everything that goes wrong, in a whole check: the verdict is the same, or there
is clearly none until the same check goes on; no answer is lost, none is asked for twice."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from checked_service import make_isotope
from faulty_service import LASTING, PASSING, REMOTE, Service, be_quick
from tiny_network import SIZE, pictures

from isotopes.report import sentence
from isotopes.targets.asking.journal import QueryJournal
from isotopes.testing import Fault
from isotopes.testing.faults import FAULTS
from isotopes.verify import Outcome, Verdict
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.run import check_model

PROBES = [(f"{number}.png", picture) for number, picture in enumerate(pictures(8, SIZE, seed=4))]
TERMS = Terms(method="rank", label="cat", level=0.1, decoys=9)
QUERIES = len(PROBES) * (2 + 9)  # at most: probes that the model calls cats are left out


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quick(monkeypatch)


def run(service: Service, journal: Path) -> Verdict:
    # The isotope is the same for all: what is asked depends on it and on the target's address only.
    return check_model(make_isotope(), service.open(), PROBES, TERMS, care=Care(journal))


def kept(path: Path) -> int:
    with QueryJournal(path) as journal:
        return len(journal)


def of_the_model(verdict: Verdict) -> tuple[object, ...]:
    """All that depends on what the model answers; the order of the queries differs by address."""
    return (
        verdict.verdict,
        verdict.pvalue,
        verdict.probes,
        verdict.queries,
        verdict.left_out_by_answer,
        pytest.approx(verdict.score),
    )


@cache
def calm(kind: str) -> tuple[object, ...]:
    """Where nothing goes wrong."""
    with ExitStack() as stack, TemporaryDirectory() as folder:
        service = Service(kind, Path(folder), stack)
        return of_the_model(run(service, Path(folder) / "calm.sqlite"))


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("kind", REMOTE)
def test_what_passes_leaves_the_verdict(
    tmp_path: Path, stack: ExitStack, kind: str, fault: str
) -> None:
    turns: list[Fault | None] = [None, None, FAULTS[fault], None, FAULTS[fault], FAULTS[fault]]
    service = Service(kind, tmp_path, stack, faults=turns)
    verdict = run(service, tmp_path / "stormy.sqlite")
    assert of_the_model(verdict) == calm(kind)
    assert verdict.verdict is not Outcome.INCONCLUSIVE
    assert kept(tmp_path / "stormy.sqlite") == verdict.queries


@pytest.mark.parametrize("fault", LASTING)
@pytest.mark.parametrize("kind", REMOTE)
def test_what_lasts_leaves_none_until_the_check_goes_on(
    tmp_path: Path, stack: ExitStack, kind: str, fault: str
) -> None:
    journal = tmp_path / "stormy.sqlite"
    service = Service(kind, tmp_path, stack)
    # Enough for the canary and the first probes, whichever way the service takes its pictures.
    answered = 6 if service.open().batch_size == 1 else 3
    service.server._faults = iter([*answered * [None], *999 * [FAULTS[fault]]])
    cut = run(service, journal)
    assert (cut.verdict, cut.cut_short, cut.pvalue) == (Outcome.INCONCLUSIVE, True, None)
    assert sentence(cut).startswith("inconclusive: asking was cut short: ")
    assert 0 < cut.queries == kept(journal) < QUERIES
    service.server._faults = iter(())
    verdict = run(service, journal)
    assert of_the_model(verdict) == calm(kind)
    assert kept(journal) == verdict.queries
