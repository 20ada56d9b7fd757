"""Time stamps by an authority of our own: good, late, foreign, forged, revoked."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stamping_authority import Authority, serving
from typer.testing import CliRunner

from isotopes.cli.commands.vault import app
from isotopes.errors import IsotopesError, ReceiptError, VaultError
from isotopes.vault import Isotope, Receipt, Vault
from isotopes.vault.commitments.stamp import Trust, answered, check_stamp, stamp_request
from isotopes.workflows.stamping import read_day, read_trust, request_stamps, stamped_bytes

pytest.importorskip("rfc3161_client")

Make = Callable[..., Isotope]
MESSAGE = b"a receipt"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "a", "Example Time")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "b", "Someone Else")


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    request = stamp_request(MESSAGE)
    return answered(request, authority.answer(request.as_bytes()))


def trust(authority: Authority) -> Trust:
    return read_trust([authority.root])


def test_a_good_stamp(authority: Authority, token: bytes) -> None:
    found = check_stamp(token, MESSAGE, trust(authority))
    assert found.authority == "Example Time"
    assert abs(datetime.now(UTC) - found.time) < timedelta(minutes=10)
    day = found.time + timedelta(days=1)
    assert check_stamp(token, MESSAGE, trust(authority), before=day) == found


def test_openssl_takes_it_too(authority: Authority, token: bytes, tmp_path: Path) -> None:
    (tmp_path / "stamp").write_bytes(token)
    (tmp_path / "message").write_bytes(MESSAGE)
    words = ["-data", "message", "-in", "stamp", "-CAfile", str(authority.root)]
    subprocess.run(["openssl", "ts", "-verify", *words], check=True, cwd=tmp_path, timeout=60)


def test_a_late_one(authority: Authority, token: bytes) -> None:
    time_of = check_stamp(token, MESSAGE, trust(authority)).time
    for published in (time_of, time_of - timedelta(seconds=1), read_day("2020-01-01")):
        with pytest.raises(ReceiptError, match="the time stamp is late"):
            check_stamp(token, MESSAGE, trust(authority), before=published)


def test_one_of_something_else(authority: Authority, token: bytes) -> None:
    for message in (b"another receipt", b"", MESSAGE + b"\n"):
        with pytest.raises(ReceiptError, match="doesn't hold: Mismatch"):
            check_stamp(token, message, trust(authority))


def test_one_by_somebody_who_is_not_trusted(
    authority: Authority, other: Authority, token: bytes
) -> None:
    with pytest.raises(ReceiptError, match="doesn't hold: Error while verifying"):
        check_stamp(token, MESSAGE, trust(other))
    assert check_stamp(token, MESSAGE, read_trust([other.root, authority.root]))


def test_any_changed_byte(authority: Authority, token: bytes) -> None:
    """Some bytes of the outer shell bind nothing; they must not change what a stamp says.

    This authority puts its certificate in twice. One copy alone could say another name.
    """
    good = check_stamp(token, MESSAGE, trust(authority))
    for place in range(0, len(token), 3):
        forged = bytearray(token)
        forged[place] ^= 0x55
        try:
            found = check_stamp(bytes(forged), MESSAGE, trust(authority))
        except IsotopesError:
            continue
        assert found == good, place


@pytest.mark.parametrize("token", [b"", b"0", b"0" * 100, b"\x30\x80" * 50])
def test_what_is_no_stamp(authority: Authority, token: bytes) -> None:
    with pytest.raises(ReceiptError, match="this is no time stamp"):
        check_stamp(token, MESSAGE, trust(authority))


@pytest.mark.parametrize(
    ("reason", "good"),
    [("keyCompromise", False), ("superseded", True), ("cessationOfOperation", True)],
)
def test_a_revoked_certificate(tmp_path: Path, reason: str, good: bool) -> None:
    authority = Authority(tmp_path / "revoked", "Revoked Time")
    request = stamp_request(MESSAGE)
    token = answered(request, authority.answer(request.as_bytes()))
    before = read_trust([authority.root], [authority.revocations()])
    assert check_stamp(token, MESSAGE, before).authority == "Revoked Time"
    time.sleep(1.1)  # times are whole seconds: a revocation in the same one counts as earlier
    after = read_trust([authority.root], [authority.revoke(reason)])
    if good:
        assert check_stamp(token, MESSAGE, after)
        late = authority.answer(stamp_request(MESSAGE).as_bytes())
        with pytest.raises(ReceiptError, match=r"was revoked \(\w+\) on"):
            check_stamp(late, MESSAGE, after)
    else:
        with pytest.raises(ReceiptError, match=r"was revoked \(keyCompromise\) on"):
            check_stamp(token, MESSAGE, after)


def test_a_revocation_list_of_somebody_else(
    authority: Authority, other: Authority, token: bytes
) -> None:
    foreign = read_trust([authority.root], [other.revocations()])
    with pytest.raises(ReceiptError, match="not signed by an authority that is trusted"):
        check_stamp(token, MESSAGE, foreign)


def test_an_answer_to_another_question(authority: Authority) -> None:
    first, second = stamp_request(MESSAGE), stamp_request(MESSAGE)
    with pytest.raises(ReceiptError, match="not the stamp of what was asked"):
        answered(second, authority.answer(first.as_bytes()))


def test_authorities_by_address(authority: Authority, other: Authority) -> None:
    with serving(authority) as one, serving(other) as two:
        stamps = request_stamps(MESSAGE, [one, two])
        assert [address for address, _ in stamps] == [one, two]
        assert check_stamp(stamps[1][1], MESSAGE, trust(other)).authority == "Someone Else"
        with pytest.raises(ReceiptError, match="this is no time stamp"):
            request_stamps(MESSAGE, [f"{one}/broken"])
    with pytest.raises(VaultError, match="can't be reached"):
        request_stamps(MESSAGE, ["http://127.0.0.1:1"])
    with pytest.raises(VaultError, match="needs an authority's address"):
        request_stamps(MESSAGE, [])


def test_what_is_stamped_of_a_document(make: Make) -> None:
    receipt = make().receipt("a note")
    text = json.dumps(receipt.to_dict(), indent=2).encode()
    assert stamped_bytes(text) == receipt.stamped
    assert b"a note" not in stamped_bytes(text)
    plan = b'{"format": "isotopes-plan/5",  "b": 1, "a": 2}'
    assert stamped_bytes(plan) == b'{"a":2,"b":1,"format":"isotopes-plan/5"}'
    for odd in (b"", b"{", b"[]", b"{}", b'{"format": "isotopes-opening/2"}', b"[" * 100_000):
        with pytest.raises(ReceiptError):
            stamped_bytes(odd)


def test_through_the_command_line(
    place: Path, make: Make, authority: Authority, tmp_path: Path
) -> None:
    def run(*words: object) -> str:
        environment = {"ISOTOPES_VAULT": str(place), "ISOTOPES_PASSPHRASE": "hunter2"}
        result = CliRunner().invoke(app, [str(word) for word in words], env=environment)
        if isinstance(result.exception, IsotopesError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    with Vault.create(place, lambda: "hunter2") as vault:
        for name in ("holiday", "second", "third"):
            vault.add(make(name))
    files = {name: tmp_path / name for name in ("receipt", "list", "stamp", "all", "again")}
    with serving(authority) as address:
        run("stamp", "holiday", "--authority", address, "--out", files["stamp"])
        run("stamp", "--all", "--authority", address, "--out", files["all"])
        run("receipt", "holiday", "--out", files["receipt"], "--note", "later")
        run("receipt", "--all", "--out", files["list"])
        words = ("--file", files["list"], "--out", files["again"])
        run("stamp", *words, "--authority", address)
    root = ("--root", authority.root)
    assert "stamped 20" in run("check-stamp", files["receipt"], files["stamp"], *root)
    found = json.loads(run("check-stamp", files["list"], files["all"], *root, "--json"))
    assert found["authority"] == "Example Time"
    run("check-stamp", files["list"], files["again"], *root)
    with pytest.raises(ReceiptError, match="doesn't hold"):
        run("check-stamp", files["receipt"], files["all"], *root)
    with pytest.raises(ReceiptError, match="late"):
        run("check-stamp", files["receipt"], files["stamp"], *root, "--before", "2026-01-01")
    receipt = Receipt.from_json(files["receipt"].read_bytes())
    with Vault.open(place) as vault:
        ((token, where),) = vault.stamps(receipt.digest)
        assert token == files["stamp"].read_bytes()
        assert where == address
