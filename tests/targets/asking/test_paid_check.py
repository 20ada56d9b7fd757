"""`isotopes check` against a service: nothing is paid twice, limits hold, changes are noticed."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from checked_service import PROBES, QUERIES, TERMS, Shifted, bodies, describe, serve, set_up_served
from eventually import eventually
from typer.testing import CliRunner, Result

from isotopes.cli.main import app
from isotopes.errors import FolderError, IsotopesError, TargetUnreachable
from isotopes.targets import Target
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.http.retries import Retries
from isotopes.testing.faults import FAULTS
from isotopes.verify import decide, load_answers

CANARY = 3
LOOKS = 3 * CANARY  # at the start, in the middle and at the end


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISOTOPES_VAULT", str(tmp_path / "vault.sqlite"))
    monkeypatch.setenv("ISOTOPES_JOURNAL", str(tmp_path / "queries.sqlite"))
    return set_up_served(tmp_path)


def arguments(*more: str) -> list[str]:
    return ["check", "holiday", "--probes", "probes", *TERMS, *more]


def run(*more: str) -> Result:
    return CliRunner().invoke(app, arguments("--target", "service.toml", "--yes", *more))


def pvalue(result: Result) -> float:
    found = json.loads(result.stdout)["pvalue"]
    assert isinstance(found, float)
    return found


def test_a_second_check_asks_nothing(tmp_path: Path, model: Target) -> None:
    with serve(model) as server:
        describe(tmp_path, server, concurrency=3)
        first = run("--json")
        asked = len(server.requests)
        again = run("--json")
        assert len(server.requests) == asked == QUERIES + LOOKS
    assert again.stdout == first.stdout
    assert f"asking the service: at most {QUERIES + LOOKS} queries, about" in first.stderr
    assert f"at most 0 queries, about 1 s, {QUERIES} answers kept from earlier runs" in again.stderr


def test_the_journal_gives_what_the_model_itself_does(tmp_path: Path, model: Target) -> None:
    with serve(model) as server:
        describe(tmp_path, server)
        asked = run("--json")
    local = CliRunner().invoke(app, arguments("--target", "model.onnx", "--json"))
    assert pvalue(asked) == pvalue(local)


def test_a_local_network_is_kept_only_on_request(tmp_path: Path, model: Target) -> None:
    local = arguments("--target", "model.onnx", "--json")
    first = CliRunner().invoke(app, local)
    assert not (tmp_path / "queries.sqlite").exists()
    named = CliRunner().invoke(app, [*local, "--journal", "mine.sqlite"])
    assert named.stdout == first.stdout
    with QueryJournal(tmp_path / "mine.sqlite") as journal:
        assert len(journal) == QUERIES


def test_kill_9_loses_no_more_than_the_answers_in_flight(tmp_path: Path, model: Target) -> None:
    with serve(model, delay=0.02) as server:
        describe(tmp_path, server, concurrency=2)
        command = [
            sys.executable,
            "-m",
            "isotopes",
            *arguments("--target", "service.toml", "--yes"),
        ]
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            eventually(lambda: len(server.requests) >= 60, what="the 60th request")
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        killed_at = len(server.requests)
        assert 60 <= killed_at < QUERIES
        finished = run("--json")
        times = Counter(bodies(server))
    assert json.loads(finished.stdout)["queries"] == QUERIES
    assert len(times) == QUERIES
    # Twice is asked what was in flight; a run that goes on looks at the canary as a new one does.
    assert sum(times.values()) <= QUERIES + 2 + CANARY + LOOKS


def test_the_budget_stops_the_check_and_a_larger_one_goes_on(tmp_path: Path, model: Target) -> None:
    with serve(model) as server:
        describe(tmp_path, server)
        stopped = run("--budget", "50", "--report", "page.html")
        assert len(server.requests) == 50
        assert stopped.exit_code == 4
        assert stopped.stdout.startswith(
            f"inconclusive: asking was cut short: 47 of {QUERIES} queries were answered;"
            " the budget allows 50 queries of the service: 50 are spent, 1 more are needed;"
        )
        assert "run the same command again to resume from what was saved" in stopped.stderr
        assert not (tmp_path / "page.html").exists()
        assert "but the budget allows only 50" in stopped.stderr
        finished = run("--json", "--budget", str(QUERIES), "--report", "page.html")
        assert len(set(bodies(server))) == QUERIES
        assert len(server.requests) == QUERIES + 4 * CANARY
        assert (tmp_path / "page.html").exists()
    assert json.loads(finished.stdout)["verdict"] != "inconclusive"


def test_money_is_counted_as_the_description_or_the_person_says(
    tmp_path: Path, model: Target
) -> None:
    with serve(model) as server:
        describe(tmp_path, server, "price = 0.01")
        stopped = run("--max-cost", "0.30")
        assert len(server.requests) == 30
        assert "1.77 US dollars" in stopped.stderr
        assert stopped.exit_code == 4
        run("--max-cost", "0.30", "--price", "0.1")
        assert len(server.requests) == 33
        describe(tmp_path, server)
        unknown = run("--max-cost", "2")
    assert isinstance(unknown.exception, IsotopesError)
    assert "needs the price of a query" in str(unknown.exception)
    assert len(server.requests) == 33


def test_a_rate_is_kept_and_estimated(tmp_path: Path, model: Target) -> None:
    with serve(model) as server:
        describe(tmp_path, server, "requests_per_second = 200", concurrency=4)
        start = time.monotonic()
        found = run()
        assert time.monotonic() - start > 0.9 * len(server.requests) / 200
    assert "about 22 s" in found.stderr  # half a second a request, four at once


@pytest.mark.parametrize("silent", [True, False])
def test_a_model_that_changes_makes_the_check_inconclusive(
    tmp_path: Path, model: Target, silent: bool
) -> None:
    with serve(model, successor=Shifted(model), change_after=100) as server:
        path = describe(tmp_path, server)
        if silent:
            path.write_text(path.read_text("utf-8").replace('version = "version"', ""), "utf-8")
        found = run("--exit-code", "--keep", "kept.npz")
        asked = len(server.requests)
        again = run("--exit-code", "--keep", "kept.npz")
    assert found.exit_code == again.exit_code == 3
    reason = "to the same picture moved" if silent else "reported more than one version: 1, 2"
    assert found.stdout.startswith("inconclusive: the model behind the service changed while")
    assert reason in found.stdout
    hint = "; name a new journal to ask it all again, and a new file or folder if you gave --keep"
    assert hint in found.stdout
    # By its answers it is seen at the next look, which is the last; by its version at once.
    assert asked == (QUERIES + LOOKS if silent else 101)
    assert len(server.requests) == asked


@pytest.mark.parametrize("keep", [(), ("--keep", "kept.npz")])
@pytest.mark.parametrize("changed", [True, False])
def test_a_last_look_that_failed_is_made_up(
    tmp_path: Path, model: Target, keep: tuple[str, ...], changed: bool
) -> None:
    # The middle look is over then; the rest of the pictures may go to another model.
    other = Shifted(model) if changed else model
    with serve(model, successor=other, change_after=100) as server:
        path = describe(tmp_path, server)
        path.write_text(path.read_text("utf-8").replace('version = "version"', ""), "utf-8")
        for budget, asked in ((QUERIES + LOOKS - CANARY, QUERIES + LOOKS - CANARY), (0, 0)):
            before = len(server.requests)
            cut = run("--exit-code", "--budget", str(budget), *keep)
            assert cut.exit_code == 4
            assert cut.stdout.startswith("inconclusive: asking was cut short: 168 of 168 queries")
            assert len(server.requests) - before == asked
            if keep:
                plan, answers = load_answers(tmp_path / "kept.npz")
                assert decide(answers, plan).cut_short
        before = len(server.requests)
        found = run("--exit-code", *keep)
        assert f"at most {CANARY} queries, about" in found.stderr
        assert f"{QUERIES} answers kept from earlier runs" in found.stderr
        assert len(server.requests) - before == CANARY
        assert found.exit_code == (3 if changed else 0)
        assert found.stdout.startswith("inconclusive: the model") == changed
        again = run("--exit-code", *keep)
        assert again.stdout == found.stdout
        assert len(server.requests) - before == CANARY


def test_what_is_in_the_file_and_in_the_journal_is_counted_once(
    tmp_path: Path, model: Target
) -> None:
    with serve(model) as server:
        describe(tmp_path, server)
        run("--keep", "kept.npz", "--budget", "50")
        found = run("--keep", "kept.npz")
        asked = len(server.requests) - 50
    assert f"at most {asked} queries" in found.stderr
    assert "47 answers kept from earlier runs" in found.stderr


def test_answers_to_other_questions_are_not_counted(tmp_path: Path, model: Target) -> None:
    """The journal holds more answers than the second check has questions, and not those."""
    with serve(model) as server:
        describe(tmp_path, server)
        run("--decoys", "60", "--probes-count", "5")
        before = len(server.requests)
        assert before > QUERIES
        found = run()
        asked = len(server.requests) - before
    new = (PROBES - 5) * (QUERIES // PROBES)
    assert asked == new + LOOKS
    assert f"at most {asked} queries, about" in found.stderr
    assert f"{QUERIES - new} answers kept from earlier runs" in found.stderr


@pytest.mark.parametrize("keep", [(), ("--keep", "kept.npz")])
def test_a_change_that_is_known_costs_nothing_more(
    tmp_path: Path, model: Target, keep: tuple[str, ...]
) -> None:
    with serve(model, successor=Shifted(model), change_after=60) as server:
        path = describe(tmp_path, server)
        path.write_text(path.read_text("utf-8").replace('version = "version"', ""), "utf-8")
        first = run("--exit-code", *keep)
        asked = len(server.requests)
        assert asked < QUERIES
        for budget in ((), ("--budget", "0"), ("--budget", "1")):
            again = run("--exit-code", *keep, *budget)
            assert again.exit_code == first.exit_code == 3
            assert again.stdout.startswith("inconclusive: the model behind the service changed")
            assert "at most 0 queries" in again.stderr
        assert len(server.requests) == asked


def test_a_file_goes_on_only_with_its_journal(tmp_path: Path, model: Target) -> None:
    kept = tmp_path / "kept.npz"
    with serve(model, successor=Shifted(model), change_after=50) as server:
        path = describe(tmp_path, server)
        path.write_text(path.read_text("utf-8").replace('version = "version"', ""), "utf-8")
        assert run("--keep", "kept.npz", "--budget", "50").exit_code == 4
        before = kept.read_bytes()
        refused = run("--keep", "kept.npz", "--journal", "another.sqlite")
        assert isinstance(refused.exception, FolderError)
        assert str(refused.exception).startswith(
            "kept.npz holds answers that were got with another query journal than another.sqlite,"
        )
        assert refused.exception.hint is not None
        assert "name that journal with --journal, or something new" in refused.exception.hint
        assert (len(server.requests), kept.read_bytes()) == (50, before)
        assert run("--keep", "kept.npz").stdout.startswith("inconclusive: the model behind")


def test_a_file_without_answers_goes_on_with_any_journal(tmp_path: Path, model: Target) -> None:
    with serve(model) as server:
        describe(tmp_path, server)
        assert run("--keep", "kept.npz", "--budget", "0").exit_code != 0
        assert load_answers(tmp_path / "kept.npz")[1].queries == 0
        found = run("--keep", "kept.npz", "--journal", "another.sqlite")
    assert found.exit_code == 0


def test_a_local_model_may_be_asked_first_without_a_journal(tmp_path: Path, model: Target) -> None:
    def check(*more: str) -> Result:
        local = arguments("--target", "model.onnx", "--keep", "kept.npz", *more)
        return CliRunner().invoke(app, local)

    assert check("--budget", "50").exit_code == 4
    assert check("--budget", "100", "--journal", "one.sqlite").exit_code == 4
    assert isinstance(check("--journal", "other.sqlite").exception, FolderError)
    assert check().exit_code == 0


@pytest.mark.parametrize(("fault", "requests"), [("quota", 1), ("server-error", 2)])
def test_a_service_that_is_dead_from_the_start_is_tried_by_one_picture(
    tmp_path: Path, model: Target, monkeypatch: pytest.MonkeyPatch, fault: str, requests: int
) -> None:
    monkeypatch.setattr(Retries, "backoff", lambda self, retry: 0.0)
    with serve(model, faults=999 * [FAULTS[fault]]) as server:
        describe(tmp_path, server, concurrency=8)
        found = run("--budget", "100")
        assert len(server.requests) == requests
    assert isinstance(found.exception, TargetUnreachable)


def test_a_new_journal_asks_the_new_model(tmp_path: Path, model: Target) -> None:
    with serve(model, successor=Shifted(model), change_after=100) as server:
        describe(tmp_path, server)
        assert run().stdout.startswith("inconclusive")
        assert run().stdout.startswith("inconclusive")
        found = run("--journal", "another.sqlite")
    assert not found.stdout.startswith("inconclusive")


@pytest.mark.parametrize("typed", [b"n\n", b"\n", b"\x04", b"perhaps\nno\n"])
def test_a_person_at_a_terminal_is_asked_first(tmp_path: Path, model: Target, typed: bytes) -> None:
    command = [sys.executable, "-m", "isotopes", *arguments("--target", "service.toml")]
    ours, theirs = pty.openpty()
    with serve(model) as server:
        describe(tmp_path, server)
        os.write(ours, typed)
        done = subprocess.run(
            command, stdin=theirs, capture_output=True, text=True, timeout=60, check=False
        )
    os.close(ours)
    os.close(theirs)
    told = (
        f"at most {QUERIES + LOOKS} queries, about 88 s\n"
        f"pictures go to {server.url.split('/')[2]} without a credential, not encrypted\n"
        "ask the service? [y/N]"
    )
    assert told in done.stderr
    assert "error: nothing was asked\n" in done.stderr
    assert (done.returncode, done.stdout, server.requests) == (2, "", [])


def test_without_a_terminal_nobody_agreed(tmp_path: Path, model: Target) -> None:
    with serve(model) as server:
        describe(tmp_path, server)
        refused = CliRunner().invoke(app, arguments("--target", "service.toml"))
    assert isinstance(refused.exception, IsotopesError)
    assert "no terminal to ask on" in str(refused.exception)
    assert "--yes" in (refused.exception.hint or "")
    assert server.requests == []


@pytest.mark.parametrize(("more", "asked"), [((), True), (("--yes",), False)])
def test_the_person_may_agree_beforehand(
    tmp_path: Path,
    model: Target,
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    asked: bool,
) -> None:
    monkeypatch.setattr("isotopes.cli.asking.somebody_answers", lambda: True)
    with serve(model) as server:
        describe(tmp_path, server)
        command = arguments("--target", "service.toml", *more)
        found = CliRunner().invoke(app, command, input="y\n")
        again = CliRunner().invoke(app, command)
    assert found.exit_code == again.exit_code == 0
    assert ("[y/N]" in found.stderr) == asked
    assert "[y/N]" not in again.stderr  # nothing is left to ask the service
