"""Evidence bundles: all parts hold, and any changed byte of any of them is found."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import isotopes
from stamping_authority import Authority, serving

from isotopes import check_pictures
from isotopes.canonical import canonical_json
from isotopes.errors import FolderError, VaultError
from isotopes.marks import get_family
from isotopes.report.pages.pdf import NAMES, VARIABLE
from isotopes.targets import Picture, Target
from isotopes.vault import Isotope, Vault, new_isotope
from isotopes.verify import Answers, Plan, decide
from isotopes.verify.evidence.answers_file import save_answers
from isotopes.verify.evidence.picture_scores import load_scores, save_scores
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.run import check_model
from isotopes.workflows.evidence import (
    Bundle,
    make_bundle,
    plain_verifier,
    read_bundle,
    verify_bundle,
    write_bundle,
)
from isotopes.workflows.evidence.bundle import manifest_of
from isotopes.workflows.stamping import read_day, read_trust

Probes = list[tuple[str, Picture]]
Make = Callable[..., Bundle]
QUICK = Terms(decoys=19, level=0.05, probes=12)
STOPPING = Terms(method="sequential", level=0.05, decoys=60, probes=12)
PARTS = ["verdict.json", "plan.json", "answers.npz", "report.html", "receipt.json", "verify.py"]
PARTS += ["opening.json", "manifest.json"]


@pytest.fixture(autouse=True)
def _no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """To print a page takes seconds."""
    monkeypatch.setenv(VARIABLE, "no-such-browser")


@pytest.fixture
def vault(tmp_path: Path, isotope: Isotope) -> Vault:
    made = Vault.create(tmp_path / "vault.sqlite")
    made.add(isotope)
    return made


@pytest.fixture
def make(isotope: Isotope, probes: Probes, vault: Vault, tmp_path: Path) -> Make:
    """Checks a model and makes a bundle of it, opening included."""

    def make_one(target: Target, terms: Terms = QUICK) -> Bundle:
        kept = tmp_path / "kept.npz"
        kept.unlink(missing_ok=True)
        check_model(isotope, target, probes, terms, answers_path=kept)
        return make_bundle(kept, vault, reveal=True)

    return make_one


@pytest.fixture
def bundle(make: Make, guilty: Target) -> Bundle:
    return make(guilty)


def plainly(bundle: Bundle, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What the verifier in the bundle says: no code of ours can be imported."""
    path, script = folder / "b.zip", folder / "verify.py"
    path.unlink(missing_ok=True)
    write_bundle(bundle, path)
    script.write_bytes(bundle.parts["verify.py"])
    return subprocess.run(
        [sys.executable, "-S", "-c", PLAIN, str(script), str(path), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=folder,
        env={"PYTHONPATH": str(Path(np.__file__).parents[1]), "PYTHONIOENCODING": "utf-8"},
    )


PLAIN = """
import runpy, sys
class Refuse:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {"isotopes", "scipy", "cryptography", "PIL", "msgspec"}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def failing(bundle: Bundle) -> set[str]:
    return {found.part for found in verify_bundle(bundle) if found.holds is False}


def test_all_of_it_holds(bundle: Bundle, tmp_path: Path) -> None:
    assert failing(bundle) == set()
    said = {(found.part, found.holds) for found in verify_bundle(bundle)}
    assert ("verdict.json", True) in said
    assert ("opening.json", True) in said
    assert ("dates", None) in said
    assert ("answers.npz", None) in said
    done = plainly(bundle, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all that was checked holds" in done.stdout
    assert "has the scores that follow from the answers" in done.stdout


@pytest.mark.parametrize("model", ["guilty", "innocent"])
@pytest.mark.parametrize(
    "terms",
    [
        replace(QUICK, disguise=True),
        replace(QUICK, any_label=True),
        replace(QUICK, candidates=("cat", "dog")),
        replace(QUICK, statistic="probability"),
        STOPPING,
        replace(STOPPING, any_label=True),
    ],
    ids=["disguised", "rank-search", "rank-among", "rank-probability", "sequential", "seq-search"],
)
def test_the_plain_verifier_gets_the_same_numbers(
    make: Make, request: pytest.FixtureRequest, tmp_path: Path, terms: Terms, model: str
) -> None:
    done = plainly(make(request.getfixturevalue(model), terms), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "holds  verdict.json: has the scores that follow from the answers" in done.stdout
    assert "has the p-value of its scores" in done.stdout
    assert ("holds  verdict.json: tells of its disguise" in done.stdout) == terms.disguise


@pytest.mark.parametrize("label", [None, "cat"])
@pytest.mark.parametrize("name", ["rank", "two-stage"])
def test_the_plain_verifier_scores_own_pictures_alike(label: str | None, name: str) -> None:
    rng = np.random.default_rng(4)
    settings = {"first": 9, "go_on": 0.2} if name == "two-stage" else {}
    plan = Plan(
        isotope="holiday",
        commitment="sha256:" + "ab" * 32,
        family="tints",
        family_version=1,
        alpha=0.32,
        exchangeable=True,
        method=name,
        statistic="log-odds",
        level=0.05,
        decoys=19,
        probes=(),
        probe_labels=(),
        own=tuple(f"sha256:{index:064x}" for index in range(6)),
        target="model.onnx",
        target_identity="sha256:" + "cd" * 32,
        seed="01" * 32,
        settings=settings,
        label=label,
    )
    values = rng.dirichlet(np.ones(4), size=(21, 6))
    values[1, :, 0] += 1
    values /= values.sum(axis=2, keepdims=True)
    asked = Answers.planned(plan)
    values[~asked] = np.nan
    verdict = decide(Answers(("cat", "dog", "frog", "owl"), values, asked), plan)
    about = {"labels": ["cat", "dog", "frog", "owl"]}
    found = plain_verifier.scores_of(plan.to_dict(), about, values, asked)
    assert found is not None
    np.testing.assert_allclose(found, [verdict.score, *verdict.decoy_scores])
    assert plain_verifier.pvalue_of(plan.to_dict(), found) == verdict.pvalue == 0.05


@pytest.mark.parametrize("label", [None, "dog"])
def test_the_plain_verifier_scores_both_kinds_of_pictures_alike(
    plan: Plan, label: str | None
) -> None:
    rng = np.random.default_rng(5)
    own = tuple(f"sha256:{index:064x}" for index in range(50, 53))
    both = replace(plan, label=label, own=own, probe_labels=(None,) * 6)
    values = rng.dirichlet(np.ones(4), size=(21, 9))
    values[0, :4] = [0.7, 0.1, 0.1, 0.1]  # four of six probes are cats: too few are left for it
    asked = Answers.planned(both)
    values[~asked] = np.nan
    labels = ("cat", "dog", "frog", "owl")
    verdict = decide(Answers(labels, values, asked), both)
    found = plain_verifier.scores_of(both.to_dict(), {"labels": list(labels)}, values, asked)
    assert found is not None
    np.testing.assert_allclose(found, [verdict.score, *verdict.decoy_scores])


@pytest.mark.parametrize(("shown", "outcome"), [(8, "inconclusive"), (7, "not detected")])
def test_the_plain_verifier_knows_when_a_search_left_a_label_out(
    plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str], shown: int, outcome: str
) -> None:
    """Of 12 probes the model gives so many the first label that too few are left to test it."""
    probes = tuple(f"sha256:{index:064x}" for index in range(12))
    search = replace(plan, probes=probes, probe_labels=(None,) * 12)
    values = np.random.default_rng(6).dirichlet(np.ones(4), size=(21, 12))
    values[0] = [0.1, 0.3, 0.3, 0.3]
    values[0, :shown] = [0.7, 0.1, 0.1, 0.1]
    values[1] = values[2:].mean(axis=0)  # the mark does no more than its decoys
    answers = Answers(("cat", "dog", "frog", "owl"), values, Answers.planned(search))
    decided = decide(answers, search)
    assert decided.verdict == outcome
    save_answers(tmp_path / "kept.npz", search, answers)
    for told in ("inconclusive", "not detected"):
        parts = {
            "plan.json": canonical_json(search.to_dict()),
            "verdict.json": canonical_json({**decided.to_dict(), "verdict": told}),
            "answers.npz": (tmp_path / "kept.npz").read_bytes(),
        }
        report = plain_verifier.Report()
        plain_verifier.check_verdict(parts, report)
        holds = told in {"inconclusive", outcome}
        assert (report.failed == 0) == holds, capsys.readouterr().out


def test_the_verifier_is_short() -> None:
    assert len(Path(plain_verifier.__file__).read_text().splitlines()) < 300


@pytest.mark.parametrize("name", PARTS)
def test_any_changed_byte_is_found(bundle: Bundle, tmp_path: Path, name: str) -> None:
    content = bundle.manifest if name == "manifest.json" else bundle.parts[name]
    rng = np.random.default_rng(len(content))
    places = {0, len(content) - 1, *rng.integers(0, len(content), 10).tolist()}
    for place in sorted(places):
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 8)
        if name == "manifest.json":
            forged = replace(bundle, manifest=bytes(changed))
        else:
            forged = replace(bundle, parts={**bundle.parts, name: bytes(changed)})
        assert name in failing(forged) or "manifest.json" in failing(forged), place
    original = bundle.parts["verify.py"]
    trusted = replace(forged, parts={**forged.parts})
    done = plainly(trusted, tmp_path) if name != "verify.py" else None
    if done is not None:
        assert trusted.parts["verify.py"] == original
        assert done.returncode == 3, done.stdout
        assert f"FAILS  {name}" in done.stdout or "FAILS  manifest.json" in done.stdout


def every_changed_byte_is_found(bundle: Bundle) -> None:
    """One byte of each part in turn, whatever parts this kind of check has."""
    for name, content in bundle.parts.items():
        changed = bytearray(content)
        changed[len(changed) // 2] ^= 1
        altered = replace(bundle, parts={**bundle.parts, name: bytes(changed)})
        assert failing(altered) & {name, "manifest.json"}, name


def remade(bundle: Bundle, name: str, change: Callable[[bytes], bytes]) -> Bundle:
    """With one part altered, and a manifest that fits again."""
    from isotopes.workflows.evidence.bundle import manifest_of

    parts = {**bundle.parts, name: change(bundle.parts[name])}
    return Bundle(parts, manifest_of(parts))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("verdict.json", b'"verdict":"detected"', b'"verdict":"not detected"'),
        ("verdict.json", b'"pvalue":0.05', b'"pvalue":0.01'),
        ("plan.json", b'"level":0.05', b'"level":0.01'),
        ("plan.json", b'"decoys":19', b'"decoys":20'),
        ("receipt.json", b'"commitment":"sha256:', b'"commitment":"sha256:0'),
        ("opening.json", b'"alpha":0.4', b'"alpha":0.3'),
        ("opening.json", b'"root":"', b'"root":"00'),
    ],
)
def test_parts_that_were_altered_and_listed_anew(
    bundle: Bundle, tmp_path: Path, name: str, old: bytes, new: bytes
) -> None:
    assert old in bundle.parts[name]
    forged = remade(bundle, name, lambda content: content.replace(old, new))
    assert failing(forged)
    assert plainly(forged, tmp_path).returncode == 3


def test_answers_of_another_check(
    bundle: Bundle, make: Make, innocent: Target, tmp_path: Path
) -> None:
    other = make(innocent, replace(QUICK, probes=13))
    forged = remade(bundle, "answers.npz", lambda _: other.parts["answers.npz"])
    assert {"answers.npz", "verdict.json"} <= failing(forged)
    assert plainly(forged, tmp_path).returncode == 3


def test_missing_and_added_parts(bundle: Bundle) -> None:
    for name in bundle.parts:
        rest = {other: content for other, content in bundle.parts.items() if other != name}
        assert failing(replace(bundle, parts=rest)) >= {name, "manifest.json"}
    assert "more" in failing(replace(bundle, parts={**bundle.parts, "more": b"x"}))


def test_the_key_goes_in_only_where_it_is_wanted(
    bundle: Bundle, isotope: Isotope, vault: Vault, tmp_path: Path
) -> None:
    closed = make_bundle(tmp_path / "kept.npz", vault)
    assert failing(closed) == set()
    assert isotope.root.hex().encode() not in b"".join(closed.parts.values())
    assert isotope.root.hex().encode() in bundle.parts["opening.json"]


@pytest.mark.skipif(not any(map(shutil.which, NAMES)), reason="no chromium on this machine")
def test_the_page_goes_in_on_paper_where_there_is_a_browser(
    bundle: Bundle, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "report.pdf" not in bundle.parts
    monkeypatch.delenv(VARIABLE)
    printed = make_bundle(tmp_path / "kept.npz", vault)
    assert printed.parts["report.pdf"].startswith(b"%PDF-")
    assert failing(printed) == set()
    changed = bytearray(printed.parts["report.pdf"])
    changed[len(changed) // 2] ^= 1
    altered = replace(printed, parts={**printed.parts, "report.pdf": bytes(changed)})
    assert failing(altered) >= {"report.pdf"}


def test_the_same_parts_give_the_same_file(bundle: Bundle, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        write_bundle(bundle, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert read_bundle(tmp_path / "one.zip") == bundle
    with pytest.raises(VaultError, match="exists already"):
        write_bundle(bundle, tmp_path / "one.zip")


def test_what_is_no_bundle(bundle: Bundle, vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "novel.zip").write_bytes(b"my novel")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("x", b"")
    write_bundle(bundle, tmp_path / "cut.zip")
    whole = (tmp_path / "cut.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    for name in ("novel.zip", "empty.zip", "cut.zip", "nothing.zip"):
        with pytest.raises(FolderError):
            read_bundle(tmp_path / name)


def test_an_isotope_of_another_vault(bundle: Bundle, tmp_path: Path) -> None:
    with (
        Vault.create(tmp_path / "other.sqlite") as other,
        pytest.raises(VaultError, match="no isotope in .* has the commitment"),
    ):
        make_bundle(tmp_path / "kept.npz", other)


def test_through_the_command_line(
    bundle: Bundle, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOTOPES_VAULT", str(vault.location.path))
    kept, out = str(tmp_path / "kept.npz"), str(tmp_path / "out.zip")
    refused = isotopes("evidence", kept, "--out", out, "--reveal")
    assert refused.code == 2
    assert "nothing was revealed" in refused.err
    done = isotopes("evidence", kept, "--out", out, "--reveal", "--yes")
    assert done.code == 0, done.printed
    assert "its dates rest on your word" in done.err
    assert read_bundle(Path(out)) == bundle
    checked = isotopes("verify-evidence", out)
    assert checked.code == 0, checked.printed
    assert "the owner's word" in checked.out
    forged = remade(bundle, "verdict.json", lambda content: content.replace(b"0.05,", b"0.04,"))
    write_bundle(forged, tmp_path / "forged.zip")
    found = isotopes("verify-evidence", str(tmp_path / "forged.zip"))
    assert found.code == 2
    assert "don't hold" in found.err
    assert "FAILS" in found.out


def test_stamps_of_receipt_and_plan_go_in(
    bundle: Bundle, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rfc3161_client")
    monkeypatch.setenv("ISOTOPES_VAULT", str(vault.location.path))
    authority, other = (Authority(tmp_path / name, name) for name in ("one", "two"))
    kept = tmp_path / "kept.npz"
    with serving(authority) as address:
        for words in (["holiday"], ["--file", str(kept)]):
            done = isotopes("vault", "stamp", *words, "--authority", address)
            assert done.code == 0, done.printed
    stamped = make_bundle(kept, vault)
    names = {"stamps/receipt-1.tsr", "stamps/plan-1.tsr"}
    assert names == stamped.parts.keys() - bundle.parts.keys()
    assert failing(stamped) == set()
    every_changed_byte_is_found(stamped)
    found = {c.part: c for c in verify_bundle(stamped, read_trust([authority.root]))}
    assert all(found[name].holds and found[name].vouched == "the authority" for name in names)
    assert "dates" not in found
    for trust, before in ((other, None), (authority, read_day("2020-01-01"))):
        checks = verify_bundle(stamped, read_trust([trust.root]), before=before)
        assert names <= {check.part for check in checks if check.holds is False}
    for name in names:
        token = bytearray(stamped.parts[name])
        token[-5] ^= 1
        forged = remade(stamped, name, lambda _, changed=bytes(token): changed)
        checks = verify_bundle(forged, read_trust([authority.root]))
        assert name in {check.part for check in checks if check.holds is False}


@pytest.fixture
def of_pictures(tmp_path: Path) -> Bundle:
    """A bundle of a check of pictures, opening included."""
    rng = np.random.default_rng(0)
    learned = new_isotope("seen", get_family("gratings"), 0.2, decoys=9, plan=committed_terms())
    added = (learned.mark().render(40, 40).pixels.astype(float) - 128) * 0.1
    noise = rng.normal(128, 20, (12, 40, 40, 3))
    pictures = [
        (f"{at}.png", np.clip(one + added, 0, 255).astype(np.uint8)) for at, one in enumerate(noise)
    ]
    kept = tmp_path / "pictures.npz"
    verdict = check_pictures(learned, pictures, decoys=299, keep=kept)
    assert verdict.verdict == "detected"
    with Vault.create(tmp_path / "pictures.sqlite") as vault:
        vault.add(learned)
        return make_bundle(kept, vault, reveal=True)


def test_a_check_of_pictures_has_evidence_too(
    of_pictures: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = verify_bundle(of_pictures)
    assert not [one for one in found if one.holds is False]
    assert {"verdict.json", "plan.json", "opening.json"} <= {one.part for one in found if one.holds}
    write_bundle(of_pictures, tmp_path / "bundle.zip")
    assert plain_verifier.main([str(tmp_path / "bundle.zip")]) == 0
    assert "has the scores that follow from the answers" in capsys.readouterr().out
    every_changed_byte_is_found(of_pictures)


def test_scores_of_pictures_that_were_altered_are_found(
    of_pictures: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "altered.npz"
    path.write_bytes(of_pictures.parts["answers.npz"])
    plan, scores = load_scores(path)
    scores.values[1:] *= 0.5
    save_scores(path, plan, scores)
    parts = {**of_pictures.parts, "answers.npz": path.read_bytes()}
    altered = Bundle(parts, manifest_of(parts))
    assert [one.part for one in verify_bundle(altered) if one.holds is False] == ["verdict.json"]
    write_bundle(altered, tmp_path / "bundle.zip")
    assert plain_verifier.main([str(tmp_path / "bundle.zip")]) != 0
    assert "FAILS  verdict.json" in capsys.readouterr().out
