"""A site's uploads: marked as the command line marks them, and hostile ones turned away."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from site_service import PASSPHRASE, TOKEN, Serve, as_json

from isotopes.errors import PhotoError
from isotopes.photos import Workers
from isotopes.vault import FileEntry, Vault
from isotopes.workflows.uploads import Uploads

pytestmark = pytest.mark.timeout(240)


def hashed(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 10^10 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
    )


def test_the_same_bytes_as_the_command_line_writes(
    serve: Serve, photos: list[bytes], tmp_path: Path
) -> None:
    service = serve()
    marked = [service.mark("ann@example.org", photo) for photo in photos]
    assert [status for status, _ in marked] == [200] * len(photos)
    assert service.mark("ann@example.org", photos[0]) == marked[0]
    assert service.mark("ann@example.org", marked[0][1]) == marked[0]  # not marked once more
    assert service.mark("bob", photos[0])[1] != marked[0][1]
    service.close()
    command = [sys.executable, "-m", "isotopes", "mark", "photos", "--out", "marked"]
    command += ["--add-to", "users/ann@example.org", "--unpublished", "users/ann@example.org"]
    environment = {
        **os.environ,
        "ISOTOPES_VAULT": str(service.vault),
        "ISOTOPES_PASSPHRASE": PASSPHRASE,
    }
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    written = [path.read_bytes() for path in sorted((tmp_path / "marked").iterdir())]
    # The command leaves out the one that is published with Bob's mark, too.
    assert written == [body for _, body in marked[1:]]


def test_every_picture_that_was_given_out_is_in_the_vault(
    serve: Serve, photos: list[bytes]
) -> None:
    service = serve()
    given = {
        user: service.mark(user, photo)[1] for user, photo in zip("abcd", photos, strict=False)
    }
    service.kill()
    with Vault.open(service.vault, lambda: PASSPHRASE) as vault:
        for user, picture in given.items():
            (entry,) = vault.files(f"users/{user}")
            assert entry.sha256_after == hashed(picture)
            assert vault.get(f"users/{user}").alpha > 0
    again = serve()  # goes on with the same keys
    assert again.mark("a", photos[0]) == (200, given["a"])


def test_killed_under_load_no_picture_carries_an_unsaved_key(
    serve: Serve, photos: list[bytes]
) -> None:
    service = serve()
    given: dict[str, bytes] = {}

    def upload(first: int) -> None:
        for number in range(first, 400, 8):
            try:
                status, body = service.mark(f"user{number}", photos[number % len(photos)])
            except (OSError, ValueError):
                return
            except Exception:  # noqa: BLE001 - a connection that broke off in the middle
                return
            if status == 200:
                given[f"user{number}"] = body

    threads = [threading.Thread(target=upload, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    while len(given) < 12:
        threading.Event().wait(0.02)
    service.kill()
    for thread in threads:
        thread.join(timeout=60)
    with Vault.open(service.vault, lambda: PASSPHRASE) as vault:
        for user, picture in given.items():
            assert hashed(picture) in {one.sha256_after for one in vault.files(f"users/{user}")}
            assert vault.get(f"users/{user}").mark() is not None


@pytest.mark.parametrize(
    ("user", "body", "token", "answer"),
    [
        ("ann", b"x", None, (401, "a request needs a token")),
        ("ann", b"x", "guessed", (401, "a request needs a token")),
        ("", b"x", TOKEN, (400, "must be 1 to 128 letters")),
        ("../ann", b"x", TOKEN, (400, "must be 1 to 128 letters")),
        ("ann%00", b"x", TOKEN, (400, "must be 1 to 128 letters")),
        ("ann", b"", TOKEN, (400, "must be a picture's file")),
        ("ann", b"hello", TOKEN, (422, "")),
        ("ann", b"\xff\xd8\xff" + b"\0" * 100, TOKEN, (422, "")),
        ("ann", bomb(), TOKEN, (422, "")),
        ("ann", b"x" * 300_000, TOKEN, (413, "at most 200,000 bytes")),
    ],
    # The token is another one in every process that collects the tests.
    ids=[
        "no token",
        "a guessed token",
        "nobody",
        "a path",
        "a null byte",
        "no picture",
        "a text",
        "a broken picture",
        "a bomb",
        "too many bytes",
    ],
)
def test_what_is_turned_away_is_not_recorded(
    user: str, body: bytes, token: str | None, answer: tuple[int, str], serve: Serve
) -> None:
    service = serve("--largest", "0.2")
    status, said = service.mark(user, body, token=token)
    assert status == answer[0]
    assert answer[1] in as_json(said)["error"]
    assert service.ask("GET", "/health")[0] == 200
    service.close()
    with Vault.open(service.vault) as vault:
        assert sum(one.files for one in vault.summaries()) == 0


def test_a_quota_holds_for_many_at_once_and_outlives_a_restart(
    serve: Serve, photos: list[bytes]
) -> None:
    service = serve("--quota", "2")
    with ThreadPoolExecutor(6) as clients:
        answers = clients.map(lambda photo: service.mark("ann", photo)[0], photos)
    assert sorted(answers) == [200, 200, 429, 429, 429, 429]
    assert service.mark("bob", photos[0])[0] == 200
    service.close()
    assert serve("--quota", "2").mark("ann", photos[3])[0] == 429


def test_a_picture_that_was_published_without_the_mark_never_gets_it(tmp_path: Path) -> None:
    photo = b"the original, which was published without its metadata"
    with Vault.create(tmp_path / "vault.sqlite") as vault, Workers(1) as workers:
        uploads = Uploads(vault, workers)
        name = uploads.isotope("ann").name
        vault.record_files(name, [FileEntry("a.jpg", hashed(photo), hashed(b"less"), False)])
        with pytest.raises(PhotoError, match="published without the mark"):
            uploads.mark("ann", photo)
        assert uploads.mark("ann", b"less") == b"less"


def test_figures_descriptions_and_logs_name_nobody(serve: Serve, photos: list[bytes]) -> None:
    service = serve("--opt-out")
    _, marked = service.mark("ann@example.org", photos[0])
    assert b"DMI-PROHIBITED-AIMLTRAINING" in marked
    service.mark("ann@example.org", b"no picture")
    _, figures, _ = service.ask("GET", "/metrics", token=None)
    assert b'isotopes_requests_total{status="200"} 1.0' in figures
    assert b'isotopes_requests_total{status="422"} 1.0' in figures
    _, described, _ = service.ask("GET", "/openapi.json", token=None)
    assert set(as_json(described)["paths"]) == {"/mark", "/health", "/metrics"}
    said = service.close()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert [line["status"] for line in lines] == [200, 422]
    assert lines[0]["user"] == lines[1]["user"]
    for secret in ("ann@example.org", TOKEN, PASSPHRASE):
        assert secret not in said
        assert secret.encode() not in figures


def test_a_service_needs_tokens(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "isotopes", "serve"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "lets nobody in without tokens" in done.stderr
    (tmp_path / "tokens").write_text("plain-token\n")
    command += ["--tokens", str(tmp_path / "tokens")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "must hold a line sha256:" in done.stderr
    assert "plain-token" not in done.stderr
