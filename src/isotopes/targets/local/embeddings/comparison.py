"""What an encoder's embeddings are compared with, as a description has it."""

from __future__ import annotations

from isotopes.errors import TargetUnusable
from isotopes.targets.fields import Fields, several, text
from isotopes.targets.scores import name_outputs


def take_labels(fields: Fields) -> tuple[str, ...]:
    """The labels of an encoder's anchors or prompts.

    Raises:
        TargetUnusable: they are missing, fewer than two, or not all different.
    """
    labels = fields.required("labels", several(text))
    if len(labels) < 2 or name_outputs(labels, len(labels)) != labels:
        raise TargetUnusable(
            f"an encoder needs two labels or more, all different, got {len(labels)}"
        )
    return labels
