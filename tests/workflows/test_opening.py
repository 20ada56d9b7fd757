"""What `isotopes check --target` says to somebody who names something else than a model."""

from __future__ import annotations

from pathlib import Path

import pytest
from target_cases import set_credentials

from isotopes.errors import TargetUnusable
from isotopes.faces import face_search_kinds
from isotopes.testing.face_formats.http_faces import DESCRIPTION
from isotopes.workflows.opening import open_model


@pytest.mark.parametrize("kind", sorted(face_search_kinds()))
def test_a_gallery_is_sent_to_its_own_check(kind: str) -> None:
    with pytest.raises(TargetUnusable, match=f"{kind} is a face-search engine") as caught:
        open_model(f"{kind}:my-resource/my faces")
    said = f"isotopes faces check NAME --engine '{kind}:my-resource/my faces'"
    assert said in str(caught.value.hint)


def test_a_description_of_a_face_engine_is_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_credentials(monkeypatch)
    file = tmp_path / "faces.toml"
    file.write_text(DESCRIPTION.replace("PLACE", "http://127.0.0.1:9/"), encoding="utf-8")
    with pytest.raises(TargetUnusable, match="describes a face engine") as caught:
        open_model(str(file))
    assert f"isotopes faces check NAME --engine http-faces:{file}" in str(caught.value.hint)


def test_what_names_nothing_is_told_as_before() -> None:
    with pytest.raises(TargetUnusable, match="no kind of target is called 'vertx'"):
        open_model("vertx:a/b")
