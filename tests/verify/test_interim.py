"""What is shown while a model is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isotopes.verify import Answers, Plan
from isotopes.verify.evidence.interim import interim_scores


def answered(plan: Plan, values: np.ndarray, asked: np.ndarray) -> Answers:
    labels = tuple(f"label {at}" for at in range(values.shape[2]))
    return Answers(labels, np.where(asked[:, :, None], values, np.nan), asked)


def test_nothing_is_shown_before_there_are_answers(plan: Plan) -> None:
    found = interim_scores(plan, Answers.none_yet(plan))
    assert (found.mark, found.decoys, found.higher) == (None, (), 0)


def test_the_mark_stands_where_its_answers_put_it(plan: Plan) -> None:
    rng = np.random.default_rng(1)
    shape = (1 + plan.marks, len(plan.pictures), 3)
    values = rng.uniform(0.2, 0.3, shape)
    values[1, :, 2] = 0.9
    asked = np.ones(shape[:2], np.bool_)
    asked[4:] = False  # not all decoys yet
    asked[3, 1:] = False  # one of them on one picture only
    searching = replace(plan, label=None, candidates=None, statistic="probability")
    found = interim_scores(searching, answered(plan, values, asked))
    assert found.mark is not None
    assert np.isclose(found.mark, (values[1] - values[0]).mean(axis=0).max())
    assert len(found.decoys) == 2
    assert np.isclose(found.decoys[1], (values[3, 0] - values[0, 0]).max())
    assert found.higher == 0
    alone = answered(plan, values, asked & (np.arange(len(asked)) > 0)[:, None])  # none unmarked
    unmarked = interim_scores(searching, alone)
    assert unmarked.mark is not None
    usual = np.nanmean(alone.values[1:], axis=0)
    assert np.isclose(unmarked.mark, (values[1] - usual).mean(axis=0).max())
    named = replace(searching, label="label 0")
    of_label = interim_scores(named, answered(plan, values, asked))
    assert of_label.mark is not None
    assert np.isclose(of_label.mark, (values[1] - values[0])[:, 0].mean())
