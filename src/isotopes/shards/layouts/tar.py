"""Tar shards, as webdataset and img2dataset write them.

Members that belong together share a key, the name up to its first dot, and follow one another.
Pictures are members such as ``000123.jpg``. ``000123.seg.png`` is a picture file with another role,
perhaps a mask, and stays as it is.

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
from isotopes.shards.layouts.rows import Rewritten
from isotopes.shards.layouts.users import user_in_json
from isotopes.shards.terms import ShardTerms
from isotopes.shards.treating import Treat

KEY = re.compile(r"((?:.*/)?[^./][^.]*)\.([^/]*)", re.DOTALL)
PICTURES = {"jpg", "jpeg", "png", "webp", "tif", "tiff", "heic", "heif"}
TEXTS = {"json", "jsonl", "txt", "csv"}
LARGEST_TEXT = 1 << 24  # bytes of a sample's description
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
    pictures = [member for member in sample if member.parts[1] in PICTURES]
    if any(member.parts[1] for member in sample):
        found.samples += 1
    if not pictures:
        return
    texts = {
        id(member): _read(member, archive)
        for member in sample
        if member.parts[1] in TEXTS and member.info.size <= LARGEST_TEXT
    }
    user = _user(sample, texts, terms)
    for member in pictures:
        key, extension = member.parts
        before = _read(member, archive)
        result = treat(before, user)
        changed = found.note(key, extension, user, before, result)
        if result.data is None:
            member.dropped = True
        elif result.data != before:
            member.data = result.data
            for text in sample:
                if id(text) in texts:
                    _replace_hashes(text, texts, changed)


def _user(sample: list[_Member], texts: dict[int, bytes], terms: ShardTerms) -> str | None:
    if terms.per is None:
        return None
    if terms.by_prefix:
        name = sample[0].parts[0].rpartition("/")[2] if terms.per != "/" else sample[0].parts[0]
        user, found, _ = name.partition(terms.per)
        return user if found else None
    for member in sample:
        if member.parts[1] == "json" and id(member) in texts:
            return user_in_json(texts[id(member)], terms.per)
    return None


def _replace_hashes(member: _Member, texts: dict[int, bytes], changed: Mapping[str, str]) -> None:
    text = texts[id(member)]
    for old, new in changed.items():
        text = text.replace(old.encode(), new.encode())
    if text != texts[id(member)]:
        texts[id(member)] = member.data = text


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
