"""A service sees a person's own pictures only if they name their folder, or agree when asked."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
from checked_service import TERMS, bodies, describe, serve, set_up_served
from command_line import Done, isotopes
from PIL import Image
from same_process import SameProcess
from tiny_network import pictures

from isotopes.photos import read_picture
from isotopes.targets import Target
from isotopes.testing import FakeServer
from isotopes.vault import Vault
from isotopes.workflows.marking import mark_into_vault, survey
from isotopes.workflows.marking.continuing import request_more

OWN = 8


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """In a folder with a vault, probes and the person's marked photos."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISOTOPES_VAULT", str(tmp_path / "vault.sqlite"))
    monkeypatch.setenv("ISOTOPES_JOURNAL", str(tmp_path / "queries.sqlite"))
    found = set_up_served(tmp_path)
    (tmp_path / "photos").mkdir()
    for number, picture in enumerate(pictures(OWN, (24, 24), seed=9)):
        Image.fromarray(picture).save(tmp_path / "photos" / f"{number}.png")
    with Vault.open(tmp_path / "vault.sqlite") as vault:
        more = request_more(vault, "holiday", tmp_path / "photos", tmp_path / "out")
        mark_into_vault(more, vault, survey(more, SameProcess()), SameProcess())
    return found


def check(folder: Path, server: FakeServer, *more: str) -> Done:
    describe(folder, server)
    return isotopes(
        "check", "holiday", "--probes", "probes", "--target", "service.toml", *TERMS, *more
    )


@pytest.mark.parametrize("more", [(), ("--yes",)])
def test_without_a_question_they_are_not_sent(
    tmp_path: Path, model: Target, more: tuple[str, ...]
) -> None:
    with serve(model) as server:
        refused = check(tmp_path, server, *more)
        assert server.requests == []
    assert refused.code == 2
    assert f"would show a service {OWN} of your own pictures" in refused.err
    assert "--mine FOLDER shows" in refused.err
    assert "--not-mine leaves your pictures out" in refused.err


@pytest.mark.parametrize(("more", "own"), [(("--mine", "photos"), True), (("--not-mine",), False)])
def test_a_person_says_beforehand(
    tmp_path: Path, model: Target, more: tuple[str, ...], own: bool
) -> None:
    with serve(model) as server:
        done = check(tmp_path, server, "--yes", *more)
        sent = [read_picture(sent_picture(body)).tobytes() for body in bodies(server)]
    assert done.code == 0, done.err
    assert ("originals independent of the mark" in done.out) == own
    originals = {read_picture(path).tobytes() for path in Path("photos").iterdir()}
    assert sent
    assert not originals & set(sent)  # never unmarked


def sent_picture(body: bytes) -> io.BytesIO:
    return io.BytesIO(base64.b64decode(json.loads(body)["image"]))


@pytest.mark.parametrize("answer", ["y", "n"])
def test_the_question_names_them(
    tmp_path: Path, model: Target, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    questions = []

    def agreed(question: str) -> bool:
        questions.append(question)
        return answer == "y"

    for module in ("asking", "own_shown"):
        monkeypatch.setattr(f"isotopes.cli.{module}.somebody_answers", lambda: True)
    monkeypatch.setattr("isotopes.cli.asking.agreed", agreed)
    with serve(model) as server:
        done = check(tmp_path, server)
        assert bool(server.requests) == (answer == "y")
        if answer == "y":  # all answers are kept: nothing is sent, so nothing is asked
            assert check(tmp_path, server).code == 0
    assert done.code == (0 if answer == "y" else 2)
    assert questions == [
        f"ask the service and show it {OWN} of your own pictures, each with the mark or a decoy?"
    ]


def test_a_model_on_this_computer_may_see_them(tmp_path: Path, model: Target) -> None:
    done = isotopes("check", "holiday", "--target", "model.onnx", *TERMS)
    assert done.code == 0, done.err
    assert "originals independent of the mark" in done.out
