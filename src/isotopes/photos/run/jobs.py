"""What is to be done with each file: fixed before the first one is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from isotopes.blending import check_alpha
from isotopes.canonical import digest
from isotopes.errors import FolderError
from isotopes.marks import Mark
from isotopes.photos.credential import Credential
from isotopes.photos.fate import Entry, Fate, FileOutcome, Strip
from isotopes.photos.folders import check_folders

COMPANY = "left out, as pictures that show the same carry the mark"
DIGEST_SIDE = 64  # pixels; two marks that look alike at this size are one mark


@dataclass(frozen=True)
class Job:
    """What is to be done with one file.

    Attributes:
        name: relative to the input folder, parts joined by "/".
        source: the original, never written to.
        target: the output.
        mark: upright on the picture as shown; None to leave the pixels alone.
        alpha: visibility in [0, 1].
        strip: which metadata to take out: None, "gps" or "all".
        reason: why it is not to be marked; empty if it simply wasn't chosen.
        memory: bytes that marking it takes at the peak, roughly.
        in_company: whether other pictures show the same and carry the mark. If this one can't be
            marked after all, it must not be in the output unmarked.
        opt_out: put in a note that the picture is not for training models.
        coloured: whether the picture is known not to be grey.
        credential: also signs that note; None for no signed one.
    """

    name: str
    source: Path
    target: Path
    mark: Mark | None
    alpha: float
    strip: Strip = None
    reason: str = ""
    memory: int = 0
    in_company: bool = False
    opt_out: bool = False
    coloured: bool = False
    credential: Credential | None = None

    @property
    def is_copy(self) -> bool:
        """Whether the file is only copied, unread."""
        return self.mark is None and self.strip is None and not self.opt_out


def plan_jobs(
    entries: Iterable[Entry],
    source: Path,
    output: Path,
    marks: Mapping[str, Mark],
    *,
    alpha: float,
    strip: Strip = None,
    opt_out: bool = False,
    credential: Credential | None = None,
    in_company: Collection[str] = (),
) -> tuple[list[Job], list[FileOutcome]]:
    """One job for each entry that goes into the output, and the outcomes of all the others.

    Args:
        entries: of `scan(source)`.
        marks: the mark of each chosen picture, by name; all others stay unmarked.
        opt_out: put the note into all pictures, marked or not, so that it betrays no mark.
        credential: also signs that note.
        in_company: names of pictures that show the same as others.

    Raises:
        FolderError: the folders overlap, or a chosen name isn't that of a markable picture.
        BlendError: alpha out of range.
    """
    check_folders(source, output)
    check_alpha(alpha)
    jobs, left_out, markable = [], [], set()
    for entry in entries:
        if entry.fate in {Fate.SKIPPED, Fate.UNREADABLE}:
            left_out.append(FileOutcome(entry.name, entry.fate, entry.reason))
            continue
        mark = marks.get(entry.name)
        if entry.fate is Fate.MARKABLE:
            markable.add(entry.name)
        jobs.append(
            Job(
                entry.name,
                source / entry.name,
                output / entry.name,
                mark,
                alpha,
                strip,
                entry.reason,
                entry.memory,
                in_company=mark is not None and entry.name in in_company,
                opt_out=opt_out,
                coloured=entry.content is not None and entry.content.coloured,
                credential=credential,
            )
        )
    stray = sorted(set(marks) - markable)
    if stray:
        raise FolderError(f"only a picture that can be marked may be chosen, got {stray[0]}")
    return jobs, left_out


def plan_texts(jobs: Iterable[Job]) -> dict[str, str]:
    """For each name a text that says what decides its output: mark, alpha, strip and opt-out."""
    known: dict[int, str] = {}  # by identity: thousands of jobs share a mark
    texts = {}
    for job in jobs:
        text = f"strip={job.strip} opt-out={job.opt_out}"
        if job.credential is not None:
            text += f" signed={job.credential.digest}"
        if job.mark is not None:
            if id(job.mark) not in known:
                known[id(job.mark)] = _mark_digest(job.mark)
            text += f" alpha={job.alpha!r} mark={known[id(job.mark)]}"
        texts[job.name] = text
    return texts


def is_marking(plan: str) -> bool:
    """Whether a text of `plan_texts` puts a mark into the picture."""
    return " mark=" in plan


def _mark_digest(mark: Mark) -> str:
    rendered = mark.render(DIGEST_SIDE, DIGEST_SIDE)
    return digest(rendered.pixels.tobytes() + rendered.full_mask.tobytes())
