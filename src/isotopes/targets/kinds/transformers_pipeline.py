"""An image classifier from a folder or the Hugging Face hub, run here by `transformers`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from PIL import Image
from scipy.special import expit, softmax

from isotopes.errors import AnswerError, TargetUnusable
from isotopes.targets.answer import check_probabilities
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.local.transformers_folder import (
    WEIGHTS_AND_SETTINGS,
    check_size,
    first_line,
    identity_of_model,
    quiet_transformers,
)
from isotopes.targets.scores import Scores, full_scores, name_outputs
from isotopes.targets.target import OpenableTarget, Picture

_BATCH = 16
CONFIG = "config.json"


class TransformersTarget(OpenableTarget):
    """A model with its own preprocessing. It answers in full.

    Its answers are a softmax over all labels or, if its configuration calls them independent
    (multi-label), a sigmoid for each.

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
        transformers = quiet_transformers(model)
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
            config = self._pipeline.model.config
            self._independent = config.problem_type == "multi_label_classification"
            self._names = _names(config, self._independent)
            check_size(model, self._pipeline.image_processor)
        except TargetUnusable:
            raise
        except Exception as error:  # its own have no common base
            raise TargetUnusable(
                f"{model} can't be loaded as an image classifier: {first_line(error)}",
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
        config = self._pipeline.model.config
        return identity_of_model(
            self.kind, self._library, self._model, config, WEIGHTS_AND_SETTINGS
        )

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
            raise AnswerError(f"{self.name} can't be run: {first_line(error)}") from error
        if logits.ndim != 2 or logits.shape[1] != len(self._names):
            raise AnswerError(
                f"{self.name} must give a logit for each of {len(self._names)} labels,"
                f" got shape {logits.shape}"
            )
        values = logits.astype(np.float64)
        values = np.asarray(expit(values) if self._independent else softmax(values, axis=1))
        scores = full_scores(self._names, values)
        check_probabilities(self.name, scores)
        return scores


def _names(config: Any, independent: bool) -> tuple[str, ...]:
    """Of the model's outputs, in order."""
    names = tuple(str(config.id2label[number]) for number in sorted(config.id2label))
    if len(names) < 2 and not independent:
        raise TargetUnusable(
            "a softmax over a single logit is always 1, and this model has one output",
            hint="export it as ONNX, and describe its output as sigmoid",
        )
    return names
