"""Which kinds of target there are, and the one that a person's words mean."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import re
from functools import cache
from importlib.metadata import entry_points
from pathlib import PurePath

from isotopes.errors import TargetUnusable
from isotopes.targets.target import OpenableTarget, Target

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


@cache
def target_kinds() -> dict[str, type[OpenableTarget]]:
    """All kinds by name: those in `targets/kinds/` and those of other packages.

    Raises:
        TargetUnusable: two kinds have one name.
    """
    package = importlib.import_module("isotopes.targets.kinds")
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
    for entry in entry_points(group="isotopes.targets"):
        entry.load()
    kinds: dict[str, type[OpenableTarget]] = {}
    for kind in _subclasses(OpenableTarget):  # type: ignore[type-abstract]
        if kinds.setdefault(kind.kind, kind) is not kind:
            both = " and ".join(one.__module__ for one in (kinds[kind.kind], kind))
            raise TargetUnusable(f"two kinds of target are called {kind.kind!r}: in {both}")
    return kinds


def open_target(spec: str) -> Target:
    """The target that `spec` means.

    Args:
        spec: ``MODEL.onnx``; ``ENDPOINT.toml``; ``module:function``; or ``kind:rest``, where what
            the rest means is for the kind to say.

    Raises:
        TargetUnusable: nothing that can be opened.
    """
    kinds = target_kinds()
    prefix, colon, rest = spec.partition(":")
    if colon and prefix in kinds:
        return kinds[prefix].from_spec(rest)
    for kind in kinds.values():
        if kind.endings and spec.lower().endswith(kind.endings):
            return kind.from_spec(spec)
    near = difflib.get_close_matches(prefix, kinds, 1)
    if _FUNCTION.fullmatch(spec):
        try:
            return kinds["callable"].from_spec(spec)
        except TargetUnusable as error:
            if not (near and isinstance(error.__cause__, ModuleNotFoundError)):
                raise
    raise _unknown(spec, near if colon else [])


def _unknown(spec: str, near: list[str]) -> TargetUnusable:
    prefix, _, rest = spec.partition(":")
    if near:
        return TargetUnusable(
            f"no kind of target is called {prefix!r}", hint=f"did you mean {near[0]}:{rest} ?"
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


def _subclasses(base: type[OpenableTarget]) -> list[type[OpenableTarget]]:
    found = []
    for kind in base.__subclasses__():
        found += [kind, *_subclasses(kind)]
    return found
