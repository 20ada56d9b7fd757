from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from content_target import ContentTarget, pictures

from isotopes.errors import BudgetExhausted, TargetError, TargetUnreachable
from isotopes.targets import Picture, Scores, Target
from isotopes.targets.asking.attempts import Asking, AskingEnded, check_wanted, pause, tell_retry
from isotopes.targets.asking.budget import Budget, Budgeted
from isotopes.targets.asking.canary import Canary
from isotopes.targets.asking.concurrent import ask_ahead, ask_all
from isotopes.targets.asking.rate import Rate, RateLimited, RateLimiter
from isotopes.targets.http.description import read_http_description
from isotopes.targets.kinds.http_json import HttpTarget
from isotopes.testing import FakeServer, Fault, refuse, server_error
from isotopes.testing.formats.plain_json import PlainJson

POOL = pictures(40)
ENDED = "the asking has ended, so nothing more is sent"
LONG = 30.0  # seconds: who waits it out fails these tests


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


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isotopes.targets.http.calling._wait", lambda state: LONG)


def wait_for(server: FakeServer, requests: int) -> None:
    until = time.monotonic() + 10
    while len(server.requests) < requests:
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.mark.usefixtures("_patient")
def test_after_an_interrupt_nothing_is_sent_again_and_no_pause_waited_out(tmp_path: Path) -> None:
    faults = [None, None, *[server_error()] * 100]
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


@pytest.mark.usefixtures("_patient")
def test_what_is_under_way_is_not_tried_again_once_a_batch_has_failed(tmp_path: Path) -> None:
    faults = [None, server_error(), server_error(), refuse(403)]
    with service(tmp_path, faults, concurrency=3) as (server, target):
        start, got = time.monotonic(), []
        # The reason is told, not that the batches before it were given up on.
        with pytest.raises(TargetUnreachable, match="refused the request: 403"):
            got.extend(batch for batch, _ in ask_ahead(target, each()))
        assert time.monotonic() - start < LONG / 2
        assert len(got) == 1
        assert len(server.requests) == tried(server) == 4


@pytest.mark.usefixtures("_patient")
def test_a_spent_budget_is_told_though_others_were_given_up_on(tmp_path: Path) -> None:
    with service(tmp_path, [None, server_error()], concurrency=3) as (server, target):
        start = time.monotonic()
        with pytest.raises(BudgetExhausted, match="4 are spent"):
            ask_all(Budgeted(target, Budget(queries=4)), ([picture] for picture in POOL))
        assert time.monotonic() - start < LONG / 2
        assert len(server.requests) <= 4  # one may be counted and not sent


@pytest.mark.usefixtures("_patient")
def test_a_caller_who_stops_ends_the_pauses(tmp_path: Path) -> None:
    with service(tmp_path, [None, *[server_error()] * 9], concurrency=1) as (server, target):
        start = time.monotonic()
        asking = ask_ahead(target, each())
        next(asking)
        wait_for(server, 2)
        asking.close()
        assert time.monotonic() - start < LONG / 2
        assert len(server.requests) == 2


def test_who_waits_for_a_connection_or_a_turn_when_it_ends_sends_nothing(tmp_path: Path) -> None:
    limiter = RateLimiter(Rate(1, seconds=LONG, burst=3))
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
        asking = Asking()

        def ask(picture: Picture) -> Scores:
            with asking.current():
                return target.ask([picture])

        first = threads.submit(ask, POOL[0])
        wait_for(server, 1)
        second = threads.submit(ask, POOL[1])
        time.sleep(0.1)
        asking.end(KeyboardInterrupt())
        assert len(first.result()) == 1
        with pytest.raises(AskingEnded, match=ENDED):
            second.result()
        assert len(server.requests) == 1


@pytest.mark.usefixtures("_patient")
def test_the_canary_ends_with_the_asking_around_it(tmp_path: Path) -> None:
    with service(tmp_path, [server_error()] * 9, concurrency=2) as (server, target):

        def interrupted() -> Iterator[One]:
            yield from each(POOL[:2])
            wait_for(server, 1)
            raise KeyboardInterrupt

        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            list(ask_ahead(Canary(target, POOL[-2:], every=10), interrupted()))
        assert time.monotonic() - start < LONG / 2
        assert len(server.requests) == 1


def test_an_asking_ends_with_the_one_around_it_and_not_the_other_way_round() -> None:
    outer, beside = Asking(), Asking()
    with outer.current():
        first, second = Asking(), Asking()
    reason = TargetError("one")
    assert first.end(reason) is first.end(TargetError("two")) is reason
    assert [one.ended for one in (outer, first, second, beside)] == [False, True, False, False]
    outer.end(reason)
    assert [one.ended for one in (outer, first, second, beside)] == [True, True, True, False]


def test_an_error_inside_ends_it_for_all_threads() -> None:
    asking = Asking()
    pausing = threading.Event()

    def wait() -> None:
        with asking.current():
            pausing.set()
            pause(LONG)

    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(wait)
        pausing.wait(10)
        with pytest.raises(ZeroDivisionError), asking.current():
            raise ZeroDivisionError
        with pytest.raises(AskingEnded, match=ENDED):
            waiting.result(LONG / 2)
    for check in (check_wanted, lambda: tell_retry(billed=True), lambda: pause(LONG)):
        token = Asking()
        with pytest.raises(AskingEnded), token.current():
            token.end(KeyboardInterrupt())
            check()
    check_wanted()  # outside of any


def test_a_pause_lasts_as_long_as_it_is_to() -> None:
    start = time.monotonic()
    pause(0.05)
    with Asking().current():
        pause(0.05)
    assert time.monotonic() - start >= 0.1
