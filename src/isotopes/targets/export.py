"""Queries as picture files, for a person or an auditor who asks the model by hand.

The folder doesn't show what is tested: marked, decoy and clean pictures have the same kind of name,
in an order drawn from a secret seed, and the files hold nothing but pixels. The key file says which
is which and stays with the person who exported them. With it `saved:answers.csv` reads the answers
(`targets/kinds/saved.py`).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from PIL import Image

from isotopes.errors import FolderError
from isotopes.files import flush
from isotopes.seeds import KeyStream
from isotopes.targets.answer import picture_digest
from isotopes.targets.target import Picture, Target

KEY_FORMAT = "isotopes query key 3"


@dataclass(frozen=True, eq=False)
class Query:
    """A picture to ask, and its role (``mark``, ``decoy 7``, ``clean``), which only the key file
    reveals."""

    picture: Picture
    role: str


@dataclass(frozen=True)
class QueryKey:
    """The content of a key file.

    Attributes:
        target, target_identity: which target the queries are for.
        embeds: whether it answers with embeddings instead of labels.
        plan: what was fixed before a picture was written (`Plan.fixed`).
        pictures: the digest of each picture, by file name without ending (``query-0001``).
    """

    target: str
    target_identity: str
    embeds: bool
    plan: str
    pictures: Mapping[str, bytes]


def write_queries(
    queries: Sequence[Query],
    target: Target,
    folder: Path,
    key_file: Path,
    *,
    plan: str,
    seed: bytes,
) -> int:
    """Write each picture once, as ``query-0001.png`` and so on; returns how many there are.

    The folder appears only when it is complete.

    Args:
        queries: taken one at a time, so a sequence may draw them on demand.
        target: which one they are for; it is not asked.
        folder: new; may be passed on.
        key_file: new, outside the folder, mode 0600; must not be passed on.
        plan: what the answers will decide: the check's `Plan.fixed`.
        seed: 32 secret bytes for the order. Whoever knows the seed knows the order, and so the
            true mark.

    Raises:
        FolderError: one of them exists already, or the key would lie in the folder.
    """
    _check_places(folder, key_file)
    partial = folder.with_name(folder.name + ".partial")
    try:
        with _new_private_file(key_file) as key, _new_folder(partial):
            written = _write_pictures(queries, partial, seed)
            _write_key(key, target, plan, written)
            partial.rename(folder)
    except OSError as error:
        raise FolderError(
            f"queries can't be exported to {folder}: {error.filename}: {error.strerror}",
            hint="delete what an interrupted export left there first",
        ) from error
    return len(written)


def read_key(key_file: Path) -> QueryKey:
    """Read the key file that `write_queries` wrote.

    Raises:
        FolderError: not a key file.
    """
    try:
        key = json.loads(key_file.read_text("utf-8"))
        if key["format"] != KEY_FORMAT:
            raise ValueError(key["format"])
        pictures = {
            Path(query["file"]).stem: bytes.fromhex(query["picture"].removeprefix("sha256:"))
            for query in key["queries"]
        }
        about = key["target"]
        if not isinstance(about["embeds"], bool) or not isinstance(key["plan"], str):
            raise TypeError(about["embeds"], key["plan"])
        return QueryKey(about["name"], about["identity"], about["embeds"], key["plan"], pictures)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise FolderError(
            f"{key_file} can't be read as a key file of exported queries",
            hint="name the file that was written when the queries were exported",
        ) from error


def _check_places(folder: Path, key_file: Path) -> None:
    for place in (folder, key_file):
        if place.exists():
            raise FolderError(f"{place} exists already", hint="name a new one")
    if key_file.resolve().is_relative_to(folder.resolve()):
        raise FolderError(
            f"the key file must lie outside the folder of queries, got {key_file}",
            hint="the folder is meant to be passed on, the key is not",
        )


def _write_pictures(
    queries: Sequence[Query], folder: Path, seed: bytes
) -> dict[bytes, tuple[str, list[str]]]:
    """Write the pictures; returns file name and roles by digest, in order of the names."""
    digits = max(4, len(str(len(queries))))
    written: dict[bytes, tuple[str, list[str]]] = {}
    for index in KeyStream(seed).permutation(len(queries)):
        query = queries[int(index)]
        digest = picture_digest(query.picture)
        if digest not in written:
            name = f"query-{len(written) + 1:0{digits}}.png"
            Image.fromarray(query.picture).save(folder / name)
            written[digest] = (name, [])
        written[digest][1].append(query.role)
    return written


def _write_key(
    file: TextIO, target: Target, plan: str, written: Mapping[bytes, tuple[str, list[str]]]
) -> None:
    key = {
        "format": KEY_FORMAT,
        "target": {
            "name": target.name,
            "identity": target.identity(),
            "embeds": target.embeds,
        },
        "plan": plan,
        "queries": [
            {"file": name, "picture": f"sha256:{digest.hex()}", "roles": roles}
            for digest, (name, roles) in written.items()
        ],
    }
    json.dump(key, file, indent=1)
    file.flush()
    flush(file.fileno())


@contextmanager
def _new_private_file(path: Path) -> Iterator[TextIO]:
    """A file of mode 0600; deleted if the block fails."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        try:
            yield file
        except BaseException:
            path.unlink()
            raise


@contextmanager
def _new_folder(path: Path) -> Iterator[None]:
    """A folder; deleted if the block fails."""
    path.mkdir(parents=True)
    try:
        yield
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
