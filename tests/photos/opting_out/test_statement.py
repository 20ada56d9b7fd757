"""The signed statement against training, read back by C2PA's own library."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pillow_heif import register_heif_opener
from typer.testing import CliRunner

from isotopes.cli.main import app
from isotopes.errors import IsotopesError, PhotoError
from isotopes.photos.credential import read_credential
from isotopes.photos.formats import recognise
from isotopes.photos.opting_out import opted_out, signed

c2pa = pytest.importorskip("c2pa")
OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs openssl")
LEAF = """\
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,emailProtection
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""
KEYS = {
    "es256": ["ecparam", "-name", "prime256v1", "-genkey", "-noout"],
    "es384": ["ecparam", "-name", "secp384r1", "-genkey", "-noout"],
    "ed25519": ["genpkey", "-algorithm", "ed25519"],
    "ps256": ["genrsa", "2048"],
}
Make = Callable[..., Path]


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run([str(OPENSSL), *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A PEM file with key and certificates, of an authority made for it."""

    def made(kind: str = "es256", name: str = "ann") -> Path:
        folder = tmp_path / f"authority-{name}"
        folder.mkdir()
        (folder / "leaf.cnf").write_text(LEAF)
        openssl(folder, *KEYS["es256"], "-out", "ca.key")
        usage = ["-addext", "keyUsage=critical,keyCertSign"]
        request = ["req", "-new", "-x509", "-key", "ca.key", "-days", "30", *usage]
        openssl(folder, *request, "-subj", "/O=Test/CN=Test CA", "-out", "ca.pem")
        openssl(folder, KEYS[kind][0], *(["-out", "leaf.key"]), *KEYS[kind][1:])
        request = ["req", "-new", "-key", "leaf.key", "-subj", f"/O={name}/CN={name}"]
        openssl(folder, *request, "-out", "leaf.csr")
        sign = ["x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key"]
        sign += ["-CAcreateserial", "-days", "30", "-extfile", "leaf.cnf"]
        openssl(folder, *sign, "-out", "leaf.pem")
        whole = tmp_path / f"{name}.pem"
        parts = [folder / part for part in ("leaf.key", "leaf.pem", "ca.pem")]
        whole.write_text("".join(part.read_text() for part in parts))
        return whole

    return made


def picture(kind: str) -> bytes:
    register_heif_opener()
    pixels = np.random.default_rng(3).integers(0, 256, (40, 60, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def statement_of(data: bytes) -> tuple[str, dict[str, Any]]:
    """Whether it is valid, and the active manifest."""
    known = recognise(data)
    assert known is not None
    with c2pa.Reader(known.media_type, io.BytesIO(data)) as reader:
        told = json.loads(reader.json())
        return str(reader.get_validation_state()), told["manifests"][told["active_manifest"]]


def assert_it_says_no(manifest: dict[str, Any], signer: str = "ann") -> None:
    (said,) = [one for one in manifest["assertions"] if one["label"] == "cawg.training-mining"]
    assert {one["use"] for one in said["data"]["entries"].values()} == {"notAllowed"}
    assert {"cawg.ai_training", "cawg.data_mining"} <= said["data"]["entries"].keys()
    assert manifest["signature_info"]["common_name"] == signer
    assert "thumbnail" not in json.dumps(manifest)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_every_format_holds_it_and_keeps_pixels_and_note(kind: str, make: Make) -> None:
    before = opted_out(picture(kind)).data
    after = signed(before, read_credential(make()))
    state, manifest = statement_of(after)
    assert state == "Valid"
    assert_it_says_no(manifest)
    with Image.open(io.BytesIO(before)) as one, Image.open(io.BytesIO(after)) as other:
        assert np.array_equal(np.asarray(one), np.asarray(other))
    assert b"DMI-PROHIBITED-AIMLTRAINING" in after


def test_changed_pixels_make_it_invalid(make: Make) -> None:
    data = bytearray(signed(picture("PNG"), read_credential(make())))
    at = data.index(b"IDAT") + 40
    data[at] ^= 1
    assert statement_of(bytes(data))[0] == "Invalid"


@pytest.mark.parametrize("kind", KEYS)
def test_usual_kinds_of_keys(kind: str, make: Make) -> None:
    credential = read_credential(make(kind))
    assert credential.algorithm == kind
    assert "PRIVATE" not in repr(credential)
    assert statement_of(signed(picture("JPEG"), credential))[0] == "Valid"


def test_files_that_can_not_sign(make: Make, tmp_path: Path) -> None:
    ann, bob = make().read_text(), make(name="bob").read_text()
    head = "-----BEGIN CERTIFICATE"
    files = {
        "no certificate": ann.split(head)[0],
        "a private key": head + ann.split(head, 1)[1],
        "must be that of its key": ann.split(head)[0] + head + bob.split(head, 1)[1],
        "holds no certificate": "text",
    }
    for reason, text in files.items():
        path = tmp_path / "odd.pem"
        path.write_text(text)
        with pytest.raises(IsotopesError, match=reason) as caught:
            read_credential(path)
        assert "PRIVATE" not in str(caught.value)
    with pytest.raises(IsotopesError, match="nothing"):
        read_credential(tmp_path / "nothing.pem")
    with pytest.raises(PhotoError):
        signed(b"text", read_credential(tmp_path / "ann.pem"))


def test_mark_signs_marked_and_unmarked_pictures_alike(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(5)
    for number in range(6):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8))
        coarse.resize((160, 120)).save(folder / f"{number}.jpg")
    command = ["mark", str(folder), "--out", str(tmp_path / "out"), "--count", "3", "--yes"]
    command += ["--vault", str(tmp_path / "vault.sqlite"), "--no-passphrase"]
    runner = CliRunner()
    alone = runner.invoke(app, [*command, "--sign-with", str(make())])
    assert alone.exit_code == 2
    assert "give both" in alone.output
    command += ["--opt-out", "--sign-with", str(tmp_path / "ann.pem")]
    done = runner.invoke(app, [*command, "--json"])
    assert done.exit_code == 0, done.output
    files = sorted((tmp_path / "out").iterdir())
    for path in files:
        state, manifest = statement_of(path.read_bytes())
        assert state == "Valid"
        assert_it_says_no(manifest)
    fates = [one["fate"] for one in json.loads(done.stdout)["files"]]
    assert sorted(fates) == ["marked"] * 3 + ["tagged"] * 3
    before = [path.read_bytes() for path in files]
    again = runner.invoke(app, command)  # signing anew would give other bytes
    assert again.exit_code == 0, again.output
    assert [path.read_bytes() for path in files] == before
