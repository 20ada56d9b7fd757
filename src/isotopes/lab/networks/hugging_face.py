"""Image classifiers of Hugging Face's `transformers`, without any download.

`hf:resnet` is the architecture of that name as the library configures it, untrained. `hf:./folder`
is what the folder's config.json describes, with the weights of its model.safetensors if it has one:
a classifier for other labels gets a new last layer. No code that comes with a model is run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import IsotopesError
from isotopes.extras import how_to_install
from isotopes.lab.networks.architecture import Architecture, Library

if TYPE_CHECKING:
    from torch import nn

CONFIG, WEIGHTS = "config.json", "model.safetensors"


class HuggingFace(Library):
    prefix: ClassVar[str] = "hf"
    summary: ClassVar[str] = "image classifiers of transformers, by architecture or local folder"

    def open(self, name: str) -> Architecture:
        return _Classifier(name)


class _Classifier(Architecture):
    def __init__(self, given: str) -> None:
        self._given, self._folder = given, Path(given)
        self._config = _config(given)

    def build(self, labels: int) -> nn.Module:
        from transformers import AutoModelForImageClassification

        from isotopes.lab.networks.blocks.logits_only import LogitsOnly

        if (self._folder / WEIGHTS).is_file():
            return LogitsOnly(
                AutoModelForImageClassification.from_pretrained(
                    self._folder,
                    num_labels=labels,
                    ignore_mismatched_sizes=True,
                    local_files_only=True,
                    use_safetensors=True,
                )
            )
        self._config.num_labels = labels
        try:
            built = AutoModelForImageClassification.from_config(self._config)
        except ValueError as error:
            raise IsotopesError(f"{self._given!r} classifies no images: {error}") from error
        return LogitsOnly(built)

    def digest(self) -> str:
        files = [self._folder / name for name in (CONFIG, WEIGHTS)]
        found = [[file.name, digest_file(file)] for file in files if file.is_file()]
        return digest_of(found) if found else ""


def _config(given: str) -> Any:
    """The configuration of an architecture by name, or of a folder.

    Raises:
        IsotopesError: transformers is not installed, or there is no such architecture.
    """
    try:
        from transformers import AutoConfig
    except ImportError as error:
        raise IsotopesError(
            f"the network 'hf:{given}' needs transformers: {error}",
            hint=how_to_install("transformers"),
        ) from error
    folder = Path(given)
    if (folder / CONFIG).is_file():
        return AutoConfig.from_pretrained(folder, local_files_only=True)
    try:
        return AutoConfig.for_model(given)
    except ValueError as error:
        raise IsotopesError(
            f"transformers has no architecture {given!r}, and there is no folder of that name"
            f" with a {CONFIG}",
            hint="name an architecture such as hf:resnet, or a local folder; nothing is downloaded",
        ) from error
