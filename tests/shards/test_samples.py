"""Samples that show their picture more than once, and what else of them tells a position."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from photo_files import scene
from PIL import Image
from shard_files import jpeg, read_tar, write_tar

from isotopes.shards.exif_field import without_exif
from isotopes.shards.layouts.parquet import rewrite_parquet, rewrite_table
from isotopes.shards.part import SamplePart, Treated
from isotopes.shards.sample import treat_sample
from isotopes.shards.terms import ShardTerms
from isotopes.shards.treating import treating

Make = Callable[..., ShardTerms]
GPS = Image.Exif()
GPS[0x8825] = {1: "N", 2: (47.0, 22.0, 6.0)}


def coded(seed: int, kind: str, side: float = 1, **options: Any) -> bytes:
    """The picture of `shard_files.jpeg`, larger, in another format and size."""
    file = io.BytesIO()
    picture = Image.fromarray(scene(128, 192, seed))
    size = int(192 * side), int(128 * side)
    picture.resize(size, Image.Resampling.BOX).save(file, kind, **options)
    return file.getvalue()


def about(seed: int) -> bytes:
    small = base64.b64encode(coded(seed, "JPEG", 0.5)).decode()
    return json.dumps({"caption": "a picture", "thumb": small}).encode()


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("webp", lambda seed: coded(seed, "WEBP", quality=90)),
        ("thumb.jpg", lambda seed: coded(seed, "JPEG", 0.5)),
        ("jpg", lambda seed: coded(seed, "JPEG", quality=70)),
    ],
)
def test_pictures_of_a_sample_that_show_the_same_are_marked_alike(
    make_terms: Make, name: str, twin: Callable[[int], bytes]
) -> None:
    fates = set()
    for seed in range(8):
        parts = [
            SamplePart("jpg", coded(seed, "JPEG"), True),
            SamplePart(name, twin(seed), "." not in name),
        ]
        first, second = treat_sample(parts, None, make_terms(share=0.5))
        changed = [one.data != part.data for one, part in zip((first, second), parts, strict=True)]
        assert changed == [first.marked, second.marked]
        assert first.marked == second.marked
        fates.add(first.marked)
    assert fates == {True, False}


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("gif", lambda seed: coded(seed, "GIF")),
        ("orig", lambda seed: coded(seed, "BMP", 0.5)),
        ("json", about),
        ("pyd", lambda seed: b"\x80\x04\0" + coded(seed, "PNG")),
        ("grey.jpg", lambda seed: grey(coded(seed, "JPEG"))),
        ("mirrored.jpg", lambda seed: mirrored(coded(seed, "JPEG"))),
    ],
)
def test_a_copy_that_cant_be_marked_leaves_the_picture_unmarked(
    terms: ShardTerms, name: str, twin: Callable[[int], bytes]
) -> None:
    parts = [SamplePart("jpg", coded(1, "JPEG"), True), SamplePart(name, twin(1))]
    first, second = treat_sample(parts, None, terms)
    assert (first.data, second.data) == (parts[0].data, parts[1].data)
    assert first.reason


def test_other_pictures_of_a_sample_are_no_copies(terms: ShardTerms) -> None:
    mask = np.where(scene(128, 192, 7)[..., :1] > 128, 255, 0).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(np.broadcast_to(mask, (128, 192, 3)).copy()).save(file, "PNG")
    parts = [
        SamplePart("jpg", coded(1, "JPEG"), True),
        SamplePart("seg.png", file.getvalue()),
        SamplePart("other.gif", coded(2, "GIF")),
        SamplePart("json", about(3)),
        SamplePart("npy", bytes(range(256)) * 9),
    ]
    marked, *others = treat_sample(parts, None, terms)
    assert marked.marked
    assert others == [Treated(part.data) for part in parts[1:]]


def test_lists_and_plain_columns_of_a_row_are_compared(tmp_path: Path, terms: ShardTerms) -> None:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    rows = [
        {"id": 1, "image": as_row(1), "more": [as_row(1), as_row(5), None], "small": None},
        {"id": 2, "image": as_row(2), "more": None, "small": coded(2, "GIF", 0.5)},
        {"id": 3, "image": None, "more": [], "small": b"embedding"},
    ]
    schema = pa.schema(
        [("id", pa.int64()), ("image", kind), ("more", pa.list_(kind)), ("small", pa.binary())]
    )
    pq.write_table(pa.Table.from_pylist(rows, schema), tmp_path / "a.parquet")
    with treating(terms, careful=False) as treat:
        found = rewrite_parquet(tmp_path / "a.parquet", tmp_path / "b.parquet", terms, treat)
    assert [(row.sample, row.member, row.marked) for row in found.rows] == [
        ("0", "image", True),
        ("0", "more", True),
        ("0", "more", True),
        ("1", "image", False),
    ]
    first, *others = pq.read_table(tmp_path / "b.parquet").to_pylist()
    assert others == rows[1:]
    assert first["image"]["bytes"] == first["more"][0]["bytes"] != as_row(1)["bytes"]
    assert first["more"][2] is None


def test_hashes_follow_wherever_a_row_holds_them(tmp_path: Path, terms: ShardTerms) -> None:
    """One that stayed would show which pictures carry the mark."""

    def rows(data: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(data)
        return {
            "list": [digest.hexdigest(), None],
            "json": json.dumps({"sha256": digest.hexdigest()}),
            "raw": digest.digest(),
            "fixed": digest.digest(),
        }

    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    schema = pa.schema(
        [
            *(("image", kind), ("list", pa.list_(pa.string())), ("json", pa.large_string())),
            *(("raw", pa.binary()), ("fixed", pa.binary(32))),
        ]
    )
    row = {"image": as_row(1), **rows(as_row(1)["bytes"])}
    pq.write_table(pa.Table.from_pylist([row], schema), tmp_path / "a.parquet")
    with treating(terms, careful=False) as treat:
        rewrite_parquet(tmp_path / "a.parquet", tmp_path / "b.parquet", terms, treat)
    (after,) = pq.read_table(tmp_path / "b.parquet").to_pylist()
    assert after == {"image": after["image"], **rows(after["image"]["bytes"])} != row


@pytest.mark.parametrize("strip", ["gps", "all"])
def test_no_position_stays_in_a_sample(tmp_path: Path, make_terms: Make, strip: str) -> None:
    from isotopes.shards.layouts.tar import rewrite_tar

    tags = {"Image Make": "Canon", "GPS GPSLatitude": "[47, 22, 6]", "Note": "47.3763, 8.5417"}
    described = {"caption": "a lake", "exif": json.dumps(tags), "width": 192}
    members = [
        ("1.jpg", coded(1, "JPEG", exif=GPS)),
        ("1.seg.png", coded(2, "PNG", exif=GPS)),
        ("1.json", json.dumps(described).encode()),
        ("2.jpg", coded(3, "GIF", comment=b"47.3763, 8.5417")),
        ("3.gif", coded(3, "GIF", comment=b"47.3763, 8.5417")),
        ("3.bin", coded(4, "GIF", comment=b"47.3763, 8.5417")),
        ("3.mp4", b"\0\0\0\x18ftypmp42" + b"+47.3763+008.5417/"),
        ("3.xmp", b"<x exif:GPSLatitude='47,22.1N'/>"),
        ("3.txt", b"a lake"),
        ("3.npy", b"\x93NUMPY\x01\0"),
    ]
    write_tar(tmp_path / "a.tar", members)
    terms = make_terms(strip=strip)
    with treating(terms, careful=False) as treat:
        rewrite_tar(tmp_path / "a.tar", tmp_path / "b.tar", terms, treat)
    after = read_tar(tmp_path / "b.tar")
    assert list(after) == ["1.jpg", "1.seg.png", "1.json", "3.txt", "3.npy"]
    new = json.loads(after["1.json"])
    assert json.loads(new.pop("exif")) == ({"Image Make": "Canon"} if strip == "gps" else {})
    assert new == {"caption": "a lake", "width": 192}
    assert not any(b"47" in data for data in (after["1.json"], after["3.txt"]))
    for name in ("1.jpg", "1.seg.png"):
        assert not Image.open(io.BytesIO(after[name])).getexif().get_ifd(0x8825)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"exif": {"GPSLatitude": 47.4}, "p": NaN}', '{"exif": {}, "p": NaN}'),
        ('[{"about": {"EXIF": "{broken"}}]', '[{"about": {"EXIF": "{}"}}]'),
        ('{"exif": "{}", "exif": {"lat": 1}}', '{"exif": {}}'),
        ('{"exif": null, "title": "\u00e9"}', '{"exif": null, "title": "\u00e9"}'),
        ('{"exif": {"GPSLatitude": 47', None),
        ("[" * 100_000 + '"exif"', None),
    ],
)
def test_exif_in_odd_json(text: str, left: str | None) -> None:
    new = without_exif("json", text.encode(), "gps")
    assert new == (None if left is None else left.encode())


def test_img2datasets_table_loses_the_position_too(tmp_path: Path) -> None:
    tags = json.dumps({"Image Make": "Canon", "GPS GPSLatitude": "[47, 22, 6]"})
    table = pa.table({"key": ["1", "2"], "exif": [tags, None]})
    pq.write_table(table, tmp_path / "a.parquet")
    rewrite_table(tmp_path / "a.parquet", tmp_path / "b.parquet", {}, "gps")
    told = pq.read_table(tmp_path / "b.parquet")["exif"].to_pylist()
    assert told == [json.dumps({"Image Make": "Canon"}), None]


def grey(data: bytes) -> bytes:
    return saved(Image.open(io.BytesIO(data)).convert("L"))


def mirrored(data: bytes) -> bytes:
    return saved(Image.open(io.BytesIO(data)).transpose(Image.Transpose.FLIP_LEFT_RIGHT))


def saved(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92)
    return file.getvalue()


def as_row(seed: int) -> dict[str, Any]:
    return {"bytes": jpeg(seed, 192, 128), "path": f"{seed}.jpg"}
