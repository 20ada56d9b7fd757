"""What all models that `transformers` runs share: safetensors only, no code, an identity."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import TargetUnusable
from isotopes.targets.extras import missing
from isotopes.targets.local.files.whole import check_safetensors
from isotopes.targets.local.files.wrong import check_file
from isotopes.targets.local.preprocess import MOST_PIXELS

_ADAPTER = "adapter_config.json"  # names another model, whose weights no identity would cover
WEIGHTS_AND_SETTINGS = frozenset({".safetensors", ".json"})


def quiet_transformers(model: str) -> Any:
    """The package `transformers`, told to print nothing.

    Args:
        model: the folder, or the name on the hub, that is about to be loaded.

    Raises:
        TargetUnusable: the package is not installed, or the folder holds an adapter, or a file that
            is empty, cut short or damaged.
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
    if Path(model).is_dir():
        _check_files(Path(model))
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return transformers


def _check_files(folder: Path) -> None:
    for path in sorted(folder.glob("*.json")):
        check_file(path, "transformers", "JSON", _check_json)
    for path in sorted(folder.glob("*.safetensors")):
        check_file(path, "pytorch", "safetensors", check_safetensors)


def _check_json(path: Path) -> None:
    try:
        json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON, or breaks off, in line {error.lineno}") from None
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON, or nested too deeply") from None


def identity_of_model(
    kind: str, library: str, model: str, config: Any, endings: Collection[str]
) -> str:
    """``sha256:...`` of a folder's files with these endings, or of a hub model's revision."""
    folder, code = Path(model), [kind, library]
    if folder.is_dir():
        files = sorted(
            path for path in folder.rglob("*") if path.suffix in endings and path.is_file()
        )
        hashes = [[str(path.relative_to(folder)), digest_file(path)] for path in files]
        return digest_of([*code, hashes])
    return digest_of([*code, model, getattr(config, "_commit_hash", None)])


def check_size(model: str, processor: Any) -> None:
    """A stranger's settings may ask for pictures that fill the memory.

    Raises:
        TargetUnusable: they do.
    """
    for name in ("size", "crop_size"):
        sides = dict(getattr(processor, name, None) or {}).values()
        if any(not isinstance(side, int) or side**2 > MOST_PIXELS for side in sides if side):
            raise TargetUnusable(f"{model}: {name} must be at most {MOST_PIXELS:,} pixels in all")


def first_line(error: Exception) -> str:
    """The start of what an error says: those of `transformers` go on for pages."""
    return f"{str(error).strip().partition(chr(10))[0]:.300}"
