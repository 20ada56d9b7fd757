"""The draft of a description for a file or folder of any format, or why it needs none."""

from __future__ import annotations

from pathlib import Path

from isotopes.errors import TargetUnusable
from isotopes.targets.kinds.pytorch import PyTorchTarget
from isotopes.targets.local.files.looks import CORE_ML, PICKLE, FileLook, look_at
from isotopes.targets.local.network_target import NetworkTarget
from isotopes.targets.registry import target_kinds
from isotopes.targets.target import OpenableTarget
from isotopes.targets.templates import describe_network, describe_weights

_BY_NAME: dict[str, FileLook | None] = {  # formats that nothing here opens
    ".bin": None,  # weights of many kinds
    **dict.fromkeys((".pt", ".pth", ".pt2", ".pkl", ".ckpt"), PICKLE),
    **dict.fromkeys((".mlmodel", ".mlpackage", ".mlmodelc"), CORE_ML),
}


def describe_file(path: Path) -> tuple[str, Path]:
    """The draft for this network, and where its description belongs.

    Raises:
        TargetUnusable: there is nothing at `path`, it needs no description or can't be asked, its
            name says another format than it has, or it is damaged; the message says what is wrong,
            by the rule in `local/files/wrong.py`.
    """
    if not path.exists():
        raise TargetUnusable(f"there is no file or folder {path}")
    kind, ending = _kind_by_name(path), path.suffix.lower()
    if kind is None or ending in _BY_NAME:
        raise _refused(path, look_at(path) or _BY_NAME.get(ending))
    if issubclass(kind, PyTorchTarget):
        kind.check_file(path)
        return describe_weights(path), path.with_suffix(".toml")
    if not issubclass(kind, NetworkTarget):
        raise _refused(path, look_at(path))
    return describe_network(path, kind), kind.description_file(path)


def _kind_by_name(path: Path) -> type[OpenableTarget] | None:
    """The kind of target that this name or folder stands for."""
    kinds = target_kinds().values()
    return next((kind for kind in kinds if not kind.remote and kind.recognises(str(path))), None)


def _refused(path: Path, look: FileLook | None) -> TargetUnusable:
    """Why there is no draft."""
    if look is None:
        return TargetUnusable(
            f"{path} looks like no format of networks that can be asked",
            hint="these can: ONNX, TensorFlow Lite, OpenVINO, Keras, a SavedModel's folder,"
            " safetensors, and folders of transformers",
        )
    return TargetUnusable(f"{path} can't be described: it is {look.words}", hint=look.advice)
