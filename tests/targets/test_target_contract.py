"""What every kind of target must do. A kind without a case here fails."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_network import LABELS, SIZE, expected, pictures, write_network

from isotopes.targets import Completeness, OpenableTarget, open_target, target_kinds
from isotopes.targets.answer import picture_digest
from isotopes.targets.asking import ask_all
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.testing import FakeServer
from isotopes.testing.formats.plain_json import PlainJson

POOL = pictures(24)
SIZES = [(12, 16), (6, 8), (24, 8), (6, 8), (18, 32)]
ODD = [pictures(1, size, seed)[0] for seed, size in enumerate(SIZES)]

Specs = Callable[[Path, int, ExitStack], str]


def onnx(folder: Path, seed: int, stack: ExitStack) -> str:
    return str(write_network(folder / f"model-{seed}.onnx", seed))


def http(folder: Path, seed: int, stack: ExitStack) -> str:
    model = OnnxTarget(write_network(folder / f"served-{seed}.onnx", seed))
    server = stack.enter_context(FakeServer(model, PlainJson("objects", batched=True)))
    path = folder / f"endpoint-{seed}.toml"
    path.write_text(
        f"""
        url = "{server.url}"
        concurrency = 3
        [request]
        body = '{{"images": "{{{{items}}}}"}}'
        item = '"{{{{image_base64}}}}"'
        batch = 5
        [answer]
        each = "results"
        form = "objects"
        at = "@"
        label = "label"
        score = "score"
        """,
        encoding="utf-8",
    )
    return str(path)


def function(folder: Path, seed: int, stack: ExitStack) -> str:
    network = write_network(folder / f"called-{seed}.onnx", seed)
    (folder / f"called_{seed}.py").write_text(
        f"""
from pathlib import Path
from isotopes.targets.kinds.onnx import OnnxTarget

target = OnnxTarget(Path({str(network)!r}))

def classify(pictures):
    return target.ask(pictures).values

classify.labels = target.labels
""",
        encoding="utf-8",
    )
    stack.callback(sys.modules.pop, f"called_{seed}", None)
    return f"called_{seed}:classify"


def saved(folder: Path, seed: int, stack: ExitStack) -> str:
    model = OnnxTarget(write_network(folder / f"asked-{seed}.onnx", seed))
    path = folder / f"answers-{seed}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for picture in POOL + ODD:
            (row,) = model.ask([picture]).values.tolist()
            scores = dict(zip(LABELS, row, strict=True))
            name = f"sha256:{picture_digest(picture).hex()}"
            file.write(json.dumps({"picture": name, "scores": scores}) + "\n")
    return f"saved:{path}"


CASES: dict[str, Specs] = {"onnx": onnx, "http": http, "callable": function, "saved": saved}


def test_every_kind_has_a_case() -> None:
    ours = {n for n, kind in target_kinds().items() if kind.__module__.startswith("isotopes.")}
    assert ours == set(CASES)


@pytest.fixture(scope="module", params=sorted(CASES))
def specs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Specs of one kind for the networks with seeds 0 and 1."""
    folder = tmp_path_factory.mktemp(request.param)
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "path", list(sys.path))
        yield (
            CASES[request.param](folder, 0, stack),
            CASES[request.param](folder, 1, stack),
        )


@pytest.fixture(scope="module")
def target(specs: tuple[str, str]) -> Iterator[OpenableTarget]:
    opened = open_target(specs[0])
    assert isinstance(opened, OpenableTarget)
    yield opened
    opened.close()


def test_answers_are_the_model_s_own(target: OpenableTarget) -> None:
    some = POOL[: target.batch_size]
    scores = target.ask(some)
    assert scores.completeness is Completeness.FULL
    assert set(scores.labels) == set(LABELS)
    for column, label in enumerate(LABELS):
        got = scores.values[:, scores.column(label)]
        np.testing.assert_allclose(got, expected(some)[:, column], atol=1e-6)


def test_one_picture_is_a_batch(target: OpenableTarget) -> None:
    assert target.ask(POOL[:1]).values.shape == (1, len(LABELS))


def test_sizes_may_differ_within_a_batch(target: OpenableTarget, tmp_path: Path) -> None:
    scores = target.ask(ODD[: target.batch_size])
    reference = OnnxTarget(write_network(tmp_path / "reference.onnx")).ask(ODD)
    for label in LABELS:
        np.testing.assert_allclose(
            scores.values[:, scores.column(label)],
            reference.values[: len(scores), reference.column(label)],
            atol=1e-6,
        )


def test_the_picture_is_left_as_it_was(target: OpenableTarget) -> None:
    (picture,) = pictures(1, SIZE)
    picture.flags.writeable = False
    target.ask([picture])


def test_labels_are_those_of_the_answers(target: OpenableTarget) -> None:
    if target.labels is not None:
        assert set(target.labels) == set(target.ask(POOL[:1]).labels)


def test_identity_is_stable_and_tells_models_apart(specs: tuple[str, str]) -> None:
    first, again, other = (open_target(spec) for spec in (specs[0], specs[0], specs[1]))
    assert first.identity() == again.identity() != other.identity()
    assert first.identity().startswith("sha256:")
    assert len(first.identity()) == len("sha256:") + 64


def test_the_name_is_for_people(target: OpenableTarget) -> None:
    assert target.name
    assert "\n" not in target.name


def test_closing_twice_does_no_harm(specs: tuple[str, str]) -> None:
    opened = open_target(specs[0])
    opened.ask(POOL[:1])
    opened.close()
    opened.close()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(range(len(POOL))), data=st.data())
def test_batches_and_threads_mix_nothing_up(
    target: OpenableTarget, order: list[int], data: st.DataObject
) -> None:
    asked = [POOL[place] for place in order]
    cuts = []
    while sum(cuts) < len(asked):
        cuts.append(data.draw(st.integers(1, min(target.batch_size, len(asked) - sum(cuts)))))
    starts = np.cumsum([0, *cuts])
    batches = [asked[start:end] for start, end in zip(starts, starts[1:], strict=False)]
    scores = ask_all(target, batches)
    for column, label in enumerate(LABELS):
        got = scores.values[:, scores.column(label)]
        np.testing.assert_allclose(got, expected(asked)[:, column], atol=1e-6)
