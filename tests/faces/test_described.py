"""A face engine that a person describes: what the description may say, and what follows from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from isotopes.errors import AnswerError, TargetUnusable
from isotopes.faces import open_face_search
from isotopes.faces.described import NAME
from isotopes.faces.kinds.http_faces import HttpFaces
from isotopes.targets.scores import Completeness
from isotopes.testing.face_formats.http_faces import DESCRIPTION

WHOLE = DESCRIPTION.replace("PLACE", "http://127.0.0.1:9/")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_KEY", "secret")


def opened(folder: Path, before: str = "", after: str = "") -> HttpFaces:
    assert before in WHOLE
    path = folder / "faces.toml"
    path.write_text(WHOLE.replace(before, after) if before else WHOLE, encoding="utf-8")
    engine = open_face_search(f"http-faces:{path}")
    assert isinstance(engine, HttpFaces)
    return engine


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("[answer]", "[answers]", r"\[answer\] at is missing"),
        ("limit = 1000", "limit = 0", r"\[answer\] limit must be a whole number from 1"),
        (f"subject={NAME}", "subject=all", r"\[enrol\] url or body must hold"),
        ("[delete]", "[remove]", "there is no field remove"),
        ('similarity = "similarity"', 'similarity = "]"', "must be a JMESPath expression"),
        ("${TARGET_KEY}", "${TARGET_UNSET}", "TARGET_UNSET.*is not set"),
        ("http://127.0.0.1:9/api/v1/recognition/faces", "ftp://host/faces", "url must be http"),
    ],
)
def test_what_is_described_wrongly_is_said(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    with pytest.raises(TargetUnusable, match=message):
        opened(tmp_path, before, after)


def test_what_decides_the_answers_is_part_of_the_identity(tmp_path: Path) -> None:
    changes = [
        ("", ""),
        ("prediction_count=1000", "prediction_count=9"),
        ('"file": "{{image_base64}}"', '"picture": "{{image_base64}}"'),
        ("subjects", "people"),
        ("limit = 1000", "limit = 9"),
        ('id = "subject"', 'id = "subject"\nunit = "percent"'),
        ("longest_side = 1250", 'format = "jpeg"'),
    ]
    identities = {opened(tmp_path, *change).identity() for change in changes}
    assert len(identities) == len(changes)
    assert opened(tmp_path).identity() in identities
    assert "secret" not in str(identities)


def test_answers_are_read_as_described(tmp_path: Path) -> None:
    faces = [{"subject": "ann", "similarity": 40}, {"subject": "bob", "similarity": 90}]
    answer = {"result": [{"subjects": faces}]}
    percent = opened(tmp_path, "limit = 1000", 'unit = "percent"')._read(answer)
    assert [(match.id, match.similarity) for match in percent.ranked] == [
        ("bob", 0.9),
        ("ann", 0.4),
    ]
    assert percent.completeness is Completeness.FULL
    with pytest.raises(AnswerError, match=r"must be in \[0, 1\], got 40"):
        opened(tmp_path)._read(answer)
    with pytest.raises(AnswerError, match="shows 2 faces, but is described to show at most 1"):
        opened(tmp_path, "limit = 1000", 'limit = 1\nunit = "percent"')._read(answer)


def test_what_it_cannot_do_is_said(tmp_path: Path) -> None:
    path = tmp_path / "faces.toml"
    path.write_text(WHOLE.partition("[enrol]")[0], encoding="utf-8")
    engine = open_face_search(f"http-faces:{path}")
    with pytest.raises(TargetUnusable, match="doesn't say how to enrol faces"):
        engine.enrol([], [])
    with pytest.raises(TargetUnusable, match="a face engine needs a file"):
        open_face_search("http-faces:")
