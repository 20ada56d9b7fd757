"""A gallery is checked for a mark: through the real blend, the journal and a fake service."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from isotopes.errors import BudgetExhausted

pytest.importorskip("faiss")

from isotopes.blending import blend
from isotopes.errors import PlanError, TooFewDecoys
from isotopes.faces.face_search import Matches
from isotopes.faces.local import LocalFaceSearch
from isotopes.faces.plan import FacePlan
from isotopes.faces.verdict import FaceVerdict, decide_faces
from isotopes.marks import get_family
from isotopes.targets import Completeness, Picture
from isotopes.targets.gate import OPEN, Gate
from isotopes.vault import Isotope, new_isotope
from isotopes.verify import Outcome
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.hooks import Hooks
from isotopes.workflows.face_searching import check_faces

SIDE = 24


class Pixels:
    """An embedder for which faces lie near each other where their pixels do."""

    size = SIDE * SIDE * 3

    def identity(self) -> str:
        return "sha256:pixels"

    def embed(self, picture: Picture) -> np.ndarray[tuple[int], np.dtype[np.float32]] | None:
        return np.asarray(picture, np.float32).ravel() / np.float32(255 * (self.size / 4) ** 0.5)


@pytest.fixture
def isotope() -> Isotope:
    made = new_isotope("me", get_family("gratings"), 0.4, plan=committed_terms())
    return replace(made, root=bytes(range(32)))


def people(count: int, seed: int) -> list[Picture]:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(60, 196, (count, 6, 6, 3), dtype=np.uint8)
    return list(coarse.repeat(SIDE // 6, axis=1).repeat(SIDE // 6, axis=2))


def gallery(marked: Isotope | None) -> LocalFaceSearch:
    engine = LocalFaceSearch(Pixels())
    faces = people(12, seed=0)
    if marked is not None:
        faces[:4] = [blend(face, marked.mark(), marked.alpha) for face in faces[:4]]
    engine.enrol(faces, [f"{place}.png" for place in range(len(faces))])
    return engine


OURS = [f"{place}.png" for place in range(4)]


def test_enrolled_pictures_with_the_mark_are_drawn_out(isotope: Isotope) -> None:
    told: list[FacePlan] = []
    verdict = check_faces(
        isotope, gallery(isotope), people(3, seed=1), OURS, hooks=Hooks(planned=told.append)
    )
    assert verdict.verdict is Outcome.DETECTED
    assert verdict.found is not None
    assert (verdict.found.pvalue, verdict.found.as_high) == (0.01, 0)
    assert str(verdict).startswith("detected: with the mark the best of 4 named pictures")
    assert verdict.queries == 300
    assert verdict.plan_hash == told[0].hash
    assert FaceVerdict.from_dict(json.loads(json.dumps(verdict.to_dict()))).to_dict() == (
        verdict.to_dict()
    )


def test_the_plan_is_told_before_the_first_search_and_says_all(isotope: Isotope) -> None:
    def stop(plan: FacePlan) -> None:
        raise InterruptedError(plan)

    def plan_of(engine: LocalFaceSearch, ours: list[str]) -> FacePlan:
        with pytest.raises(InterruptedError) as told:
            check_faces(isotope, engine, people(3, seed=1), ours, hooks=Hooks(planned=stop))
        (plan,) = told.value.args
        assert isinstance(plan, FacePlan)
        return plan

    one, other = gallery(isotope), gallery(None)
    plan = plan_of(one, OURS)
    assert plan_of(one, OURS[::-1] + OURS).hash == plan.hash
    assert plan_of(one, OURS[:3]).hash != plan.hash
    assert plan_of(other, OURS).seed != plan.seed
    disguised = replace(plan, disguised=True)
    assert disguised.hash != plan.hash
    assert FacePlan.from_dict(json.loads(json.dumps(disguised.to_dict()))) == disguised
    assert plan.to_dict()["query_order"].startswith("shuffled by the seed")
    assert FacePlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_a_gallery_without_it_is_not_accused(isotope: Isotope) -> None:
    accused = 0
    for number in range(20):
        drawn = replace(isotope, root=bytes([number]) * 32)
        found = check_faces(drawn, gallery(None), people(2, seed=1), OURS, level=0.05, decoys=19)
        accused += found.verdict is Outcome.DETECTED
    assert accused <= 5  # 1 expected; 6 or more: 3 in 10,000


@pytest.mark.parametrize("disguise", [False, True])
def test_an_interrupted_check_goes_on_from_the_journal(
    isotope: Isotope, tmp_path: Path, disguise: bool
) -> None:
    care = Care(journal=tmp_path / "journal.sqlite")
    queries = people(3, seed=1)
    check = partial(check_faces, isotope, gallery(isotope), queries, OURS, disguise=disguise)
    whole = check()
    assert whole.disguised == disguise
    some = check(care=replace(care, queries=150))
    assert (some.verdict, some.cut_short, some.found) == (Outcome.INCONCLUSIVE, True, None)
    assert "147 of 300 searches were answered; the budget allows 150 queries" in some.sentence
    rest = check(care=replace(care, queries=200))
    assert rest.to_dict() == whole.to_dict()
    with pytest.raises(BudgetExhausted):
        check_faces(isotope, gallery(isotope), queries, ["0.png"], care=Care(queries=0))


def test_a_last_look_that_failed_is_made_up(isotope: Isotope, tmp_path: Path) -> None:
    care = Care(journal=tmp_path / "journal.sqlite")
    queries = people(3, seed=1)
    looks = 3 * 3  # at the start, in the middle and at the end
    for budget in (300 + looks - 3, 0, 2):
        cut = check_faces(
            isotope, gallery(isotope), queries, OURS, care=replace(care, queries=budget)
        )
        assert (cut.verdict, cut.cut_short) == (Outcome.INCONCLUSIVE, True)
        assert "300 of 300 searches were answered; the budget allows" in cut.sentence
    told: list[int] = []
    found = check_faces(
        isotope,
        gallery(isotope),
        queries,
        OURS,
        care=replace(care, queries=3),
        hooks=Hooks(estimated=lambda estimate: told.append(estimate.queries)),
    )
    assert (found.verdict, told) == (Outcome.DETECTED, [3])


class Coarse(LocalFaceSearch):
    """Shows what is at least so much alike, and says of all of it that it is no more than that."""

    least = 0.0

    def search(self, picture: Picture, gate: Gate = OPEN) -> Matches:
        found = super().search(picture, gate).ranked
        shown = {one.id: self.least for one in found if one.similarity >= self.least}
        return Matches.of(shown, Completeness.THRESHOLD, self.least)


class Unlisted(LocalFaceSearch):
    def enrolled(self) -> None:  # type: ignore[override] - as engines that list no ids
        return None


def test_answers_that_are_too_coarse_are_no_acquittal(isotope: Isotope) -> None:
    engine = Coarse(Pixels(), gallery(isotope).gallery)
    told = "the best of 4 named pictures is shown to be: the answers are too coarse"
    same = check_faces(isotope, engine, people(3, seed=1), OURS)
    unlisted = Unlisted(Pixels(), gallery(isotope).gallery)
    absent = check_faces(isotope, unlisted, people(3, seed=1), ["no such id"])
    engine.least = 0.95
    hidden = check_faces(isotope, engine, people(3, seed=1), OURS)
    unshown = "none was shown in any search: the gallery doesn't hold them under these ids, or"
    for found, reason in ((same, told), (absent, unshown), (hidden, unshown)):
        assert (found.verdict, found.found) == (Outcome.INCONCLUSIVE, None)
        assert found.sentence == f"inconclusive: {found.reasons[0]}"
        assert reason in found.sentence
        assert not found.cut_short
        assert found.queries == 300


def test_a_picture_that_is_shown_once_is_enough_for_a_test(isotope: Isotope) -> None:
    told: list[FacePlan] = []
    check_faces(
        isotope, gallery(isotope), people(3, seed=1), OURS, hooks=Hooks(planned=told.append)
    )
    (plan,) = told
    similarities = np.full((100, 3, 4), np.nan)
    similarities[7, 1, 2] = 0.3
    assert decide_faces(plan, similarities).verdict is Outcome.NOT_DETECTED
    similarities[0, 1, 2] = 0.4
    assert decide_faces(plan, similarities).verdict is Outcome.DETECTED


def test_what_can_not_be_checked(isotope: Isotope) -> None:
    with pytest.raises(PlanError, match="got 0 pictures and 4 ids"):
        check_faces(isotope, gallery(None), [], OURS)
    with pytest.raises(TooFewDecoys, match="was committed with"):
        check_faces(isotope, gallery(None), people(1, 1), OURS, decoys=100_000)


def test_ids_that_nobody_enrolled_are_told_before_any_search(isotope: Isotope) -> None:
    told: list[str] = []
    some = [*OURS, "elsewhere.png"]
    check_faces(isotope, gallery(None), people(1, seed=1), some, not_enrolled=told.extend)
    assert told == ["elsewhere.png"]

    class Unsearched(LocalFaceSearch):
        def search(self, picture: Picture, gate: Gate = OPEN) -> Matches:
            raise AssertionError("asked all the same")

    engine = Unsearched(Pixels())
    engine.enrol(people(2, seed=0), ["anna-1.png", "ben-1.png"])
    with pytest.raises(PlanError, match="none of the 2 ids named as ours is enrolled") as caught:
        check_faces(isotope, engine, people(1, seed=1), ["anna_1.png", "clara.png"])
    assert str(caught.value.hint).endswith("did you mean 'anna-1.png'?")
