"""A credential that a service puts into its answers is neither shown nor stored."""

from __future__ import annotations

import base64
import json
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from content_target import ContentTarget
from target_cases import CASES, POOL, SECRET, set_credentials

from isotopes.targets import open_target, target_kinds
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.asking.journaled import Journaled
from isotopes.testing import FakeServer, WireFormat
from isotopes.testing.faults import Reply

WITHOUT_LABELS = {"oip", "http-encoder"}  # in their answers: descriptions have them
REMOTE = sorted(n for n in CASES if target_kinds()[n].remote and n not in WITHOUT_LABELS)
LABELS = (
    f"your key is {SECRET}",
    f"half of it is {SECRET[:12]}",
    f"the end of it is {SECRET[-10:]}",
    base64.b64encode(SECRET.encode()).decode(),
    base64.b64encode(f"x{SECRET}".encode()).decode(),
    SECRET.encode().hex(),
    quote(SECRET.upper(), safe=""),
    "a cat",
)


@pytest.fixture(autouse=True)
def _credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    set_credentials(monkeypatch)


def parts(text: bytes) -> list[str]:
    """The parts of the credential, plain, in hexadecimal or base64, that stand in `text`."""
    forms = [SECRET.encode(), SECRET.encode().hex().encode()]
    forms += [base64.b64encode(bytes(n) + SECRET.encode())[4:-4] for n in range(3)]
    low = text.lower()
    return [
        form[i : i + 8].decode()
        for form in forms
        for i in range(len(form) - 7)
        if form[i : i + 8].lower() in low
    ]


@pytest.mark.parametrize("kind", REMOTE)
def test_labels_are_screened(tmp_path: Path, kind: str) -> None:
    def serve(model: object, wire: WireFormat, **how: object) -> FakeServer:
        return FakeServer(ContentTarget(LABELS), wire, **how)  # type: ignore[arg-type]

    with ExitStack() as stack, QueryJournal(tmp_path / "queries.sqlite") as journal:
        target = open_target(CASES[kind](tmp_path, 0, stack, serve))
        stack.callback(target.close)
        scores = Journaled(target, journal).ask(POOL[: target.batch_size])
        assert kind == "torchserve" or "a cat" in scores.labels  # which shows five labels
        assert parts(" ".join(scores.labels).encode()) == []
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("queries.sqlite*"))
    assert parts(kept) == []


@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize("kind", ["http", "rekognition", "vertex", "azure-custom-vision"])
def test_versions_are_screened(tmp_path: Path, kind: str, escaped: bool) -> None:
    def spoil(reply: Reply) -> Reply:
        answer = json.loads(reply.body)
        for field in ("version", "LabelModelVersion", "deployedModelId", "iteration"):
            if field in answer:
                answer[field] = f"version {SECRET}"
        text = json.dumps(answer)
        if escaped:
            text = text.replace(SECRET, "".join(f"\\u{ord(char):04x}" for char in SECRET))
        return replace(reply, body=text.encode())

    def serve(*arguments: object, **how: object) -> FakeServer:
        return FakeServer(*arguments, faults=[spoil], **how)  # type: ignore[arg-type]

    with ExitStack() as stack:
        target = open_target(CASES[kind](tmp_path, 0, stack, serve))
        stack.callback(target.close)
        target.ask(POOL[:1])
    version = getattr(target, "version", None)
    assert kind == "http" or version == "version ***"
    assert parts(str(version).encode()) == []
