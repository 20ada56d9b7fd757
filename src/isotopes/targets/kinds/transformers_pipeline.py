"""An image classifier of the Hugging Face hub, or of a folder, run here by `transformers`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from PIL import Image

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import AnswerError, TargetUnusable
from isotopes.targets.answer import check_probabilities
from isotopes.targets.extras import missing
from isotopes.targets.scores import Scores
from isotopes.targets.target import OpenableTarget, Picture

_BATCH = 16


class TransformersTarget(OpenableTarget):
    """A model with its own preprocessing. It answers in full, as a softmax over its labels.

    Only safetensors are loaded, and no code that comes with a model is run.
    """

    kind: ClassVar[str] = "transformers"
    summary: ClassVar[str] = "FOLDER or OWNER/MODEL, an image classifier run here by transformers"
    remote = False
    batch_size = _BATCH

    def __init__(self, model: str) -> None:
        """Load a model, from the hub where it isn't a folder.

        Raises:
            TargetUnusable: there is none, or it has no safetensors, or needs code of its own.
        """
        try:
            import transformers
        except ImportError as error:
            raise missing("transformers", "transformers") from error
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        self._model = model
        try:
            self._pipeline: Any = transformers.pipeline(
                "image-classification",
                model=model,
                device="cpu",
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:  # its own have no common base
            raise TargetUnusable(
                f"{model} can't be loaded as an image classifier: {error}",
                hint="name a folder or OWNER/MODEL that holds safetensors",
            ) from error
        self._labels = _labels(self._pipeline.model.config)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The model in this folder, or with this name on the hub."""
        return cls(spec)

    @property
    def name(self) -> str:
        return self._model

    @cached_property
    def _identity(self) -> str:
        folder = Path(self._model)
        if folder.is_dir():
            files = sorted(folder.glob("*.safetensors")) + sorted(folder.glob("*.json"))
            return digest_of([self.kind, [[file.name, digest_file(file)] for file in files]])
        revision = getattr(self._pipeline.model.config, "_commit_hash", None)
        return digest_of([self.kind, self._model, revision])

    def identity(self) -> str:
        """Of a folder's weights and settings; of a hub model's name and revision."""
        return self._identity

    @property
    def labels(self) -> tuple[str, ...]:
        return self._labels

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        images = [Image.fromarray(np.ascontiguousarray(picture)) for picture in pictures]
        answers = self._pipeline(
            images,
            batch_size=len(images),
            top_k=len(self._labels),
            function_to_apply="softmax",
        )
        rows = [{found["label"]: found["score"] for found in answer} for answer in answers]
        if any(row.keys() != set(self._labels) for row in rows):
            raise AnswerError(f"{self.name} must answer with each of its labels once")
        values = np.array([[row[label] for label in self._labels] for row in rows], np.float64)
        scores = Scores(self._labels, values)
        check_probabilities(self.name, scores)
        return scores


def _labels(config: Any) -> tuple[str, ...]:
    """In the order of the model's outputs."""
    return tuple(str(config.id2label[place]) for place in sorted(config.id2label))
