"""A PyTorch network, run here: a `torch.export` program, or safetensors and the code to build it.

Pickles are refused: to load one is to run whatever its author put into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import TargetUnusable
from isotopes.targets.answer import check_probabilities
from isotopes.targets.extras import missing
from isotopes.targets.fields import Fields, errors_name, read_toml, text
from isotopes.targets.local.description import Description, take_description
from isotopes.targets.local.exported_program import load_program
from isotopes.targets.local.importing import import_function
from isotopes.targets.local.outputs import probabilities
from isotopes.targets.local.preprocess import prepare
from isotopes.targets.scores import Scores
from isotopes.targets.target import OpenableTarget, Picture

if TYPE_CHECKING:
    import torch

Network = Callable[["torch.Tensor"], "torch.Tensor"]
_PICKLES = (".pt", ".pth", ".pkl", ".ckpt", ".bin")
_BATCH = 64
_BATCH_PIXELS = 2**19


class PyTorchTarget(OpenableTarget):
    """A network in a file. It answers in full."""

    kind: ClassVar[str] = "pytorch"
    summary: ClassVar[str] = "MODEL.pt2 or MODEL.safetensors, with MODEL.toml beside it"
    endings: ClassVar[tuple[str, ...]] = (".pt2", ".safetensors", *_PICKLES)
    remote = False

    def __init__(self, path: Path) -> None:
        """Load a network and the description in the TOML file of the same name.

        Raises:
            TargetUnusable: the file or its description is missing, can't be used, or they don't go
                together; or the file is a pickle.
        """
        if path.suffix.lower() in _PICKLES:
            raise TargetUnusable(
                f"{path} is a pickle, and to load one is to run its author's code",
                hint="have it saved as ONNX, by torch.export.save as MODEL.pt2, or as safetensors",
            )
        if path.is_dir():
            raise TargetUnusable(f"{path} is a folder, not a file")
        if not path.is_file():
            raise TargetUnusable(f"there is no network file {path}")
        try:
            import torch  # noqa: F401 - said here rather than where the first picture is asked
        except ImportError as error:
            raise missing("torch", "torch") from error
        self._path = path
        beside = path.with_suffix(".toml")
        fields = read_toml(beside, "it declares a network's labels and its input: docs/targets.md")
        with errors_name(beside):
            self._description: Description = take_description(fields)
            self._network, self._fixed, self._code = _open(path, fields)
            fields.finish()
        height, width = self._description.input.size
        fitting = min(_BATCH, max(1, _BATCH_PIXELS // (height * width)))
        self.batch_size = self._fixed or fitting

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The network in the file `spec`."""
        return cls(cls.named_file(spec))

    @property
    def name(self) -> str:
        return self._path.name

    @cached_property
    def _identity(self) -> str:
        about = asdict(self._description)
        return digest_of([self.kind, digest_file(self._path), self._code, about])

    def identity(self) -> str:
        """Of the network's bytes, of what names its code, and of its description."""
        return self._identity

    @property
    def labels(self) -> tuple[str, ...]:
        return self._description.labels

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        import torch

        prepared = prepare(pictures, self._description.input)
        if self._fixed is not None and len(prepared) < self._fixed:
            spare = np.zeros((self._fixed - len(prepared), *prepared.shape[1:]), prepared.dtype)
            prepared = np.concatenate([prepared, spare])
        try:
            with torch.inference_mode():
                raw = self._network(torch.from_numpy(prepared)).float().numpy()
        except Exception as error:  # whatever a network raises
            raise TargetUnusable(
                f"{self._path} can't be run on input of shape {prepared.shape}: {error}",
                hint="compare size and layout in its description with the network",
            ) from error
        rows = probabilities(str(self._path), raw[: len(pictures)], self._description)
        scores = Scores(self.labels, rows)
        check_probabilities(self.name, scores)
        return scores


def _open(path: Path, fields: Fields) -> tuple[Network, int | None, object]:
    """The network, how many pictures it takes at once where that is fixed, and its code's name."""
    if path.suffix.lower() == ".pt2":
        program = load_program(path)
        shapes = [
            node.meta["val"].shape
            for node in program.graph.nodes
            if node.op == "placeholder" and node.name in program.graph_signature.user_inputs
        ]
        if len(shapes) != 1:
            raise TargetUnusable(
                f"a network must have one input, the pictures; it has {len(shapes)}"
            )
        first = shapes[0][0]
        return program.module(), first if isinstance(first, int) else None, None
    code = fields.required("architecture", text)
    arguments = fields.optional("arguments", _mapping, {})
    return _build(path, code, arguments), None, [code, dict(arguments)]


def _build(path: Path, code: str, arguments: Mapping[str, Any]) -> Network:
    import safetensors.torch
    from torch import nn

    try:
        network = import_function(code)(**arguments)
    except (TypeError, ValueError) as error:
        raise TargetUnusable(f"{code} can't be called with {dict(arguments)}: {error}") from error
    if not isinstance(network, nn.Module):
        raise TargetUnusable(f"{code} must give a torch.nn.Module, got {type(network).__name__}")
    try:
        network.load_state_dict(safetensors.torch.load_file(path))
    except Exception as error:  # safetensors' and torch's own have no common base
        raise TargetUnusable(f"the weights in {path} don't fit {code}: {error}") from error
    return network.eval()


def _mapping(value: object) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise ValueError("a table")
