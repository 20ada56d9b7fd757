"""A vault that opens without anybody at a keyboard."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from command_line import isotopes
from s3_server import environment, s3_server

from isotopes.errors import VaultError, WrongPassphrase
from isotopes.vault import Isotope, Vault
from isotopes.vault.keys.services import KeyService, open_key_service

Make = Callable[..., Isotope]
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def kms() -> Iterator[tuple[int, str]]:
    """AWS KMS on this machine: its port, and the ID of a key."""
    pytest.importorskip("moto")
    with s3_server() as port:
        connection = HTTPConnection("127.0.0.1", port)
        signed = "Credential=test/20260101/us-east-1/kms/aws4_request, SignedHeaders=host"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 {signed}, Signature=0",
            "X-Amz-Target": "TrentService.CreateKey",
            "Content-Type": "application/x-amz-json-1.1",
        }
        connection.request("POST", "/", "{}", headers)
        yield port, json.loads(connection.getresponse().read())["KeyMetadata"]["KeyId"]
        connection.close()


@pytest.fixture(params=["env", "file", "aws-kms"])
def service(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> KeyService:
    if request.param == "aws-kms":
        pytest.importorskip("boto3")
        port, key = request.getfixturevalue("kms")
        for name, value in environment(port).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return open_key_service(f"aws-kms:{key}")
    monkeypatch.setenv("VAULT_KEY", KEY.hex())
    (tmp_path / "key").write_text(base64.b64encode(KEY).decode() + "\n")
    return open_key_service("env:VAULT_KEY" if request.param == "env" else f"file:{tmp_path}/key")


def test_it_opens_what_it_sealed(service: KeyService, place: Path, make: Make) -> None:
    isotope = make()
    with Vault.create(place, service) as vault:
        assert vault.sealed
        vault.add(isotope)
    assert isotope.root not in place.read_bytes()
    with Vault.open(place, service) as vault:
        assert vault.get("holiday") == isotope


def test_a_wrapped_key_belongs_to_one_vault(service: KeyService) -> None:
    wrapped = service.wrap(KEY, b"this vault")
    assert service.unwrap(wrapped, b"this vault") == KEY
    assert KEY not in wrapped
    with pytest.raises(WrongPassphrase, match="is not the one that this vault was sealed with"):
        service.unwrap(wrapped, b"another")


def test_another_key_opens_nothing(
    place: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_KEY", KEY.hex())
    service = open_key_service("env:VAULT_KEY")
    with Vault.create(place, service) as vault:
        vault.add(make())
    monkeypatch.setenv("VAULT_KEY", bytes(32).hex())
    with Vault.open(place, service) as vault, pytest.raises(WrongPassphrase):
        vault.get("holiday")


@pytest.mark.parametrize("bad", ["", "ab" * 31, "not hexadecimal", "é"])
def test_what_is_no_key_is_refused_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    (tmp_path / "key").write_text(bad)
    monkeypatch.setenv("VAULT_KEY", bad)
    for address in (f"file:{tmp_path}/key", "env:VAULT_KEY"):
        with pytest.raises(VaultError, match="can't be used") as caught:
            open_key_service(address).wrap(KEY, b"")
        assert not bad or bad not in caught.value.in_full
    with pytest.raises(VaultError, match="the environment has no NO_SUCH_KEY"):
        open_key_service("env:NO_SUCH_KEY").wrap(KEY, b"")
    with pytest.raises(VaultError, match="there is no file"):
        open_key_service("file:/no/such/key").wrap(KEY, b"")


def test_a_vault_never_says_which_service_to_ask(
    place: Path, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever can write to it could name one of their own."""
    monkeypatch.setenv("VAULT_KEY", KEY.hex())
    with Vault.create(place, open_key_service("env:VAULT_KEY")) as vault:
        vault.add(make())
    (tmp_path / "theirs").write_text(bytes(32).hex())
    with closing(sqlite3.connect(place)) as connection, connection:
        (text,) = connection.execute(
            "SELECT value FROM vault_meta WHERE key = 'sealing'"
        ).fetchone()
        altered = json.dumps({**json.loads(text), "service": f"file:{tmp_path}/theirs"})
        connection.execute("UPDATE vault_meta SET value = ? WHERE key = 'sealing'", (altered,))
    with Vault.open(place, lambda: "x") as vault:
        with pytest.raises(VaultError, match="are sealed by a key service") as caught:
            vault.get("holiday")
        assert "don't take an address from a vault" in str(caught.value.hint)
    with Vault.open(place, open_key_service("env:VAULT_KEY")) as vault:
        vault.get("holiday")


def test_from_passphrase_to_service_and_back(
    place: Path, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("old", "hunter2"), ("key", KEY.hex()), ("new", "other words entirely")):
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("ISOTOPES_VAULT", str(place))
    isotope = make()
    with Vault.create(place, lambda: "hunter2") as vault:
        vault.add(isotope)
    service = f"file:{tmp_path}/key"
    words = ("vault", "passphrase", "--passphrase-file", str(tmp_path / "old"))
    done = isotopes(*words, "--key-service", service)
    assert (done.code, "set ISOTOPES_KEY_SERVICE" in done.err) == (0, True)
    monkeypatch.setenv("ISOTOPES_KEY_SERVICE", service)
    with Vault.open(place, open_key_service(service)) as vault:
        assert vault.get("holiday") == isotope
    assert isotopes("vault", "rename", "holiday", "summer").code == 0
    words = ("vault", "passphrase", "--new-passphrase-file", str(tmp_path / "new"))
    assert isotopes(*words).code == 0
    assert "are sealed by a passphrase, not by file:" in isotopes("vault", "passphrase").err
    with Vault.open(place, lambda: "other words entirely") as vault:
        assert vault.get("summer").root == isotope.root


@pytest.mark.parametrize("address", ["env:", "gcp-kms:x", "x", ""])
def test_other_services_are_refused(address: str) -> None:
    with pytest.raises(VaultError, match="must be env:NAME, file:PATH or aws-kms:KEY"):
        open_key_service(address)
