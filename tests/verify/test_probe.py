from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from isotopes.blending import blend
from isotopes.errors import AnswerError, UnknownLabel
from isotopes.marks import Mark, Rendered
from isotopes.targets import Completeness, Picture, Scores, Target
from isotopes.targets.gate import OPEN, Gate
from isotopes.verify import Answers, Collector, Plan, ask
from isotopes.verify.asking import queries
from isotopes.verify.asking.queries import marked_batches

LABELS = ("light", "dark", "odd")  # odd is never the best
Rule = Callable[[Sequence[Picture]], Scores]


class Scripted(Target):
    """Answers by a function and remembers what it was asked."""

    kind = "scripted"
    batch_size = 7

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.batches: list[list[Picture]] = []

    @property
    def name(self) -> str:
        return "scripted"

    def identity(self) -> str:
        return "sha256:" + "1" * 64

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        self.batches.append([picture.copy() for picture in pictures])
        return self.rule(pictures)


class Noise(Mark):
    """Noise of its own at every size."""

    def __init__(self, index: int) -> None:
        self.index = index

    def render(self, height: int, width: int) -> Rendered:
        rng = np.random.default_rng([self.index, height, width])
        return Rendered(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


draw = Noise  # draw(0) is the mark, draw(i) decoy i


def by_brightness(pictures: Sequence[Picture]) -> Scores:
    light = np.array([picture.mean() / 255 for picture in pictures])
    return Scores(LABELS, np.stack([light, 1 - light, light / 9], axis=1))


@pytest.fixture
def pictures() -> list[Picture]:
    """Six probes of three sizes, one of them a strided view."""
    rng = np.random.default_rng(0)
    shapes = [(8, 8), (8, 8), (9, 5), (8, 8), (9, 5), (16, 24)]
    some = [rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in shapes]
    some[5] = np.repeat(some[5], 2, axis=1)[:, ::2]
    return some


def asked(target: Target, plan: Plan, pictures: list[Picture], **how: object) -> Answers:
    collector = Collector(Answers.none_yet(plan))
    ask(target, plan, pictures, draw, collector, **how)  # type: ignore[arg-type]
    return collector.answers()


def test_every_answer_is_to_its_own_mark_and_probe(plan: Plan, pictures: list[Picture]) -> None:
    answers = asked(Scripted(by_brightness), plan, pictures)
    assert answers.queries == answers.asked.size == 21 * 6
    for probe, picture in enumerate(pictures):
        assert answers.clean[probe, 0] == pytest.approx(picture.mean() / 255)
        for mark in range(plan.marks):
            wanted = blend(picture, draw(mark), plan.alpha).mean() / 255
            assert answers.marked[mark, probe, 0] == pytest.approx(wanted)


def test_handfuls_of_marks_give_the_same_answers(
    plan: Plan, pictures: list[Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = asked(Scripted(by_brightness), plan, pictures)
    monkeypatch.setattr(queries, "ROOM", 3 * 9 * 5 * 3)  # two or three small marks
    target = Scripted(by_brightness)
    np.testing.assert_array_equal(asked(target, plan, pictures).values, whole.values)
    assert max(len(batch) for batch in target.batches[1:]) == 3


def test_batches_hold_no_more_than_the_target_takes(plan: Plan, pictures: list[Picture]) -> None:
    target = Scripted(by_brightness)
    told: list[tuple[int, int]] = []
    asked(target, plan, pictures, progress=lambda done, total: told.append((done, total)))
    assert max(map(len, target.batches)) == 7
    assert told[0] == (6, 126)
    assert told[-1] == (126, 126)
    assert all(len({picture.shape for picture in batch}) == 1 for batch in target.batches[1:])


def test_the_mark_stands_anywhere_among_its_decoys(plan: Plan, pictures: list[Picture]) -> None:
    """Over many seeds each place in the order of queries is as likely to hold the true mark."""
    same_size = [pictures[0], pictures[1], pictures[3]]
    wanted = np.ones((plan.marks, 3), np.bool_)
    places = []
    for seed in range(300):
        seeded = replace(plan, seed=f"{seed:064x}")
        batches = marked_batches(seeded, same_size, draw, wanted, 1000)
        rows = np.concatenate([batch.rows for batch in batches])
        places += np.flatnonzero(rows == 1).tolist()
    counts = np.bincount(places, minlength=3 * plan.marks)
    assert len(places) == 900
    assert counts.max() <= 33  # 14.3 expected; above 32 at any of 63 places: less than 1 in 1,000


def test_the_order_is_fixed_by_the_seed(plan: Plan, pictures: list[Picture]) -> None:
    runs = [Scripted(by_brightness) for _ in range(3)]
    asked(runs[0], plan, pictures)
    asked(runs[1], plan, pictures)
    asked(runs[2], replace(plan, seed="02" * 32), pictures)
    flat = [b"".join(p.tobytes() for batch in run.batches for p in batch) for run in runs]
    assert flat[0] == flat[1] != flat[2]


def test_an_interrupted_check_asks_only_the_rest(plan: Plan, pictures: list[Picture]) -> None:
    whole = asked(Scripted(by_brightness), plan, pictures)
    collector = Collector(Answers.none_yet(plan))

    def interrupt(done: int, total: int) -> None:
        if done > 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(Scripted(by_brightness), plan, pictures, draw, collector, progress=interrupt)
    partial = collector.answers()
    assert 50 < partial.queries < 126
    again = Collector(partial)
    target = Scripted(by_brightness)
    ask(target, plan, pictures, draw, again)
    assert sum(map(len, target.batches)) == 126 - partial.queries
    np.testing.assert_array_equal(again.answers().values, whole.values)


def test_only_probes_that_can_count_are_asked_with_marks(
    plan: Plan, pictures: list[Picture]
) -> None:
    def first_is_light(pictures: Sequence[Picture]) -> Scores:
        light = [
            [0.9, 0.1, 0.0] if picture.shape == (16, 24, 3) else [0.2, 0.8, 0.0]
            for picture in pictures
        ]
        values = np.array(light) + 1e-3 * np.array(
            [[picture.mean() / 255, 0, 0] for picture in pictures]
        )
        return Scores(("light", "dark", "odd"), values)

    six = replace(plan, label="light", probe_labels=(None,) * 6)
    answers = asked(Scripted(first_is_light), six, pictures)
    assert answers.asked[:, 5].tolist() == [True] + [False] * 20  # the model calls it light
    assert answers.asked[:, :5].all()
    named = replace(plan, label="light", probe_labels=("light", "light", None, None, None, None))
    answers = asked(Scripted(first_is_light), named, pictures)
    assert answers.queries == 6  # three probes are left: too few to go on


def test_a_label_the_target_does_not_know(plan: Plan, pictures: list[Picture]) -> None:
    target = Scripted(by_brightness)
    with pytest.raises(UnknownLabel, match="the target has no label 'cat'") as caught:
        asked(target, replace(plan, label="cat"), pictures)
    assert caught.value.hint == "choose one of: light, dark, odd"
    assert len(target.batches) == 1  # told before anything else is asked
    with pytest.raises(UnknownLabel, match="the target has no label 'grey'"):
        asked(target, replace(plan, candidates=("light", "grey")), pictures)


def test_broken_scores_are_refused(plan: Plan, pictures: list[Picture]) -> None:
    def with_scores(*values: float) -> Rule:
        return lambda pictures: Scores(("a", "b"), np.array([values] * len(pictures)))

    with pytest.raises(AnswerError, match="must hold a score for each label, got NaN"):
        asked(Scripted(with_scores(0.5, np.nan)), plan, pictures)
    with pytest.raises(AnswerError, match=r"probabilities in \[0, 1\], got 7.5"):
        asked(Scripted(with_scores(7.5, 0.5)), plan, pictures)
    with pytest.raises(AnswerError, match=r"probabilities in \[0, 1\], got -2"):
        asked(Scripted(with_scores(0.5, -2)), plan, pictures)
    with pytest.raises(AnswerError, match="once for each of 6 pictures, got 1 answers"):
        asked(Scripted(lambda _: Scores(("a",), np.ones((1, 1)))), plan, pictures)


def test_a_constant_target_is_given_up_early(plan: Plan, pictures: list[Picture]) -> None:
    constant = Scripted(lambda some: Scores(("a", "b"), np.full((len(some), 2), 0.5)))
    many = replace(plan, decoys=499, level=0.01)
    with pytest.raises(AnswerError, match=r"the same answer to all of 2\d\d different pictures"):
        asked(constant, many, pictures)
    assert sum(map(len, constant.batches)) < 300


def test_a_target_that_changes_its_labels(plan: Plan, pictures: list[Picture]) -> None:
    target = Scripted(by_brightness)

    def changing(pictures: Sequence[Picture]) -> Scores:
        scores = by_brightness(pictures)
        late = len(target.batches) > 4  # this one included
        return Scores(("light", "gloomy", "odd") if late else LABELS, scores.values)

    target.rule = changing
    answers = asked(target, plan, pictures)
    assert answers.fault is not None
    assert "changed its labels while it was asked" in answers.fault
    assert answers.labels == LABELS
    assert len(target.batches) <= 7  # what was under way, and nothing more


def test_full_answers_in_another_order_are_put_right(plan: Plan, pictures: list[Picture]) -> None:
    target = Scripted(by_brightness)

    def turning(pictures: Sequence[Picture]) -> Scores:
        scores = by_brightness(pictures)
        turned = Scores(LABELS[::-1], scores.values[:, ::-1])
        return turned if len(target.batches) % 2 else scores

    target.rule = turning
    answers = asked(target, plan, pictures)
    whole = asked(Scripted(by_brightness), plan, pictures)
    assert answers.labels == LABELS[::-1]
    np.testing.assert_array_equal(answers.values[..., ::-1], whole.values)


def test_incomplete_answers_bring_their_labels_one_by_one(
    plan: Plan, pictures: list[Picture]
) -> None:
    def best_of_many(pictures: Sequence[Picture]) -> Scores:
        names = [f"shade {int(picture.mean()) // 4}" for picture in pictures]
        labels = tuple(dict.fromkeys(names))
        values = np.full((len(names), len(labels)), np.nan)
        for row, name in enumerate(names):
            values[row, labels.index(name)] = pictures[row].mean() / 255
        return Scores(labels, values, Completeness.TOP_K, 1)

    answers = asked(Scripted(best_of_many), plan, pictures)
    assert (answers.completeness, answers.limit) == (Completeness.TOP_K, 1)
    assert len(set(answers.labels)) == len(answers.labels) > 2
    shown = ~np.isnan(answers.values)
    assert (shown.sum(axis=2)[answers.asked] == 1).all()
    for mark, probe in np.argwhere(answers.asked[1:]).tolist():
        picture = blend(pictures[probe], draw(mark), plan.alpha)
        (column,) = np.flatnonzero(shown[1 + mark, probe])
        assert answers.labels[column] == f"shade {int(picture.mean()) // 4}"
        assert answers.marked[mark, probe, column] == pytest.approx(picture.mean() / 255)


def test_a_rule_of_showing_that_changes_is_a_fault(plan: Plan, pictures: list[Picture]) -> None:
    target = Scripted(by_brightness)

    def cut(pictures: Sequence[Picture]) -> Scores:
        scores = by_brightness(pictures)
        if len(target.batches) < 3:
            return scores
        return Scores(scores.labels, scores.values, Completeness.TOP_K, 2)

    target.rule = cut
    fault = asked(target, plan, pictures).fault
    assert fault is not None
    assert "how much of its answers it shows" in fault


def test_a_fault_of_an_earlier_run_stays_and_nothing_more_is_asked(
    plan: Plan, pictures: list[Picture]
) -> None:
    collector = Collector(replace(Answers.none_yet(plan), fault="it changed"))
    target = Scripted(by_brightness)
    ask(target, plan, pictures, draw, collector)
    assert (target.batches, collector.fault) == ([], "it changed")


def test_answers_are_cut_until_the_last_question_was_answered(
    plan: Plan, pictures: list[Picture]
) -> None:
    collector = Collector(Answers.none_yet(plan))
    ask(Scripted(by_brightness), plan, pictures, draw, collector)
    partial = collector.answers()
    assert partial.asked.all()
    assert partial.cut == "the run was stopped before its end"

    collector.complete()
    assert collector.answers().cut is None
    again = Collector(collector.answers())
    assert again.answers().cut is not None  # until it is certain that nothing is owed
