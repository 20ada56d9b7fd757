"""What does `isotopes serve` do under load? `python -m bench.serve`

12-megapixel JPEGs, two worker processes each, in turns:
  mark           `isotopes mark` on a folder of them: looking through it and marking, without the
                 start of its processes;
  library        `mark_picture` on the same pictures in such processes, each with a mark of its own;
  serve          the same pictures by 50 clients at once, all of one user;
  serve users    the same, each picture of a user of its own, whose mark is drawn and put on again.
`serve` is compared with `mark`, and `serve users` with `library` too: these do the same work.
Then 1,000 hostile uploads: none that is turned away may be recorded, none may stop the service.
Some can still be decoded in spite of a few changed bytes, and are pictures like others.
Times are those of the clock. The ratio of a turn compares what ran one after another.
"""

from __future__ import annotations

import http.client
import io
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from PIL import Image

from bench.record import record
from isotopes.defaults import DEFAULT_FAMILY
from isotopes.marks import get_family
from isotopes.photos import mark_picture
from isotopes.photos.run.pool import Call, Lost, Workers
from isotopes.sites.tokens import new_token
from isotopes.vault import Vault
from isotopes.workflows.marking import (
    DEFAULT_ALPHA,
    MarkRequest,
    mark_into_vault,
    open_workers,
    survey,
)

WIDTH, HEIGHT, PHOTOS = 4000, 3000, 50
CLIENTS, TURNS, WORKERS = 50, 2, 2
HOSTILE, SEED = 1000, 20261127
TOKEN, LINE = new_token()
PASSPHRASE = "four unusual words together"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos = write_photos(folder / "photos")
        turns = [turn(folder, photos, number) for number in range(TURNS)]
        rows = [row_of(what, turns) for what in turns[0]]
        rows.append(hostile(folder, photos))
    record("serve", rows, "python -m bench.serve")


def write_photos(folder: Path) -> list[bytes]:
    """JPEGs of a camera's size, all different."""
    folder.mkdir()
    rng = np.random.default_rng(SEED)
    for number in range(PHOTOS):
        coarse = Image.fromarray(rng.integers(0, 256, (60, 80, 3), np.uint8))
        photo = np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)).astype(int)
        noise = rng.normal(0, 4, (HEIGHT, WIDTH, 1))
        noisy = Image.fromarray((photo + noise).clip(0, 255).astype(np.uint8))
        noisy.save(folder / f"{number:03}.jpg", quality=90)
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def turn(folder: Path, photos: Sequence[bytes], number: int) -> dict[str, list[float]]:
    """Seconds of all pictures together, and of each request, one way after the other."""
    took = {"mark": [time_mark(folder, number)], "library": [time_library(photos)]}
    for what, users in (("serve", 1), ("serve users", PHOTOS)):
        with served(folder / f"{number}-{users}.sqlite") as port:
            upload(port, photos[:WORKERS], 1)  # the processes start with the first pictures
            begun = time.perf_counter()
            requests = upload(port, photos, users)
            took[what] = [time.perf_counter() - begun, *requests]
    return took


def time_mark(folder: Path, number: int) -> float:
    request = MarkRequest(folder / "photos", folder / f"marked-{number}", "bench")
    with (
        Vault.create(folder / f"mark-{number}.sqlite") as vault,
        open_workers(request, count=WORKERS) as workers,
    ):
        start(workers)
        begun = time.perf_counter()
        mark_into_vault(request, vault, survey(request, workers), workers)
        return time.perf_counter() - begun


def time_library(photos: Sequence[bytes]) -> float:
    """Each picture with a mark of its own, without HTTP and vault."""
    with Workers(WORKERS) as workers:
        start(workers)
        begun = time.perf_counter()
        calls = [Call(None, with_new_mark, (photo, secrets.token_bytes(32))) for photo in photos]
        assert all(not isinstance(found, Lost) for _, found in workers.run(calls))
        return time.perf_counter() - begun


def with_new_mark(photo: bytes, key: bytes) -> bytes:
    return mark_picture(photo, get_family(DEFAULT_FAMILY).draw(key, 0), DEFAULT_ALPHA).data


def start(workers: Workers) -> None:
    """Have all processes running, and what they need imported."""
    calls = [Call(None, time.sleep, (1.0,)) for _ in range(2 * WORKERS)]
    for _ in workers.run(calls):
        pass


@contextmanager
def served(vault: Path, *more: str) -> Iterator[int]:
    """A service's port."""
    tokens = vault.with_suffix(".tokens")
    tokens.write_text(LINE)
    command = [sys.executable, "-m", "isotopes", "serve", "--port", "0", "--vault", str(vault)]
    command += ["--tokens", str(tokens), "--workers", str(WORKERS), *more]
    environment = {**os.environ, "ISOTOPES_PASSPHRASE": PASSPHRASE}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline().strip().rpartition(":")[2])
        if process.poll() is not None:
            sys.exit("the service ended by itself")
        process.terminate()


def ask(port: int, user: str, picture: bytes) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        headers = {"authorization": f"Bearer {TOKEN}"}
        connection.request("POST", f"/mark?user={user}", picture, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def upload(port: int, photos: Sequence[bytes], users: int) -> list[float]:
    """Send all pictures, 50 clients at once; the seconds of each request."""
    waiting: SimpleQueue[tuple[int, bytes]] = SimpleQueue()
    for number, photo in enumerate(photos):
        waiting.put((number, photo))
    seconds: list[float] = []

    def client() -> None:
        while not waiting.empty():
            number, photo = waiting.get()
            begun = time.perf_counter()
            status, _ = ask(port, f"user{number % users}", photo)
            assert status == 200, status
            seconds.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=client) for _ in range(min(CLIENTS, len(photos)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seconds) == len(photos)
    return seconds


def row_of(what: str, turns: Sequence[dict[str, list[float]]]) -> dict[str, object]:
    rates = [PHOTOS / one[what][0] for one in turns]
    row: dict[str, object] = {
        "measure": f"{what}: 12-megapixel JPEGs a second, {WORKERS} processes",
        "rate": round(statistics.median(rates), 3),
        "rates": [round(rate, 3) for rate in rates],
        "photos": PHOTOS,
        "turns": len(turns),
    }
    baselines = {"serve": ["mark"], "serve users": ["mark", "library"]}
    for baseline in baselines.get(what, []):
        ratios = [one[baseline][0] / one[what][0] for one in turns]
        row[f"of {baseline}"] = round(statistics.median(ratios), 3)
        row[f"of {baseline}, each turn"] = [round(ratio, 3) for ratio in ratios]
    if what in baselines:
        seconds = [value for one in turns for value in one[what][1:]]
        row |= {
            "clients": CLIENTS,
            "p50_s": round(float(np.quantile(seconds, 0.5)), 2),
            "p99_s": round(float(np.quantile(seconds, 0.99)), 2),
            "load": os.getloadavg()[0],
        }
    return row


def hostile(folder: Path, photos: Sequence[bytes]) -> dict[str, object]:
    """Damaged, cut, disguised and huge files; what came of them."""
    draw = random.Random(SEED)
    small = io.BytesIO()
    Image.open(io.BytesIO(photos[0])).resize((160, 120)).save(small, "JPEG")
    seeds = [small.getvalue(), *map(encoded, ("PNG", "WEBP", "TIFF", "GIF"))]
    vault = folder / "hostile.sqlite"
    statuses: Counter[int] = Counter()
    given = 0
    begun = time.perf_counter()
    with served(vault, "--largest", "1") as port:
        for _ in range(HOSTILE):
            status, _ = ask(port, "mallory", spoiled(draw, draw.choice(seeds)))
            statuses[status] += 1
            given += status == 200
        healthy = ask(port, "ann", small.getvalue())[0] == 200
    took = time.perf_counter() - begun
    with Vault.open(vault) as opened:
        recorded = sum(one.files for one in opened.summaries() if one.name == "users/mallory")
    return {
        "measure": f"{HOSTILE} hostile uploads",
        "answers": {str(status): count for status, count in sorted(statuses.items())},
        "recorded": recorded,
        "recorded_without_an_answer": max(0, recorded - given),
        "served_afterwards": healthy,
        "seconds": round(took, 1),
    }


def encoded(kind: str) -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(SEED).integers(0, 256, (60, 80, 3), np.uint8)
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def spoiled(draw: random.Random, data: bytes) -> bytes:
    """A file with bytes changed, cut off, repeated or put before it."""
    spoil = bytearray(data)
    match draw.randrange(5):
        case 0:
            for _ in range(draw.randrange(1, 40)):
                spoil[draw.randrange(len(spoil))] = draw.randrange(256)
        case 1:
            del spoil[draw.randrange(len(spoil)) :]
        case 2:
            at = draw.randrange(len(spoil))
            spoil[at:at] = spoil[: draw.randrange(1, 2000)]
        case 3:
            spoil = bytearray(draw.randbytes(draw.randrange(1, 2_000_000)))
        case _:
            spoil[:16] = draw.randbytes(16)
    return bytes(spoil)


if __name__ == "__main__":
    main()
