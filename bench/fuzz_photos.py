"""Does a damaged picture ever cost more than itself? `python -m bench.fuzz_photos`

Seeded mutations of the test suite's file shapes, in every format that is marked and some that
aren't, go through the whole of `mark`: looked at, marked or stripped in worker processes, in
folders of BATCH files. Right is one outcome for each file, on one line, and an output that another
reader takes for what it should be: the original's bytes, the blend, or the same pixels without
metadata. Where Pillow can't read the original, only the output's soundness is judged.
"""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from bench.fuzz_models import mutated
from bench.record import record
from isotopes.blending import blend
from isotopes.canonical import digest
from isotopes.errors import PhotoError
from isotopes.marks import Mark, get_family
from isotopes.photos import Fate, FileOutcome, Job, WorkerLimits, Workers, mark_photos, read_picture
from isotopes.photos.fate import Entry, Strip
from isotopes.photos.orientation import stored_mark
from isotopes.photos.run.look_through import look_through
from isotopes.photos.run.pool import Call, Lost
from isotopes.photos.similarity import psnr

SEED = 20261127
BATCH = 60
LIMITS = WorkerLimits(picture=2**30, seconds=30.0)
ALPHA = 0.4
LONGEST_REASON = 300  # characters
MOST_CLIPPED = 0.1  # share of values that are black or white: the blend isn't linear there
NEUTRAL = 3  # levels between red, green and blue of a grey pixel, at most
LEAST = 20.0  # dB: damaged pixels are noise, which lossy formats spoil
WHOLE = 0.7  # share of PNGs that stay well-formed: else a checksum ends nearly all of them
LEAST_LENGTH = 80  # bytes that `mutated` needs
STRIPS: tuple[Strip, ...] = (None, None, "gps", "all")
PNG = b"\x89PNG\r\n\x1a\n"
INVERSE = {6: 8, 8: 6}  # orientations that undo each other; the others undo themselves
UNJUDGED, TURNED = "unjudged", "turned as orientation "
WORKER_LOST = ("its decoder crashed", "it took too long", "its process was killed")


@dataclass(frozen=True)
class Case:
    """One file: where it came from, and what it holds."""

    name: str
    shape: str
    data: bytes


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else SEED
    found = Findings()
    with tempfile.TemporaryDirectory() as name, Workers(2, LIMITS) as workers:
        for number, batch in enumerate(batches(cases, seed)):
            run(Path(name) / str(number), batch, STRIPS[number % len(STRIPS)], workers, found)
    command = f"python -m bench.fuzz_photos {cases}" + (f" {seed}" if seed != SEED else "")
    record("fuzz_photos", list(found.rows(seed)), command)
    if found.wrong:
        print(*found.wrong, sep="\n")
        sys.exit("some files ended wrongly")


class Findings:
    """What became of the files, by format."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}
        self.slowest = 0.0
        self.wrong: list[str] = []

    def count(self, case: Case, what: str) -> None:
        self.counts.setdefault(Path(case.shape).suffix[1:], Counter())[what] += 1

    def tell(self, case: Case, what: str) -> None:
        self.wrong.append(f"{case.name}: {what}")
        self.count(case, "wrong")
        # What went wrong must be found again without the other thousands.
        Path(tempfile.gettempdir(), f"fuzz_photos-{case.name}").write_bytes(case.data)

    def rows(self, seed: int) -> Iterator[dict[str, object]]:
        for kind, counts in sorted(self.counts.items()):
            files = sum(counts[fate.value] for fate in Fate)
            yield {
                "format": kind,
                "files": files,
                **{fate.value: counts[fate.value] for fate in Fate if fate is not Fate.MARKABLE},
                "worker_lost": counts["worker lost"],
                "turned_as_exiftool_says": counts["turned"],
                "unjudged": counts[UNJUDGED],
                "wrong": counts["wrong"],
                "slowest_batch_seconds": round(self.slowest, 1),
                "seed": seed,
            }


def batches(cases: int, seed: int) -> Iterator[list[Case]]:
    """Mutated shapes, BATCH at a time; the same for the same seed."""
    rng = random.Random(seed)
    shapes = dict(sorted(originals().items()))
    names = list(shapes)
    batch: list[Case] = []
    for number in range(cases):
        shape = names[number % len(names)]
        original = shapes[shape]
        whole = original.startswith(PNG) and rng.random() < WHOLE
        data = (spoiled_chunk if whole else spoiled)(original, rng)
        batch.append(Case(f"{number:05}-{shape}", shape, data))
        if len(batch) == BATCH or number == cases - 1:
            yield batch
            batch = []


def originals() -> Mapping[str, bytes]:
    """The test suite's shapes, and pictures of formats that are only copied."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))
    shapes = import_module("file_shapes").SHAPES
    found = {name: shape.data for name, shape in shapes.items()}
    with Image.open(io.BytesIO(found["plain.png"])) as picture:
        for suffix, kind in (("gif", "GIF"), ("bmp", "BMP"), ("jp2", "JPEG2000")):
            out = io.BytesIO()
            picture.convert("RGB").save(out, kind)
            found[f"plain.{suffix}"] = out.getvalue()
    return found


def spoiled(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed; the end cut off; or another place of the file overwritten."""
    how = rng.random()
    if how < 0.6:
        return mutated(data, rng)
    if how < 0.75:
        return data[: rng.randrange(1, len(data))]
    changed = bytearray(data)
    for _ in range(rng.choice((1, 2, 8, 64))):
        changed[rng.randrange(len(changed))] = rng.choice((0, 0xFF, 0x7F, rng.randrange(256)))
    return bytes(changed)


def spoiled_chunk(data: bytes, rng: random.Random) -> bytes:
    """A PNG in which one chunk is changed, with its right length and checksum."""
    chunks, at = [], len(PNG)
    while at < len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : end]))
        at = end + 4
    number = rng.choice([n for n, (_, body) in enumerate(chunks) if body])
    kind, body = chunks[number]
    chunks[number] = kind, spoiled(body + bytes(LEAST_LENGTH), rng)[: len(body) + rng.randrange(9)]
    return PNG + b"".join(
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        for kind, body in chunks
    )


def run(folder: Path, batch: list[Case], strip: Strip, workers: Workers, found: Findings) -> None:
    """One folder through `mark`, and every file of it looked at afterwards."""
    source, output = folder / "in", folder / "out"
    source.mkdir(parents=True)
    for case in batch:
        (source / case.name).write_bytes(case.data)
    started = time.perf_counter()
    mark = get_family("gratings").draw(bytes(32), 0)
    entries = look_through(source, workers)
    jobs = [job_of(entry, source, output, mark, strip) for entry in entries]
    done = mark_photos(jobs, output=output, journal=folder / "journal.sqlite", workers=workers)
    found.slowest = max(found.slowest, time.perf_counter() - started)
    outcomes = {outcome.name: outcome for outcome in done.outcomes}
    for case in batch:
        outcome = outcomes.pop(case.name, None)
        if outcome is None:
            found.tell(case, "no outcome")
            continue
        found.count(case, outcome.fate.value)
        if any(words in outcome.reason for words in WORKER_LOST):
            found.count(case, "worker lost")
        if told := fault_of(case, outcome, source, output):
            found.tell(case, told)
    to_judge = [case for case in batch if (output / case.name).exists()]
    calls = (
        Call(case, judge, (source / case.name, output / case.name, fate.value, mark))
        for case in to_judge
        if (fate := done_fate(done.outcomes, case)) in {Fate.MARKED, Fate.STRIPPED}
    )
    for case, said in workers.run(calls):
        if isinstance(said, Lost):
            found.tell(case, f"the judge was lost: {said.reason}")
        elif said == UNJUDGED or turned_as_exiftool_says(source / case.name, said):
            found.count(case, UNJUDGED if said == UNJUDGED else "turned")
        elif said:
            found.tell(case, said)


def job_of(entry: Entry, source: Path, output: Path, mark: Mark, strip: Strip) -> Job:
    chosen = mark if entry.fate is Fate.MARKABLE else None
    place, target = source / entry.name, output / entry.name
    return Job(entry.name, place, target, chosen, ALPHA, strip, entry.reason, entry.memory)


def done_fate(outcomes: tuple[FileOutcome, ...], case: Case) -> Fate:
    return next(outcome.fate for outcome in outcomes if outcome.name == case.name)


def fault_of(case: Case, outcome: FileOutcome, source: Path, output: Path) -> str | None:
    """What is wrong about an outcome, as far as bytes tell."""
    if (source / case.name).read_bytes() != case.data:
        return "the original was changed"
    if len(outcome.reason) > LONGEST_REASON or any(map(is_control, outcome.reason)):
        return f"its reason isn't one line: {outcome.reason!r:.200}"
    if outcome.fate is not Fate.MARKED and not outcome.reason:
        return f"{outcome.fate} without a reason"
    return fault_of_bytes(case, outcome, output)


def fault_of_bytes(case: Case, outcome: FileOutcome, output: Path) -> str | None:
    """What is wrong about the file that was written, or wasn't."""
    written = output / case.name
    if written.exists() != (outcome.after is not None):
        return f"{outcome.fate}, and the file is {'' if written.exists() else 'not '}there"
    if not written.exists():
        return None
    data = written.read_bytes()
    if digest(data) != outcome.after:
        return "its hash is another one"
    if outcome.fate is Fate.COPIED and data != case.data:
        return "copied, and not the same bytes"
    return None


def is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc"


def judge(original: Path, written: Path, fate: str, mark: Mark) -> str:
    """In a worker: "" where the output shows what it should; UNJUDGED, TURNED, or what is wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, after = shown(original), shown(written)
    if before is None:
        return UNJUDGED
    if after is None:
        return f"{fate}, and Pillow can't read the output"
    return compare(before, after, fate, mark)


def compare(before: NDArray[np.uint8], after: NDArray[np.uint8], fate: str, mark: Mark) -> str:
    """What `judge` says of two pictures."""
    if fate == Fate.STRIPPED.value:
        turns = [turn for turn in range(1, 9) if np.array_equal(turned(before, turn), after)]
        return verdict(turns, "stripped, and its pixels differ")
    turns = [turn for turn in range(1, 9) if shows_blend(before, after, mark, turn)]
    if not turns and np.isin(before, (0, 255)).mean() > MOST_CLIPPED:
        return UNJUDGED
    return verdict(turns, f"marked, and not the blend; shapes {before.shape} and {after.shape}")


def verdict(turns: list[int], otherwise: str) -> str:
    """Right where it fits upright, a matter for exiftool where it fits turned, else wrong."""
    if not turns:
        return otherwise
    return "" if 1 in turns else f"{TURNED}{turns[0]}"


def shows_blend(before: NDArray[np.uint8], after: NDArray[np.uint8], mark: Mark, turn: int) -> bool:
    """Whether it is the blend, where Pillow turned both (1), neither, or the output alone."""
    pairs = [(before, stored_mark(mark, turn)), (turned(before, turn), mark)]
    expected = [one for picture, lying in pairs for one in blends(picture, lying)]
    return any(one.shape == after.shape and psnr(after, one) > LEAST for one in expected)


def turned(picture: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """As EXIF's orientation turns it."""
    stored = Image.fromarray(picture)
    stored.getexif()[0x0112] = orientation
    return np.asarray(ImageOps.exif_transpose(stored))


def blends(picture: NDArray[np.uint8], mark: Mark) -> Iterator[NDArray[np.uint8]]:
    """As it should come out; formats with a grey of their own take the mark's luma there."""
    wanted = blend(picture, mark, ALPHA)
    yield wanted
    if np.ptp(picture, axis=2).max() < NEUTRAL:
        luma = np.asarray(Image.fromarray(wanted).convert("L"))
        yield np.repeat(luma[..., None], 3, axis=2)


def turned_as_exiftool_says(path: Path, said: str) -> bool:
    """Whether the output lies as exiftool takes the original to lie, unlike Pillow."""
    if not said.startswith(TURNED) or not shutil.which("exiftool"):
        return False
    command = ["exiftool", "-n", "-s3", "-Orientation", str(path)]
    told = subprocess.run(command, capture_output=True, check=False).stdout
    by_exiftool = (told.decode("utf-8", "replace").split() or ["1"])[0]
    by_pillow, turn = orientation_by_pillow(path), said.removeprefix(TURNED)
    return by_exiftool == (turn if by_pillow == 1 else "1") and (
        by_pillow == 1 or turn == str(INVERSE.get(by_pillow, by_pillow))
    )


def orientation_by_pillow(path: Path) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(path) as picture:
                picture.load()
                return int(picture.getexif().get(0x0112, 1))
        except Exception:  # noqa: BLE001 - Pillow raises anything on damaged EXIF
            return 1


def shown(path: Path) -> NDArray[np.uint8] | None:
    try:
        return read_picture(path)
    except (PhotoError, MemoryError):
        return None


if __name__ == "__main__":
    main()
