"""A JSON service: its address, credentials, time-out and retries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from isotopes.errors import TargetUnusable
from isotopes.targets.http.retries import Retries
from isotopes.targets.http.secrets import Secrets


class Signer(ABC):
    """Adds a credential that changes in time, or that depends on the request."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What people call the credential."""

    @abstractmethod
    def headers(self, body: bytes) -> Mapping[str, str]:
        """The headers that prove who asks, for a request with this body. Threads may call it.

        Raises:
            TargetUnreachable: there is no valid credential now.
        """

    @abstractmethod
    def credentials(self) -> tuple[str, ...]:
        """Whatever must never be shown or stored."""


def plain_address(url: str) -> str:
    """An address for people: without user, password, query and fragment, which may be secret.

    >>> plain_address("https://me:secret@example.org/login?token=1#top")
    'https://example.org/login'
    """
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("?")[0].partition("#")[0].partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def check_address(url: str, hint: str) -> None:
    """Raise TargetUnusable, with `hint`, unless `url` is a web address without a password."""
    try:
        address = urlsplit(url)
        valid = address.scheme in {"http", "https"} and bool(address.hostname)
        valid = valid and (address.port is None or address.port > 0)
    except ValueError:
        valid = False
    if not valid or "@" in address.netloc or not url.isprintable():
        raise TargetUnusable(
            "url must be http://... or https://..., without a password in it", hint=hint
        )
    if not url.isascii() or " " in url:
        raise TargetUnusable(
            "url must hold neither spaces nor letters beyond ASCII",
            hint="write %20 for a space, and so on, as a browser's address bar copies it",
        )


@dataclass(frozen=True)
class ErrorCodes:
    """How a service names an error, in the JSON of a refusal.

    Attributes:
        key: the field that holds the name; ``a#b`` and ``b: more`` are read as ``b``.
        busy: names that mean "ask again later", whatever the status says.
        hints: what a person can do about each error, by its name.
    """

    key: str
    busy: frozenset[str] = frozenset()
    hints: Mapping[str, str] = field(default_factory=dict)

    def read(self, refusal: object) -> str | None:
        """The name in a refusal; None if it holds none."""
        said = refusal.get(self.key) if isinstance(refusal, dict) else None
        return said.rpartition("#")[2].partition(":")[0] if isinstance(said, str) else None


@dataclass(frozen=True)
class Endpoint:
    """The address, the time-out and the retries.

    Attributes:
        url: http or https, with `${VARIABLES}` unfilled.
        headers: likewise.
        secrets: the variables of both.
        timeout: seconds for one attempt, from connecting to the last byte of the answer.
        retries: how often to ask again if no answer comes.
        connections: the most that are open at once.
        signer: adds a credential; None if `headers` hold it.
        errors: how the service names errors; None if only the status counts.
    """

    url: str = field(repr=False)  # somebody may have written a credential into it
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Secrets = field(default_factory=Secrets)
    timeout: float = 60.0
    retries: Retries = Retries()
    connections: int = 1
    signer: Signer | None = field(default=None, repr=False)
    errors: ErrorCodes | None = None

    @property
    def threads(self) -> int:
        """How many threads should ask: a few more than connections, so that some prepare pictures
        and store answers while the others wait for the service."""
        return self.connections + self.connections // 4

    @property
    def shown(self) -> str:
        """The address for people: without the query, where some services want their key."""
        return self.url.partition("?")[0]

    @property
    def filled_address(self) -> str:
        """The same with its variables filled in: part of a target's identity."""
        return self.secrets.fill(self.shown)

    @property
    def destination(self) -> str:
        """Where requests go and which credentials they carry, in words."""
        address = urlsplit(self.url)
        names = [f"${{{name}}}" for name in self.secrets.names]
        names += [self.signer.name] if self.signer else []
        carried = f" with {', '.join(names)}" if names else " without a credential"
        plain = ", not encrypted" if address.scheme == "http" else ""
        return f"{address.netloc}{carried}{plain}"
