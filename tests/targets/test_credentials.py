"""No credential of any kind of target is in a log, a journal, a report or an error message."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from checked_service import TERMS, describe, set_up_served
from target_cases import CASES, POOL, SECRET, set_credentials
from typer.testing import CliRunner

from isotopes.cli.main import app
from isotopes.errors import TargetError
from isotopes.targets import open_target, target_kinds
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.asking.journaled import Journaled
from isotopes.testing import FakeServer, Request
from isotopes.testing.faults import Reply
from isotopes.testing.formats.plain_json import PlainJson

REMOTE = sorted(name for name in CASES if target_kinds()[name].remote)


class Parrot(FakeServer):
    """Refuses everything, and repeats what it was sent: some services do."""

    status = 403

    def reply(self, request: Request) -> Reply:
        super().reply(request)
        said = {"error": f"{request.path} {dict(request.headers)} {request.body!r}"}
        return Reply(json.dumps(said).encode(), status=self.status)


class BadRequest(Parrot):
    status = 400


class Garbled(Parrot):
    """Says yes, but answers with what it was sent."""

    status = 200


@pytest.fixture(autouse=True)
def log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[pytest.LogCaptureFixture]:
    """All that is logged, down to the last detail."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    set_credentials(monkeypatch)
    with caplog.at_level(logging.DEBUG):
        yield caplog
    assert SECRET not in caplog.text


@pytest.mark.parametrize("kind", REMOTE)
def test_a_target_that_answers_shows_none(tmp_path: Path, kind: str) -> None:
    with ExitStack() as stack, QueryJournal(tmp_path / "queries.sqlite") as journal:
        target = open_target(CASES[kind](tmp_path, 0, stack, FakeServer))
        stack.callback(target.close)
        Journaled(target, journal).ask(POOL[: target.batch_size])
        shown = [repr(target), repr(vars(target)), target.name, target.identity()]
    assert SECRET not in " ".join(shown)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("queries.sqlite*"))
    assert SECRET.encode() not in kept


@pytest.mark.parametrize("service", [Parrot, BadRequest, Garbled])
@pytest.mark.parametrize("kind", REMOTE)
def test_a_target_that_fails_shows_none(
    tmp_path: Path, kind: str, service: type[FakeServer]
) -> None:
    with ExitStack() as stack:
        target = open_target(CASES[kind](tmp_path, 0, stack, service))
        stack.callback(target.close)
        with pytest.raises(TargetError) as caught:
            target.ask(POOL[:1])
    told = "".join(traceback.format_exception(caught.value))
    assert SECRET not in f"{told} {caught.value!r} {caught.value.hint}"


@pytest.mark.parametrize("broken", [False, True])
def test_a_whole_check_shows_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: bool
) -> None:
    model = set_up_served(tmp_path)
    monkeypatch.setenv("ISOTOPES_VAULT", str(tmp_path / "vault.sqlite"))
    names = {"report": "report.html", "keep": "kept.npz", "journal": "queries.sqlite"}
    options = [part for name, file in names.items() for part in (f"--{name}", file)]
    probes = ("--target", "service.toml", "--probes", "probes")
    with (Parrot if broken else FakeServer)(model, PlainJson()) as server:
        path = describe(tmp_path, server)
        text = path.read_text("utf-8").replace("classify", "classify?key=${TARGET_KEY}")
        text = text.replace("[request]", '[headers]\nX-Key = "${TARGET_TOKEN}"\n[request]')
        path.write_text(text, encoding="utf-8")
        words = ["check", "holiday", *probes, *TERMS, *options, "--yes", "--json"]
        found = CliRunner().invoke(app, words)
        sent = server.requests[0]
    assert SECRET in sent.path
    assert sent.headers["x-key"] == SECRET
    assert (found.exit_code != 0) == broken
    assert SECRET not in found.output + repr(found.exception)
    written = [path for path in tmp_path.iterdir() if path.is_file()]
    assert {*names.values()} - {path.name for path in written} == (
        {"report.html"} if broken else set()
    )
    for file in written:
        assert SECRET.encode() not in file.read_bytes(), file
