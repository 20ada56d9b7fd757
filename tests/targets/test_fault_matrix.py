"""Every service x everything that goes wrong: no answer is lost, mixed up, or paid for twice.

What becomes of a check then: `test_check_fault_matrix.py`.
"""

from __future__ import annotations

import functools
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from faulty_service import LASTING, PASSING, REMOTE, Service, be_quick
from served_network import served
from target_cases import POOL, VERSIONED
from tiny_network import LABELS, expected

from isotopes.errors import (
    AnswerError,
    AskingCancelled,
    BudgetExhausted,
    ModelChanged,
    TargetError,
    TargetUnreachable,
)
from isotopes.targets import Scores, Target
from isotopes.targets.asking.budget import Budget, Budgeted
from isotopes.targets.asking.canary import Canary
from isotopes.targets.asking.concurrent import ask_all
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.asking.journaled import Journaled
from isotopes.targets.asking.rate_limiter import RateLimited, RateLimiter
from isotopes.targets.gate import OPEN, CancellableGate, Gate
from isotopes.targets.http.caller import JsonCaller
from isotopes.targets.http.endpoint import Endpoint
from isotopes.testing import Fault, stall
from isotopes.testing.faults import FAULTS, Reply

FINAL = {
    "quota": TargetUnreachable,
    "truncated-json": AnswerError,
    "wrong-schema": AnswerError,
}
ASKED = POOL[:10]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quick(monkeypatch)


def ask(target: Target) -> Scores:
    size = target.batch_size
    return ask_all(target, [ASKED[i : i + size] for i in range(0, len(ASKED), size)])


def check(scores: Scores) -> None:
    """The answers are the model's own, each to its picture."""
    for column, label in enumerate(LABELS):
        got = scores.values[:, scores.column(label)]
        np.testing.assert_allclose(got, expected(ASKED)[:, column], atol=1e-6)


def test_every_fault_has_its_place() -> None:
    elsewhere = {"reordered"}  # test_reordered_batch.py: most services take one picture at a time
    assert {*PASSING, *LASTING, "stall", *elsewhere} == FAULTS.keys()


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("kind", REMOTE)
def test_what_passes_changes_nothing(
    tmp_path: Path, stack: ExitStack, kind: str, fault: str
) -> None:
    turns: list[Fault | None] = [None, FAULTS[fault], None, FAULTS[fault]]
    service = Service(kind, tmp_path, stack, faults=turns)
    target = service.open()
    journaled = Journaled(target, stack.enter_context(QueryJournal(tmp_path / "queries.sqlite")))
    check(ask(journaled))
    batches = -(-len(ASKED) // target.batch_size)
    lost = sum(turn is not None for turn in turns[: len(service.server.requests)])
    assert len(service.server.requests) - lost - _about(service) == batches
    assert journaled.asked == len(ASKED)


@pytest.mark.parametrize("fault", FINAL)
@pytest.mark.parametrize("kind", REMOTE)
def test_what_stays_is_told_and_gone_on_from(
    tmp_path: Path, stack: ExitStack, kind: str, fault: str
) -> None:
    service = Service(kind, tmp_path, stack, faults=[None, FAULTS[fault]])
    journal = stack.enter_context(QueryJournal(tmp_path / "queries.sqlite"))
    first = Journaled(service.open(), journal)
    with pytest.raises(FINAL[fault] if kind != "oip" else TargetError):
        ask(first)
    kept = first.asked
    again = Journaled(service.open(), journal)
    check(ask(again))
    assert kept + again.asked == len(ASKED)
    batches = -(-len(ASKED) // again.batch_size)
    assert service.questions == batches + 1  # the one that was spoiled is asked again


@pytest.mark.parametrize("kind", REMOTE)
def test_late_answers_are_asked_for_again(
    tmp_path: Path, stack: ExitStack, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = JsonCaller.__init__

    @functools.wraps(make)
    def impatient(self: JsonCaller, endpoint: Endpoint, *rest: object) -> None:
        make(self, replace(endpoint, timeout=0.5), *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(JsonCaller, "__init__", impatient)
    service = Service(kind, tmp_path, stack, faults=[stall(60)])
    check(ask(service.open()))


@pytest.mark.parametrize("kind", REMOTE)
def test_a_changed_model_is_noticed(tmp_path: Path, stack: ExitStack, kind: str) -> None:
    service = Service(kind, tmp_path, stack, successor=served(1), change_after=2)
    canary = Canary(service.open(), POOL[-2:], every=100)
    with pytest.raises(ModelChanged) as caught:
        ask(canary)
        canary.finish()
    assert ("more than one version" in str(caught.value)) == (kind in VERSIONED)


@pytest.mark.parametrize("fault", ["throttle", "server-error", "hang-up", "half"])
@pytest.mark.parametrize("kind", REMOTE)
def test_a_retry_is_a_request_like_any_other_to_rates_and_budgets(
    tmp_path: Path, stack: ExitStack, kind: str, fault: str
) -> None:
    service = Service(kind, tmp_path, stack, faults=[None, *2 * [FAULTS[fault]]])
    limiter = Turns()
    budgeted = Budgeted(RateLimited(service.open(), limiter), Budget())
    size = min(5, budgeted.batch_size)
    for start in range(0, len(ASKED), size):
        budgeted.ask(ASKED[start : start + size])
    assert service.questions == len(ASKED) // size + 2
    assert limiter.turns == service.questions
    # Who is turned away since the service is busy has got nothing that could be billed.
    retried = 0 if fault == "throttle" else 2 * size
    assert budgeted.spent == len(ASKED) + retried


@pytest.mark.parametrize("kind", REMOTE)
def test_no_retry_crosses_the_budget(tmp_path: Path, stack: ExitStack, kind: str) -> None:
    service = Service(kind, tmp_path, stack, faults=[*_first(kind), *3 * [FAULTS["server-error"]]])
    target = service.open()
    size = min(5, target.batch_size)
    budgeted = Budgeted(target, Budget(queries=3 * size))
    budgeted.ask(ASKED[:size])
    with pytest.raises(BudgetExhausted, match="more are needed"):
        budgeted.ask(ASKED[-size:])
    assert service.questions == 3


@pytest.mark.parametrize("kind", REMOTE)
def test_once_a_run_is_cancelled_nothing_is_sent(
    tmp_path: Path, stack: ExitStack, kind: str
) -> None:
    run = CancellableGate(OPEN)

    def cancel(reply: Reply) -> Reply:
        run.cancel(KeyboardInterrupt())
        return FAULTS["server-error"](reply)

    service = Service(kind, tmp_path, stack, faults=[*_first(kind)[1:], cancel])
    target = service.open()
    with pytest.raises(AskingCancelled):
        target.ask(ASKED[:1], run)
    assert service.questions == 1
    with pytest.raises(AskingCancelled):
        target.ask(ASKED[:1], run)
    assert service.questions == 1


def _first(kind: str) -> list[None]:
    """The requests of a first question."""
    return [None] * (2 if kind == "oip" else 1)  # which asks about the model before


class Turns(RateLimiter):
    """Counts, and lets everything go."""

    turns = 0

    def wait(self, gate: Gate = OPEN) -> float:
        self.turns += 1
        return 0.0


def _about(service: Service) -> int:
    return len(service.server.requests) - service.questions
