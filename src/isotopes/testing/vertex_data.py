"""The training data of a Vertex AI project: files in a bucket, and a list that labels them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

from isotopes.targets.target import Picture
from isotopes.testing.wire import decode_file

Objects = Mapping[tuple[str, str], bytes]  # bucket and name
Labelled = list[tuple[Picture, str]]


def read_import(objects: Objects, uris: Sequence[str]) -> Labelled:
    """The labelled pictures that import files name, in their order.

    Args:
        uris: ``gs://BUCKET/NAME`` of import files in CSV, each line ``gs://BUCKET/PICTURE,LABEL``.

    Raises:
        ValueError: a file is missing or malformed.
    """
    found: Labelled = []
    for uri in uris:
        for number, line in enumerate(csv.reader(_file(objects, uri).decode().splitlines()), 1):
            if len(line) != 2:
                raise ValueError(f"line {number} of {uri} must be a picture's uri and its label")
            found.append((decode_file(_file(objects, line[0])), line[1]))
    return found


def _file(objects: Objects, uri: str) -> bytes:
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    if not uri.startswith("gs://") or (bucket, name) not in objects:
        raise ValueError(f"there is no object {uri}")
    return objects[bucket, name]
