"""Removes credentials from all output and storage: a service may echo what it was sent.

A credential is found verbatim, in any part of eight characters or more, and in the usual encodings
(`spellings`), in upper or lower case. Then the text is read once more without escapes, widths and
separators. What is found only there can't be located, so the whole text is hidden. A credential of
fewer than eight characters is found as a whole word only. If a credential is base64, as in HTTP's
Basic scheme, the text that it encodes is hidden too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from isotopes.targets.http.spellings import spellings, squashed, with_decoded

HIDDEN = "***"
_PIECE = 8  # characters
_STEP = 4  # between two pieces of the quick look


class Screen:
    """Finds and hides a set of credentials."""

    def __init__(self, credentials: Sequence[str]) -> None:
        whole = [value.encode() for value in with_decoded(credentials) if value]
        short = [re.escape(value) for value in whole if len(value) < _PIECE]
        self._words = re.compile(
            rb"(?<![a-z0-9])(?:" + b"|".join(short) + rb")(?![a-z0-9])", re.IGNORECASE
        )
        self._has_words = bool(short)
        written = {
            form.lower()
            for value in whole
            if len(value) >= _PIECE
            for form in spellings(value)
            if len(form) >= _PIECE
        }
        self._pieces = {piece for form in written for piece in _cut(form, 1)}
        self._few = tuple({piece for form in written for piece in _cut(form, _STEP)})
        bare = {squashed(form.decode()) for form in written}
        bare = {form for form in bare if len(form) >= _PIECE}
        self._bare_pieces = {piece for form in bare for piece in _cut(form, 1)}
        self._few_bare = tuple({piece for form in bare for piece in _cut(form, _STEP)})

    def finds(self, data: bytes) -> bool:
        """A quick look: does `data` hold a credential?

        It sees every whole credential, every start or end of one of at least 8 characters, and
        every other part of at least 11.
        """
        lower = data.lower()
        if any(piece in lower for piece in self._few):
            return True
        bare = squashed(data.decode("utf-8", errors="replace")) if self._few_bare else b""
        if any(piece in bare for piece in self._few_bare):
            return True
        return self._has_words and self._words.search(data) is not None

    def hide(self, text: str) -> str:
        """`text` with each credential, or part of one, replaced by ``***``.

        If one can't be located, because it is spread out or escaped, all of `text` is replaced.
        """
        data = text.encode("utf-8", errors="surrogatepass")
        if self._has_words:
            data = self._words.sub(HIDDEN.encode(), data)
        parts, end = [], 0
        for start, stop in self._runs(data.lower()):
            parts += [data[end:start], HIDDEN.encode()]
            end = stop
        hidden = b"".join([*parts, data[end:]]).decode("utf-8", errors="replace")
        bare = squashed(hidden) if self._bare_pieces else b""
        spread = any(bare[at : at + _PIECE] in self._bare_pieces for at in range(len(bare)))
        return HIDDEN if spread else hidden

    def hide_in(self, value: object) -> object:
        """A JSON value with `hide` applied to every text, keys included."""
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, list):
            return [self.hide_in(item) for item in value]
        if isinstance(value, dict):
            return {self.hide(key): self.hide_in(item) for key, item in value.items()}
        return value

    def clean_json(self, data: bytes) -> object:
        """Parse JSON and hide credentials in it.

        Raises:
            ValueError: not JSON.
            RecursionError, MemoryError: JSON that is nested too deeply or too large.
        """
        value: object = json.loads(data)
        # Escapes can spell a credential although the bytes hold no piece of it.
        plain = data if b"\\" not in data else _spelled_out(value)
        return self.hide_in(value) if self.finds(plain) else value

    def _runs(self, lower: bytes) -> Iterator[tuple[int, int]]:
        """Where pieces of credentials start and end; pieces that touch are one run."""
        begin = stop = -1
        for start in range(len(lower) - _PIECE + 1):
            if lower[start : start + _PIECE] in self._pieces:
                if start > stop:
                    if begin >= 0:
                        yield begin, stop
                    begin = start
                stop = start + _PIECE
        if begin >= 0:
            yield begin, stop


@lru_cache(maxsize=32)
def screen_for(credentials: tuple[str, ...]) -> Screen:
    """The screen for these credentials."""
    return Screen(credentials)


def _cut(form: bytes, step: int) -> Iterator[bytes]:
    last = len(form) - _PIECE
    for start in (*range(0, last, step), last):
        yield form[start : start + _PIECE]


def _spelled_out(value: object) -> bytes:
    return "\n".join(_texts(value)).encode("utf-8", errors="surrogatepass")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
