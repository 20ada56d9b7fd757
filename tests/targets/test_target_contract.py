"""What every kind of target must do. A kind without a case here fails."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from served_network import served
from target_cases import CASES, ODD, POOL, set_credentials
from tiny_network import LABELS, SIZE, expected, pictures

from isotopes.targets import Completeness, OpenableTarget, open_target, target_kinds
from isotopes.targets.asking.concurrent import ask_all
from isotopes.testing import FakeServer


def test_every_kind_has_a_case() -> None:
    ours = {n for n, kind in target_kinds().items() if kind.__module__.startswith("isotopes.")}
    missing = ours - set(CASES)
    assert not missing, f"{missing} have no case in target_cases.py: docs/extending.md says how"


@pytest.fixture(scope="module", params=sorted(CASES))
def specs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Specs of one kind for the networks with seeds 0 and 1."""
    folder = tmp_path_factory.mktemp(request.param)
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "path", list(sys.path))
        set_credentials(patch)
        make = CASES[request.param]
        yield make(folder, 0, stack, FakeServer), make(folder, 1, stack, FakeServer)


@pytest.fixture(scope="module")
def target(specs: tuple[str, str]) -> Iterator[OpenableTarget]:
    opened = open_target(specs[0])
    assert isinstance(opened, OpenableTarget)
    yield opened
    opened.close()


def test_answers_are_the_model_s_own(target: OpenableTarget) -> None:
    some = POOL[: target.batch_size]
    scores = target.ask(some)
    assert scores.completeness is (type(target).completeness or Completeness.FULL)
    assert set(scores.labels) == set(LABELS)
    for column, label in enumerate(LABELS):
        got = scores.values[:, scores.column(label)]
        np.testing.assert_allclose(got, expected(some)[:, column], atol=1e-6)


def test_one_picture_is_a_batch(target: OpenableTarget) -> None:
    assert target.ask(POOL[:1]).values.shape == (1, len(LABELS))


def test_sizes_may_differ_within_a_batch(target: OpenableTarget) -> None:
    scores = target.ask(ODD[: target.batch_size])
    reference = served().ask(ODD)
    for label in LABELS:
        np.testing.assert_allclose(
            scores.values[:, scores.column(label)],
            reference.values[: len(scores), reference.column(label)],
            atol=0.01,  # a pixel between two levels may go either way where it is enlarged first
        )


def test_the_picture_is_left_as_it_was(target: OpenableTarget) -> None:
    (picture,) = pictures(1, SIZE)
    before = picture.copy()
    picture.flags.writeable = False
    answers = target.ask([picture])
    assert (picture == before).all()
    assert (answers.values == target.ask([before]).values).all()


def test_labels_are_those_of_the_answers(target: OpenableTarget) -> None:
    if target.labels is not None:
        assert set(target.labels) == set(target.ask(POOL[:1]).labels)


def test_identity_is_stable_and_tells_models_apart(
    target: OpenableTarget, specs: tuple[str, str], stack: ExitStack
) -> None:
    again, other = (open_target(spec) for spec in specs)
    stack.callback(again.close), stack.callback(other.close)
    assert target.identity() == again.identity() != other.identity()
    assert target.identity().startswith("sha256:")
    assert len(target.identity()) == len("sha256:") + 64


def test_the_name_is_for_people(target: OpenableTarget) -> None:
    assert target.name
    assert "\n" not in target.name


def test_closing_twice_does_no_harm(specs: tuple[str, str]) -> None:
    opened = open_target(specs[0])
    answers = opened.ask(POOL[:1])
    opened.close()
    opened.close()
    assert len(answers) == 1


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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
