"""An image classifier from a folder or the Hugging Face hub, run here by `transformers`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from PIL import Image
from scipy.special import softmax

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import AnswerError, TargetUnusable
from isotopes.targets.answer import check_probabilities
from isotopes.targets.extras import missing
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.local.preprocess import MOST_PIXELS
from isotopes.targets.scores import Scores, full_scores, name_outputs
from isotopes.targets.target import OpenableTarget, Picture

_BATCH = 16
CONFIG = "config.json"
_ADAPTER = "adapter_config.json"  # names another model, whose weights no identity would cover


class TransformersTarget(OpenableTarget):
    """A model with its own preprocessing. It answers in full, as a softmax over its labels.

    Only safetensors are loaded, and no code that comes with a model is run.
    """

    kind: ClassVar[str] = "transformers"
    summary: ClassVar[str] = "FOLDER or OWNER/MODEL, an image classifier run here by transformers"
    remote = False
    batch_size = _BATCH

    def __init__(self, model: str) -> None:
        """Load a model, from the hub unless it is a folder.

        Raises:
            TargetUnusable: there is none, or it has no safetensors, or needs custom code.
        """
        try:
            import transformers
        except ImportError as error:
            raise missing("transformers", "transformers") from error
        if (Path(model) / _ADAPTER).exists():
            raise TargetUnusable(
                f"{model} holds an adapter of another model",
                hint="merge both into one model and save that",
            )
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        self._model = model
        self._library = transformers.__version__
        try:
            self._pipeline: Any = transformers.pipeline(
                "image-classification",
                model=model,
                device="cpu",
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
            self._names = _names(self._pipeline.model.config)
            self._check_size()
        except TargetUnusable:
            raise
        except Exception as error:  # its own have no common base
            raise TargetUnusable(
                f"{model} can't be loaded as an image classifier: {_first_line(error)}",
                hint="name a folder or OWNER/MODEL that holds safetensors",
            ) from error

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The model in this folder, or with this name on the hub."""
        return cls(spec)

    @classmethod
    def recognises(cls, spec: str) -> bool:
        return (Path(spec) / CONFIG).is_file()

    @property
    def name(self) -> str:
        return self._model

    @cached_property
    def _identity(self) -> str:
        folder = Path(self._model)
        code = [self.kind, self._library]
        if folder.is_dir():
            files = sorted(path for path in folder.rglob("*") if _decides(path))
            hashes = [[str(path.relative_to(folder)), digest_file(path)] for path in files]
            return digest_of([*code, hashes])
        revision = getattr(self._pipeline.model.config, "_commit_hash", None)
        return digest_of([*code, self._model, revision])

    def identity(self) -> str:
        """A hash of the library's version, and of a folder's weights and settings or of a hub
        model's name and revision."""
        return self._identity

    @property
    def labels(self) -> tuple[str, ...]:
        return name_outputs(self._names, len(self._names))

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        images = [Image.fromarray(np.ascontiguousarray(picture)) for picture in pictures]
        try:
            # Not the whole pipeline: it sorts its scores, and then only names identify them.
            inputs = self._pipeline.image_processor(images, return_tensors="pt")
            import torch

            with torch.inference_mode():
                logits = self._pipeline.model(**inputs).logits.float().numpy()
        except Exception as error:  # whatever a model raises
            raise AnswerError(f"{self.name} can't be run: {_first_line(error)}") from error
        if logits.ndim != 2 or logits.shape[1] != len(self._names):
            raise AnswerError(
                f"{self.name} must give a logit for each of {len(self._names)} labels,"
                f" got shape {logits.shape}"
            )
        scores = full_scores(self._names, np.asarray(softmax(logits.astype(np.float64), axis=1)))
        check_probabilities(self.name, scores)
        return scores

    def _check_size(self) -> None:
        """A stranger's settings may ask for pictures that fill the memory."""
        processor = self._pipeline.image_processor
        for name in ("size", "crop_size"):
            sides = dict(getattr(processor, name, None) or {}).values()
            if any(not isinstance(side, int) or side**2 > MOST_PIXELS for side in sides if side):
                raise TargetUnusable(
                    f"{self._model}: {name} must be at most {MOST_PIXELS:,} pixels in all"
                )


def _decides(path: Path) -> bool:
    return path.suffix in {".safetensors", ".json"} and path.is_file()


def _names(config: Any) -> tuple[str, ...]:
    """Of the model's outputs, in order."""
    names = tuple(str(config.id2label[number]) for number in sorted(config.id2label))
    if len(names) < 2:
        raise TargetUnusable(
            "a softmax over a single logit is always 1, and this model has one output",
            hint="export it as ONNX, and describe its output as sigmoid",
        )
    return names


def _first_line(error: Exception) -> str:
    return f"{str(error).strip().partition(chr(10))[0]:.300}"
