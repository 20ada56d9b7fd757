"""Kept answers that somebody altered are found out when the model is asked some of them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from linear_model import LinearModel

from isotopes.errors import FolderError
from isotopes.targets import Picture, Scores, Target
from isotopes.targets.granularity import Rounded, Threshold, TopK
from isotopes.targets.wrapper import Wrapper
from isotopes.vault import Isotope
from isotopes.verify import Answers, Outcome, decide, load_answers, save_answers
from isotopes.verify.asking.recheck import Recheck
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.hooks import Hooks
from isotopes.workflows.checking.run import Terms, check_model

Probes = list[tuple[str, Picture]]
TERMS = Terms(method="rank", label="cat", decoys=99, probes=12)


class Noisy(Wrapper):
    """A service that adds noise to its answers, differently each time."""

    def __init__(self, target: Target, scale: float) -> None:
        super().__init__(target)
        self._rng, self._scale = np.random.default_rng(0), scale

    def ask(self, pictures: Sequence[Picture], *more: Any) -> Scores:
        scores = super().ask(pictures, *more)
        odds = np.log(scores.values) + self._rng.normal(0, self._scale, scores.values.shape)
        weights = np.exp(odds)
        return replace(scores, values=weights / weights.sum(axis=1, keepdims=True))


def raise_mark(values: np.ndarray) -> None:
    """What makes an innocent model look guilty: the mark's answers name the label."""
    asked = ~np.isnan(values[1, :, 0])
    values[1, asked] = 0.1 / (values.shape[2] - 1)
    values[1, asked, 0] = 0.9


def first_asked(values: np.ndarray) -> int:
    return int(np.flatnonzero(~np.isnan(values[1, :, 0]))[0])


def raise_a_little(values: np.ndarray) -> None:
    odds = np.log(values[1, :, 0] / (1 - values[1, :, 0])) + 0.6
    values[1, :, 0] = 1 / (1 + np.exp(-odds))


def raise_one(values: np.ndarray) -> None:
    values[1, first_asked(values), 0] = 1 - 1e-6


def lower_decoys(values: np.ndarray) -> None:
    values[2:, first_asked(values), 0] = 1e-6  # one picture with each decoy


def swap_with_best_decoy(values: np.ndarray) -> None:
    best = 2 + np.nanmean(values[2:, :, 0], axis=1).argmax()
    values[[1, best]] = values[[best, 1]]


@pytest.fixture
def kept(isotope: Isotope, innocent: LinearModel, probes: Probes, tmp_path: Path) -> Path:
    path = tmp_path / "kept.npz"
    assert check_model(isotope, innocent, probes, TERMS, answers_path=path).verdict is (
        Outcome.NOT_DETECTED
    )
    return path


@pytest.mark.parametrize(
    "alter", [raise_mark, raise_a_little, raise_one, lower_decoys, swap_with_best_decoy]
)
def test_alterations_are_found_out(
    alter: Callable[[np.ndarray], None],
    isotope: Isotope,
    innocent: LinearModel,
    probes: Probes,
    kept: Path,
) -> None:
    plan, answers = load_answers(kept)
    values = answers.values.copy()
    alter(values)
    save_answers(kept, plan, replace(answers, values=values))
    if alter in {raise_mark, swap_with_best_decoy}:  # the file by itself does say so
        assert decide(load_answers(kept)[1], plan).verdict is Outcome.DETECTED
    before = kept.read_bytes()
    with pytest.raises(FolderError, match=r"asked \d+ of the kept answers again and gives others"):
        check_model(isotope, innocent, probes, TERMS, answers_path=kept)
    assert kept.read_bytes() == before


def test_another_model_s_answers_are_found_out(
    isotope: Isotope, guilty: LinearModel, probes: Probes, kept: Path
) -> None:
    with pytest.raises(FolderError, match="or are those of another model"):
        check_model(
            isotope, guilty, probes, TERMS, answers_path=kept
        )  # its identity says that it is one


def test_an_altered_file_that_is_not_complete(
    isotope: Isotope, innocent: LinearModel, probes: Probes, kept: Path
) -> None:
    plan, answers = load_answers(kept)
    values, asked = answers.values.copy(), answers.asked.copy()
    raise_mark(values)
    values[20:], asked[20:] = np.nan, False
    save_answers(kept, plan, replace(answers, values=values, asked=asked, cut="stopped"))
    with pytest.raises(FolderError, match="gives others"):
        check_model(isotope, innocent, probes, TERMS, answers_path=kept)


@pytest.mark.parametrize(
    "show",
    [
        lambda target: target,
        lambda target: TopK(target, 2),
        lambda target: Threshold(target, 0.2),
        lambda target: Rounded(target, 2),
    ],
    ids=["full", "top-k", "threshold", "rounded"],
)
def test_a_model_s_own_answers_are_not_doubted(
    show: Callable[[Target], Target],
    isotope: Isotope,
    innocent: LinearModel,
    probes: Probes,
    tmp_path: Path,
) -> None:
    path, found = tmp_path / "kept.npz", list[Recheck]()
    terms = replace(TERMS, statistic="probability")
    first = check_model(isotope, show(innocent), probes, terms, answers_path=path)
    again = check_model(
        isotope,
        show(innocent),
        probes,
        terms,
        hooks=Hooks(rechecked=found.append),
        answers_path=path,
    )
    assert again == first
    assert [(one.kept, one.noisy) for one in found] == [(first.queries, 0)]
    assert 0 < found[0].asked <= 10 * 12


def test_noise_is_told_and_not_taken_for_an_alteration(
    isotope: Isotope, innocent: LinearModel, probes: Probes, tmp_path: Path
) -> None:
    path, found = tmp_path / "kept.npz", list[Recheck]()
    noisy = Noisy(innocent, 0.5)
    check_model(isotope, noisy, probes, TERMS, answers_path=path)
    for _ in range(5):
        check_model(
            isotope, noisy, probes, TERMS, hooks=Hooks(rechecked=found.append), answers_path=path
        )
    assert all(one.noisy > one.asked / 2 for one in found)


def test_a_journal_answers_what_is_asked_again(
    isotope: Isotope, innocent: LinearModel, probes: Probes, tmp_path: Path
) -> None:
    path, care, found = tmp_path / "kept.npz", Care(tmp_path / "queries.sqlite"), list[Recheck]()
    check_model(isotope, innocent, probes, TERMS, care=care, answers_path=path)
    asked, estimates = innocent.asked, []
    check_model(
        isotope,
        innocent,
        probes,
        TERMS,
        care=care,
        hooks=Hooks(
            estimated=lambda estimate: estimates.append(estimate.queries), rechecked=found.append
        ),
        answers_path=path,
    )
    assert innocent.asked == asked
    never_asked = 12 * 101 - found[0].kept  # of the label's own pictures
    assert estimates[0] <= never_asked + 3 * 3  # and looks at the canary
    assert found[0].asked > 0


def test_what_is_asked_again_is_in_the_estimate(
    isotope: Isotope, innocent: LinearModel, probes: Probes, kept: Path
) -> None:
    estimates, found = [], list[Recheck]()
    check_model(
        isotope,
        innocent,
        probes,
        TERMS,
        hooks=Hooks(
            estimated=lambda estimate: estimates.append((estimate.queries, estimate.kept)),
            rechecked=found.append,
        ),
        answers_path=kept,
    )
    never_asked = 12 * 101 - found[0].kept
    assert estimates == [(never_asked + found[0].asked, found[0].kept - found[0].asked)]


def test_a_fault_that_was_seen_needs_no_further_question(
    isotope: Isotope, innocent: LinearModel, probes: Probes, kept: Path
) -> None:
    plan, answers = load_answers(kept)
    save_answers(kept, plan, replace(answers, fault="it changed"))
    asked = innocent.asked
    assert check_model(isotope, innocent, probes, TERMS, answers_path=kept).verdict is (
        Outcome.INCONCLUSIVE
    )
    assert innocent.asked == asked


def test_nothing_was_kept_yet(
    isotope: Isotope, innocent: LinearModel, probes: Probes, kept: Path
) -> None:
    plan, _ = load_answers(kept)
    save_answers(kept, plan, Answers.none_yet(plan))
    found = list[Recheck]()
    check_model(
        isotope, innocent, probes, TERMS, hooks=Hooks(rechecked=found.append), answers_path=kept
    )
    assert found == []
