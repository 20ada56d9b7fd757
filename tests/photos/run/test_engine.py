from __future__ import annotations

import errno
import os
import sqlite3
import stat
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from photo_files import bad_folder, decode, encode, full, gratings, scene, square
from same_process import SameProcess

from isotopes.blending import Insertion
from isotopes.canonical import digest_file
from isotopes.errors import BlendError, FolderError
from isotopes.marks import Mark, Rendered
from isotopes.photos import (
    Fate,
    Job,
    MarkSummary,
    WorkerLimits,
    Workers,
    mark_photos,
    plan_jobs,
    scan,
)
from isotopes.photos.run.journal import open_journal
from isotopes.photos.run.output import part_name


@dataclass(frozen=True)
class Deadly(Mark):
    """Does to the process that renders it, at one width, what a bug in a decoder would."""

    size: int
    way: str = "crash"

    def render(self, height: int, width: int) -> Rendered:
        if width == self.size:
            if self.way == "crash":
                os.kill(os.getpid(), 11)
            elif self.way == "hang":
                threading.Event().wait()
            else:
                bytearray(2**40)
        return gratings().render(height, width)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Twelve photos in two albums, and a text."""
    folder = tmp_path / "photos"
    for number in range(12):
        path = folder / f"album {number % 2}/{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(scene(48, 64, number), "JPEG"))
        os.utime(path, (1_500_000_000, 1_500_000_000 + number))
    (folder / "notes.txt").write_bytes(b"a tree")
    return folder


def plan(source: Path, mark: Mark | None = None, share: float = 0.5, **settings: object) -> dict:
    """Arguments for mark_photos."""
    entries = scan(source)
    output = source.parent / "marked"
    markable = [entry.name for entry in entries if entry.fate is Fate.MARKABLE]
    names = markable[:: round(1 / share)]
    settings.setdefault("alpha", 0.4)
    jobs, left_out = plan_jobs(
        entries, source, output, dict.fromkeys(names, mark or gratings()), **settings
    )
    journal = source.parent / "journal.sqlite"
    return {"jobs": jobs, "left_out": left_out, "output": output, "journal": journal}


def run(source: Path, workers: Workers | None = None, **settings: object) -> MarkSummary:
    return mark_photos(**plan(source, **settings), workers=workers or SameProcess())


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_chosen_are_marked_and_all_others_are_byte_identical(source: Path) -> None:
    before = tree(source)
    summary = run(source)
    after = tree(source.parent / "marked")
    assert tree(source) == before
    assert set(after) == set(before)
    assert summary.counts[Fate.MARKED] == 6
    assert summary.counts[Fate.COPIED] == 7
    for outcome in summary.outcomes:
        changed = after[outcome.name] != before[outcome.name]
        assert changed is (outcome.fate is Fate.MARKED)
        assert outcome.before == digest_file(source / outcome.name)
        assert outcome.after == digest_file(source.parent / "marked" / outcome.name)


def test_several_processes_give_the_same_as_none(source: Path) -> None:
    with Workers(3) as workers:
        run(source, workers)
    many = tree(source.parent / "marked")
    source.parent.joinpath("marked").rename(source.parent / "first")
    source.parent.joinpath("journal.sqlite").unlink()
    run(source)
    assert tree(source.parent / "marked") == many


def test_times_and_permissions_are_kept(source: Path) -> None:
    (source / "notes.txt").chmod(0o640)
    run(source)
    for path in source.rglob("*.*"):
        copy = source.parent / "marked" / path.relative_to(source)
        assert copy.stat().st_mtime_ns == path.stat().st_mtime_ns
        assert copy.stat().st_mode == path.stat().st_mode


def test_no_bad_file_stops_the_rest(source: Path) -> None:
    expected = bad_folder(source)
    (source / "loop").symlink_to(source)
    before = tree(source)
    summary = run(source, share=1.0)
    found = {outcome.name: outcome for outcome in summary.outcomes}
    for name, (fate, reason) in expected.items():
        assert found[name].fate == fate
        assert found[name].reason.startswith(reason)
        assert (source.parent / "marked" / name).read_bytes() == before[name]
    assert found["loop"].fate is Fate.SKIPPED
    assert summary.counts[Fate.MARKED] == 12
    assert ("cmyk.jpg", Fate.COPIED, "CMYK") in summary.remarks


def test_damage_found_while_marking_ends_in_a_copy(source: Path) -> None:
    data = bytearray(encode(scene(), "PNG"))
    data[len(data) // 2] ^= 0xFF  # in the coded pixels
    (source / "damaged.png").write_bytes(data)
    outcome = {o.name: o for o in run(source, share=1.0).outcomes}["damaged.png"]
    assert outcome.fate is Fate.COPIED
    assert outcome.reason == "damaged: the checksum of its IDAT chunk is wrong"
    assert (source.parent / "marked/damaged.png").read_bytes() == data


def test_a_file_that_vanishes_is_reported(source: Path) -> None:
    arguments = plan(source)
    (source / "notes.txt").unlink()
    outcomes = {o.name: o for o in mark_photos(**arguments, workers=SameProcess()).outcomes}
    assert outcomes["notes.txt"].fate is Fate.UNREADABLE
    assert outcomes["notes.txt"].reason == "No such file or directory"
    assert not (source.parent / "marked/notes.txt").exists()


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("crash", "its decoder crashed"),
        ("hang", "it took too long to decode"),
        ("greed", "can't be decoded: MemoryError"),
    ],
)
def test_a_picture_that_costs_its_process_is_copied(source: Path, way: str, reason: str) -> None:
    """In folders of any size: this one is too small for a second process."""
    (source / "deadly.jpg").write_bytes(encode(scene(48, 72), "JPEG"))
    # On a busy machine a picture may take a while.
    limits = WorkerLimits(seconds=8 if way == "hang" else 300)
    with Workers(1, limits) as workers:
        summary = run(source, workers, mark=Deadly(72, way), share=1.0)
    outcome = {o.name: o for o in summary.outcomes}["deadly.jpg"]
    assert (outcome.fate, outcome.reason) == (Fate.COPIED, reason)
    assert summary.counts[Fate.MARKED] == 12
    assert (source.parent / "marked/deadly.jpg").read_bytes() == (
        source / "deadly.jpg"
    ).read_bytes()


@pytest.mark.parametrize("way", ["crash", "greed"])
def test_a_picture_whose_copies_are_marked_is_never_left_without(source: Path, way: str) -> None:
    (source / "deadly.jpg").write_bytes(encode(scene(48, 72), "JPEG"))
    arguments = plan(source, mark=Deadly(72, way), share=1.0, in_company=["deadly.jpg"])
    with Workers(1) as workers:
        summary = mark_photos(**arguments, workers=workers)
    outcome = {o.name: o for o in summary.outcomes}["deadly.jpg"]
    assert outcome.fate is Fate.SKIPPED
    assert outcome.reason.endswith("left out, as pictures that show the same carry the mark")
    assert not (source.parent / "marked/deadly.jpg").exists()


def test_a_second_run_writes_nothing(source: Path) -> None:
    first = run(source)
    marked = source.parent / "marked"
    written = {path: path.stat().st_ino for path in marked.rglob("*.*")}
    second = run(source)
    assert second.resumed == 13
    assert second.outcomes == first.outcomes
    assert {path: path.stat().st_ino for path in marked.rglob("*.*")} == written


def test_what_is_missing_is_written_anew_from_the_original(source: Path) -> None:
    run(source, share=1.0)
    marked = source.parent / "marked"
    before = tree(marked)
    (marked / "album 0/0.jpg").unlink()
    (marked / "notes.txt").unlink()
    assert run(source, share=1.0).resumed == 11
    assert tree(marked) == before


def test_interrupted_runs_leave_no_temporary_file_and_go_on(source: Path) -> None:
    arguments = plan(source)

    def interrupt(done: int, total: int, name: str) -> None:
        assert total == 13
        if done == 5:
            raise KeyboardInterrupt

    with Workers(2) as workers, pytest.raises(KeyboardInterrupt):
        mark_photos(**arguments, workers=workers, progress=interrupt)
    assert len(tree(source.parent / "marked")) == 5
    assert run(source).resumed == 5


def test_progress_counts_what_was_done_before(source: Path) -> None:
    run(source)
    (source.parent / "marked/notes.txt").unlink()
    told: list[tuple[int, int, str]] = []
    mark_photos(**plan(source), workers=SameProcess(), progress=lambda *args: told.append(args))
    assert told == [(13, 13, "notes.txt")]


def test_temporary_files_of_a_killed_run_are_removed(source: Path) -> None:
    stale = source.parent / "marked/album 0/.isotopes-0123abcd-0123456789abcdef.part"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"half a picture")
    run(source)
    assert not stale.exists()


@pytest.mark.parametrize("name", ["stranger.jpg", "album 0/0.jpg", ".isotopes-notes.part"])
def test_strangers_in_the_output_are_refused(source: Path, name: str) -> None:
    stranger = source.parent / "marked" / name
    stranger.parent.mkdir(parents=True, exist_ok=True)
    stranger.write_bytes(b"mine")
    with pytest.raises(FolderError, match=f"got 1 such files, for instance {stranger.name}"):
        run(source)
    assert stranger.read_bytes() == b"mine"


def test_a_stranger_that_comes_during_the_run_is_not_overwritten(source: Path) -> None:
    stranger = source.parent / "marked/notes.txt"

    def come(done: int, total: int, name: str) -> None:
        stranger.parent.mkdir(exist_ok=True)
        stranger.write_bytes(b"mine")

    summary = mark_photos(**plan(source), workers=SameProcess(), progress=come)
    outcome = {o.name: o for o in summary.outcomes}["notes.txt"]
    assert (outcome.fate, outcome.after) == (Fate.UNWRITABLE, None)
    assert "another file of the output has this name" in outcome.reason
    assert stranger.read_bytes() == b"mine"
    assert summary.counts[Fate.MARKED] == 6


@pytest.mark.parametrize("step", ["open", "rename"])
def test_a_name_that_the_file_system_refuses_costs_that_file_only(
    source: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """As FAT refuses colons, and encrypting file systems names of 200 letters."""
    (source / "a: b.jpg").write_bytes(encode(scene(), "JPEG"))
    plain = getattr(Path, step)

    def refuse(path: Path, *arguments: object, **more: object) -> object:
        target = arguments[0] if step == "rename" else path
        if step == "rename" and Path(str(target)).name == "a: b.jpg":
            raise OSError(errno.EINVAL, "Invalid argument")
        if step == "open" and path.suffix == ".part" and refused == path.name:
            raise OSError(errno.ENAMETOOLONG, "File name too long")
        return plain(path, *arguments, **more)

    arguments = plan(source, share=1.0)
    job = next(job for job in arguments["jobs"] if job.name == "a: b.jpg")
    monkeypatch.setattr("isotopes.photos.run.engine.secrets.token_hex", lambda _: "0" * 8)
    refused = part_name(job, "0" * 8).name
    monkeypatch.setattr(Path, step, refuse)
    summary = mark_photos(**arguments, workers=SameProcess())
    outcome = {o.name: o for o in summary.outcomes}["a: b.jpg"]
    assert outcome.fate is Fate.UNWRITABLE
    assert outcome.reason.startswith("the output folder refuses it: ")
    assert summary.counts[Fate.MARKED] == 12
    assert not list((source.parent / "marked").rglob("*.part"))
    monkeypatch.undo()
    assert run(source, share=1.0).counts[Fate.MARKED] == 13


def test_what_the_system_leaves_in_the_output_does_not_matter(source: Path) -> None:
    run(source)
    (source.parent / "marked/.DS_Store").write_bytes(b"")
    assert run(source).resumed == 13


def test_output_changed_since_it_was_written_is_refused(source: Path) -> None:
    run(source)
    changed = source.parent / "marked/notes.txt"
    changed.write_bytes(b"edited")
    with pytest.raises(FolderError, match=r"notes\.txt was changed since it was written"):
        run(source)
    assert changed.read_bytes() == b"edited"


@pytest.mark.parametrize(
    "other", [{"mark": square()}, {"alpha": 0.2}, {"share": 0.25}, {"strip": "gps"}]
)
def test_another_plan_is_refused(source: Path, other: dict[str, object]) -> None:
    run(source)
    with pytest.raises(FolderError, match="this output folder was begun with"):
        run(source, **other)


def test_photos_added_later_are_added_to_the_output(source: Path) -> None:
    first = plan(source)
    mark_photos(**first, workers=SameProcess())
    (source / "new.jpg").write_bytes(encode(scene(), "JPEG"))
    new = Job("new.jpg", source / "new.jpg", first["output"] / "new.jpg", None, 0.4)
    summary = mark_photos(**{**first, "jobs": [*first["jobs"], new]}, workers=SameProcess())
    assert summary.resumed == 13
    assert summary.counts[Fate.COPIED] == 8


def test_two_runs_at_once_are_refused(source: Path) -> None:
    arguments = plan(source)
    refused: list[str] = []

    def second(done: int, total: int, name: str) -> None:
        if not refused:
            with pytest.raises(FolderError, match="another process is marking") as caught:
                mark_photos(**arguments, workers=SameProcess())
            refused.append(str(caught.value))

    mark_photos(**arguments, workers=SameProcess(), progress=second)
    assert refused


def test_a_journal_in_the_output_is_refused(source: Path) -> None:
    arguments = plan(source)
    arguments["journal"] = arguments["output"] / "journal.sqlite"
    with pytest.raises(FolderError, match="journal must lie outside the output folder"):
        mark_photos(**arguments, workers=SameProcess())


def test_a_journal_of_another_version_is_refused(source: Path) -> None:
    arguments = plan(source)
    with sqlite3.connect(arguments["journal"]) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(FolderError, match="must be of version 2, got 7"):
        mark_photos(**arguments, workers=SameProcess())


def test_a_file_that_is_no_journal_is_refused(source: Path) -> None:
    arguments = plan(source)
    arguments["journal"].write_bytes(b"something else" * 100)
    with pytest.raises(FolderError, match="can't be read or written"):
        mark_photos(**arguments, workers=SameProcess())
    with pytest.raises(FolderError, match="can't be read or written"):
        mark_photos(**{**arguments, "journal": source / "notes.txt/journal"}, workers=SameProcess())


def test_an_output_that_cannot_be_made_is_refused(source: Path) -> None:
    arguments = plan(source)
    arguments["output"].write_bytes(b"")
    with pytest.raises(FolderError, match="output folder can't be made"):
        mark_photos(**arguments, workers=SameProcess())


def test_a_full_disk_stops_the_run_and_the_next_goes_on(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, marked = os.fsync, source.parent / "marked"

    def full_disk(number: int) -> None:
        if marked.is_dir() and len(tree(marked)) > 4:  # four and the next, half written
            raise OSError(errno.ENOSPC, "No space left on device")
        real(number)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full_disk)
        with pytest.raises(FolderError, match="can't be written.*No space left") as caught:
            run(source)
    assert "run the same again" in (caught.value.hint or "")
    assert len(tree(marked)) == 4
    assert run(source).resumed == 4


def test_strip_reaches_marked_and_unmarked_pictures(source: Path) -> None:
    for number in range(4):
        (source / f"gps{number}.png").write_bytes(full("PNG"))
    (source / "notes.xmp").write_bytes(b"<x/>")
    (source / "old.gif").write_bytes(encode(scene(), "GIF"))
    summary = run(source, strip="gps")
    found = {outcome.name: outcome for outcome in summary.outcomes}
    assert {found[f"gps{n}.png"].fate for n in range(4)} == {Fate.MARKED, Fate.STRIPPED}
    for number in range(4):
        assert b"47,22" not in (source.parent / f"marked/gps{number}.png").read_bytes()
    for name in ("notes.xmp", "old.gif"):
        assert found[name].fate is Fate.SKIPPED
        assert found[name].reason.startswith("its metadata can't be removed")
        assert not (source.parent / "marked" / name).exists()
    assert found["notes.txt"].fate is Fate.COPIED


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1.png.json", '{"title": "a", "geoData": {"latitude": 47.3763, "longitude": 8.5417}}'),
        ("track.gpx", '<gpx><trkpt lat="47.3763" lon="8.5417"/></gpx>'),
        ("map.geojson", '{"geometry": {"coordinates": [8.5417, 47.3763]}}'),
        ("long.kml", "<coordinates>8.5417,47.3763</coordinates>" + "é" * 99_999),
        ("windows.txt", "Zürich 47.3763, 8.5417".encode("utf-16")),
        ("cut.txt", "taken at 47.3763, 8.5417 " + "x" + "é" * 99_999),
    ],
)
def test_texts_that_tell_a_position_are_left_out_of_what_is_stripped(
    source: Path, name: str, text: str | bytes
) -> None:
    (source / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    run(source, strip="gps")
    assert not (source.parent / "marked" / name).exists()
    assert (source.parent / "marked" / "notes.txt").exists()


def test_stripping_alone_leaves_the_pixels(source: Path) -> None:
    (source / "gps.jpg").write_bytes(full("JPEG"))
    output, journal = source.parent / "marked", source.parent / "journal.sqlite"
    jobs, _ = plan_jobs(scan(source), source, output, {}, alpha=0.4, strip="all")
    mark_photos(jobs, output=output, journal=journal, workers=SameProcess())
    before, after = (folder.joinpath("gps.jpg").read_bytes() for folder in (source, output))
    assert (decode(after) == decode(before)).all()
    assert b"Maker" not in after


def test_a_name_that_cannot_be_marked_is_no_choice(source: Path) -> None:
    with pytest.raises(FolderError, match="may be chosen, got notes.txt"):
        plan_jobs(
            scan(source), source, source.parent / "marked", {"notes.txt": gratings()}, alpha=0.4
        )
    with pytest.raises(BlendError, match="alpha"):
        plan_jobs(scan(source), source, source.parent / "marked", {}, alpha=2.0)


def test_the_journal_keeps_no_mark(source: Path) -> None:
    arguments = plan(source)
    mark_photos(**arguments, workers=SameProcess())
    canvas = gratings().canvas.tobytes()
    assert canvas[:64] not in arguments["journal"].read_bytes()
    with open_journal(arguments["journal"]) as log:
        assert len(log.outcomes()) == 13


@pytest.mark.skipif(os.name == "nt", reason="no permissions there")
def test_nobody_else_can_read_which_files_are_marked(source: Path) -> None:
    arguments = plan(source)
    arguments["journal"] = source.parent / "journals/journal.sqlite"
    seen: list[int] = []

    def look(done: int, total: int, name: str) -> None:
        files = arguments["journal"].parent.iterdir()
        seen.extend(stat.S_IMODE(path.stat().st_mode) for path in files)

    before = os.umask(0)
    try:
        mark_photos(**arguments, workers=SameProcess(), progress=look)
    finally:
        os.umask(before)
    assert set(seen) == {0o600}
    assert len(seen) == 2 * 13  # the file and its log
    assert stat.S_IMODE(arguments["journal"].parent.stat().st_mode) == 0o700


def test_summary_as_json_and_as_text(source: Path) -> None:
    summary = run(source)
    told = summary.to_dict()
    assert told["counts"] == {
        "marked": 6,
        "copied": 7,
        "stripped": 0,
        "tagged": 0,
        "skipped": 0,
        "unreadable": 0,
        "unwritable": 0,
    }
    assert told["bytes"] == sum(map(len, tree(source.parent / "marked").values()))
    notes = {"name": "notes.txt", "fate": "copied", "reason": "not a picture", "left_out": []}
    assert notes in told["files"]
    assert str(replace(summary, seconds=1.0)) == "6 marked, 7 copied in 1.0 s"


def test_threads_may_run_side_by_side(source: Path, tmp_path: Path) -> None:
    """The pixel path switches Pillow's allocator, which is one for the whole process."""
    from isotopes.photos.jpeg.through_pixels import mark_pixels

    data = encode(scene(200, 300), "JPEG")
    expected = mark_pixels(data, gratings(), Insertion.blend(0.4))
    results: list[bytes] = []

    def work() -> None:
        results.append(mark_pixels(data, gratings(), Insertion.blend(0.4)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8
