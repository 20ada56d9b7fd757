"""Every form of answer x everything that goes wrong between a generator and its client."""

from __future__ import annotations

import base64
import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from faulty_service import PASSING, be_quick
from generator_service import FORMS, GeneratorService
from soft_pictures import soft_generator, soft_picture
from target_cases import SECRET

from isotopes.errors import (
    AnswerError,
    AskingCancelled,
    BudgetExhausted,
    TargetError,
    TargetUnreachable,
    TargetUnusable,
)
from isotopes.targets.asking.budget import Budget, Purse
from isotopes.targets.gate import OPEN, CancellableGate
from isotopes.targets.generators import Wish, open_generator
from isotopes.targets.generators.function import FunctionGenerator
from isotopes.targets.generators.picture_file import decoded
from isotopes.testing.faults import FAULTS, Reply

FINAL = {"quota": TargetUnreachable, "truncated-json": AnswerError, "wrong-schema": AnswerError}
WISH = Wish('a "dog"\n{{seed}} für', 7)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quick(monkeypatch)


@pytest.fixture
def stack() -> ExitStack:  # type: ignore[misc]
    with ExitStack() as opened:
        yield opened


@pytest.mark.parametrize("form", FORMS)
def test_the_picture_is_the_generator_s_own(form: str, tmp_path: Path, stack: ExitStack) -> None:
    service = GeneratorService(form, tmp_path, stack, soft_generator())
    generator = service.open()
    file = generator.make(WISH)
    assert (decoded(file) == soft_picture(WISH.prompt, WISH.seed)).all()
    assert service.orders == 1
    assert generator.identity() == service.open().identity()
    assert generator.destination is not None
    assert SECRET not in generator.name + generator.destination + generator.identity()


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("form", FORMS)
def test_what_passes_changes_nothing_and_retries_are_paid_for(
    form: str, fault: str, tmp_path: Path, stack: ExitStack
) -> None:
    turns = [FAULTS[fault], None, FAULTS[fault]]
    service = GeneratorService(form, tmp_path, stack, soft_generator(), faults=turns)
    purse = Purse("it", Budget())
    for seed in range(2):
        file = service.open().make(Wish("dog", seed), purse.gate(1, OPEN))
        assert (decoded(file) == soft_picture("dog", seed)).all()
    failed = service.orders - 2
    assert failed == (1 if form == "address" else 2)  # fetching a file costs nothing
    assert purse.spent == (0 if "throttle" in fault else failed)


@pytest.mark.parametrize("fault", FINAL)
@pytest.mark.parametrize("form", FORMS)
def test_what_stays_is_told_without_credentials(
    form: str, fault: str, tmp_path: Path, stack: ExitStack
) -> None:
    service = GeneratorService(form, tmp_path, stack, soft_generator(), faults=[FAULTS[fault]])
    with pytest.raises(FINAL[fault]) as caught:
        service.open().make(WISH)
    assert SECRET not in f"{caught.value}{caught.value.hint}"
    assert service.orders == 1


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_sent_once_a_run_is_cancelled_or_the_budget_is_spent(
    form: str, tmp_path: Path, stack: ExitStack
) -> None:
    run = CancellableGate(OPEN)

    def cancel(reply: Reply) -> Reply:
        run.cancel(KeyboardInterrupt())
        return FAULTS["server-error"](reply)

    failing = [cancel, FAULTS["server-error"]]
    service = GeneratorService(form, tmp_path, stack, soft_generator(), faults=failing)
    with pytest.raises(AskingCancelled):
        service.open().make(WISH, run)
    assert service.orders == 1
    purse = Purse("it", Budget(queries=1))
    purse.spend(1)
    with pytest.raises(BudgetExhausted):
        service.open().make(WISH, purse.gate(1, OPEN))
    assert service.orders == 2


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:1/files/0.png", "which the description doesn't allow"),
        ("https://elsewhere.example/0.png", "which the description doesn't allow"),
        ("https://cdn.example:8443/0.png", "which the description doesn't allow"),
        ("ftp://127.0.0.1/0.png", "must begin with https, got ftp"),
        ("file:///etc/passwd", "must give the picture's address"),
        ("https://me:word@cdn.example/0.png", "must give the picture's address"),
        ("https://cdn.example/${TARGET_TOKEN}", "must give the picture's address"),
        ("https://cdn.example/a b\n", "must give the picture's address"),
        ("https://[cdn.example/0.png", "must give the picture's address"),
        (["https://cdn.example/0.png"], "there must be a text"),
    ],
)
def test_pictures_are_fetched_from_where_the_description_allows(
    address: object, said: str, tmp_path: Path, stack: ExitStack
) -> None:
    def lead_away(reply: Reply) -> Reply:
        return replace(reply, body=json.dumps({"data": [{"url": address}]}).encode())

    service = GeneratorService("address", tmp_path, stack, soft_generator(), faults=[lead_away])
    service.describe(answer='form = "address"\nat = "data[0].url"\nhosts = ["cdn.example"]')
    with pytest.raises(AnswerError, match=said):
        service.open().make(WISH)
    assert len(service.server.requests) == 1


def test_a_failure_that_comes_as_a_success_is_quoted(tmp_path: Path, stack: ExitStack) -> None:
    def say(reply: Reply) -> Reply:
        return replace(reply, body=json.dumps({"error": f"busy, {SECRET}"}).encode())

    service = GeneratorService("body", tmp_path, stack, soft_generator(), faults=[say])
    with pytest.raises(
        AnswerError, match=r'no picture, but says: {"error": "busy, \*\*\*'
    ) as caught:
        service.open().make(WISH)
    assert SECRET not in str(caught.value)


def test_base64_in_lines_is_read_and_an_address_in_its_place_is_told(
    tmp_path: Path, stack: ExitStack
) -> None:
    def in_lines(reply: Reply) -> Reply:
        (made,) = json.loads(reply.body)["data"]
        lines = base64.encodebytes(base64.b64decode(made["b64_json"])).decode()
        assert lines.count("\n") > 1
        return replace(reply, body=json.dumps({"data": [{"b64_json": lines}]}).encode())

    def lead_away(reply: Reply) -> Reply:
        there = {"b64_json": "https://cdn.example/0.png"}
        return replace(reply, body=json.dumps({"data": [there]}).encode())

    faults = [in_lines, lead_away]
    service = GeneratorService("base64", tmp_path, stack, soft_generator(), faults=faults)
    generator = service.open()
    assert (decoded(generator.make(WISH)) == soft_picture(WISH.prompt, WISH.seed)).all()
    with pytest.raises(AnswerError, match="must be in base64") as caught:
        generator.make(WISH)
    assert 'form = "address"' in str(caught.value.hint)


def test_credentials_are_not_sent_along_when_a_picture_is_fetched(
    tmp_path: Path, stack: ExitStack
) -> None:
    service = GeneratorService("address", tmp_path, stack, soft_generator())
    service.open().make(WISH)
    asked, fetched = service.server.requests
    assert SECRET in asked.headers["authorization"]
    assert SECRET not in f"{fetched.path}{fetched.headers}"


def test_a_credential_in_a_picture_s_metadata_is_not_kept(tmp_path: Path, stack: ExitStack) -> None:
    def tell_all(reply: Reply) -> Reply:
        return replace(reply, body=reply.body + SECRET.encode())

    service = GeneratorService("body", tmp_path, stack, soft_generator(), faults=[tell_all])
    file = service.open().make(WISH)
    assert SECRET.encode() not in file
    assert (decoded(file) == soft_picture(WISH.prompt, WISH.seed)).all()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"{{prompt}}": "a dog"}, "must have the placeholder"),
        ({'"{{seed}}"': '"seed {{seed}}"'}, "must be a text by itself"),
        ({"{{seed}}": "{{image_base64}}"}, "must have the placeholder"),
        ({"http:": "ftp:"}, "url must be http"),
        ({'form = "base64"': 'form = "picture"'}, "must be one of body, base64, address"),
        ({'at = "data[0].b64_json"': ""}, r"\[answer\] at is missing"),
        ({"[headers]": "size = 1\n[headers]"}, "there is no field size"),
        ({'at = "data[0].b64_json"': 'at = "x"\nhosts = ["cdn"]'}, "no field .answer. hosts"),
    ],
)
def test_a_description_that_can_t_be_right_is_refused(
    changes: dict[str, str], said: str, tmp_path: Path, stack: ExitStack
) -> None:
    service = GeneratorService("base64", tmp_path, stack, soft_generator())
    text = service.path.read_text("utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    service.path.write_text(text, "utf-8")
    with pytest.raises(TargetUnusable, match=said):
        service.open()


def test_a_function_returns_a_picture_or_is_told_so() -> None:
    made = soft_generator().make(Wish("dog", 3))
    assert (decoded(made) == soft_picture("dog", 3)).all()
    for wrong in (np.zeros((4, 4)), np.zeros((4, 4, 3)), "dog", np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(TargetUnusable, match="must return a picture"):
            FunctionGenerator(lambda prompt, seed, made=wrong: made).make(Wish("dog", 0))
    with pytest.raises(AnswerError, match="raised ZeroDivisionError"):
        FunctionGenerator(lambda prompt, seed: 1 / 0).make(Wish("dog", 0))


@pytest.mark.parametrize("spec", ["", "folder", "model.onnx", "no_such_module:make"])
def test_what_names_no_generator(spec: str) -> None:
    with pytest.raises(TargetError):
        open_generator(spec)
