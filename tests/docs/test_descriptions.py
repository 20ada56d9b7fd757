"""The page on descriptions and saved answers: its examples are read, and no field is missing."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from isotopes.faces import described as described_faces
from isotopes.faces.described import read_face_description
from isotopes.targets.generators import description as made
from isotopes.targets.generators.description import read_generator
from isotopes.targets.http import description as http
from isotopes.targets.http.description import read_http_description
from isotopes.targets.http.embeddings import description as embeddings
from isotopes.targets.http.embeddings.description import read_encoder
from isotopes.targets.kinds.encoders import transformers_encoder
from isotopes.targets.kinds.encoders.transformers_encoder import read_encoder_folder
from isotopes.targets.local import description as local
from isotopes.targets.local.answer_file import read_table
from isotopes.targets.local.description import read_description
from isotopes.targets.local.embeddings.vector_file import read_vector_table

PAGE = (Path(__file__).parents[2] / "docs" / "descriptions.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [text for name, text in BLOCKS if name == kind]


def test_the_descriptions_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_TOKEN", "a secret")
    endpoint, words, generator, faces, network, service, folder = blocks("toml")
    asked = "url = 'http://host/'\n[request]\nbody = '{\"a\": \"{{image_base64}}\"}'\n"
    (tmp_path / "words.toml").write_text(asked + words, encoding="utf-8")
    assert read_http_description(tmp_path / "words.toml").answer.known_labels == ("cat", "dog")
    (tmp_path / "faces.toml").write_text(faces, encoding="utf-8")
    assert read_face_description(tmp_path / "faces.toml").limit == 1000
    (tmp_path / "generator.toml").write_text(generator, encoding="utf-8")
    assert read_generator(tmp_path / "generator.toml").price == 0.04
    (tmp_path / "service.toml").write_text(service, encoding="utf-8")
    assert read_encoder(tmp_path / "service.toml").service.answer.id is not None
    (tmp_path / "folder.toml").write_text(folder, encoding="utf-8")
    assert len(read_encoder_folder(tmp_path / "folder.toml").prompts) == 2
    (tmp_path / "endpoint.toml").write_text(endpoint, encoding="utf-8")
    found = read_http_description(tmp_path / "endpoint.toml")
    assert (found.name, found.template.batch, found.answer.limit) == ("the service", 8, 3)
    (tmp_path / "model.toml").write_text(network, encoding="utf-8")
    assert read_description(tmp_path / "model.toml").labels == ("cat", "dog", "frog")


def test_every_field_is_described() -> None:
    """Those that the code reads, by name."""
    endpoint, _, generator, faces, network, service, folder = blocks("toml")
    for module, text, fewest in (
        (http, endpoint, 6),
        (local, network, 6),
        (made, generator, 4),
        (described_faces, faces, 6),
        (embeddings, service, 5),
        (transformers_encoder, folder, 4),
    ):
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        fields = set(re.findall(r'\.(?:required|optional|table)\(\s*"(\w+)"', source))
        described = {*re.findall(r"^\[?(\w+)", text, re.MULTILINE)}
        missing = fields - described - set(re.findall(r"`(\w+)`", PAGE))
        assert len(fields) >= fewest
        assert missing == set()


@pytest.mark.parametrize("number", range(3))
def test_the_answers_are_read_and_say_the_same(tmp_path: Path, number: int) -> None:
    kind, text = [("jsonl", blocks("jsonl")[0]), *[("csv", t) for t in blocks("csv")]][number]
    path = tmp_path / f"answers.{kind}"
    path.write_text(text, encoding="utf-8")
    table = read_table(path)
    assert table.pictures == ["query-0001.png", "query-0002.png"]
    assert table.labels == ("cat", "dog")
    assert table.values.tolist() == [[0.9, 0.1], [0.2, 0.8]]


def test_the_embeddings_are_read_and_say_the_same(tmp_path: Path) -> None:
    lines, archive = tmp_path / "answers.jsonl", tmp_path / "answers.npz"
    lines.write_text(blocks("jsonl")[1], encoding="utf-8")
    table = read_vector_table(lines)
    assert table.vectors.tolist() == [[0.12, -0.5, 0.33], [0.11, -0.48, 0.35]]
    (program,) = blocks("python")
    arguments = {"np": np, "names": table.pictures, "vectors": table.vectors}
    exec(program.replace("answers.npz", str(archive)), arguments)
    assert (
        read_vector_table(archive).pictures
        == table.pictures
        == ["query-0001.png", "query-0002.png"]
    )
    assert read_vector_table(archive).vectors.tolist() == table.vectors.tolist()
