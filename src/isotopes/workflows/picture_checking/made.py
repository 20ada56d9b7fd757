"""The folder of all pictures that a generator made when asked: journal and evidence in one.

Each picture is on disk before anybody looks at it, so a run that is killed pays for nothing twice.
``made.json`` beside them says who was asked for what, and was written before the first request.

    made.json
    GROUP/00003-00017.png    the prompt's number, and the seed
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import overload

from isotopes.errors import FolderError, reading, unreadable
from isotopes.files import atomic_write
from isotopes.photos import read_picture
from isotopes.strict_json import read_json
from isotopes.targets import Picture
from isotopes.targets.generators import PictureGenerator, Wish
from isotopes.targets.generators.picture_file import ENDINGS, ending_of
from isotopes.workflows.picture_checking.prompts import Prompt, WishList

ABOUT, MADE_FORMAT = "made.json", "isotopes-made/1"
WHAT = "what a generator was asked for"


class MadePictures:
    """The pictures in the folder, for what was asked for."""

    def __init__(self, folder: Path, asked: WishList) -> None:
        self._folder = folder
        self._number = {prompt: number for number, prompt in enumerate(asked.prompts)}

    def holds(self, prompt: Prompt, wish: Wish) -> bool:
        """Whether this picture was made already."""
        return self._find(prompt, wish) is not None

    def pictures(self, asked: Sequence[tuple[Prompt, Wish]]) -> Sequence[tuple[str, Picture]]:
        """Names and pictures of all that was asked for, each read when its turn comes.

        Raises:
            FolderError: one is missing.
        """
        paths = [self._find(prompt, wish) for prompt, wish in asked]
        if None in paths:
            raise FolderError(f"{self._folder} lacks {paths.count(None)} pictures that were made")
        return _Files(self._folder, [path for path in paths if path is not None])

    def _path(self, prompt: Prompt, wish: Wish) -> Path:
        """Without an ending."""
        name = f"{self._number[prompt]:05}-{wish.seed:05}"
        return self._folder / prompt.group / name

    def _find(self, prompt: Prompt, wish: Wish) -> Path | None:
        path = self._path(prompt, wish)
        found = (path.with_suffix(ending) for ending in ENDINGS)
        return next((one for one in found if one.is_file()), None)


class Made(MadePictures):
    """The folder while one generator is asked; what comes is stored there."""

    def __init__(self, folder: Path, generator: PictureGenerator, asked: WishList) -> None:
        """Open the folder; make it if there is none.

        Raises:
            FolderError: it holds something else, or pictures of another generator or of other
                prompts, or it can't be written.
        """
        super().__init__(folder, asked)
        about = {
            "format": MADE_FORMAT,
            "generator": generator.name,
            "identity": generator.identity(),
            **asked.to_dict(),
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            names = {path.name for path in folder.iterdir()}
        except OSError as error:
            raise FolderError(unreadable(folder, error)) from None
        if ABOUT in names:
            self._check_same(about)
        elif names:
            raise FolderError(
                f"{folder} is not empty and holds no {ABOUT}",
                hint="name a new folder for what the generator makes",
            )
        else:
            self._write(folder / ABOUT, json.dumps(about, ensure_ascii=False, indent=1).encode())

    def store(self, prompt: Prompt, wish: Wish, file: bytes) -> None:
        """Keep a picture's file; returns when it is on disk.

        Raises:
            FolderError: it can't be written.
        """
        self._write(self._path(prompt, wish).with_suffix(ending_of(file)), file)

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(exist_ok=True)
            with atomic_write(path, durable=True) as part:
                part.write_bytes(data)
        except OSError as error:
            raise FolderError(f"{path} can't be written: {error.strerror}") from error

    def _check_same(self, about: Mapping[str, object]) -> None:
        found = read_about(self._folder)
        differs = [
            f"{name} {_short(found.get(name))}, not {_short(about[name])}"
            for name in about
            if found.get(name) != about[name]
        ]
        if differs:
            raise FolderError(
                f"{self._folder} holds pictures that were asked for otherwise: "
                + "; ".join(differs),
                hint="name a new folder; whoever asks again after a result must report both",
            )


def read_about(folder: Path) -> Mapping[str, object]:
    """What `made.json` says.

    Raises:
        FolderError: it can't be read.
    """
    with reading(folder / ABOUT, WHAT):
        found = read_json((folder / ABOUT).read_bytes())
        if not isinstance(found, dict):
            raise ValueError(f"it must hold a JSON object, got {type(found).__name__}")
        return found


def _short(value: object) -> str:
    return "others" if isinstance(value, list) else f"{value!r:.80}"


class _Files(Sequence[tuple[str, Picture]]):
    def __init__(self, folder: Path, paths: list[Path]) -> None:
        self._folder, self._paths = folder, paths

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, index: int) -> tuple[str, Picture]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[str, Picture]]: ...
    def __getitem__(self, index: int | slice) -> tuple[str, Picture] | list[tuple[str, Picture]]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        path = self._paths[index]
        return path.relative_to(self._folder).as_posix(), read_picture(path)
