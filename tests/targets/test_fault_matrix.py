"""Every service x everything that goes wrong: no answer is lost, mixed up, or paid for twice."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from target_cases import CASES, POOL, VERSIONED, set_credentials
from tiny_network import LABELS, expected, write_network

from isotopes.errors import AnswerError, TargetError, TargetUnreachable
from isotopes.targets import Scores, Target, aws, open_target, target_kinds
from isotopes.targets.asking import ask_all
from isotopes.targets.calling import Endpoint, JsonCaller
from isotopes.targets.canary import Canary, ModelChanged
from isotopes.targets.journal import Journal
from isotopes.targets.journaled import Journaled
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.testing import FakeServer, Fault, stall
from isotopes.testing.faults import FAULTS

REMOTE = sorted(name for name in CASES if target_kinds()[name].remote)
PASSING = ("throttle", "throttle-retry-after", "server-error", "hang-up", "half")
FINAL = {
    "quota": TargetUnreachable,
    "truncated-json": AnswerError,
    "wrong-schema": AnswerError,
}
ASKED = POOL[:10]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials, and no waiting between two attempts."""
    set_credentials(monkeypatch)
    monkeypatch.setattr("isotopes.targets.calling._wait", lambda state: 0.0)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", _no_delay)


def _no_delay(self: object, context: object) -> float:
    return 0.0


class Service:
    """A fake of one kind and the target that asks it; the target of a new run is opened anew."""

    def __init__(self, kind: str, folder: Path, stack: ExitStack, **how: object) -> None:
        servers: list[FakeServer] = []

        def serve(*arguments: object, **more: object) -> FakeServer:
            servers.append(FakeServer(*arguments, **more, **how))  # type: ignore[arg-type]
            return servers[0]

        self._spec = CASES[kind](folder, 0, stack, serve)
        self._stack = stack
        (self.server,) = servers

    def open(self) -> Target:
        target = open_target(self._spec)
        self._stack.callback(target.close)
        return target

    @property
    def questions(self) -> int:
        """How often it was asked about pictures."""
        return sum(request.method == "POST" for request in self.server.requests)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


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
    assert {*PASSING, *FINAL, "stall", *elsewhere} == FAULTS.keys()


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("kind", REMOTE)
def test_what_passes_changes_nothing(
    tmp_path: Path, stack: ExitStack, kind: str, fault: str
) -> None:
    turns: list[Fault | None] = [None, FAULTS[fault], None, FAULTS[fault]]
    service = Service(kind, tmp_path, stack, faults=turns)
    target = service.open()
    journaled = Journaled(target, stack.enter_context(Journal(tmp_path / "queries.sqlite")))
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
    journal = stack.enter_context(Journal(tmp_path / "queries.sqlite"))
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
    monkeypatch.setattr(aws, "TIMEOUT", 0.5)
    service = Service(kind, tmp_path, stack, faults=[stall(60)])
    check(ask(service.open()))


@pytest.mark.parametrize("kind", REMOTE)
def test_a_changed_model_is_noticed(tmp_path: Path, stack: ExitStack, kind: str) -> None:
    other = OnnxTarget(write_network(tmp_path / "other.onnx", seed=1))
    service = Service(kind, tmp_path, stack, successor=other, change_after=2)
    canary = Canary(service.open(), POOL[-2:], every=100)
    with pytest.raises(ModelChanged) as caught:
        ask(canary)
        canary.finish()
    assert ("more than one version" in str(caught.value)) == (kind in VERSIONED)


def _about(service: Service) -> int:
    return len(service.server.requests) - service.questions
