"""What vendors' services share: an address, and a credential from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from isotopes.errors import TargetUnusable
from isotopes.targets.http.endpoint import Endpoint, Signer, check_address
from isotopes.targets.http.secrets import Secrets

CONNECTIONS = 8  # enough to hide a service's latency, few enough to be polite
_HINT = "credentials come from the environment only: `isotopes targets` names the variables"


@dataclass(frozen=True)
class Mistake:
    """An address that people take for the right one.

    Attributes:
        pattern: is searched for in the whole address.
        wrong: what is wrong with that address, to follow it in a sentence.
        instead: what to do, with the groups of `pattern` as in `re.Match.expand`.
    """

    pattern: re.Pattern[str]
    wrong: str
    instead: str


@dataclass(frozen=True)
class AddressForm:
    """What the whole address of a service looks like.

    Attributes:
        path: everything after the host, without a final slash.
        example: such an address, for people.
        added: the end that we add ourselves; a person may have written it already.
        mistakes: are looked for first, in this order.
    """

    path: re.Pattern[str]
    example: str
    added: str = ""
    mistakes: tuple[Mistake, ...] = ()

    def find(self, written: str) -> str:
        """The address that a person wrote, without a final slash and what we add to it.

        Raises:
            TargetUnusable: it looks otherwise, or may hold a credential.
        """
        check_plain(written)
        address = written.rstrip("/").removesuffix(self.added)
        for mistake in self.mistakes:
            if found := mistake.pattern.search(address):
                raise TargetUnusable(
                    f"{address} {mistake.wrong}", hint=found.expand(mistake.instead)
                )
        if self.path.fullmatch(urlsplit(address).path) is None:
            raise TargetUnusable(f"the whole address must be like {self.example}, got {address}")
        return address


def find_address(
    spec: str, parts: re.Pattern[str], address: str, example: str, whole: AddressForm
) -> str:
    """The address of a service, without a final slash.

    Args:
        spec: what a person wrote: the whole address, or the parts that `parts` names.
        address: with a placeholder for each part.
        example: of the parts, for the error message.
        whole: how the whole address looks.

    Raises:
        TargetUnusable: it is neither, or it may hold a credential.
    """
    if spec.startswith(("http://", "https://")):
        return whole.find(spec)
    if found := parts.fullmatch(spec):
        return address.format_map({k: quote(v, "/:") for k, v in found.groupdict().items()})
    raise TargetUnusable(f"{spec!r} must be {example}, or the whole address, https://...")


def check_plain(url: str) -> None:
    """Raise TargetUnusable if it is no address or holds anything that could be a credential."""
    check_address(url, _HINT)
    if "?" in url or "#" in url:
        raise TargetUnusable("the address must not contain ? or #", hint=_HINT)


def make_endpoint(url: str, headers: Mapping[str, str], signer: Signer | None = None) -> Endpoint:
    """The endpoint of a service, with environment variables in `headers`.

    Raises:
        TargetUnusable: one of them is not set.
    """
    secrets = Secrets.of({f"the header {name}": value for name, value in headers.items()})
    return Endpoint(url, headers=headers, secrets=secrets, connections=CONNECTIONS, signer=signer)


def bearer_if_set(variable: str) -> dict[str, str]:
    """The header that sends this variable, if it is set: some servers want no credential."""
    return {"Authorization": f"Bearer ${{{variable}}}"} if os.environ.get(variable) else {}
