"""CLIP and DINO as `transformers` saves them, tiny and with weights drawn here."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.special import softmax
from tiny_network import pictures

from isotopes.errors import AnswerError, TargetError, TargetUnusable
from isotopes.stats.scores.embeddings import embeddings_in
from isotopes.targets import open_target

pytestmark = pytest.mark.torch
LABELS = ("a dog", "a cat", "a hat")
SIDE = 32


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    transformers = pytest.importorskip("transformers")
    import torch

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    folder = tmp_path_factory.mktemp("encoders")
    torch.manual_seed(7)
    usual = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {**usual, "intermediate_size": 16, "vocab_size": 20, "max_position_embeddings": 12}
    text |= {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    image = {**usual, "intermediate_size": 16, "image_size": SIDE, "patch_size": 16}
    config = transformers.CLIPConfig(
        text_config=text, vision_config=image, projection_dim=8, initializer_factor=20.0
    )
    transformers.CLIPModel(config).save_pretrained(folder / "clip")
    transformers.CLIPImageProcessor(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    ).save_pretrained(folder / "clip")
    write_tokenizer(folder / "clip")
    dino = transformers.Dinov2Config(**usual, mlp_ratio=1, image_size=SIDE, patch_size=16)
    transformers.Dinov2Model(dino).save_pretrained(folder / "dino")
    transformers.BitImageProcessor(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    ).save_pretrained(folder / "dino")
    return folder


def write_tokenizer(folder: Path) -> None:
    """A vocabulary of whole words."""
    import transformers
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    words = ["<start>", "<end>", "<other>", "a", "photo", "of", "dog", "cat", "hat"]
    made = Tokenizer(WordLevel({word: at for at, word in enumerate(words)}, unk_token="<other>"))
    made.pre_tokenizer = Whitespace()
    made.post_processor = TemplateProcessing(
        single="<start> $A <end>", special_tokens=[("<start>", 0), ("<end>", 1)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<end>", eos_token="<end>", model_max_length=12
    ).save_pretrained(folder)


def write_anchors(folder: Path) -> dict[str, list[np.ndarray]]:
    found = {}
    for seed, label in enumerate(LABELS):
        found[label] = pictures(2 + seed, (SIDE, SIDE), seed=seed)
        (folder / "anchors" / label).mkdir(parents=True)
        for at, picture in enumerate(found[label]):
            Image.fromarray(picture).save(folder / "anchors" / label / f"{at}.png")
    return found


def describe(folder: Path, model: Path, *more: str) -> str:
    path = folder / "encoder.toml"
    lines = [f"model = {json.dumps(str(model))}", f"labels = {json.dumps(LABELS)}", *more]
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"transformers-encoder:{path}"


def unit(raw: np.ndarray) -> np.ndarray:
    return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True))


@pytest.mark.parametrize("model", ["clip", "dino"])
def test_answers_are_a_softmax_over_cosines_with_the_anchors(
    model: str, folders: Path, tmp_path: Path
) -> None:
    import torch
    import transformers

    anchors = write_anchors(tmp_path)
    target = open_target(describe(tmp_path, folders / model, 'anchors = "anchors"', "scale = 9"))
    network = transformers.AutoModel.from_pretrained(folders / model).eval()
    processor = transformers.AutoImageProcessor.from_pretrained(folders / model)

    def embedded(some: list[np.ndarray]) -> np.ndarray:
        pixels = processor([Image.fromarray(one) for one in some], return_tensors="pt")
        with torch.inference_mode():
            if model == "clip":
                seen = network.vision_model(**pixels).pooler_output
                found = network.visual_projection(seen)
            else:
                found = network(**pixels).last_hidden_state[:, 0]  # layer-normed class token
        return unit(found.double().numpy())

    some = pictures(3, (40, SIDE), seed=9)
    means = unit(np.stack([embedded(anchors[label]).mean(axis=0) for label in LABELS]))
    scores = target.ask(some)
    assert scores.labels == target.labels == LABELS
    np.testing.assert_allclose(
        scores.values, softmax(9 * embedded(some) @ means.T, axis=1), atol=1e-5
    )
    assert np.ptp(scores.values, axis=0).max() > 1e-4  # it looks at the pictures
    assert {label: len(one) for label, one in target.anchors.items()} == dict(
        zip(LABELS, (2, 3, 4), strict=True)
    )
    described = tmp_path / "alone.toml"
    described.write_text(f"model = {json.dumps(str(folders / model))}")
    alone = open_target(f"transformers-encoder:{described}")
    assert (alone.embeds, alone.labels, alone.unchecked_anchors) == (True, None, False)
    found = embeddings_in(alone.ask(some).values)
    np.testing.assert_allclose(found, embedded(some), atol=1e-5)
    assert alone.identity() != target.identity()


def test_prompts_make_clip_a_zero_shot_classifier(folders: Path, tmp_path: Path) -> None:
    import torch
    import transformers

    words = [f"a photo of {label}" for label in LABELS]
    target = open_target(describe(tmp_path, folders / "clip", f"prompts = {json.dumps(words)}"))
    network = transformers.CLIPModel.from_pretrained(folders / "clip").eval()
    processor = transformers.AutoImageProcessor.from_pretrained(folders / "clip")
    tokens = transformers.AutoTokenizer.from_pretrained(folders / "clip")
    some = pictures(3, (SIDE, SIDE), seed=9)
    pixels = processor([Image.fromarray(one) for one in some], return_tensors="pt")
    with torch.inference_mode():
        said = network(**pixels, **tokens(words, padding=True, return_tensors="pt"))
    wanted = said.logits_per_image.softmax(dim=1).numpy()  # CLIP's own, by its own scale
    np.testing.assert_allclose(target.ask(some).values, wanted, atol=1e-5)
    assert target.anchors == {}
    other = [word.replace("dog", "cat") for word in words]
    again = open_target(describe(tmp_path, folders / "clip", f"prompts = {json.dumps(other)}"))
    assert again.identity() != target.identity()


@pytest.mark.parametrize(
    ("model", "more", "said"),
    [
        ("dino", ['prompts = ["a", "b", "c"]'], "has no text side"),
        ("clip", ['prompts = ["a", "b"]'], "each of 3 labels needs one prompt, got 2"),
        ("clip", [], "labels need anchors or prompts"),
        ("clip", ['anchors = "x"', 'prompts = ["a", "b", "c"]'], "either anchors or prompts, got"),
        ("clip", ['anchors = "x"'], "anchors must be a folder"),
        ("clip", ['anchors = "x.npy"'], "there is no file"),
        ("clip", ['anchors = "x"', "scale = 0"], "scale must be a number above 0"),
        ("clip", ['anchor = "x"'], "did you mean 'anchors'"),
        ("nowhere", ['anchors = "x"'], "can't be loaded as an encoder of pictures"),
    ],
)
def test_what_can_t_be_compared_is_told(
    model: str, more: list[str], said: str, folders: Path, tmp_path: Path
) -> None:
    with pytest.raises(TargetUnusable) as caught:
        open_target(describe(tmp_path, folders / model, *more))
    assert said in f"{caught.value}; {caught.value.hint}"


@pytest.mark.parametrize(
    "damage",
    [
        {"config.json": b"{"},
        {"config.json": b'{"model_type": "theirs", "auto_map": {"AutoModel": "code.Model"}}'},
        {"preprocessor_config.json": b"{"},
        {"preprocessor_config.json": b'{"size": {"height": 100000, "width": 100000}}'},
        {"model.safetensors": b"\xff" * 64},
        {"model.safetensors": None},
    ],
)
def test_a_damaged_folder_is_refused_in_one_line(
    damage: dict[str, bytes | None], folders: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(folders / "dino", tmp_path / "damaged"))
    write_anchors(tmp_path)
    for name, data in damage.items():
        (folder / name).unlink() if data is None else (folder / name).write_bytes(data)
    with pytest.raises((TargetError, AnswerError)) as caught:
        open_target(describe(tmp_path, folder, 'anchors = "anchors"')).ask(pictures(1))
    assert "\n" not in str(caught.value)


def test_without_the_package_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(TargetError, match="needs the package transformers"):
        open_target(describe(tmp_path, tmp_path, 'anchors = "anchors"'))
