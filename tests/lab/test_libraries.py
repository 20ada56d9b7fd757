"""Networks of other libraries: built untrained or from local files, and refused in plain words."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from isotopes.errors import IsotopesError
from isotopes.lab.models.bank import load_model, save_model
from isotopes.lab.networks import get_architecture, libraries
from isotopes.lab.train.training import Model

TINY = {
    "model_type": "resnet",
    "hidden_sizes": [8, 16],
    "depths": [1, 1],
    "embedding_size": 8,
    "layer_type": "basic",
}


def test_an_unknown_name_names_the_libraries_too() -> None:
    with pytest.raises(IsotopesError, match="no network is called 'vgg:x'") as caught:
        get_architecture("vgg:x")
    for choice in ("compact", "hf:NAME"):
        assert choice in (caught.value.hint or "")


@pytest.mark.parametrize("prefix", sorted(libraries()))
def test_a_library_that_is_missing_is_named(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    package = {"hf": "transformers"}.get(prefix, prefix)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(IsotopesError, match=f"'{prefix}:some' needs {package}") as caught:
        get_architecture(f"{prefix}:some")
    assert "install" in (caught.value.hint or "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pytest.importorskip("transformers")
    (tmp_path / "config.json").write_text(json.dumps(TINY), encoding="utf-8")
    return tmp_path


def test_a_folder_s_configuration_is_built_and_comes_back_from_a_file(folder: Path) -> None:
    name = f"hf:{folder}"
    network = get_architecture(name).build(3).eval()
    with torch.inference_mode():
        assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 3)
    model = Model(network, name, ("a", "b", "c"), (0.5,) * 3, (0.2,) * 3, (32, 32))
    save_model(model, folder / "trained.safetensors")
    pixels = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    again = load_model(folder / "trained.safetensors")
    np.testing.assert_array_equal(again.predict(pixels), model.predict(pixels))


def test_a_folder_s_weights_are_taken_and_its_labels_replaced(folder: Path) -> None:
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.manual_seed(0)
    untrained = get_architecture(f"hf:{folder}")
    before = untrained.digest()
    kept: Any = untrained.build(5)
    kept.classifier.save_pretrained(folder)
    found = get_architecture(f"hf:{folder}")
    assert found.digest() != before
    loaded: Any = found.build(3)
    weights = loaded.classifier.state_dict()
    for key, value in kept.classifier.state_dict().items():
        if key.startswith("resnet."):
            assert torch.equal(weights[key], value)
    assert loaded(torch.zeros(2, 3, 32, 32)).shape == (2, 3)


def test_architectures_go_by_their_names_and_nothing_is_downloaded() -> None:
    pytest.importorskip("transformers")
    assert get_architecture("hf:resnet").digest() == ""
    with pytest.raises(IsotopesError, match="has no architecture 'owner/model'") as caught:
        get_architecture("hf:owner/model")
    assert "nothing is downloaded" in (caught.value.hint or "")
    with pytest.raises(IsotopesError, match="'t5' classifies no images"):
        get_architecture("hf:t5").build(3)
