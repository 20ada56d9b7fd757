from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from content_target import ContentTarget, pictures
from eventually import eventually

from isotopes.errors import AskingCancelled, BudgetExhausted, TargetError, TargetUnreachable
from isotopes.targets import Picture, Target
from isotopes.targets.asking.budget import Budget, Budgeted
from isotopes.targets.asking.canary import Canary
from isotopes.targets.asking.concurrent import ask_ahead, ask_all
from isotopes.targets.asking.rate_limiter import RateLimited, RateLimiter
from isotopes.targets.gate import OPEN, CancellableGate
from isotopes.targets.http.description import read_http_description
from isotopes.targets.kinds.http_json import HttpTarget
from isotopes.targets.rate import RateLimit
from isotopes.testing import FakeServer, Fault, refuse, server_error
from isotopes.testing.formats.plain_json import PlainJson

POOL = pictures(40)
CANCELLED = "the run was cancelled, so nothing more is sent"
LONG = 30.0  # seconds: a test that waits it out fails


@dataclass(frozen=True, eq=False)
class One:
    pictures: Sequence[Picture]


@contextmanager
def service(
    folder: Path, faults: list[Fault | None], *, concurrency: int, retries: int = 2
) -> Iterator[tuple[FakeServer, Target]]:
    with FakeServer(ContentTarget(), PlainJson("objects"), faults, delay=0.01) as server:
        path = folder / "service.toml"
        path.write_text(
            f"""
            url = "{server.url}v1/classify"
            concurrency = {concurrency}
            retries = {retries}
            timeout = 5
            [request]
            body = '{{"image": "{{{{image_base64}}}}"}}'
            [answer]
            form = "objects"
            at = "result"
            label = "label"
            score = "score"
            """,
            encoding="utf-8",
        )
        target = HttpTarget(read_http_description(path))
        yield server, target
        target.close()


def tried(server: FakeServer) -> int:
    """How many different pictures it was asked about."""
    return len({request.body for request in server.requests})


def each(batches: Sequence[Picture] = POOL) -> Iterator[One]:
    for picture in batches:
        yield One([picture])


def come_back_later() -> Fault:
    """A server error, before which nobody may ask again for a long time."""
    return server_error(retry_after=f"{LONG:.0f}")


def wait_for(server: FakeServer, requests: int) -> None:
    eventually(lambda: len(server.requests) >= requests, what="the request")


def test_after_an_interrupt_nothing_is_sent_again_and_no_pause_waited_out(tmp_path: Path) -> None:
    faults = [None, None, *[come_back_later()] * 100]
    with service(tmp_path, faults, concurrency=2) as (server, target):

        def interrupted() -> Iterator[One]:
            yield from each(POOL[:4])
            wait_for(server, 4)
            raise KeyboardInterrupt

        got, start = [], time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            got.extend(batch for batch, _ in ask_ahead(target, interrupted()))
        assert time.monotonic() - start < LONG / 2
        assert len(got) == 2
        assert len(server.requests) == 4


def test_once_a_batch_has_failed_no_other_is_begun(tmp_path: Path) -> None:
    for concurrency in (1, 3):
        faults = [*[None] * 5, *[server_error()] * 200]
        with service(tmp_path, faults, concurrency=concurrency, retries=1) as (server, target):
            got = []
            with pytest.raises(TargetUnreachable, match="no answer in 2 attempts: 503"):
                got.extend(batch for batch, _ in ask_ahead(target, each()))
            assert len(got) == 5
            assert tried(server) <= 5 + concurrency
            assert len(server.requests) <= 5 + 2 * concurrency


def test_what_is_under_way_is_not_tried_again_once_a_batch_has_failed(tmp_path: Path) -> None:
    faults = [None, come_back_later(), come_back_later(), refuse(403)]
    with service(tmp_path, faults, concurrency=3) as (server, target):
        start, got = time.monotonic(), []
        # The reason is told, not that the batches before it were given up on.
        with pytest.raises(TargetUnreachable, match="refused the request: 403"):
            got.extend(batch for batch, _ in ask_ahead(target, each()))
        assert time.monotonic() - start < LONG / 2
        assert len(got) == 1
        assert len(server.requests) == tried(server) == 4


def test_a_spent_budget_is_told_though_others_were_given_up_on(tmp_path: Path) -> None:
    with service(tmp_path, [None, come_back_later()], concurrency=3) as (server, target):
        start = time.monotonic()
        with pytest.raises(BudgetExhausted, match="4 are spent"):
            ask_all(Budgeted(target, Budget(queries=4)), ([picture] for picture in POOL))
        assert time.monotonic() - start < LONG / 2
        assert len(server.requests) <= 4  # one may be counted and not sent


def test_a_caller_who_stops_ends_the_pauses(tmp_path: Path) -> None:
    with service(tmp_path, [None, *[come_back_later()] * 9], concurrency=1) as (server, target):
        start = time.monotonic()
        asking = ask_ahead(target, each())
        next(asking)
        wait_for(server, 2)
        asking.close()
        assert time.monotonic() - start < LONG / 2
        assert len(server.requests) == 2


def test_who_waits_for_a_connection_or_a_turn_when_it_ends_sends_nothing(tmp_path: Path) -> None:
    limiter = RateLimiter(RateLimit(1, seconds=LONG, burst=3))
    with service(tmp_path, [], concurrency=8) as (server, target):

        def interrupted() -> Iterator[One]:
            yield from each(POOL[:8])
            wait_for(server, 3)
            raise KeyboardInterrupt

        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            list(ask_ahead(RateLimited(target, limiter), interrupted()))
        assert time.monotonic() - start < LONG / 2
        assert len(server.requests) == 3

    with service(tmp_path, [], concurrency=1) as (server, target), ThreadPoolExecutor() as threads:
        server._delay = 0.5
        run = CancellableGate(OPEN)
        first = threads.submit(target.ask, POOL[:1], run)
        wait_for(server, 1)
        second = threads.submit(target.ask, POOL[1:2], run)
        time.sleep(0.1)
        run.cancel(KeyboardInterrupt())
        assert len(first.result()) == 1
        with pytest.raises(AskingCancelled, match=CANCELLED):
            second.result()
        assert len(server.requests) == 1


def test_the_canary_ends_with_the_asking_around_it(tmp_path: Path) -> None:
    with service(tmp_path, [come_back_later()] * 9, concurrency=2) as (server, target):

        def interrupted() -> Iterator[One]:
            yield from each(POOL[:2])
            wait_for(server, 1)
            raise KeyboardInterrupt

        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            list(ask_ahead(Canary(target, POOL[-2:], every=10), interrupted()))
        assert time.monotonic() - start < LONG / 2
        assert len(server.requests) == 1


def test_a_gate_closes_with_the_one_around_it_and_not_the_other_way_round() -> None:
    outer, beside = CancellableGate(OPEN), CancellableGate(OPEN)
    first, second = CancellableGate(outer), CancellableGate(outer)

    def closed() -> list[bool]:
        states = []
        for gate in (outer, first, second, beside):
            try:
                gate.check()
            except AskingCancelled:
                states.append(True)
            else:
                states.append(False)
        return states

    reason = TargetError("one")
    assert first.cancel(reason) is first.cancel(TargetError("two")) is reason
    assert closed() == [False, True, False, False]
    outer.cancel(reason)
    assert closed() == [True, True, True, False]


def test_cancelling_wakes_a_thread_that_pauses_behind_an_inner_gate() -> None:
    outer = CancellableGate(OPEN)
    inner = CancellableGate(outer).before_retry(lambda billed: None)
    start = time.monotonic()
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(inner.pause, LONG)
        time.sleep(0.05)
        outer.cancel(KeyboardInterrupt())
        with pytest.raises(AskingCancelled, match=CANCELLED):
            waiting.result(LONG / 2)
    assert time.monotonic() - start < LONG / 2
    for passage in (inner.check, lambda: inner.retry(billed=True), lambda: inner.pause(LONG)):
        with pytest.raises(AskingCancelled):
            passage()
    OPEN.check()


def test_hooks_hear_of_retries_in_order_and_can_stop_them() -> None:
    heard: list[tuple[str, bool]] = []

    def refuse_it(billed: bool) -> None:
        raise TargetError("no more")

    gate = OPEN.before_retry(lambda billed: heard.append(("outer", billed)))
    gate = gate.before_retry(lambda billed: heard.append(("inner", billed)))
    gate.check()
    assert heard == []
    gate.retry(billed=False)
    assert heard == [("outer", False), ("inner", False)]
    with pytest.raises(TargetError, match="no more"):
        CancellableGate(OPEN.before_retry(refuse_it)).retry(billed=True)


def test_a_pause_lasts_as_long_as_it_should() -> None:
    start = time.monotonic()
    OPEN.pause(0.05)
    CancellableGate(OPEN).pause(0.05)
    assert time.monotonic() - start >= 0.1
