"""A PyTorch network, run here: safetensors, and your own function that builds the network.

Nothing else is loaded. A pickle runs its author's code, and so can a `torch.export` program.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import TargetUnusable
from isotopes.targets.answer import check_probabilities
from isotopes.targets.extras import missing
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.local.batching import Batching, on_all_cores, on_gpu
from isotopes.targets.local.description import read_description
from isotopes.targets.local.embeddings.anchored_target import AnchoredTarget
from isotopes.targets.local.embeddings.anchors import anchors_of, described
from isotopes.targets.local.files.whole import check_safetensors
from isotopes.targets.local.files.wrong import check_file
from isotopes.targets.local.importing import import_function, source_digests
from isotopes.targets.local.outputs import output_scores
from isotopes.targets.local.preprocess import prepare_input
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture

if TYPE_CHECKING:
    from torch import nn

ARCHITECTURE = "?architecture="
_PROGRAMS = (".pt", ".pth", ".pt2", ".pkl", ".ckpt", ".bin")


class PyTorchTarget(AnchoredTarget):
    """Weights in a file, and the code that uses them. It answers in full."""

    kind: ClassVar[str] = "pytorch"
    summary: ClassVar[str] = (
        "MODEL.safetensors?architecture=MODULE:FUNCTION, with MODEL.toml beside it;"
        " the function returns the network"
    )
    endings: ClassVar[tuple[str, ...]] = (".safetensors", *_PROGRAMS)
    remote = False

    def __init__(self, path: Path, build: Callable[[], nn.Module]) -> None:
        """Load weights, and the description in the TOML file of the same name.

        Args:
            path: the safetensors.
            build: returns the network, a `torch.nn.Module`.

        Raises:
            TargetUnusable: the file or its description is missing, can't be used, or doesn't fit
                the network.
        """
        self.check_file(path)
        self._path = path
        self._description = read_description(path.with_suffix(".toml"))
        self.embeds = self._description.embeds
        self._network = _load(path, build)
        modules = {type(part).__module__ for part in self._network.modules()}
        own = [name for name in modules if name.partition(".")[0] != "torch"]
        self._code = source_digests([getattr(build, "__module__", None), *own])
        self._device, batching = place_network(*self._description.input.size)
        self._network.to(self._device)
        self._turn = threading.Lock()
        self.batch_size, self.concurrency = batching.size, batching.threads
        self._anchors = anchors_of(path, self._description, self._values, self.batch_size)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The weights in a file, in the network that the named function returns."""
        file, _, architecture = spec.partition(ARCHITECTURE)
        path = cls.named_file(file)
        cls.check_file(path)
        if not architecture:
            raise TargetUnusable(
                f"{path} holds weights only; name a function of yours that returns the network",
                hint=f"{path}{ARCHITECTURE}MODULE:FUNCTION",
            )
        return cls(path, import_function(architecture))

    @classmethod
    def check_file(cls, path: Path) -> None:
        """Raise TargetUnusable unless `path` is a whole file of weights as safetensors."""
        if path.suffix.lower() in _PROGRAMS:
            if path.suffix.lower() == ".bin" and path.with_suffix(".xml").is_file():
                graph = path.with_suffix(".xml").name
                raise TargetUnusable(
                    f"{path} holds the weights of {graph}", hint=f"name {graph} instead"
                )
            raise TargetUnusable(
                f"{path} can run its author's code when it is loaded",
                hint="have it saved as ONNX, or as safetensors",
            )
        check_file(path, cls.kind, "safetensors", check_safetensors)

    @property
    def name(self) -> str:
        return self._path.name

    @cached_property
    def _identity(self) -> str:
        about = described(self._description, self._anchors)
        return digest_of([self.kind, digest_file(self._path), self._code, *about])

    def identity(self) -> str:
        """A hash of the weights, the network's source code and the description."""
        return self._identity

    @property
    def labels(self) -> tuple[str, ...] | None:
        return self._description.answered_labels

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        raw = self._values(pictures)
        scores = output_scores(str(self._path), raw, self._description, self._anchors)
        check_probabilities(self.name, scores)
        return scores

    def _values(self, pictures: Sequence[Picture]) -> NDArray[Any]:
        """What the network puts out."""
        import torch

        prepared = prepare_input(pictures, self._description.input)
        try:
            return self._run(prepared)
        except torch.cuda.OutOfMemoryError:
            if len(pictures) == 1:
                raise TargetUnusable(
                    f"the GPU's memory doesn't hold {self._path} and one picture",
                    hint="CUDA_VISIBLE_DEVICES= (empty) asks it on the processor",
                ) from None
            torch.cuda.empty_cache()
            half = len(pictures) // 2
            return np.concatenate([self._values(pictures[:half]), self._values(pictures[half:])])
        except Exception as error:  # whatever a network raises
            raise TargetUnusable(
                f"{self._path} can't be run on input of shape {prepared.shape}: {error}",
                hint="compare size and layout in its description with the network",
            ) from error

    def _run(self, prepared: NDArray[Any]) -> NDArray[Any]:
        """The network on the processor or the GPU, which takes one batch after another."""
        import torch

        # TF32 would round inputs to 10 bits: answers would depend on where they were computed.
        exact = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
        with self._turn, torch.inference_mode(), exact:
            raw = self._network(torch.from_numpy(prepared).to(self._device))
            values: NDArray[Any] = raw.float().cpu().numpy()
        return values


def place_network(height: int, width: int) -> tuple[str, Batching]:
    """Where a network with inputs of this size runs, and in which batches."""
    import torch

    if torch.cuda.is_available():
        return "cuda", on_gpu(height, width, torch.cuda.mem_get_info()[0])
    return "cpu", on_all_cores(height, width)


def _load(path: Path, build: Callable[[], Any]) -> nn.Module:
    try:
        import safetensors.torch
        from torch import nn
    except ImportError as error:
        raise missing("torch", "torch") from error
    name = getattr(build, "__qualname__", str(build))
    try:
        network = build()
    except Exception as error:  # whatever a person's own function raises
        raise TargetUnusable(f"{name}() raised {type(error).__name__}: {error}") from error
    if not isinstance(network, nn.Module):
        raise TargetUnusable(
            f"{name}() must return a torch.nn.Module, got {type(network).__name__}"
        )
    try:
        network.load_state_dict(safetensors.torch.load_file(path))
    except Exception as error:  # safetensors' and torch's own have no common base
        raise TargetUnusable(f"the weights in {path} don't fit {name}(): {error}") from error
    return network.eval()
