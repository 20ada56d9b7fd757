"""Encoders that nothing gives labels are checked by how draws move their embeddings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from linear_encoder import LinearEncoder
from linear_model import SIDE, LinearModel
from numpy.typing import NDArray
from PIL import Image

from isotopes.canonical import digest_file
from isotopes.errors import PlanError, TargetUnusable, TooFewProbes
from isotopes.marks import get_family
from isotopes.photos import read_picture
from isotopes.report.pages.pdf import VARIABLE
from isotopes.stats.scores.statistic import EMBEDDINGS
from isotopes.targets import Picture
from isotopes.targets.kinds.saved import Saved
from isotopes.vault import Isotope, Vault, new_isotope
from isotopes.vault.storage.stored import FileEntry
from isotopes.verify import Outcome, Verdict
from isotopes.verify.asking.queries import marked_batches
from isotopes.verify.asking.views import another_view
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.audit_terms import AuditTerms
from isotopes.workflows.auditing import draft_audit
from isotopes.workflows.checking.drafting import Terms, draft_plan
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.own_pictures import Original, OwnPictures
from isotopes.workflows.checking.run import check_model
from isotopes.workflows.evidence import make_bundle, plain_verifier, verify_bundle, write_bundle
from isotopes.workflows.exporting import AskedByHand, PlannedQueries, export_check

Probes = list[tuple[str, Picture]]
PHOTOS = 14
ROOT = bytes(range(32))


@pytest.fixture
def isotope() -> Isotope:
    """For a label too, which encoders don't have."""
    gratings = get_family("gratings")
    return new_isotope("me", gratings, 0.4, label="cat", plan=committed_terms(), root=ROOT)


@pytest.fixture
def own(tmp_path: Path) -> OwnPictures:
    rng = np.random.default_rng(8)
    found = []
    for at in range(PHOTOS):
        path = tmp_path / f"{at:02}.png"
        coarse = rng.integers(0, 256, (SIDE // 4, SIDE // 4, 3), dtype=np.uint8)
        Image.fromarray(coarse.repeat(4, axis=0).repeat(4, axis=1)).save(path)
        digest = digest_file(path)
        found.append(Original(path, FileEntry(path.name, digest, digest, marked=True)))
    return OwnPictures(tuple(found))


def both_verifiers_agree(isotope: Isotope, kept: Path, folder: Path) -> None:
    """That evidence from these answers holds."""
    with Vault.create(folder / "vault.sqlite") as vault:
        vault.add(isotope)
        bundle = make_bundle(kept, vault, reveal=True)
    assert [found for found in verify_bundle(bundle) if found.holds is False] == []
    write_bundle(bundle, folder / "b.zip")
    assert plain_verifier.main([str(folder / "b.zip")]) == 0


@pytest.mark.parametrize(("others", "mine"), [(16, PHOTOS), (16, 0), (0, PHOTOS)])
@pytest.mark.parametrize("guilty", [True, False])
def test_from_the_pictures_to_evidence(
    guilty: bool,
    others: int,
    mine: int,
    *,
    isotope: Isotope,
    own: OwnPictures,
    probes: Probes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    encoder = LinearEncoder(isotope if guilty else None)
    kept = tmp_path / "kept.npz"
    care = Care(journal=tmp_path / "journal.sqlite")

    def check() -> Verdict:
        theirs, ours = probes if others else [], own if mine else None
        return check_model(isotope, encoder, theirs, own=ours, care=care, answers_path=kept)

    verdict = check()
    assert verdict.verdict is (Outcome.DETECTED if guilty else Outcome.NOT_DETECTED)
    assert verdict.statistic == EMBEDDINGS
    assert (verdict.label, verdict.probes, verdict.own) == (None, others, mine)
    assert verdict.warnings == ()  # nothing differs from what was committed to
    # Each probe unmarked, and every picture with the mark and as many decoys as were needed, one's
    # own in another view too.
    assert verdict.queries == others + (others + 2 * mine) * (1 + len(verdict.decoy_scores))
    assert check() == verdict

    monkeypatch.setenv(VARIABLE, "no-such-browser")  # to print a page takes seconds
    both_verifiers_agree(isotope, kept, tmp_path)
    said = capsys.readouterr().out
    assert "holds  verdict.json: has the scores that follow from the answers" in said
    assert "holds  plan.json: tells if it differs from that" in said


class ElsewhereEncoder(LinearEncoder):
    """An encoder that is asked as somebody else asks it: one picture after another."""

    def __init__(self, learned: Isotope | None) -> None:
        super().__init__(learned)
        self._asked = AskedByHand("theirs", embeds=True)

    @property
    def name(self) -> str:
        return self._asked.name

    def identity(self) -> str:
        return self._asked.identity()

    def embed(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        each = [super(ElsewhereEncoder, self).embed([one]) for one in pictures]
        return np.concatenate(each).astype(np.float32)


def as_jsonl(names: list[str], vectors: NDArray[np.float32], path: Path) -> None:
    pairs = zip(names[::-1], vectors.tolist()[::-1], strict=True)  # in whatever order
    lines = [json.dumps({"picture": name, "embedding": row}) for name, row in pairs]
    path.write_text("\n".join(lines), encoding="utf-8")


def as_npz(names: list[str], vectors: NDArray[np.float32], path: Path) -> None:
    np.savez(path, pictures=names, embeddings=vectors)


@pytest.mark.parametrize("guilty", [True, False])
def test_exported_queries_decide_as_the_encoder_to_the_last_bit(
    guilty: bool,
    *,
    isotope: Isotope,
    own: OwnPictures,
    probes: Probes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    terms = Terms(decoys=19, level=0.05, probes=8)
    folder, key, asked = tmp_path / "queries", tmp_path / "key", tmp_path / "asked.npz"
    export_check(
        isotope, "theirs", probes, terms, own=own, embeds=True, folder=folder, key_file=key
    )
    encoder = ElsewhereEncoder(isotope if guilty else None)
    live = check_model(isotope, encoder, probes, terms, own=own, answers_path=asked)
    assert live.verdict is (Outcome.DETECTED if guilty else Outcome.NOT_DETECTED)

    files = sorted(folder.iterdir())
    vectors = encoder.embed([read_picture(path) for path in files])
    names, kept = [path.name for path in files], tmp_path / "kept.npz"
    for ending, write in (("jsonl", as_jsonl), ("npz", as_npz)):
        write(names, vectors, tmp_path / f"answers.{ending}")
        saved = Saved(tmp_path / f"answers.{ending}", key)
        kept.unlink(missing_ok=True)
        found = check_model(isotope, saved, probes, terms, own=own, answers_path=kept)
        assert found == live
        assert kept.read_bytes() == asked.read_bytes()

    monkeypatch.setenv(VARIABLE, "no-such-browser")  # to print a page takes seconds
    both_verifiers_agree(isotope, kept, tmp_path)
    assert "has the scores that follow from the answers" in capsys.readouterr().out

    queries = json.loads(key.read_text())["queries"]
    (plain,) = (at for at, query in enumerate(queries) if "probe 0" in query["roles"])
    rest = np.arange(len(files)) != plain
    as_npz(list(np.array(names)[rest]), vectors[rest], tmp_path / "fewer.npz")
    with pytest.raises(PlanError, match=f"to 1 of the {len(files)} .*{names[plain]} is needed"):
        check_model(isotope, Saved(tmp_path / "fewer.npz", key), probes, terms, own=own)
    as_npz([*names[:-1], "other.png"], vectors, tmp_path / "other.npz")
    with pytest.raises(TargetUnusable, match="'other.png', which is none of those"):
        Saved(tmp_path / "other.npz", key)


@pytest.mark.parametrize("embeds", [True, False])
def test_answers_of_the_other_kind_are_refused(
    tmp_path: Path, isotope: Isotope, probes: Probes, *, embeds: bool
) -> None:
    terms, key = Terms(decoys=19, level=0.05, probes=5), tmp_path / "key"
    folder = tmp_path / "queries"
    export_check(isotope, "theirs", probes, terms, embeds=embeds, folder=folder, key_file=key)
    other = tmp_path / "other.jsonl"
    answer = {"scores": {"cat": 0.5, "dog": 0.5}} if embeds else {"embedding": [0.5, 0.5]}
    other.write_text(json.dumps({"picture": "query-0001.png"} | answer))
    with pytest.raises(
        TargetUnusable, match="were exported for a model that answers with"
    ) as error:
        Saved(other, key)
    assert ("answers with embeddings" in str(error.value)) is embeds
    assert "export-queries --encoder" in (error.value.hint or "")


def test_an_older_commitment_said_nothing_of_encoders(
    isotope: Isotope, own: OwnPictures, probes: Probes
) -> None:
    terms = {k: v for k, v in committed_terms().items() if k != "embedding_statistic"}
    older = new_isotope("me", get_family("gratings"), 0.4, plan=terms, root=ROOT)
    plan, _ = draft_plan(older, LinearEncoder(), probes, Terms(), own=own)
    assert plan.differs == (f"statistic {EMBEDDINGS} instead of no statistic",)
    plan, _ = draft_plan(isotope, LinearEncoder(), probes, Terms(level=0.05), own=own)
    assert plan.differs == ("level 0.05 instead of level 0.01",)


@pytest.mark.parametrize(
    "terms",
    [Terms(label="cat"), Terms(candidates=("cat", "dog")), Terms(statistic="probability")],
)
def test_what_is_said_of_labels_is_refused(isotope: Isotope, probes: Probes, terms: Terms) -> None:
    with pytest.raises(PlanError, match="which have no labels"):
        draft_plan(isotope, LinearEncoder(), probes, terms)


def test_models_with_labels_have_no_embeddings(isotope: Isotope, probes: Probes) -> None:
    with pytest.raises(PlanError, match="this target answers with labels"):
        draft_plan(isotope, LinearModel(), probes, Terms(statistic=EMBEDDINGS))


def test_some_pictures_are_needed(isotope: Isotope) -> None:
    with pytest.raises(TooFewProbes, match="there are no pictures to ask it about"):
        draft_plan(isotope, LinearEncoder(), [], Terms())


def test_an_encoder_sees_each_own_picture_and_a_view_of_what_was_published(
    isotope: Isotope, own: OwnPictures, probes: Probes
) -> None:
    """Whoever asks, and also where queries are disguised: a view is of the query beside it."""
    for disguise in (False, True):
        terms = Terms(decoys=19, level=0.05, probes=5, disguise=disguise)
        plan, pictures = draft_plan(isotope, LinearEncoder(), probes, terms, own=own)
        unasked = np.ones((plan.marks, len(plan.pictures)), np.bool_)
        shown = {
            (row - 1, place): picture
            for batch in marked_batches(plan, pictures, isotope.draw, unasked, 32)
            for picture, row, place in zip(
                batch.pictures, batch.rows.tolist(), batch.probes.tolist(), strict=True
            )
        }
        assert len(shown) == plan.marks * len(plan.pictures)
        assert len(plan.views) == PHOTOS
        for view, published in plan.views.items():
            for mark in range(plan.marks):
                expected = another_view(shown[mark, published])
                np.testing.assert_array_equal(shown[mark, view], expected)
        queries = PlannedQueries(isotope, plan, pictures)
        exported = {query.role: query.picture for query in queries}
        for (mark, place), picture in shown.items():
            role = "the mark" if mark == 0 else f"decoy {mark}"
            np.testing.assert_array_equal(exported[f"probe {place} with {role}"], picture)


def test_other_tests_are_refused(isotope: Isotope, probes: Probes) -> None:
    with pytest.raises(PlanError, match="sequential compares labels"):
        draft_plan(isotope, LinearEncoder(), probes, Terms(method="sequential"))


def test_an_audit_needs_labels(isotope: Isotope, probes: Probes) -> None:
    other = new_isotope("you", get_family("gratings"), 0.4, plan=committed_terms())
    with pytest.raises(PlanError, match="an audit needs a model that answers with labels"):
        draft_audit([isotope, other], LinearEncoder(), probes, AuditTerms())


def test_thorough_asks_about_all_decoys(isotope: Isotope, own: OwnPictures, probes: Probes) -> None:
    usual, _ = draft_plan(isotope, LinearEncoder(), probes, Terms(), own=own)
    thorough, _ = draft_plan(isotope, LinearEncoder(), probes, Terms(thorough=True), own=own)
    assert (usual.decoys, thorough.decoys) == (99, 199)
    few = replace(Terms(), probes=5)
    plan, pictures = draft_plan(isotope, LinearEncoder(), probes, few, own=own)
    assert (len(plan.probes), len(pictures)) == (5, 5 + 2 * PHOTOS)
    assert (len(plan.own), len(thorough.own)) == (PHOTOS, PHOTOS)
