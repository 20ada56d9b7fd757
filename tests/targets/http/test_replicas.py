"""Several addresses of one service: asked side by side, under one budget, watched one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from checked_service import Shifted, bodies, describe, serve
from tiny_network import pictures, write_network

from isotopes.errors import BudgetExhausted, ModelChanged, TargetUnreachable, TargetUnusable
from isotopes.targets import Target, open_target
from isotopes.targets.asking.budget import Budget, Budgeted, Spending
from isotopes.targets.asking.canary import Canary
from isotopes.targets.asking.concurrent import ask_all
from isotopes.targets.http.retries import Retries
from isotopes.testing import FakeServer
from isotopes.testing.faults import server_error

SOME = pictures(12, (24, 24), seed=3)
Serve = Callable[..., FakeServer]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retries, "backoff", lambda self, retry: 0.0)


@pytest.fixture
def model(tmp_path: Path) -> Target:
    return open_target(str(write_network(tmp_path / "model.onnx", factor=0.5)))


@pytest.fixture
def started(model: Target) -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda served=model, **how: stack.enter_context(serve(served, **how))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Target]]:
    with ExitStack() as stack:

        def open_all(first: FakeServer, *others: str, price: float = 0.5) -> Target:
            more = ", ".join(f'"{url}classify"' for url in others)
            path = describe(tmp_path, first, f"replicas = [{more}]", f"price = {price}")
            target = open_target(str(path))
            stack.callback(target.close)
            return target

        yield open_all


def test_each_gets_its_share_and_one_budget_holds_for_all(
    model: Target, started: Serve, opened: Callable[..., Target]
) -> None:
    servers = [started(delay=0.03) for _ in range(3)]
    target = Budgeted(opened(servers[0], *(s.url for s in servers[1:])), Budget(12, 7, 0.5))
    asked = ask_all(target, [[picture] for picture in SOME])
    assert asked.values == pytest.approx(model.ask(SOME).values, abs=1e-6)
    assert min(len(bodies(server)) for server in servers) >= 2
    assert target.spending() == Spending(12, 6.0, 7)
    assert str(target.spending()) == "6.00 of 7.00 US dollars spent"
    with pytest.raises(BudgetExhausted):
        target.ask(SOME[:1])
    assert sum(len(bodies(server)) for server in servers) == 12


def test_one_that_gives_no_answer_is_left_out(
    model: Target, started: Serve, opened: Callable[..., Target]
) -> None:
    broken, works = started(faults=[server_error()] * 50), started()
    target = Budgeted(opened(broken, works.url), Budget())
    asked = ask_all(target, [[picture] for picture in SOME])
    assert asked.values == pytest.approx(model.ask(SOME).values, abs=1e-6)
    assert 2 <= len(bodies(broken)) <= 4  # two attempts for each question that was under way
    assert target.spent == len(bodies(broken)) + len(bodies(works))


def test_all_of_them_may_fail(started: Serve, opened: Callable[..., Target]) -> None:
    servers = [started(faults=[server_error()] * 50) for _ in range(2)]
    target = opened(servers[0], servers[1].url)
    for _ in range(2):
        with pytest.raises(TargetUnreachable, match="gave no answer in 2 attempts"):
            target.ask(SOME[:1])


def test_one_with_another_model_is_noticed_before_anything_is_asked(
    model: Target, started: Serve, opened: Callable[..., Target]
) -> None:
    same, other = started(), started(Shifted(model))
    canary = Canary(opened(same, same.url.replace("127.0.0.1", "localhost"), other.url), SOME[:3])
    with pytest.raises(ModelChanged):
        canary.ask(SOME[3:4])
    assert len(bodies(other)) >= 3


def test_threads_share_the_fewest(started: Serve, opened: Callable[..., Target]) -> None:
    slow, quick = started(delay=0.6), started()
    target = opened(slow, quick.url)
    thread = threading.Thread(target=target.ask, args=(SOME[:1],))
    thread.start()
    while not slow.requests:
        pass
    for picture in SOME[1:5]:
        target.ask([picture])
    thread.join()
    assert (len(bodies(slow)), len(bodies(quick))) == (1, 4)


def test_replicas_are_other_addresses(started: Serve, opened: Callable[..., Target]) -> None:
    server = started()
    with pytest.raises(TargetUnusable, match="must name other addresses than url, each once"):
        opened(server, server.url)
    alone = opened(server, "http://other.example/").identity()
    assert alone != opened(server, "http://third.example/").identity()
    assert "other.example" in str(opened(server, "http://other.example/").destination)
