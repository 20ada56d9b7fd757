from __future__ import annotations

import base64
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_network import LABELS, expected, pictures, write_network

from isotopes.errors import AnswerError, TargetError, TargetUnreachable
from isotopes.targets import Completeness, Picture, Scores, Target
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.granularity import Threshold, TopK
from isotopes.targets.http.description import read_http_description
from isotopes.targets.kinds.http_json import HttpTarget
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.testing import (
    FakeServer,
    Fault,
    hang_up,
    refuse,
    send_half,
    server_error,
    stall,
    throttle,
    truncate_json,
    wrong_schema,
)
from isotopes.testing.faults import Reply
from isotopes.testing.formats.plain_json import PlainJson

SECRET = "sk-very-secret-0123"
ONE = """body = '{"image": "{{image_base64}}"}'"""
MANY = """\
body = '{"images": "{{items}}"}'
item = '"{{image_base64}}"'
batch = 4"""
FORMS = {
    "objects": 'form = "objects"\nat = "{at}"\nlabel = "label"\nscore = "score"',
    "arrays": 'form = "arrays"\nlabels = "{inside}labels"\nscores = "{inside}scores"',
    "mapping": 'form = "mapping"\nat = "{at}"',
}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Target:
    return OnnxTarget(write_network(tmp_path_factory.mktemp("http") / "tiny.onnx"))


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_TOKEN", SECRET)


class Sleepless(Gate):
    """Notes how long a request was to wait, and lets it go."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)


class Service:
    """A fake service and the target that asks it."""

    def __init__(self, folder: Path, model: Target, faults: list[Fault | None], **how: Any) -> None:
        form, batched = how.get("form", "objects"), how.get("batched", False)
        self.server = FakeServer(model, PlainJson(form), faults)
        self.gate = Sleepless()
        self._folder, self._how = folder, how
        self._form, self._batched = form, batched

    def __enter__(self) -> Service:
        self.server.__enter__()
        path = self._folder / "service.toml"
        path.write_text(self.description(), encoding="utf-8")
        self.target = HttpTarget(read_http_description(path))
        return self

    def __exit__(self, *error: Any) -> None:
        self.target.close()
        self.server.__exit__(*error)

    def ask(self, some: list[Picture]) -> Scores:
        return self.target.ask(some, self.gate)

    def description(self) -> str:
        entry = (
            {"at": "@", "inside": ""} if self._batched else {"at": "result", "inside": "result."}
        )
        return "\n".join(
            [
                f'url = "{self.server.url}v1/classify?key=${{TARGET_TOKEN}}"',
                *self._how.get("top", ["retries = 3", "timeout = 5"]),
                "[headers]",
                'Authorization = "Bearer ${TARGET_TOKEN}"',
                "[request]",
                MANY if self._batched else ONE,
                "[answer]",
                FORMS[self._form].format(**entry),
                'each = "results"' if self._batched else "",
                *self._how.get("answer", []),
            ]
        )


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_answer_is_read(
    tmp_path: Path, network: Target, form: str, batched: bool
) -> None:
    with Service(tmp_path, network, [], form=form, batched=batched) as service:
        some = pictures(service.target.batch_size)
        scores = service.ask(some)
    assert len(some) == (4 if batched else 1)
    assert scores.labels == LABELS
    assert scores.completeness is Completeness.FULL
    np.testing.assert_allclose(scores.values, expected(some), atol=1e-6)


def test_the_request_is_as_described(tmp_path: Path, network: Target) -> None:
    with Service(tmp_path, network, []) as service:
        service.ask(pictures(1))
    (request,) = service.server.requests
    assert request.path == f"/v1/classify?key={SECRET}"
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == service.server.url.split("/")[2]
    file = base64.b64decode(json.loads(request.body)["image"])
    assert file.startswith(b"\x89PNG")


LOST = {
    "busy": throttle(),
    "busy, says until when": throttle("7"),
    "down": server_error(500),
    "overloaded": server_error(503),
    "gone": hang_up(),
    "cut short": send_half(),
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
def test_what_passes_is_asked_again(tmp_path: Path, network: Target, fault: Fault) -> None:
    with Service(tmp_path, network, [fault, fault]) as service:
        scores = service.ask(pictures(1))
    np.testing.assert_allclose(scores.values, expected(pictures(1)), atol=1e-6)
    assert len(service.server.requests) == 3
    assert len(service.gate.waits) == 2


def test_a_late_answer_is_asked_for_again(tmp_path: Path, network: Target) -> None:
    top = ["timeout = 0.2"]
    with Service(tmp_path, network, [stall(3)], top=top) as service:
        np.testing.assert_allclose(
            service.ask(pictures(1)).values, expected(pictures(1)), atol=1e-6
        )
    assert len(service.server.requests) == 2


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (throttle(), '429 Too Many Requests: {"error": "slow down"}'),
        (server_error(502), "502 Bad Gateway: something broke"),
        (hang_up(), r"the connection failed \(Empty reply from server"),
        (send_half(), r"the connection failed \(.*(missing|remaining)"),
    ],
)
def test_after_all_retries_the_last_reason_is_told(
    tmp_path: Path, network: Target, fault: Fault, reason: str
) -> None:
    with (
        Service(tmp_path, network, [fault] * 4) as service,
        pytest.raises(TargetUnreachable, match=rf"gave no answer in 4 attempts: {reason}") as told,
    ):
        service.ask(pictures(1))
    assert f"{service.server.url}v1/classify gave" in str(told.value)
    assert len(service.server.requests) == 4


def test_nobody_listening_is_told(tmp_path: Path, network: Target) -> None:
    with Service(tmp_path, network, []):
        pass
    why = r"attempts: the connection failed \(.*connect to"
    with pytest.raises(TargetUnreachable, match=why) as told:
        HttpTarget(read_http_description(tmp_path / "service.toml")).ask(pictures(1), Sleepless())
    assert told.value.hint is not None
    assert told.value.hint.startswith("check its address, and whether it is up")


def test_retry_after_is_waited_for_and_back_off_grows(tmp_path: Path, network: Target) -> None:
    faults: list[Fault | None] = [throttle("7"), throttle("Wed, 21 Oct 2015 07:28:00 GMT")]
    with Service(tmp_path, network, [*faults, server_error()]) as service:
        service.ask(pictures(1))
    first, second, third = service.gate.waits
    assert 7 <= first <= 7.5
    assert 0 <= second <= 1
    assert 0 <= third <= 2


@pytest.mark.parametrize(("seconds", "said"), [("3600", "3600 s"), ("86400", "six hours or more")])
def test_a_wait_that_is_too_long_is_told(
    tmp_path: Path, network: Target, seconds: str, said: str
) -> None:
    with (
        Service(tmp_path, network, [throttle(seconds)]) as service,
        pytest.raises(TargetUnreachable, match=f"asks to wait {said}, more than 120 s"),
    ):
        service.ask(pictures(1))
    assert service.gate.waits == []


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (401, "refused the request: 401 Unauthorized: ", "check the credential in TARGET_TOKEN"),
        (400, "refused the request: 400 Bad Request", "the request template"),
        (404, "refused the request: 404 Not Found", "check the url"),
        (413, "refused the request: 413", "longest_side"),
        (301, "refused the request: 301", "redirects are not followed"),
    ],
)
def test_refusals_are_final(
    tmp_path: Path, network: Target, status: int, message: str, hint: str
) -> None:
    with (
        Service(tmp_path, network, [refuse(status)]) as service,
        pytest.raises(TargetUnreachable, match=message) as caught,
    ):
        service.ask(pictures(1))
    assert hint in str(caught.value.hint)
    assert len(service.server.requests) == 1


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://new.example/v2?key=secret#part", "which points to https://new.example/v2"),
        ("https://me:secret@new.example/", "which points to https://new.example/"),
        (f"/login/{SECRET}/", r"which points to http://127.0.0.1:\d+/login/\*\*\*/"),
        ("/ü", "which points to http://127.0.0.1"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_says_where_it_points_to(
    tmp_path: Path, network: Target, status: int, location: str, shown: str
) -> None:
    def lead_away(reply: Reply) -> Reply:
        return replace(reply, status=status, headers={"Location": location}, body=b"")

    with (
        Service(tmp_path, network, [lead_away]) as service,
        pytest.raises(TargetUnreachable, match=f"{status} [A-Z][^:]*, {shown}") as caught,
    ):
        service.ask(pictures(1))
    assert "redirects are not followed" in str(caught.value.hint)
    assert "secret" not in str(caught.value)
    assert len(service.server.requests) == 1


def test_no_credential_is_in_any_message_or_log(
    tmp_path: Path, network: Target, caplog: pytest.LogCaptureFixture
) -> None:
    echo = f'{{"error": "key {SECRET} is not valid"}}'.encode()
    with (
        caplog.at_level(logging.DEBUG),
        Service(tmp_path, network, [None, refuse(403, echo)]) as it,
    ):
        it.ask(pictures(1))
        with pytest.raises(TargetUnreachable, match=r"key \*\*\* is not valid") as caught:
            it.ask(pictures(1))
        shown = [repr(it.target), repr(vars(it.target)), it.target.name, it.target.identity()]
    for text in (caplog.text, str(caught.value), str(caught.value.hint), *shown):
        assert SECRET not in text


BROKEN = {
    "truncated": (
        truncate_json(),
        r"must answer in JSON, got \d+ bytes that can't be read as JSON: .*label",
    ),
    "another schema": (
        wrong_schema(),
        r"there must be a list, got \{status: str, items: \[\.\.\.\]\}",
    ),
}


@pytest.mark.parametrize(("fault", "message"), BROKEN.values(), ids=BROKEN)
def test_malformed_answers_are_told(
    tmp_path: Path, network: Target, fault: Fault, message: str
) -> None:
    with (
        Service(tmp_path, network, [fault]) as service,
        pytest.raises(AnswerError, match=message),
    ):
        service.ask(pictures(1))
    assert len(service.server.requests) == 1


class Made(Target):
    """Answers the same made-up scores to every picture."""

    name = "made up"

    def __init__(self, **scores: float) -> None:
        self._scores = scores

    def identity(self) -> str:
        return "sha256:0"

    def ask(self, pictures: Any, gate: Gate = OPEN) -> Scores:
        return Scores(tuple(self._scores), np.array([list(self._scores.values())] * len(pictures)))


@pytest.mark.parametrize(
    ("unit", "given"),
    [
        ("probability", {"cat": 0.75, "dog": 0.25}),
        ("percent", {"cat": 75.0, "dog": 25.0}),
        ("logit", {"cat": 1000 + np.log(3), "dog": 1000.0}),
    ],
)
def test_units_become_probabilities(tmp_path: Path, unit: str, given: dict[str, float]) -> None:
    with Service(tmp_path, Made(**given), [], answer=[f'unit = "{unit}"']) as service:
        scores = service.ask(pictures(1))
    np.testing.assert_allclose(scores.values, [[0.75, 0.25]], rtol=1e-9)


def test_a_percentage_declared_a_probability_is_noticed(tmp_path: Path) -> None:
    with (
        Service(tmp_path, Made(cat=75.0, dog=25.0), []) as service,
        pytest.raises(AnswerError, match=r"must be probabilities in \[0, 1\], got 75") as caught,
    ):
        service.ask(pictures(1))
    assert 'unit = "percent"' in str(caught.value.hint)


def test_incomplete_answers_say_so(tmp_path: Path, network: Target) -> None:
    some = pictures(4)
    limits = ['completeness = "top-k"', "limit = 2"]
    with Service(tmp_path, TopK(network, 2), [], batched=True, answer=limits) as service:
        scores = service.ask(some)
    assert (scores.completeness, scores.limit) == (Completeness.TOP_K, 2)
    assert ((~np.isnan(scores.values)).sum(axis=1) == 2).all()
    shown = TopK(network, 2).ask(some)
    for label in scores.labels:
        np.testing.assert_allclose(
            scores.values[:, scores.column(label)], shown.values[:, shown.column(label)]
        )


BREACHES = {
    "cut to the best": (
        lambda it: TopK(it, 2),
        [],
        [],
        "declared full, but has no score for label",
    ),
    "cut off": (lambda it: Threshold(it, 0.3), [], [], "declared full, but has no score for label"),
    "more than declared": (
        lambda it: TopK(it, 2),
        [],
        ['completeness = "top-k"', "limit = 1"],
        "it has 2 labels, but is declared to show the best 1",
    ),
    "another label": (
        lambda it: it,
        ['labels = ["ant", "bee"]'],
        [],
        "it has label 'cat', which is not in the description",
    ),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_answers_that_break_their_declaration_are_refused(
    tmp_path: Path, network: Target, breach: str
) -> None:
    cut, top, answer, message = BREACHES[breach]
    with (
        Service(tmp_path, cut(network), [], batched=True, top=top, answer=answer) as service,
        pytest.raises(AnswerError, match=message) as caught,
    ):
        service.ask(pictures(4))
    assert f"the answer of {service.target.name} can't be used" in str(caught.value)


def test_identity_is_that_of_address_and_question(tmp_path: Path, network: Target) -> None:
    def identity(**how: Any) -> str:
        with Service(tmp_path, network, [], **how) as service:
            text = service.description().replace(str(service.server._http.server_port), "8080")
            (tmp_path / "fixed.toml").write_text(text, encoding="utf-8")
        return HttpTarget(read_http_description(tmp_path / "fixed.toml")).identity()

    assert identity() == identity(top=["timeout = 99", "retries = 0", 'name = "x"'])
    assert len({identity(), identity(form="mapping"), identity(top=['method = "PUT"'])}) == 3


def test_identity_is_not_that_of_the_credential(
    tmp_path: Path, network: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service(tmp_path, network, []) as service:
        monkeypatch.setenv("TARGET_TOKEN", "another")
        again = HttpTarget(read_http_description(tmp_path / "service.toml"))
        assert again.identity() == service.target.identity()


def test_without_the_variable_nothing_is_opened(
    tmp_path: Path, network: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service(tmp_path, network, []):
        monkeypatch.delenv("TARGET_TOKEN")
        with pytest.raises(TargetError, match="needs the environment variable 'TARGET_TOKEN'"):
            read_http_description(tmp_path / "service.toml")
