"""`isotopes verify-claim`: from files to a page, as a third party types it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import HOSTILE, Done, assert_harmless, isotopes
from linear_model import SIDE, LinearModel
from PIL import Image
from stamping_authority import Authority

from isotopes.canonical import digest, digest_of
from isotopes.report.pages.pdf import VARIABLE
from isotopes.targets import Picture
from isotopes.vault import Isotope, Vault
from isotopes.vault.commitments.receipt_list import ReceiptList
from isotopes.vault.commitments.stamp import answered, stamp_request
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.run import check_model
from isotopes.workflows.evidence import make_bundle, write_bundle

MODEL = """
import numpy as np

def model(pictures):
    pixels = np.stack(pictures).reshape(len(pictures), -1) / 255
    logits = (pixels - 0.5) @ np.load("weights.npy")
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)

model.labels = ("cat", "dog", "frog", "ship", "truck")
"""
VALUE, BEACON = "ab" * 32, "cd" * 32


@pytest.fixture
def isotope(isotope: Isotope) -> Isotope:
    """One with a beacon; its commitment is that of its root, as a vault demands."""
    fixed = {"salt": bytes(32), "created": "2026-01-01T00:00:00Z"}  # the commitment draws probes
    drawn = replace(isotope, beacon_source="drand, round 7", beacon=BEACON, **fixed)
    return replace(drawn, commitment=digest_of(drawn.statement()))


@pytest.fixture
def court(
    isotope: Isotope,
    guilty: LinearModel,
    probes: list[tuple[str, Picture]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The third party's folder: the claimant's bundle, a model, pictures of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv(VARIABLE, "no-such-browser")  # to print a page takes seconds
    (tmp_path / "claimed_model.py").write_text(MODEL)
    np.save("weights.npy", guilty.weights)
    kept = tmp_path / "kept.npz"
    check_model(isotope, guilty, probes, Terms(decoys=199, probes=12), answers_path=kept)
    with Vault.create(tmp_path / "vault.sqlite") as vault:
        vault.add(isotope)
        write_bundle(make_bundle(kept, vault, reveal=True), tmp_path / "claim.zip")
        write_bundle(make_bundle(kept, vault), tmp_path / "sealed.zip")
    rng = np.random.default_rng(21)
    (tmp_path / "theirs").mkdir()
    for number, coarse in enumerate(rng.integers(0, 256, (40, SIDE // 4, SIDE // 4, 3), np.uint8)):
        picture = coarse.repeat(4, axis=0).repeat(4, axis=1)
        Image.fromarray(picture).save(tmp_path / "theirs" / f"{number:02}.png")
    return tmp_path


def verify(*more: str, claim: str = "claim.zip") -> Done:
    model = ("--target", "claimed_model:model", "--probes", "theirs")
    return isotopes("verify-claim", claim, *model, *more)


def test_a_claim_is_confirmed_if_value_and_stamp_of_its_beacon_were_looked_up(
    court: Path, isotope: Isotope
) -> None:
    pytest.importorskip("rfc3161_client")
    authority, receipt = Authority(court / "authority", "one"), isotope.receipt().stamped
    listed = ReceiptList.of([isotope.receipt()])
    (court / "list.json").write_text(json.dumps(listed.to_dict()))

    def stamp(message: bytes) -> bytes:
        request = stamp_request(message)
        return answered(request, authority.answer(request.as_bytes()))

    (court / "list.tsr").write_bytes(stamp(listed.stamped))
    with Vault.open(court / "vault.sqlite") as vault:
        vault.keep_stamp(digest(receipt), stamp(receipt), "http://one")
        write_bundle(make_bundle(court / "kept.npz", vault, reveal=True), court / "stamped.zip")
    looked_up = ("--random", VALUE, "--exit-code", "--beacon", BEACON)
    looked_up += ("--root", str(authority.root))
    of_list = ("--receipts", "list.json", "--stamp", "list.tsr")
    done = verify(*looked_up, "--drawn", "2999-01-01", *of_list)
    assert done.code == 0, done.printed
    assert done.out.startswith("confirmed: ")
    assert "drand, round 7" in done.out
    early = verify(*looked_up, "--drawn", "2020-01-01", claim="stamped.zip")
    assert (early.code, early.out.partition(":")[0]) == (5, "mark found but key unproven")
    assert "drawn at 2020-01-01T00:00:00Z" in early.out
    unstamped = verify(*looked_up)
    assert unstamped.code == 2
    assert "none of the claim's 0 time stamps of its receipt can be believed" in unstamped.err


def test_a_mark_is_found_with_a_page_that_says_who_chose_what(court: Path) -> None:
    done = verify("--random", VALUE, "--report", "claim.html", "--exit-code")
    assert done.code == 5, done.printed
    assert done.out.startswith("mark found but key unproven: ")
    assert "nobody looked up whether drand, round 7" in done.out
    assert f"random value {VALUE}" in done.err
    page = (court / "claim.html").read_text()
    for said in ("Who chose what", VALUE, "40 pictures in theirs", "all 5 were searched"):
        assert said in page
    assert "another model" in done.err  # the claimant's was asked in another way


def test_the_same_value_gives_the_same_and_a_fresh_one_is_told(court: Path) -> None:
    same = ("--random", VALUE, "--disguise")
    first, again, fresh = (verify("--json", *words) for words in (same, same, ()))
    assert first.out == again.out
    disguised = [
        any(one["kind"] == "queries-disguised" for one in json.loads(done.out)["asked"]["warnings"])
        for done in (first, fresh)
    ]
    assert disguised == [True, False]
    value = json.loads(fresh.out)["random"]
    assert value != VALUE
    assert f"random value {value}" in fresh.err


def test_an_innocent_model_is_told_by_the_exit_code(court: Path, innocent: LinearModel) -> None:
    np.save("weights.npy", innocent.weights)
    done = verify("--random", VALUE, "--exit-code")
    assert (done.code, done.out.partition(":")[0]) == (1, "not confirmed")


def test_all_receipts_count(court: Path, isotope: Isotope) -> None:
    receipts = [isotope.receipt()]
    receipts += [replace(receipts[0], commitment=f"sha256:{n:064x}") for n in range(4)]
    listed = ReceiptList.of(receipts)
    (court / "list.json").write_text(json.dumps(listed.to_dict()))
    done = verify("--random", VALUE, "--receipts", "list.json", "--json")
    found = json.loads(done.out)
    assert (found["receipts"], found["asked"]["level"]) == (5, 0.002)
    (court / "list.json").write_text(json.dumps(ReceiptList.of(receipts[1:]).to_dict()))
    refused = verify("--receipts", "list.json")
    assert refused.code == 2
    assert "not in the list" in refused.err
    (court / "list.json").write_text("[]")
    refused = verify("--receipts", "list.json")
    assert refused.code == 2
    assert "isotopes vault receipt --all --out receipts.json" in refused.err


def test_the_published_pictures_are_looked_at(court: Path) -> None:
    done = verify("--random", VALUE, "--published", "theirs")
    assert "inconclusive" in done.out
    assert "40 pictures don't carry the mark" in done.out


def test_what_cannot_be_used_is_refused_without_a_traceback(court: Path) -> None:
    (court / "empty").mkdir()
    cases = {
        ("sealed.zip",): "has no opening.json",
        ("nothing.zip",): "there is no file",
        ("empty",): "there is no file",
        ("claimed_model.py",): "is no evidence bundle",
        ("claim.zip", "--random", "ab"): "",
        ("claim.zip", "--level", "2"): "a level above 0",
        ("claim.zip", "--published", "empty"): "holds no picture",
        ("claim.zip", "--report", "theirs"): "must end in .html or .pdf",
        ("claim.zip", "--beacon", VALUE): "value is not the one that you gave",
        ("claim.zip", "--drawn", "soon"): "a time must look like 2026-11-27",
    }
    for (claim, *words), said in cases.items():
        done = verify(*words, claim=claim)
        assert done.code == 2, (claim, words, done.printed)
        assert said in done.err
        assert "Traceback" not in done.err


def test_a_strangers_texts_do_nothing_to_the_terminal(court: Path) -> None:
    done = verify("--random", VALUE, "--label", HOSTILE)
    assert_harmless(done.printed)
