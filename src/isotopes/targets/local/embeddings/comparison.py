"""What an encoder's embeddings are compared with, as a description has it."""

from __future__ import annotations

from collections.abc import Sequence

from isotopes.errors import TargetUnusable
from isotopes.targets.scores import name_outputs


def check_labels(labels: Sequence[str], *, compared: bool) -> None:
    """Check the labels of an encoder's anchors or prompts.

    Args:
        compared: whether it has any; without them it has no labels.

    Raises:
        TargetUnusable: fewer than two, or not all different; or labels without anything that
            embeddings are compared with.
    """
    if labels and not compared:
        raise TargetUnusable(
            "labels need anchors or prompts that an encoder's embeddings are compared with",
            hint="give these too, or leave the labels out for embeddings alone",
        )
    if compared and (len(labels) < 2 or name_outputs(labels, len(labels)) != labels):
        raise TargetUnusable(
            "an encoder that is compared with anchors or prompts needs two labels or more, all"
            f" different, got {len(labels)}"
        )
