"""Drafts of descriptions: what a network or a service says about itself, and blanks for the rest.

A field that only the owner knows is a comment with the usual value. If a required line is still a
comment, the description is refused with the field's name, so a guess never passes for knowledge.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from isotopes.errors import AnswerError, TargetUnusable
from isotopes.targets.drafts.inputs import DTYPES, input_lines
from isotopes.targets.fields import toml_value
from isotopes.targets.http.caller import JsonCaller
from isotopes.targets.http.endpoint import Endpoint, check_address
from isotopes.targets.http.json_answer import outline, short_text
from isotopes.targets.http.retries import Retries
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.local.files.wrong import saying_other_format
from isotopes.targets.local.network_process import NetworkLimits, NetworkProcess
from isotopes.targets.local.network_target import NetworkTarget
from isotopes.targets.local.outputs import look_like_probabilities
from isotopes.targets.local.preprocess import MOST_PIXELS
from isotopes.targets.local.tensors import Tensor, holds_whole_numbers
from isotopes.targets.registry import target_kinds

_FLOATS = {"FP32": "tensor(float)"}  # of the Open Inference Protocol
SEVERAL = "# It has several outputs"
_SHOWN = 8
_LABEL_KEYS = ("labels", "classes", "class_names", "names", "id2label")
_MOST_LABELS = 100_000
_TRIED = 4  # random pictures, to see what a network's outputs look like
_ENDPOINT = """\
# How to ask HOST, and how to read its answers. docs/descriptions.md explains each field.
url = URL
# price = 0.001              # US dollars a picture
# requests_per_second = 5
# concurrency = 8            # requests at once

[headers]
# Authorization = "Bearer ${TARGET_TOKEN}"   # from the environment variable TARGET_TOKEN

[request]
# What to send. {{image_base64}} stands for the picture's file in base64.
# body = '{"image": "{{image_base64}}"}'

[answer]
# Where labels and scores stand, as JMESPath. For an answer such as
# {"predictions": [{"label": "cat", "score": 0.9}, {"label": "dog", "score": 0.1}]} write:
# form = "objects"           # or "arrays", or "mapping"
# at = "predictions"
# label = "label"
# score = "score"
# unit = "probability"       # or "percent", "logit", "sigmoid"
# completeness = "full"      # or "top-k" or "threshold", with: limit = 5
"""


def describe_network(path: Path, target: type[NetworkTarget] = OnnxTarget) -> str:
    """A draft of `MODEL.toml` for a network's file or folder.

    Args:
        target: the kind that runs it.

    Raises:
        TargetUnusable: it is no network that takes pictures, or what runs it isn't installed.
    """
    target.check_installed()
    target.check_files(path)
    main = target.main_file(path)
    files = [main, *(main.parent / name for name in target.weight_files(main))]
    size = sum(file.stat().st_size for file in files if file.is_file())
    with saying_other_format(main, target.kind, target.format):
        process = NetworkProcess(path, size, NetworkLimits(seconds=60.0), target.runtime)
    try:
        if len(process.inputs) != 1 or not process.outputs:
            raise TargetUnusable(
                f"{path} has {len(process.inputs)} inputs and {len(process.outputs)} outputs;"
                " a network must have one input, the pictures"
            )
        output, others = _choose(process.outputs)
        kind, count = _try(process, output)
        labels = _labels(process.metadata) or _numbered(count)
        head = (
            f"# What {path.name} doesn't say by itself. docs/descriptions.md explains each field."
        )
        about = input_lines(str(path), process.inputs[0])
        return _draft([head], labels, about, kind, others)
    finally:
        process.close()


def describe_weights(path: Path) -> str:
    """A draft for a file of weights alone, which says nothing of labels and input."""
    head = [
        f"# {path.name} holds weights only: all of this is known to those who trained it, or from",
        "# their code. docs/descriptions.md explains each field. A function of yours builds the",
        f"# network: --target '{path.name}?architecture=MODULE:FUNCTION'",
    ]
    about = input_lines(str(path), Tensor("", "tensor(float)", (None,) * 4))
    return _draft(head, None, about, None)


def describe_address(url: str) -> str:
    """A draft of `ENDPOINT.toml`, or of `SERVER.toml` for the Open Inference Protocol.

    Only a server of that protocol is asked something: about its model.

    Raises:
        TargetUnusable: no web address, one that needs no description, or a server that announces
            no model for pictures.
        TargetUnreachable: the server doesn't answer.
    """
    check_address(url, "for example https://api.example.org/v1/classify")
    for kind in target_kinds().values():
        if kind.recognises(url):
            raise TargetUnusable(
                f"{url} needs no description: it is known as {kind.kind}", hint=f"--target {url}"
            )
    if "/v2/models/" in url:
        return _describe_server(url.rstrip("/"))
    plain = url.partition("#")[0]
    return _ENDPOINT.replace("HOST", urlsplit(plain).netloc).replace("URL", json.dumps(plain), 1)


def _describe_server(url: str) -> str:
    endpoint = Endpoint(url, method="GET", timeout=20.0, retries=Retries(1))
    caller = JsonCaller(endpoint)
    try:
        source, outputs = caller.call(b"", _announced)
    except AnswerError as error:
        raise TargetUnusable(f"{url}: {error}", hint="the address ends in /models/MODEL") from None
    finally:
        caller.close()
    head = [
        f"# A model on {urlsplit(url).netloc}. docs/descriptions.md explains each field.",
        f"url = {json.dumps(url)}",
    ]
    output, others = _choose(outputs) if outputs else (None, [])
    last = output.shape[-1] if output is not None and output.shape else None
    count = last if isinstance(last, int) and 0 < last <= _MOST_LABELS else 2
    return _draft(head, _numbered(count), input_lines(url, source), None, others)


def _announced(about: Any) -> tuple[Tensor, list[Tensor]]:
    """The input and the outputs, as a server announces them."""
    try:
        (source,) = map(_tensor, about["inputs"])
        outputs = [_tensor(one) for one in about.get("outputs", ())]
    except (TypeError, KeyError, ValueError, OverflowError, AttributeError):
        raise AnswerError(f"it announces no model for pictures: {outline(about)}") from None
    return source, outputs


def _tensor(about: Any) -> Tensor:
    kind = str(about.get("datatype"))
    shape = tuple(int(side) if side >= 0 else None for side in about["shape"])
    name = short_text("its name", about.get("name", ""))
    return Tensor(name, _FLOATS.get(kind, f"tensor({kind.lower()})"), shape)


def _choose(outputs: Sequence[Tensor]) -> tuple[Tensor, list[str]]:
    """The output that most likely holds the scores, and lines that name it if there are others."""
    # scikit-learn puts the best label first, and others the features.
    chosen = [one for one in outputs if not holds_whole_numbers(one)] or list(outputs)
    if len(outputs) == 1:
        return chosen[-1], []
    known = ", ".join(
        f"{json.dumps(one.name)} [{', '.join(str(side or 'n') for side in one.shape[:8])}]"
        for one in outputs[:_SHOWN]
    )
    more = ", ..." * (len(outputs) > _SHOWN)
    return chosen[-1], [
        f"{SEVERAL}: {known}{more}; name the one with the scores:",
        f"name = {json.dumps(chosen[-1].name)}",
    ]


def _draft(
    head: Sequence[str],
    labels: Sequence[str] | None,
    about: Sequence[str],
    kind: str | None,
    others: Sequence[str] = (),
) -> str:
    known = "" if labels is None else f"labels = {toml_value(list(labels))}"
    output = f'kind = "{kind}"' if kind else '# kind = "logits"   # or "probabilities", "sigmoid"'
    lines = [
        *head,
        "",
        "# Names of the outputs, in order.",
        known or '# labels = ["cat", "dog"]',
        "",
        "[input]",
        *about,
        "",
        "[output]",
        output,
        *others,
    ]
    return "\n".join(lines) + "\n"


def _try(process: NetworkProcess, output: Tensor) -> tuple[str | None, int]:
    """What kind of scores the network seems to give, and how many, from random pictures."""
    source = process.inputs[0]
    declared = output.shape[1] if len(output.shape) > 1 else None
    count = declared if isinstance(declared, int) and 0 < declared <= _MOST_LABELS else 2
    shape = [side if isinstance(side, int) and side > 0 else 224 for side in source.shape[1:]]
    if len(shape) != 3 or source.type not in DTYPES or np.prod(shape) > 3 * MOST_PIXELS:
        return None, count
    batch = source.shape[0] if isinstance(source.shape[0], int) else _TRIED
    if not 0 < batch * np.prod(shape) <= 2**26:
        return None, count
    try:
        slot = process.open_slot((batch, *shape), DTYPES[source.type], source.name, output.name)
        noise = np.random.default_rng(0).random(slot.room.shape)
        slot.room[...] = 255 * noise if DTYPES[source.type] == "uint8" else noise
        result = slot.run(batch)
    except TargetUnusable:
        return None, count
    values = result.values.reshape(batch, -1) if result.values.size % batch == 0 else None
    if values is None or not 0 < values.shape[1] <= _MOST_LABELS:
        return None, count
    return _kind(values.astype(np.float64)), values.shape[1]


def _kind(values: Any) -> str | None:
    if not np.isfinite(values).all():
        return None
    if values.min() < 0 or values.max() > 1:
        return "logits" if values.shape[1] > 1 else "sigmoid"
    return "probabilities" if look_like_probabilities(values) else None


def _labels(metadata: Mapping[str, str]) -> list[str]:
    """The labels that its author stored with a network; empty if none can be read."""
    for key in _LABEL_KEYS:
        text = metadata.get(key, "")
        if not 0 < len(text) <= 2**20:
            continue
        try:
            stored = json.loads(text)
        except (ValueError, RecursionError):
            try:
                stored = ast.literal_eval(text)  # Ultralytics writes a Python dict
            except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
                continue
        if isinstance(stored, dict):
            stored = list(stored.values())
        if isinstance(stored, list) and stored and all(isinstance(one, str) for one in stored):
            return stored
    return []


def _numbered(count: int) -> list[str]:
    return [f"label {number}" for number in range(count)]
