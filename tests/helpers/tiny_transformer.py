"""The tiny network of `tiny_network.py` as a folder that `transformers` reads."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from tiny_network import INPUT, LABELS, SIZE
from tiny_program import build

from isotopes.testing.formats.embeddings import embedding_of


@cache
def _classes() -> tuple[Any, Any]:
    """Configuration and model, made known to `transformers` under a name of their own."""
    import transformers
    from torch import nn
    from transformers.modeling_outputs import ImageClassifierOutput

    class TinyConfig(transformers.PretrainedConfig):
        model_type = "isotopes-tiny"

    class TinyModel(transformers.PreTrainedModel):
        config_class = TinyConfig
        main_input_name = "pixel_values"
        _no_split_modules: list[str] = []

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.network: nn.Module = build()
            self.post_init()

        def _init_weights(self, module: Any) -> None:
            """Nothing: weights are loaded."""

        def forward(self, pixel_values: Any, **_: Any) -> Any:
            return ImageClassifierOutput(logits=self.network(pixel_values))

    transformers.AutoConfig.register("isotopes-tiny", TinyConfig)
    transformers.AutoModelForImageClassification.register(TinyConfig, TinyModel)
    return TinyConfig, TinyModel


@cache
def _encoders() -> tuple[Any, Any]:
    """The same network as an encoder: see `isotopes.testing.formats.embeddings`."""
    import torch
    import transformers
    from transformers.modeling_outputs import BaseModelOutputWithPooling

    class TinyEncoderConfig(transformers.PretrainedConfig):
        model_type = "isotopes-tiny-encoder"

    class TinyEncoder(transformers.PreTrainedModel):
        config_class = TinyEncoderConfig
        main_input_name = "pixel_values"
        _no_split_modules: list[str] = []

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.network = build()
            self.post_init()

        def _init_weights(self, module: Any) -> None:
            """Nothing: weights are loaded."""

        def forward(self, pixel_values: Any, **_: Any) -> Any:
            found = self.network(pixel_values).double().softmax(dim=1)
            return BaseModelOutputWithPooling(
                pooler_output=torch.from_numpy(embedding_of(found.numpy()))
            )

    transformers.AutoConfig.register("isotopes-tiny-encoder", TinyEncoderConfig)
    transformers.AutoModel.register(TinyEncoderConfig, TinyEncoder)
    return TinyEncoderConfig, TinyEncoder


def write_encoder_folder(folder: Path, seed: int = 0) -> Path:
    """The network as an encoder whose embeddings `embedding_of` makes."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    config, model = _encoders()
    made = model(config())
    made.network = build(seed)
    made.save_pretrained(folder)
    _write_processor(folder)
    return folder


def write_folder(folder: Path, seed: int = 0) -> Path:
    """Write weights, configuration and preprocessing into `folder`."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    config, model = _classes()
    made = model(config(num_labels=len(LABELS), id2label=dict(enumerate(LABELS))))
    made.network = build(seed)
    made.save_pretrained(folder)
    _write_processor(folder)
    return folder


def _write_processor(folder: Path) -> None:
    import transformers

    transformers.ViTImageProcessor(
        size={"height": SIZE[0], "width": SIZE[1]},
        resample=4,  # the mean of all pixels
        image_mean=list(INPUT.mean),
        image_std=list(INPUT.std),
    ).save_pretrained(folder)
