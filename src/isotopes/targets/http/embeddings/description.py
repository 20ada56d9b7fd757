"""The description of an encoder behind HTTP: a service that answers with embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from isotopes.targets.fields import Fields, errors_name, positive, read_toml, several, text
from isotopes.targets.http.description import AnswerRules, HttpDescription, take_service
from isotopes.targets.http.json_answer import Arrays, place
from isotopes.targets.local.description import SCALE
from isotopes.targets.local.embeddings.comparison import check_labels


@dataclass(frozen=True)
class EncoderService:
    """A service that embeds pictures, and what its answers are compared with.

    Attributes:
        service: as of any JSON service; its answers are lists of numbers without labels.
        labels: of the anchors, in order; none for embeddings alone.
        anchors: a folder with pictures of each label, or a ``.npy`` file of vectors; or None.
        scale: what cosines are multiplied with before the softmax.
    """

    service: HttpDescription
    labels: tuple[str, ...]
    anchors: Path | None
    scale: float = SCALE


def read_encoder(path: Path) -> EncoderService:
    """Read the description in a TOML file; its anchors lie beside it.

    Raises:
        TargetUnusable: no such file, not TOML, fields that are missing, unknown or out of range,
            or an environment variable that is not set.
    """
    fields = read_toml(path, "it describes an encoder behind HTTP: docs/descriptions.md")
    with errors_name(path):
        labels = fields.optional("labels", several(text), ())
        anchors = fields.optional("anchors", text, None)
        scale = fields.optional("scale", positive(), SCALE)
        service = take_service(fields, _answer)
        fields.finish()
        check_labels(labels, compared=anchors is not None)
        beside = None if anchors is None else path.parent / anchors
        return EncoderService(service, labels, beside, scale)


def _answer(answer: Fields, batched: bool) -> AnswerRules:
    rules = AnswerRules(
        form=Arrays(answer.required("at", place), None),
        each=answer.required("each", place) if batched else None,
        id=answer.optional("id", place, None) if batched else None,
        version=answer.optional("version", place, None),
    )
    answer.finish()
    return rules
