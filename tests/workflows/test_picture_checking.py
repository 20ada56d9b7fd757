from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from command_line import isotopes as run
from numpy.typing import NDArray
from PIL import Image

import isotopes
from isotopes.errors import PlanError, TooFewDecoys
from isotopes.marks import get_family
from isotopes.vault import FileEntry, Isotope, Vault, new_isotope
from isotopes.verify import Outcome
from isotopes.verify.evidence.remark import RemarkKind
from isotopes.verify.methods.terms import committed_terms
from isotopes.verify.verdicts.combined import combine_verdicts
from isotopes.verify.verdicts.loading import load_verdict
from isotopes.workflows.picture_checking import drawing

Pictures = list[tuple[str, NDArray[np.uint8]]]


def made(name: str = "holiday", family: str = "gratings") -> Isotope:
    return new_isotope(name, get_family(family), 0.2, decoys=19, plan=committed_terms())


def generated(isotope: Isotope | None, count: int = 24, seed: int = 0) -> Pictures:
    """Soft pictures; with some of the isotope's mark in them if there is one."""
    rng, found = np.random.default_rng(seed), []
    for at in range(count):
        coarse = rng.uniform(60, 190, (6, 8, 3)).astype(np.float32)
        picture = cv2.resize(coarse, (56, 48), interpolation=cv2.INTER_CUBIC)
        if isotope is not None:
            picture = picture + (isotope.mark().render(48, 56).pixels.astype(float) - 128) * 0.06
        folder = "dogs" if at % 2 else "cats"
        found.append((f"{folder}/{at:03}.png", np.clip(picture, 0, 255).astype(np.uint8)))
    return found


def test_a_generator_that_learned_the_mark_is_detected_and_another_is_not(tmp_path: Path) -> None:
    isotope, kept = made(), tmp_path / "kept.npz"
    guilty = isotopes.check_pictures(isotope, generated(isotope), decoys=299, keep=kept)
    assert (guilty.verdict, guilty.pvalue) == (Outcome.DETECTED, 1 / 300)
    assert (guilty.pictures, guilty.groups) == (24, 2)
    assert isotopes.sentence(guilty).startswith("detected: 24 pictures match the mark better")
    assert load_verdict(kept).to_dict() == guilty.to_dict()
    other = made("other")
    innocent = isotopes.check_pictures(other, generated(isotope), decoys=199)
    assert innocent.verdict is Outcome.NOT_DETECTED
    together = combine_verdicts([guilty, innocent])
    assert together.method == "fisher"
    assert [check.detected for check in together.checks] == [True, False]


def test_a_single_picture_is_no_plural() -> None:
    isotope = made()
    for learned, words in ((isotope, "1 picture matches the mark"), (None, "match 1 picture as")):
        found = isotopes.check_pictures(isotope, generated(learned, 1), decoys=199)
        assert words in isotopes.sentence(found)


def test_processes_give_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    isotope = made()
    alone = isotopes.check_pictures(isotope, generated(isotope), decoys=199)
    monkeypatch.setattr(drawing, "WORTH_PROCESSES", 1)
    beside = isotopes.check_pictures(isotope, generated(isotope), decoys=199)
    assert beside.to_dict() == alone.to_dict()


def test_no_more_decoys_than_were_committed() -> None:
    isotope = made()
    assert isotope.picture_decoys == 99_999
    with pytest.raises(TooFewDecoys, match="committed with 99999 decoys for pictures"):
        isotopes.check_pictures(isotope, generated(None), decoys=100_000)
    old = new_isotope("old", get_family("gratings"), 0.2, decoys=19, plan={"method": "rank"})
    assert old.picture_decoys == 19


def test_copies_and_damaged_files_are_counted_and_published_ones_refused(tmp_path: Path) -> None:
    isotope = made()
    for name, picture in generated(isotope, 6):
        path = tmp_path / Path(name).name
        Image.fromarray(picture).save(path)
    (tmp_path / "copy.png").write_bytes((tmp_path / "000.png").read_bytes())
    (tmp_path / "damaged.png").write_bytes((tmp_path / "001.png").read_bytes()[:200])
    verdict = isotopes.check_pictures(isotope, tmp_path, decoys=199, level=0.1)
    assert (verdict.pictures, verdict.repeated, verdict.unreadable) == (6, 1, 1)
    digest = isotopes_digest(tmp_path / "002.png")
    published = [FileEntry("my/002.png", digest, digest, True)]
    with pytest.raises(PlanError, match=r"1 of the pictures are the ones that you published.*002"):
        isotopes.check_pictures(isotope, tmp_path, published=published)


def test_pictures_that_look_like_published_ones_bring_a_warning() -> None:
    from isotopes.photos.choosing.glance import glance_at

    isotope, pictures = made(), generated(None)
    glance = glance_at(cv2.resize(pictures[3][1], (112, 96)))
    assert glance is not None
    sha = "sha256:" + "0" * 64
    published = [FileEntry("mine.jpg", sha, sha, True, likeness=glance.hex())]
    verdict = isotopes.check_pictures(isotope, pictures, published=published, decoys=199)
    assert [(one.kind, one.values) for one in verdict.warnings] == [
        (RemarkKind.PICTURES_LIKE_PUBLISHED, {"pictures": 1})
    ]


def test_nothing_to_look_at_is_said(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="needs pictures that a generator made, got none"):
        isotopes.check_pictures(made(), tmp_path)


def test_the_command_says_what_it_found(tmp_path: Path) -> None:
    isotope, folder = made(), tmp_path / "generated"
    for name, picture in generated(isotope):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / name)
    with Vault.create(tmp_path / "vault") as vault:
        vault.add(isotope)
    words = ("check", "holiday", "--pictures", str(folder), "--vault", str(tmp_path / "vault"))
    report, kept = tmp_path / "report.html", tmp_path / "kept.npz"
    done = run(
        *words, "--decoys", "199", "--report", str(report), "--keep", str(kept), "--exit-code"
    )
    assert done.code == 1, done.printed
    assert done.out.startswith("detected: 24 pictures match the mark better than any of 199")
    assert "has the mark in what it makes" in report.read_text()
    assert run("combine", str(kept)).out.startswith("detected: 24 pictures match")
    refused = run(*words, "--target", "model.onnx")
    assert refused.code == 2
    assert "a check of pictures asks no model, got --target" in refused.err


def isotopes_digest(path: Path) -> str:
    from isotopes.canonical import digest_file

    return digest_file(path)
