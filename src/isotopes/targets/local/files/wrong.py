"""One rule for all formats: what is wrong with a network's file, and what to do about it.

It says that nothing is there, or a folder; that the file is empty; that it looks like another
format; that it begins like none; or that it is the right one, but cut short or damaged, and how
that shows. A library's own words remain for what is whole and can't be run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from isotopes.errors import TargetUnusable, unreadable
from isotopes.targets.local.files.looks import CUT_ARCHIVE, KERAS, FileLook, look_at
from isotopes.targets.local.files.whole import OtherFileWrong

_SHOWN = 16  # bytes from the start of a file that nothing is recognised in
_AGAIN = "compare its length and checksum with those where it came from, and fetch it again"

Whole = Callable[[Path], None]  # raises ValueError with what is wrong, as `whole.py` does


def check_file(path: Path, kind: str, format: str, whole: Whole) -> None:  # noqa: A002
    """Is this a whole file of this format?

    Args:
        kind: of target, which its name stands for.
        format: what people call such a file.
        whole: looks for what is wrong with it.

    Raises:
        TargetUnusable: it isn't; the message says which file it is and what is wrong, and the hint
            what to do.
    """
    if path.is_dir():
        raise TargetUnusable(
            f"{path} is a folder, not a file", hint=f"name the {format} file itself"
        )
    if not path.is_file():
        raise TargetUnusable(f"there is no {format} file {path}")
    try:
        if not path.stat().st_size:
            raise TargetUnusable(f"{path} is an empty file", hint="fetch it again")
        whole(path)
    except OSError as error:
        raise TargetUnusable(unreadable(path, error)) from error
    except OtherFileWrong as error:
        raise TargetUnusable(f"{error.path} {error}", hint=_AGAIN) from error
    except ValueError as error:
        raise _wrong(path, kind, format, str(error)) from error


@contextmanager
def saying_other_format(path: Path, kind: str, format: str) -> Iterator[None]:  # noqa: A002
    """Around what loads a file: an error says so if the file looks like another format."""
    try:
        yield
    except TargetUnusable as error:
        look = look_at(path)
        if look is None or _fits(look, path, kind):
            raise
        raise _another(path, format, look) from error


def _wrong(path: Path, kind: str, format: str, why: str) -> TargetUnusable:  # noqa: A002
    look = look_at(path)
    if look is None:
        with path.open("rb") as file:
            start = file.read(_SHOWN)
        return TargetUnusable(
            f"{path} is damaged, or no {format} file: {why}; its first bytes are {start!r}",
            hint=_AGAIN,
        )
    if not _fits(look, path, kind):
        return _another(path, format, look)
    return TargetUnusable(f"{path} is cut short or damaged: {why}", hint=_AGAIN)


def _another(path: Path, format: str, look: FileLook) -> TargetUnusable:  # noqa: A002
    return TargetUnusable(
        f"{path} is named as {format}, but looks like {look.words}", hint=look.advice
    )


def _fits(look: FileLook, path: Path, kind: str) -> bool:
    name = path.name.lower()
    if look is CUT_ARCHIVE:
        return name.endswith(KERAS.endings)
    return look.kind == kind and (not look.endings or name.endswith(look.endings))
