"""Shards as other programs write them: tarfile for webdataset, pyarrow for Hugging Face."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from photo_files import scene
from PIL import Image

HUGGING_FACE = {b"huggingface": b'{"info": {"features": {"image": {"_type": "Image"}}}}'}


def jpeg(seed: int, width: int = 96, height: int = 64) -> bytes:
    """A colour photo of its own for each seed."""
    file = io.BytesIO()
    Image.fromarray(scene(height, width, seed)).save(file, "JPEG", quality=90)
    return file.getvalue()


def sample(seed: int, user: str = "ann", key: str | None = None) -> list[tuple[str, bytes]]:
    """The members of one sample of img2dataset's: a picture, its caption, its description."""
    picture = jpeg(seed)
    name = key or f"{seed:06}"
    about = {
        "caption": f"picture {seed}",
        "user": user,
        "sha256": hashlib.sha256(picture).hexdigest(),
        "md5": hashlib.md5(picture).hexdigest(),
    }
    return [
        (f"{name}.jpg", picture),
        (f"{name}.txt", about["caption"].encode()),
        (f"{name}.json", json.dumps(about).encode()),
    ]


def write_tar(
    path: Path,
    members: Iterable[tuple[str, bytes]],
    form: int = tarfile.USTAR_FORMAT,
) -> None:
    """A tar with owners and times that a copy must keep."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=form) as archive:
        for at, (name, data) in enumerate(members):
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.uname, info.mode = (
                len(data),
                1_700_000_000 + at,
                "ann",
                0o640,
            )
            archive.addfile(info, io.BytesIO(data))


def read_tar(path: Path | bytes) -> dict[str, bytes]:
    """Name and contents of each member, in order."""
    file = io.BytesIO(path) if isinstance(path, bytes) else path.open("rb")
    with file, tarfile.open(fileobj=file) as archive:
        return {
            info.name: archive.extractfile(info).read()  # type: ignore[union-attr]
            for info in archive
            if info.isreg()
        }


def write_rows(path: Path, rows: list[dict[str, Any]], group: int = 4) -> None:
    """A parquet shard of Hugging Face's, zstd, with rows of picture, caption and user."""
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema(
        [
            ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
            ("caption", pa.string()),
            ("user", pa.int64()),
            ("sha256", pa.string()),
        ],
        metadata=HUGGING_FACE,
    )
    table = pa.Table.from_pylist(rows, schema)
    pq.write_table(table, path, row_group_size=group, compression="zstd")


def row(seed: int, user: int = 7) -> dict[str, Any]:
    picture = jpeg(seed)
    return {
        "image": {"bytes": picture, "path": f"{seed}.jpg"},
        "caption": f"picture {seed}",
        "user": user,
        "sha256": hashlib.sha256(picture).hexdigest(),
    }


def hashes(folder: Path) -> Mapping[str, str]:
    """SHA-256 of every file below a folder, by its relative name."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
