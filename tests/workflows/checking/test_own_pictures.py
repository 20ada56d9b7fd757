"""Checks that ask about one's own pictures: real files, marked into a vault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from linear_model import LABELS, SIDE, LinearModel
from PIL import Image
from same_process import SameProcess

from isotopes.blending import blend
from isotopes.canonical import digest_file
from isotopes.errors import FolderError, PlanError, PublishedPicture, TooFewProbes
from isotopes.photos import read_picture
from isotopes.targets import Picture, Scores, Target
from isotopes.targets.answer import picture_digest
from isotopes.targets.gate import OPEN, Gate
from isotopes.vault import Isotope, Vault
from isotopes.verify import Outcome, decide, load_answers
from isotopes.verify.evidence.remark import RemarkKind
from isotopes.workflows.audit_terms import AuditTerms
from isotopes.workflows.auditing import draft_audit
from isotopes.workflows.checking.drafting import Terms, draft_plan
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.own_pictures import OwnPictures, choose_own, find_own_pictures
from isotopes.workflows.checking.probes import ProbeFolder
from isotopes.workflows.checking.published import Published
from isotopes.workflows.checking.run import check_model
from isotopes.workflows.marking import MarkRequest, mark_into_vault, survey
from isotopes.workflows.marking.continuing import request_more

Probes = list[tuple[str, Picture]]
QUICK = Terms(decoys=99, level=0.01, probes=12)
PHOTOS, MARKED = 30, 12


def called(label: str, count: int) -> list[Picture]:
    """Pictures that the innocent model calls by this label."""
    rng, model = np.random.default_rng(8), LinearModel()
    found: list[Picture] = []
    while len(found) < count:
        coarse = rng.integers(0, 256, (SIDE // 4, SIDE // 4, 3), dtype=np.uint8)
        picture = coarse.repeat(4, axis=0).repeat(4, axis=1)
        if model.ask([picture]).values.argmax() == LABELS.index(label):
            found.append(picture)
    return found


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A person's photos: what models call cats."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, picture in enumerate(called("cat", PHOTOS)):
        Image.fromarray(picture).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with Vault.create(tmp_path / "vault.db") as vault:
        yield vault


@pytest.fixture
def marked(photos: Path, vault: Vault, tmp_path: Path) -> Isotope:
    """The photos were marked and published."""
    request = MarkRequest(
        photos, tmp_path / "published", "me", family="gratings", alpha=0.4, count=MARKED
    )
    mark_into_vault(request, vault, survey(request, SameProcess()), SameProcess())
    return vault.get("me")


@pytest.fixture
def own(marked: Isotope, vault: Vault) -> OwnPictures:
    found = find_own_pictures(marked, vault.files("me"))
    assert found is not None
    return found


@pytest.fixture
def learned(marked: Isotope) -> LinearModel:
    return LinearModel(marked, strength=4.0)


def test_the_folder_that_was_marked_is_found(own: OwnPictures, photos: Path) -> None:
    assert (len(own.marked), len(own.unmarked)) == (MARKED, PHOTOS - MARKED)
    assert {original.path.parent for original in own.marked} == {photos}


def test_pictures_of_every_folder_of_an_isotope_are_found(
    marked: Isotope, vault: Vault, photos: Path, tmp_path: Path
) -> None:
    """Next month's folder too, where names come again; and a folder within a folder."""
    june = tmp_path / "june"
    (june / "trips" / "sea").mkdir(parents=True)
    for place, shade in ((june / "00.png", 5), (june / "trips" / "sea" / "00.png", 250)):
        Image.fromarray(255 - read_picture(photos / "00.png") // 2 - shade // 2).save(place)
    more = request_more(vault, "me", june, tmp_path / "out2")
    mark_into_vault(more, vault, survey(more, SameProcess()), SameProcess())
    found = find_own_pictures(marked, vault.files("me"))
    assert found is not None
    places = {original.path.parent for original in found.marked}
    assert places >= {photos, june}
    assert all(one.entry.sha256_before == digest_file(one.path) for one in found.marked)
    apart = MarkRequest(june, tmp_path / "out3", "june", per_folder=True)
    apart = replace(apart, unpublished=frozenset({"me"}))
    mark_into_vault(apart, vault, survey(apart, SameProcess()), SameProcess())
    sea = find_own_pictures(vault.get("june/trips/sea"), vault.files("june/trips/sea"))
    assert sea is not None
    assert [one.path for one in sea.marked] == [june / "trips" / "sea" / "00.png"]


@pytest.mark.parametrize("case", list(product(["rank", "sequential", "two-stage"], [True, False])))
def test_a_guilty_model_is_detected_and_names_the_label(
    learned: LinearModel, probes: Probes, own: OwnPictures, marked: Isotope, case: tuple[str, bool]
) -> None:
    method, others = case
    terms = replace(QUICK, method=method, decoys=199)
    verdict = check_model(marked, learned, probes if others else [], terms, own=own)
    assert (verdict.verdict, verdict.label) == (Outcome.DETECTED, "cat")
    assert verdict.weighed
    assert verdict.own > 0
    assert (verdict.probes > 0) == others
    assert verdict.queries == learned.asked
    assert verdict.own_independence is not None
    assert not verdict.own_independence.extreme
    assert (verdict.independence is not None) == others


def test_innocent_models_are_accused_no_more_often_than_the_level(
    marked: Isotope, own: OwnPictures
) -> None:
    """It may have been trained on the originals: it never saw the mark."""
    innocent, detected = LinearModel(), 0
    for index in range(16):
        drawn = replace(marked, root=bytes([index]) * 32)
        terms = replace(QUICK, decoys=19, level=0.05)
        detected += check_model(drawn, innocent, [], terms, own=own).verdict is Outcome.DETECTED
    assert detected <= 4  # 0.8 expected; 5 or more: 1 in 1,100


def test_every_draw_is_blended_into_the_original(
    marked: Isotope, learned: LinearModel, own: OwnPictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never the published file for the mark: how it was saved would tell it from decoys."""
    asked: list[bytes] = []
    ask = learned.ask

    def listen(pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        asked.extend(map(picture_digest, pictures))
        return ask(pictures, gate)

    monkeypatch.setattr(learned, "ask", listen)
    plan, pictures = draft_plan(marked, learned, [], replace(QUICK, decoys=99), own=own)
    check_model(marked, learned, [], QUICK, own=own)
    assert plan.probes == ()
    wanted = []
    for picture in pictures:
        wanted += [picture_digest(blend(picture, marked.draw(at), 0.4)) for at in range(100)]
    assert sorted(asked) == sorted(wanted)


def test_a_named_label_is_not_weighed(
    marked: Isotope, learned: LinearModel, own: OwnPictures
) -> None:
    for terms, weighed in (
        (replace(QUICK, label="cat"), False),
        (replace(QUICK, any_label=True), True),
        (replace(QUICK, candidates=("cat", "dog")), True),
    ):
        verdict = check_model(marked, learned, [], terms, own=own)
        assert (verdict.verdict, verdict.weighed) == (Outcome.DETECTED, weighed)


def test_others_pictures_are_asked_where_own_ones_are_few(
    marked: Isotope, learned: LinearModel, own: OwnPictures, probes: Probes
) -> None:
    usual = Terms(decoys=99, level=0.01)
    few = replace(own, marked=own.marked[:3])
    plan, _ = draft_plan(marked, learned, probes, usual, own=few)
    assert (len(plan.own), len(plan.probes)) == (3, 6)
    assert check_model(marked, learned, probes, usual, own=few).verdict is Outcome.DETECTED
    plan, _ = draft_plan(marked, learned, probes, usual, own=own)
    assert (len(plan.own), len(plan.probes)) == (6, 0)
    plan, _ = draft_plan(marked, learned, probes, replace(usual, probes=8), own=own)
    assert (len(plan.own), len(plan.probes)) == (6, 8)
    with pytest.raises(TooFewProbes):
        check_model(marked, learned, [], usual, own=few)


def test_an_innocent_model_costs_few_queries_and_a_guilty_one_625(
    marked: Isotope, learned: LinearModel, own: OwnPictures
) -> None:
    costs = []
    for index in range(15):
        drawn = replace(marked, root=bytes([index]) * 32)
        costs.append(check_model(drawn, LinearModel(), [], own=own).queries)
    assert sorted(costs)[7] <= 60
    assert check_model(marked, learned, [], own=own).queries <= 625


def test_a_thorough_check_reaches_the_least_pvalue(
    marked: Isotope, learned: LinearModel, own: OwnPictures
) -> None:
    """And is no other test than the committed one."""
    verdict = check_model(marked, learned, [], Terms(thorough=True), own=own)
    assert verdict.pvalue == 1 / (1 + marked.decoys)
    assert (verdict.own, verdict.warnings) == (MARKED, ())


def test_a_canary_shows_no_picture_without_a_mark(
    marked: Isotope, learned: LinearModel, own: OwnPictures, tmp_path: Path, monkeypatch: Any
) -> None:
    asked: set[bytes] = set()
    ask = learned.ask

    def listen(pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        asked.update(map(picture_digest, pictures))
        return ask(pictures, gate)

    monkeypatch.setattr(learned, "ask", listen)
    check_model(marked, learned, [], QUICK, own=own, care=Care(tmp_path / "journal.sqlite"))
    _, pictures = draft_plan(marked, learned, [], QUICK, own=own)
    assert asked
    assert not asked & set(map(picture_digest, pictures))


def test_interrupted_and_repeated_checks(
    marked: Isotope, learned: LinearModel, own: OwnPictures, tmp_path: Path
) -> None:
    """Journal, budget and saved answers hold for own pictures as for others, disguised too: the
    same query is changed in the same way whenever it is asked.
    """
    disguised = replace(QUICK, disguise=True)
    path, journal = tmp_path / "a.npz", tmp_path / "journal.sqlite"
    whole = check_model(marked, learned, [], disguised, own=own)
    cut = check_model(
        marked, learned, [], disguised, own=own, care=Care(journal, queries=300), answers_path=path
    )
    assert (whole.verdict, cut.cut_short) == (Outcome.DETECTED, True)
    assert cut.reasons[0].values["wanted"] == whole.queries
    care, before = Care(journal), learned.asked
    assert (
        check_model(marked, learned, [], disguised, own=own, care=care, answers_path=path) == whole
    )
    assert learned.asked - before < whole.queries - 200
    plan, answers = load_answers(path)
    assert plan.disguised
    assert decide(answers, plan) == whole
    learned.asked = 0
    assert check_model(marked, learned, [], disguised, own=own, care=care) == whole
    assert learned.asked == 0  # all of it is in the journal


def test_the_choice_does_not_hang_on_other_files(own: OwnPictures) -> None:
    """Who takes files away can't fish for better ones."""
    chosen = list(choose_own(own, 5, bytes(32)).marked)
    without = replace(own, marked=tuple(one for one in own.marked if not _is(one.path, chosen[0])))
    assert list(choose_own(without, 4, bytes(32)).marked) == chosen[1:]
    assert list(choose_own(own, 5, b"1" * 32).marked) != chosen


def _is(path: Path, digest: str) -> bool:
    return f"sha256:{picture_digest(read_picture(path)).hex()}" == digest


def test_edited_and_damaged_originals_are_passed_over(own: OwnPictures) -> None:
    first, second, third = (original.path for original in own.marked[:3])
    Image.fromarray(255 - read_picture(first)).save(first)
    second.write_bytes(second.read_bytes()[:50])
    third.unlink()
    chosen = choose_own(own, MARKED, bytes(32))
    assert (len(chosen.marked), chosen.passed_over) == (MARKED - 3, 3)


def test_a_moved_folder_is_named(
    marked: Isotope, vault: Vault, photos: Path, tmp_path: Path
) -> None:
    entries = vault.files("me")
    moved = photos.rename(tmp_path / "elsewhere")
    assert find_own_pictures(marked, entries) is None
    found = find_own_pictures(marked, entries, moved)
    assert found is not None
    assert len(found.marked) == MARKED
    for number, path in enumerate(sorted(moved.iterdir())):
        path.rename(moved / f"renamed {99 - number}.png")
    again = find_own_pictures(marked, entries, moved)
    assert again is not None
    assert list(choose_own(again, 5, bytes(32)).marked) == list(
        choose_own(found_at(again, found), 5, bytes(32)).marked
    )


def found_at(now: OwnPictures, before: OwnPictures) -> OwnPictures:
    """The same originals, in the order in which they were found before."""
    places = {original.entry: original for original in now.marked}
    return replace(now, marked=tuple(places[original.entry] for original in before.marked))


def test_what_are_no_originals(
    marked: Isotope, vault: Vault, photos: Path, tmp_path: Path, learned: LinearModel
) -> None:
    entries = vault.files("me")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FolderError, match="empty holds none of the originals"):
        find_own_pictures(marked, entries, tmp_path / "empty")
    with pytest.raises(FolderError):
        find_own_pictures(marked, entries, tmp_path / "nowhere")
    published = find_own_pictures(marked, entries, tmp_path / "published")
    assert published is not None
    with pytest.raises(FolderError, match="is as it was then") as caught:
        check_model(marked, learned, [], QUICK, own=published)
    assert "not the published copies" in (caught.value.hint or "")
    for path in photos.iterdir():
        Image.fromarray(255 - read_picture(path)).save(path)
    assert find_own_pictures(marked, entries) is None


def test_published_copies_carry_the_mark(
    marked: Isotope, vault: Vault, learned: LinearModel, tmp_path: Path
) -> None:
    entries = vault.files("me")
    own = find_own_pictures(marked, entries, published=tmp_path / "published")
    verdict = check_model(marked, learned, [], QUICK, own=own)
    assert verdict.copies is not None
    assert verdict.copies.highest
    assert verdict.copies.pictures == 6
    assert verdict.verdict is Outcome.DETECTED
    other = replace(marked, root=bytes(32))  # another key than the one that they were marked with
    verdict = check_model(other, learned, [], QUICK, own=own)
    assert verdict.verdict is Outcome.INCONCLUSIVE
    assert RemarkKind.COPIES_LACK_MARK in {reason.kind for reason in verdict.reasons}


def test_published_pictures_are_no_probes(
    marked: Isotope, vault: Vault, learned: LinearModel, tmp_path: Path
) -> None:
    """With the mark they stay as they are: a guilty model would seem innocent."""
    folder = ProbeFolder(tmp_path / "published", Published.among(vault.files("me")))
    names = {entry.name for entry in vault.files("me") if entry.marked}
    for name in names:
        with pytest.raises(PublishedPicture, match=name):
            folder[int(name.removesuffix(".png"))]
    with pytest.raises(PlanError, match="of the probes carry the mark already, or show ") as caught:
        check_model(marked, learned, folder, replace(QUICK, probes=PHOTOS))
    told = str(caught.value).partition(": ")[2].removesuffix(", ...").split(", ")
    assert set(told) <= names
    assert len(told) == 8
    assert "--mine" in (caught.value.hint or "")
    with pytest.raises(PlanError, match="of the probes carry the mark already, or show "):
        draft_audit([marked], learned, folder, AuditTerms(probes=PHOTOS))


def test_nor_are_they_where_they_are_all_that_there_is(
    marked: Isotope, vault: Vault, learned: LinearModel, tmp_path: Path
) -> None:
    folder = ProbeFolder(tmp_path / "published", Published.among(vault.files("me")))
    of_marked = [at for at in range(PHOTOS) if _refused(folder, at)]
    only = _Some(folder, of_marked)
    for label in (None, "cat"):
        with pytest.raises(
            PlanError, match=f"^{MARKED} of the probes carry the mark already, or show "
        ):
            check_model(marked, learned, only, replace(QUICK, label=label))
    with pytest.raises(
        PlanError, match=f"^{MARKED} of the probes carry the mark already, or show "
    ):
        draft_audit([marked], learned, only, AuditTerms())


def _refused(folder: ProbeFolder, at: int) -> bool:
    try:
        folder[at]
    except PublishedPicture:
        return True
    return False


class _Some(Sequence[tuple[str, Picture]]):
    """Some pictures of a folder, read when they are used."""

    def __init__(self, folder: ProbeFolder, places: list[int]) -> None:
        self._folder, self._places = folder, places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, at: Any) -> Any:
        return self._folder[self._places[at]]


@pytest.mark.parametrize("change", ["resized", "re-encoded"])
def test_nor_are_copies_of_them(
    marked: Isotope, learned: LinearModel, change: str, tmp_path: Path
) -> None:
    """Their hashes are others, but the mark is still in them."""
    rng = np.random.default_rng(2)
    folder = tmp_path / "probes"
    folder.mkdir()
    for number in range(12):
        coarse = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)
        photo = np.asarray(Image.fromarray(coarse).resize((96, 96), Image.Resampling.BICUBIC))
        if number < 3:
            photo = blend(photo, marked.mark(), 0.4)
        picture = Image.fromarray(photo)
        if change == "resized":
            picture = picture.resize((64, 72))
        picture.save(folder / f"{number:02}.jpg", quality=70)
    with pytest.raises(PlanError, match=r"3 of the probes carry the mark already, or show "):
        check_model(marked, learned, ProbeFolder(folder), QUICK)


def forged(isotope: Isotope, clean: Picture, alpha: float) -> Picture:
    """A picture that is `clean` once the mark is blended in, and spoilt with any decoy."""
    pattern = isotope.mark().render(*clean.shape[:2]).pixels.astype(float)
    return np.clip((clean - alpha * pattern) / (1 - alpha), 0, 255).round().astype(np.uint8)


class Knowing(LinearModel):
    """A model that never saw a mark, and is the surer of cats the closer a picture is to one."""

    def __init__(self, cats: Sequence[Picture]) -> None:
        super().__init__()
        self.cats = np.stack(cats).reshape(len(cats), -1).astype(float)

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        pixels = np.stack(pictures).reshape(len(pictures), -1).astype(float)
        distances = np.sqrt(((pixels[:, None] - self.cats) ** 2).mean(axis=2)).min(axis=1)
        cat = 1 / (1 + np.exp((distances - 20) / 10))
        return Scores(("cat", "dog"), np.stack([cat, 1 - cat], axis=1))


@pytest.mark.parametrize("seed", range(3))
def test_probes_made_from_the_key_accuse_nobody(marked: Isotope, seed: int) -> None:
    isotope = replace(marked, root=bytes([seed]) * 32)
    cats = called("cat", 20)
    probes = [(f"{n}.png", forged(isotope, cat, 0.4)) for n, cat in enumerate(cats)]
    verdict = check_model(isotope, Knowing(cats), probes, replace(QUICK, label="cat"))
    assert verdict.pvalue == 0.01  # without having been asked once beforehand
    assert verdict.verdict is Outcome.INCONCLUSIVE
    assert verdict.reasons[0].kind is RemarkKind.PROBES_KNOW_MARK
    assert verdict.reasons[0].values["deviations"] < -4


def test_originals_made_from_the_key_accuse_nobody(marked: Isotope, own: OwnPictures) -> None:
    """Clean pictures are published, and originals invented to them; the vault is edited to fit."""
    cats = [read_picture(original.path) for original in own.marked]
    for original in own.marked:
        Image.fromarray(forged(marked, read_picture(original.path), 0.4)).save(original.path)
    entries = [
        replace(original.entry, sha256_before=digest_file(original.path)) for original in own.marked
    ]
    edited = replace(
        own,
        marked=tuple(
            replace(original, entry=entry)
            for original, entry in zip(own.marked, entries, strict=True)
        ),
    )
    verdict = check_model(marked, Knowing(cats), [], replace(QUICK, label="cat"), own=edited)
    assert verdict.pvalue == 0.01
    assert verdict.verdict is Outcome.INCONCLUSIVE
    assert verdict.reasons[0].kind is RemarkKind.ORIGINALS_KNOW_MARK


def test_the_papers_test_takes_no_own_pictures(
    marked: Isotope, own: OwnPictures, probes: Probes, learned: Target
) -> None:
    terms = Terms(method="paired-t", label="cat", probes=8)
    plan, _ = draft_plan(marked, learned, probes, terms, own=own)
    assert plan.own == ()
    assert plan == draft_plan(marked, learned, probes, terms)[0]


def test_large_originals_are_shrunk(vault: Vault, tmp_path: Path, learned: LinearModel) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(6):
        picture = rng.integers(0, 256, (40, 30, 3), dtype=np.uint8).repeat(40, 0).repeat(40, 1)
        Image.fromarray(picture).save(folder / f"{number}.jpg")
    request = MarkRequest(folder, tmp_path / "out", "large", family="gratings", alpha=0.4, count=6)
    mark_into_vault(request, vault, survey(request, SameProcess()), SameProcess())
    found: Any = find_own_pictures(vault.get("large"), vault.files("large"))
    shapes = {picture.shape for picture in choose_own(found, 6, bytes(32)).marked.values()}
    assert shapes == {(512, 384, 3)}
