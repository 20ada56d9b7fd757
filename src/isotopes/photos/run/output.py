"""The output folder: may this run write here, and what is left over from one that was killed?"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection
from pathlib import Path

from isotopes.errors import FolderError
from isotopes.photos.folders import PART, SYSTEM, find_files
from isotopes.photos.run.jobs import Job
from isotopes.photos.run.writing import discard


def part_name(job: Job, run: str) -> Path:
    """The temporary name of a job's file: equally short for every file, so that long names fit.

    Args:
        run: 8 hexadecimal digits that no other run has.
    """
    place = hashlib.sha256(os.fsencode(job.name)).hexdigest()[:16]
    return job.target.with_name(f".isotopes-{run}-{place}.part")


def clean(output: Path, recorded: Collection[str]) -> bool:
    """Remove temporary files of runs that were killed; is any file of an earlier run still there?

    Args:
        output: made if needed.
        recorded: names of the files that earlier runs wrote.

    Raises:
        FolderError: it holds other files, can't be made, or can't be listed.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(f"the output folder can't be made: {output}: {error.strerror}") from error
    strangers, begun = [], False
    for path in find_files(output):
        if PART.fullmatch(path.name):
            discard(path)
        elif path.relative_to(output).as_posix() in recorded:
            begun = True
        elif path.name.lower() not in SYSTEM:
            strangers.append(path.name)
    if strangers:
        raise FolderError(
            f"the output folder must hold nothing that this run didn't write,"
            f" got {len(strangers)} such files, for instance {min(strangers)}",
            hint="choose a new folder, or go on with the vault that the folder was begun with",
        )
    return begun


def try_to_write(output: Path) -> None:
    """Raise FolderError unless files can be written there."""
    try:
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        raise FolderError(
            f"the output folder can't be written: {output}: {error.strerror}",
            hint="set its permissions, or choose another folder",
        ) from error
