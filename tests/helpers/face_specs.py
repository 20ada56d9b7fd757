"""How each face engine is named, where it asks a fake at some address."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from isotopes.faces import OpenableFaceSearch, open_face_search
from isotopes.testing.face_formats.http_faces import DESCRIPTION

SPECS = {
    "rekognition-faces": "rekognition-faces:us-east-1/mine@{url}",
    "facepp": "facepp:mine@{url}facepp/v3",
    "azure-face": "azure-face:{url}mine",
    "http-faces": "http-faces:{file}",
}


def open_engine(kind: str, url: str) -> OpenableFaceSearch:
    """The engine of this kind that asks the fake at `url`."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "faces.toml"
        file.write_text(DESCRIPTION.replace("PLACE", url), encoding="utf-8")
        return open_face_search(SPECS[kind].format(url=url, file=file))
