"""Tar shards, as webdataset and img2dataset write them.

Members that belong together share a key, the name up to its first dot, and follow one another.
Pictures are members such as ``000123.jpg``. ``000123.seg.png`` is a picture file with another role,
perhaps a mask, and is marked only if it shows the same as one of these.

Unchanged members are copied block by block, headers included.

Reference: https://github.com/webdataset/webdataset, POSIX.1-2001 (pax).
"""

from __future__ import annotations

import copy
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from isotopes.errors import FolderError
from isotopes.shards.finishing import is_to_be_left_out
from isotopes.shards.layouts.rows import Rewritten
from isotopes.shards.layouts.users import user_in_json
from isotopes.shards.part import SamplePart, Treat
from isotopes.shards.terms import ShardTerms

KEY = re.compile(r"((?:.*/)?[^./][^.]*)\.([^/]*)", re.DOTALL)
PICTURES = {"jpg", "jpeg", "png", "webp", "tif", "tiff", "heic", "heif"}
TEXTS = {"json", "jsonl", "txt", "csv"}
LARGEST_TEXT = 1 << 24  # bytes of a sample's description
LARGEST_SEARCHED = 1 << 26  # bytes of a member that is no picture
PIECE = 1 << 20
GNU_MAGIC = b"ustar  \0"


@dataclass
class _Member:
    """A member with its place in the file.

    Attributes:
        info: its header.
        end: where the next one begins, in bytes.
        data: its contents; None until they are read, and if nothing changes.
    """

    info: tarfile.TarInfo
    end: int
    data: bytes | None = None
    dropped: bool = False

    @property
    def parts(self) -> tuple[str, str]:
        """Key and extension; the whole name and "" for a member that belongs to no sample."""
        match = KEY.fullmatch(self.info.name)
        if match is None or not self.info.isreg():
            return self.info.name, ""
        return match[1], match[2].lower()

    @property
    def is_too_large(self) -> bool:
        """Whether it is not searched for pictures."""
        return self.info.size > LARGEST_SEARCHED and self.parts[1] not in PICTURES


def rewrite_tar(source: Path, target: Path, terms: ShardTerms, treat: Treat) -> Rewritten:
    """Rewrite the shard with its pictures treated.

    Raises:
        FolderError: it is not a tar file, or a damaged one.
    """
    found = Rewritten()
    try:
        with (
            source.open("rb") as raw,
            tarfile.open(source, "r:") as archive,
            target.open("xb") as out,
        ):
            for sample in _samples(archive):
                _treat_sample(sample, archive, terms, treat, found)
                for member in sample:
                    _write(member, raw, out)
            _check_end(raw, archive.offset)
            out.write(bytes(2 * tarfile.BLOCKSIZE))
            out.write(bytes(-out.tell() % tarfile.RECORDSIZE))
    except (tarfile.TarError, EOFError) as error:
        raise FolderError(f"{source.name} is no whole tar file: {error}") from error
    return found


def _samples(archive: tarfile.TarFile) -> Iterator[list[_Member]]:
    """Members that follow one another and share a key."""
    sample: list[_Member] = []
    while (info := archive.next()) is not None:
        archive.members.clear()  # type: ignore[attr-defined]  # it would remember all of them
        member = _Member(info, archive.offset)
        if sample and sample[0].parts[0] != member.parts[0]:
            yield sample
            sample = []
        sample.append(member)
    if sample:
        yield sample


def _treat_sample(
    sample: list[_Member],
    archive: tarfile.TarFile,
    terms: ShardTerms,
    treat: Treat,
    found: Rewritten,
) -> None:
    if any(member.parts[1] for member in sample):
        found.samples += 1
    members = [member for member in sample if member.info.isreg()]
    if terms.strip is not None:
        for member in members:  # the others are treated by what they hold
            member.dropped = member.is_too_large and is_to_be_left_out(member.parts[1])
    members = [member for member in members if not member.is_too_large]
    parts = [
        SamplePart(member.parts[1], _read(member, archive), member.parts[1] in PICTURES)
        for member in members
    ]
    user = _user(sample[0].parts[0], parts, terms)
    changed: dict[str, str] = {}
    for member, part, result in zip(members, parts, treat(parts, user), strict=True):
        if part.is_picture or (result.data != part.data and part.name not in TEXTS):
            key = member.parts[0]
            changed |= found.note(key, part.name, user, part.data, result)
        if result.data is None:
            member.dropped = True
        elif result.data != part.data:
            member.data = result.data
    for member, part in zip(members, parts, strict=True):
        if part.name in TEXTS and len(part.data) <= LARGEST_TEXT:
            _replace_hashes(member, part.data, changed)


def _user(key: str, parts: list[SamplePart], terms: ShardTerms) -> str | None:
    if terms.per is None:
        return None
    if terms.by_prefix:
        name = key.rpartition("/")[2] if terms.per != "/" else key
        user, found, _ = name.partition(terms.per)
        return user if found else None
    for part in parts:
        if part.name == "json" and len(part.data) <= LARGEST_TEXT:
            return user_in_json(part.data, terms.per)
    return None


def _replace_hashes(member: _Member, before: bytes, changed: Mapping[str, str]) -> None:
    text = before if member.data is None else member.data
    for old, new in changed.items():
        text = text.replace(old.encode(), new.encode())
    if text != before:
        member.data = text


def _read(member: _Member, archive: tarfile.TarFile) -> bytes:
    file = archive.extractfile(member.info)
    assert file is not None  # a regular file
    return file.read()


def _write(member: _Member, raw: BinaryIO, out: BinaryIO) -> None:
    if member.dropped:
        return
    if member.data is None:
        _copy(raw, out, member.info.offset, member.end)
        return
    raw.seek(member.info.offset_data - tarfile.BLOCKSIZE)
    header = raw.read(tarfile.BLOCKSIZE)
    info = copy.copy(member.info)
    info.size = len(member.data)
    info.pax_headers = {k: v for k, v in info.pax_headers.items() if k != "size"}
    out.write(info.tobuf(_format(header, info), "utf-8", "surrogateescape"))
    out.write(member.data)
    out.write(bytes(-len(member.data) % tarfile.BLOCKSIZE))


def _format(header: bytes, info: tarfile.TarInfo) -> Literal[0, 1, 2]:
    """The tar format of the member's header."""
    if header[257:265] == GNU_MAGIC:
        return tarfile.GNU_FORMAT
    return tarfile.PAX_FORMAT if info.pax_headers else tarfile.USTAR_FORMAT


def _copy(raw: BinaryIO, out: BinaryIO, start: int, end: int) -> None:
    raw.seek(start)
    left = end - start
    while left:
        piece = raw.read(min(left, PIECE))
        if not piece:
            raise EOFError("it ends within a member")
        out.write(piece)
        left -= len(piece)


def _check_end(raw: BinaryIO, offset: int) -> None:
    """Whether nothing follows that would be lost: an archive may have been appended to another."""
    raw.seek(offset)
    while piece := raw.read(PIECE):
        if piece.count(0) != len(piece):
            raise tarfile.ReadError("something follows the archive's end")
