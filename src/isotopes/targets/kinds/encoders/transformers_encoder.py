"""An encoder that `transformers` runs here, such as CLIP or DINO: `transformers-encoder:FILE.toml`.

Its answers are compared with anchors. Or, if it has a text side as CLIP has, with prompts: that
makes it a zero-shot classifier. Without either it answers with embeddings alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError, TargetUnusable
from isotopes.targets.answer import check_probabilities
from isotopes.targets.fields import errors_name, positive, read_toml, several, text
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.local.description import SCALE
from isotopes.targets.local.embeddings.anchored_target import AnchoredTarget
from isotopes.targets.local.embeddings.anchors import Anchors, directions, read_anchors
from isotopes.targets.local.embeddings.comparison import check_labels
from isotopes.targets.local.embeddings.numbers import embedding_scores
from isotopes.targets.local.transformers_folder import (
    WEIGHTS_AND_SETTINGS,
    check_size,
    first_line,
    identity_of_model,
    quiet_transformers,
)
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture

_TOKENIZERS = {".txt", ".model"}  # what some keep their vocabulary in


@dataclass(frozen=True)
class EncoderFolder:
    """A model, and what its embeddings are compared with.

    Attributes:
        model: a folder, or OWNER/MODEL on the hub.
        labels: in the order of anchors or prompts; none for embeddings alone.
        anchors: a folder with pictures of each label, or a ``.npy`` file of vectors; or None.
        prompts: one for each label; or none.
        scale: what cosines are multiplied with before the softmax; None for the model's own, or
            else 100.
    """

    model: str
    labels: tuple[str, ...]
    anchors: Path | None = None
    prompts: tuple[str, ...] = ()
    scale: float | None = None


def read_encoder_folder(path: Path) -> EncoderFolder:
    """Read the description in a TOML file; model folder and anchors lie beside it.

    Raises:
        TargetUnusable: no such file, not TOML, or fields that are missing, unknown or don't fit.
    """
    fields = read_toml(path, "it describes an encoder that transformers runs: docs/descriptions.md")
    with errors_name(path):
        model = fields.required("model", text)
        labels = fields.optional("labels", several(text), ())
        anchors = fields.optional("anchors", text, None)
        prompts = fields.optional("prompts", several(text), ())
        scale = fields.optional("scale", positive(), None)
        fields.finish()
        check_labels(labels, compared=anchors is not None or bool(prompts))
        if anchors is not None and prompts:
            raise TargetUnusable("an encoder has either anchors or prompts, got both")
        if prompts and len(prompts) != len(labels):
            raise TargetUnusable(
                f"each of {len(labels)} labels needs one prompt, got {len(prompts)}"
            )
    beside = path.parent / model
    return EncoderFolder(
        str(beside) if beside.is_dir() else model,
        labels,
        None if anchors is None else path.parent / anchors,
        prompts,
        scale,
    )


class TransformersEncoder(AnchoredTarget):
    """A model with its own preprocessing, whose embeddings are compared with anchors or prompts.

    Only safetensors are loaded, and no code that comes with a model is run.
    """

    kind: ClassVar[str] = "transformers-encoder"
    summary: ClassVar[str] = "ENCODER.toml, which names a model and its anchors or prompts"
    remote = False
    batch_size = 16

    def __init__(self, encoder: EncoderFolder) -> None:
        """Load the model, from the hub unless it is a folder, and embed anchors or prompts.

        Raises:
            TargetUnusable: there is none, it has no safetensors or needs custom code; or there are
                no anchors, or not one for each label.
            AnswerError: an embedding of zeros.
        """
        self._encoder = encoder
        self.embeds = not encoder.labels
        transformers = quiet_transformers(encoder.model)
        self._library = transformers.__version__
        try:
            self._network: Any = transformers.AutoModel.from_pretrained(
                encoder.model, use_safetensors=True, trust_remote_code=False
            ).eval()
            self._processor: Any = transformers.AutoImageProcessor.from_pretrained(
                encoder.model, trust_remote_code=False
            )
            check_size(encoder.model, self._processor)
        except TargetUnusable:
            raise
        except Exception as error:  # its own have no common base
            raise TargetUnusable(
                f"{encoder.model} can't be loaded as an encoder of pictures: {first_line(error)}",
                hint="name a folder or OWNER/MODEL that holds safetensors and a preprocessor",
            ) from error
        self._anchors = self._compared(transformers)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The encoder that the TOML file `spec` describes."""
        return cls(read_encoder_folder(cls.named_file(spec)))

    @property
    def name(self) -> str:
        return self._encoder.model

    @cached_property
    def _identity(self) -> str:
        about, endings = self._encoder, WEIGHTS_AND_SETTINGS | _TOKENIZERS
        config = self._network.config
        model = identity_of_model(self.kind, self._library, about.model, config, endings)
        anchors = None if about.prompts else self._anchors
        compared = list(about.prompts) if anchors is None else anchors.identity
        return digest_of([model, list(about.labels), compared, about.scale])

    def identity(self) -> str:
        """A hash of the library's version, the weights and settings, and anchors or prompts."""
        return self._identity

    @property
    def labels(self) -> tuple[str, ...] | None:
        return self._encoder.labels or None

    @property
    def unchecked_anchors(self) -> bool:
        return not self._encoder.prompts and super().unchecked_anchors  # prompts can be read

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        raw = self._embed(pictures)
        if self._anchors is None:
            return embedding_scores(self.name, raw)
        scores = self._anchors.scores(self.name, raw, self._encoder.labels, self._scale)
        check_probabilities(self.name, scores)
        return scores

    @property
    def _scale(self) -> float:
        if self._encoder.scale is not None:
            return self._encoder.scale
        learned = getattr(self._network, "logit_scale", None)
        return SCALE if learned is None else float(learned.detach().double().exp().reshape(-1)[0])

    def _compared(self, transformers: Any) -> Anchors | None:
        about = self._encoder
        if self.embeds:
            return None
        if about.anchors is None:
            return Anchors(directions(self.name, self._embed_prompts(transformers)))

        def embed(pictures: Sequence[Picture]) -> NDArray[np.float64]:
            starts = range(0, len(pictures), self.batch_size)
            return np.concatenate([self._embed(pictures[i : i + self.batch_size]) for i in starts])

        return read_anchors(about.anchors, about.labels, embed)

    def _embed(self, pictures: Sequence[Picture]) -> NDArray[np.float64]:
        images = [Image.fromarray(np.ascontiguousarray(picture)) for picture in pictures]
        try:
            inputs = self._processor(images, return_tensors="pt")
            encode = getattr(self._network, "get_image_features", self._network)
            found = self._numbers(encode, {"pixel_values": inputs["pixel_values"]})
        except Exception as error:  # whatever a model raises
            raise AnswerError(f"{self.name} can't be run: {first_line(error)}") from error
        if len(found) != len(pictures):
            raise AnswerError(f"{self.name} must embed {len(pictures)} pictures, got {len(found)}")
        return found

    def _embed_prompts(self, transformers: Any) -> NDArray[np.float64]:
        if not hasattr(self._network, "get_text_features"):
            raise TargetUnusable(
                f"{self.name} has no text side, so it can't be asked with prompts",
                hint="give anchors: a folder of pictures for each label",
            )
        try:
            tokens = transformers.AutoTokenizer.from_pretrained(self.name, trust_remote_code=False)
            # SigLIP was trained with texts of full length only.
            full = str(self._network.config.model_type).startswith("siglip")
            inputs = tokens(
                list(self._encoder.prompts),
                padding="max_length" if full else True,
                truncation=True,
                return_tensors="pt",
            )
            return self._numbers(self._network.get_text_features, dict(inputs))
        except Exception as error:  # whatever a model raises
            raise TargetUnusable(
                f"{self.name} can't embed the prompts: {first_line(error)}"
            ) from error

    @staticmethod
    def _numbers(encode: Any, inputs: Mapping[str, Any]) -> NDArray[np.float64]:
        """One row for each picture or text: the projected or pooled output, or the class token."""
        import torch

        with torch.inference_mode():
            out = encode(**inputs)
        if not torch.is_tensor(out):
            pooled = getattr(out, "pooler_output", None)
            out = out.last_hidden_state[:, 0] if pooled is None else pooled
        return np.asarray(out.double().numpy())
