from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from tiny_network import LABELS

from isotopes.errors import TargetError
from isotopes.targets.kinds.transformers_pipeline import TransformersTarget

pytestmark = pytest.mark.torch


def test_a_pickle_is_not_loaded(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from tiny_transformer import write_folder

    folder = write_folder(tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(TargetError, match="can't be loaded as an image classifier") as caught:
        TransformersTarget(str(folder))
    assert "safetensors" in str(caught.value.hint)


def test_code_that_comes_with_a_model_is_not_run(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from tiny_transformer import write_folder

    folder = write_folder(tmp_path / "model")
    about = json.loads((folder / "config.json").read_text("utf-8"))
    about |= {"model_type": "theirs", "auto_map": {"AutoConfig": "code.Config"}}
    (folder / "config.json").write_text(json.dumps(about), encoding="utf-8")
    (folder / "code.py").write_text("raise SystemExit('executed')", encoding="utf-8")
    with pytest.raises(TargetError, match="can't be loaded as an image classifier"):
        TransformersTarget(str(folder))


def test_labels_are_known_beforehand(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from tiny_transformer import write_folder

    assert TransformersTarget(str(write_folder(tmp_path / "model"))).labels == LABELS


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(TargetError, match="needs the package transformers") as caught:
        TransformersTarget("owner/model")
    assert caught.value.hint == "pip install 'data-isotopes[transformers]'"
