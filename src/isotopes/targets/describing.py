"""The draft of a description for a file or folder of any format, or why it needs none."""

from __future__ import annotations

from pathlib import Path

from isotopes.errors import TargetUnusable
from isotopes.targets.local.looks import CORE_ML, PICKLE, SAFETENSORS, FileLook, look_at
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
            name says another format than it has, or it can't be read; the message names the format
            that it looks like.
    """
    if not path.exists():
        raise TargetUnusable(f"there is no file or folder {path}")
    look, kind = look_at(path), _kind_by_name(path)
    ending = path.suffix.lower()
    if kind is None or ending in _BY_NAME:
        raise _refused(path, look or _BY_NAME.get(ending))
    if look is not None and look.kind != kind.kind:
        raise _refused(path, look, kind)
    if look is SAFETENSORS:
        return describe_weights(path), path.with_suffix(".toml")
    if not issubclass(kind, NetworkTarget):
        raise _refused(path, look)
    try:
        return describe_network(path, kind), kind.description_file(path)
    except TargetUnusable as error:
        seen = "no format that is known" if look is None else look.words
        hint = error.hint or "it may be damaged, or cut short: compare it with where it came from"
        raise TargetUnusable(f"{error}; it looks like {seen}", hint=hint) from error


def _kind_by_name(path: Path) -> type[OpenableTarget] | None:
    """The kind of target that this name or folder stands for."""
    kinds = target_kinds().values()
    return next((kind for kind in kinds if not kind.remote and kind.recognises(str(path))), None)


def _refused(
    path: Path, look: FileLook | None, kind: type[OpenableTarget] | None = None
) -> TargetUnusable:
    """Why there is no draft.

    Args:
        kind: what the file's name says that it is, if it looks like something else.
    """
    if look is None:
        return TargetUnusable(
            f"{path} looks like no format of networks that can be asked",
            hint="these can: ONNX, TensorFlow Lite, OpenVINO, Keras, a SavedModel's folder,"
            " safetensors, and folders of transformers",
        )
    if kind is not None:
        return TargetUnusable(
            f"{path} is named like one of the kind {kind.kind}, but looks like {look.words}",
            hint=look.advice,
        )
    return TargetUnusable(f"{path} can't be described: it is {look.words}", hint=look.advice)
