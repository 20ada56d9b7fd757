"""A generator behind HTTP: prompt and seed go out as JSON, a picture comes back."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict, replace
from functools import cached_property
from urllib.parse import urlsplit

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.generators.description import GeneratorDescription
from isotopes.targets.generators.generator import PictureGenerator, Wish
from isotopes.targets.generators.picture_file import as_png, decoded
from isotopes.targets.http.caller import JsonCaller
from isotopes.targets.http.endpoint import Endpoint
from isotopes.targets.http.json_answer import outline
from isotopes.targets.http.secrets import Secrets

LONGEST_ADDRESS = 8_000  # characters; signed ones have about 1,000
_BEGINNING = 16  # bytes, by which a text is told from a picture


class HttpGenerator(PictureGenerator):
    """A service that is asked as its description says. One picture is one request."""

    remote = True

    def __init__(self, description: GeneratorDescription) -> None:
        """Prepare to ask; nothing is sent yet."""
        self._description = description
        self._caller = JsonCaller(description.endpoint)
        self.price, self.rate_limits = description.price, description.rate_limits
        self.threads = description.endpoint.threads

    @property
    def name(self) -> str:
        return self._description.name

    @property
    def destination(self) -> str:
        return self._description.endpoint.destination

    @cached_property
    def _identity(self) -> str:
        about = self._description
        return digest_of(
            {
                "kind": "generator",
                "address": about.endpoint.filled_address,
                "url": about.endpoint.url,
                "method": about.endpoint.method,
                "headers": about.endpoint.headers,
                "body": about.template.body,
                "answer": asdict(about.answer),
            }
        )

    def identity(self) -> str:
        """A hash of the address and of everything that decides the request; no credential."""
        return self._identity

    def make(self, wish: Wish, gate: Gate = OPEN) -> bytes:
        body = self._description.template.fill(wish)
        try:
            file = self._file(body, gate)
            picture = decoded(file)
        except AnswerError as error:
            message = f"the answer of {self.name} can't be used: {error}"
            raise AnswerError(message, hint=error.hint) from None
        # As it came, unless a credential is in it, as in the metadata of a picture.
        return as_png(picture) if self._caller.screen.finds(file) else file

    def close(self) -> None:
        self._caller.close()

    def _file(self, body: bytes, gate: Gate) -> bytes:
        rules = self._description.answer
        if rules.at is None:
            response = self._caller.fetch(body, gate)
            if _is_text(response.body):  # a service may say with status 200 that it failed
                raise AnswerError(f"it is no picture, but says{self._caller.excerpt(response)}")
            return response.body
        said = self._caller.call(body, rules.at.get, gate)
        if not isinstance(said, str):
            raise AnswerError(
                f"at {rules.at.expression!r} there must be a text, got {outline(said)}"
            )
        if rules.form == "base64":
            return _from_base64(said)
        return self._fetch(said, gate)

    def _fetch(self, address: str, gate: Gate) -> bytes:
        """The file at an address that the service gave."""
        source = self._source(address)
        caller = JsonCaller(source)
        try:
            # It was paid for when it was made, so fetching it again costs nothing.
            return caller.fetch(b"", gate.unbilled()).body
        finally:
            caller.close()

    def _source(self, address: str) -> Endpoint:
        """Where to fetch a picture, without our credentials.

        Raises:
            AnswerError: it is on another host than the description allows, or not encrypted though
                the service is.
        """
        asked = self._description.endpoint
        own = urlsplit(asked.filled_address)
        try:
            found = urlsplit(address)
            host, port = found.hostname, found.port
        except ValueError:
            host, found, port = None, urlsplit(""), None
        plain = len(address) <= LONGEST_ADDRESS and address.isascii() and address.isprintable()
        plain = plain and " " not in address
        if not host or not plain or "{" in address or "@" in found.netloc:
            raise AnswerError(
                "it must give the picture's address, http... without a password in it"
            )
        if found.scheme not in {"https", own.scheme}:
            raise AnswerError(
                f"the picture's address must begin with https, got {found.scheme:.20}"
            )
        ours = host == own.hostname and port == own.port
        if not ours and (host not in self._description.answer.hosts or port not in {None, 443}):
            raise AnswerError(
                f"the picture lies on {found.netloc:.200}, which the description doesn't allow",
                hint=f'if that is right, add hosts = ["{host:.200}"] to [answer]',
            )
        return replace(
            asked,
            url=address,
            method="GET",
            headers={},
            secrets=Secrets(),
            connections=1,
            signer=None,
            errors=None,
        )


def _is_text(body: bytes) -> bool:
    """Whether it is words; no file of a picture begins so."""
    start = body[:_BEGINNING]
    return bool(start) and start.isascii() and "".join(start.decode().split()).isprintable()


def _from_base64(text: str) -> bytes:
    _, comma, rest = text.partition(",") if text.startswith("data:") else ("", "", text)
    try:
        return base64.b64decode("".join(rest.split()), validate=True)  # some break it into lines
    except (binascii.Error, ValueError):
        is_address = text.startswith(("http://", "https://"))
        raise AnswerError(
            f"a picture must be in base64, got {len(text):,} characters of something else",
            hint='it is an address: say form = "address" in [answer]' if is_address else None,
        ) from None
