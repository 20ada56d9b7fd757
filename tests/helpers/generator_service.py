"""A generator behind HTTP, in each form of answer, that can be told to fail."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from isotopes.targets.generators import PictureGenerator, open_generator
from isotopes.testing.generator_server import GeneratorServer
from isotopes.testing.registry import get_picture_format

FORMS = {
    "base64": (
        "images",
        '{"prompt": "{{prompt}}", "seed": "{{seed}}", "response_format": "b64_json"}',
        'form = "base64"\nat = "data[0].b64_json"',
    ),
    "address": (
        "images",
        '{"prompt": "{{prompt}}", "seed": "{{seed}}", "response_format": "url"}',
        'form = "address"\nat = "data[0].url"',
    ),
    "body": (
        "text-to-image",
        '{"inputs": "{{prompt}}", "parameters": {"seed": "{{seed}}"}}',
        'form = "body"',
    ),
}


class GeneratorService:
    """A fake of one form, and its description in ``generator.toml``."""

    def __init__(
        self,
        form: str,
        folder: Path,
        stack: ExitStack,
        made_by: PictureGenerator,
        top: str = "",
        **how: Any,
    ) -> None:
        wire, self._body, self._answer = FORMS[form]
        self.server = GeneratorServer(made_by, get_picture_format(wire), **how)
        self._stack = stack
        stack.enter_context(self.server)
        self.path = folder / "generator.toml"
        self.describe(top)

    def describe(self, top: str = "", answer: str | None = None) -> Path:
        """Write the description, with `top` in it and another table ``[answer]`` if given."""
        said = self._answer if answer is None else answer
        self.path.write_text(
            f"""
            url = "{self.server.url}make?key=${{TARGET_KEY}}"
            {top}
            [headers]
            Authorization = "Bearer ${{TARGET_TOKEN}}"
            [request]
            body = '{self._body}'
            [answer]
            {said}
            """,
            encoding="utf-8",
        )
        return self.path

    def open(self) -> PictureGenerator:
        generator = open_generator(str(self.path))
        self._stack.callback(generator.close)
        return generator

    @property
    def orders(self) -> int:
        """How many pictures it was asked for."""
        return sum(request.method == "POST" for request in self.server.requests)
