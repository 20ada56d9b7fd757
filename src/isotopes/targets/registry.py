"""All kinds of target, and opening the one that a person names."""

from __future__ import annotations

import difflib
import re
from pathlib import Path, PurePath

from isotopes.errors import TargetUnusable
from isotopes.extras import need_check
from isotopes.plugins import Registry
from isotopes.targets.target import OpenableTarget, Target

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_CORE_ML = (".mlmodel", ".mlpackage", ".mlmodelc")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_KINDS = Registry[OpenableTarget](
    OpenableTarget,
    package="isotopes.targets.kinds",
    group="isotopes.targets",
    attribute="kind",
    noun="kind of target",
    error=TargetUnusable,
)


def target_kinds() -> dict[str, type[OpenableTarget]]:
    """All kinds by name: those in `targets/kinds/` and those of other packages.

    Raises:
        TargetUnusable: two kinds have the same name, or one can't be loaded.
    """
    return _KINDS.all()


def open_target(spec: str) -> Target:
    """The target that `spec` means.

    Args:
        spec: a file, folder or address that some kind recognises (``MODEL.onnx``,
            ``ENDPOINT.toml``, a folder with ``config.json``); a function, ``module:function``; or
            ``kind:rest``, where the kind explains the rest.

    Raises:
        TargetUnusable: it means nothing that can be opened.
        IsotopesError: a package that targets need is not installed.
    """
    need_check()
    kinds = target_kinds()
    prefix, colon, rest = spec.partition(":")
    if colon and prefix in kinds and not _ADDRESS.match(spec):  # "http" is a kind, too
        return kinds[prefix].from_spec(rest)
    for kind in kinds.values():
        if kind.recognises(spec):
            return kind.from_spec(spec)
    near = _KINDS.nearest(prefix)
    if _FUNCTION.fullmatch(spec):
        try:
            return kinds["callable"].from_spec(spec)
        except TargetUnusable as error:
            if not (near and isinstance(error.__cause__, ModuleNotFoundError)):
                raise
    raise _unknown(spec, near if colon else None)


def _unknown(spec: str, near: str | None) -> TargetUnusable:
    prefix, _, rest = spec.partition(":")
    if _ADDRESS.match(spec):
        return TargetUnusable(
            f"{spec.partition('?')[0]} is an address, but nothing says how to ask it",
            hint="`isotopes targets describe URL --out ENDPOINT.toml` writes a template for it",
        )
    if PurePath(spec).suffix.lower() in _CORE_ML:
        return TargetUnusable(
            f"{spec} is a Core ML model, which runs on Apple's systems only",
            hint="ask it there about pictures by `isotopes export-queries`: docs/coreml.md",
        )
    if spec and Path(spec).is_dir():
        return TargetUnusable(
            f"{spec} is a folder without config.json or saved_model.pb",
            hint="name a folder of a transformers model or a SavedModel, or a file: MODEL.onnx",
        )
    if near:
        return TargetUnusable(
            f"no kind of target is called {prefix!r}", hint=f"did you mean {near}:{rest} ?"
        )
    ending = PurePath(spec).suffix.lower()
    endings = [ending for kind in target_kinds().values() for ending in kind.endings]
    if ending and (almost := difflib.get_close_matches(ending, endings, 1)):
        meant = PurePath(spec).with_suffix(almost[0])
        return TargetUnusable(f"{spec!r} names no kind of target", hint=f"did you mean {meant} ?")
    known = ", ".join(f"{name}:..." for name in sorted(target_kinds()))
    return TargetUnusable(
        f"{spec!r} names no kind of target",
        hint=f"give MODEL.onnx, ENDPOINT.toml, module:function, or one of: {known}",
    )
