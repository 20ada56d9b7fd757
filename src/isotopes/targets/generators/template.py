"""The body of a request to a generator: JSON with places for the prompt and the seed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from isotopes.errors import TargetUnusable
from isotopes.targets.generators.generator import Wish

PROMPT, SEED = "{{prompt}}", "{{seed}}"
_PLACEHOLDER = re.compile(r"\{\{\s*\w+\s*\}\}")


@dataclass(frozen=True)
class WishTemplate:
    """What to send.

    Attributes:
        body: JSON. ``"{{prompt}}"`` stands for the prompt, also within a longer text, and
            ``"{{seed}}"`` for the seed, a number.
    """

    body: str

    def __post_init__(self) -> None:
        try:
            json.loads(self.body)
        except ValueError as error:
            raise TargetUnusable(f"body must be JSON: {error}") from None
        except RecursionError:
            raise TargetUnusable("body is nested too deeply to be read as JSON") from None
        found = set(_PLACEHOLDER.findall(self.body))
        if PROMPT not in found or not found <= {PROMPT, SEED}:
            got = ", ".join(sorted(found)) or "none"
            raise TargetUnusable(
                f'body must have the placeholder "{PROMPT}", and may have "{SEED}", got {got}'
            )
        if self.body.count(SEED) != self.body.count(f'"{SEED}"'):
            raise TargetUnusable(f'the seed is a number, so "{SEED}" must be a text by itself')

    @property
    def seeded(self) -> bool:
        """Whether the generator is told a seed."""
        return SEED in self.body

    def fill(self, wish: Wish) -> bytes:
        """The body for this picture."""
        # The seed first: a prompt may hold anything, "{{seed}}" too.
        seeded = self.body.replace(f'"{SEED}"', str(wish.seed))
        return seeded.replace(PROMPT, json.dumps(wish.prompt)[1:-1]).encode()
