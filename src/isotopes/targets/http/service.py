"""What vendors' services have in common: an address, and a credential from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from isotopes.errors import TargetUnusable
from isotopes.targets.http.calling import Endpoint, Signer
from isotopes.targets.http.description import check_address
from isotopes.targets.http.environment import Secrets

CONNECTIONS = 8  # requests under way at once: enough to hide a service's latency, few to be polite
_HINT = "credentials come from the environment alone: isotopes targets"


def find_address(spec: str, form: re.Pattern[str], address: str, example: str) -> str:
    """The address of a service, without a slash at its end.

    Args:
        spec: what a person wrote: the whole address, or the parts of it that `form` names.
        address: with a place for each part.
        example: for the message.

    Raises:
        TargetUnusable: it is neither, or holds a credential.
    """
    if spec.startswith(("http://", "https://")):
        check_plain(spec)
        return spec.rstrip("/")
    if found := form.fullmatch(spec):
        return address.format_map(found.groupdict())
    raise TargetUnusable(f"{spec!r} must be {example}, or the whole address, https://...")


def check_plain(url: str) -> None:
    """Raise TargetUnusable unless it is an address without anything that could be a credential."""
    check_address(url, _HINT)
    if "?" in url or "#" in url:
        raise TargetUnusable("the address must end before any ? or #", hint=_HINT)


def make_endpoint(url: str, headers: Mapping[str, str], signer: Signer | None = None) -> Endpoint:
    """Where a service is asked; `headers` refer to environment variables, which must be set.

    Raises:
        TargetUnusable: one is not.
    """
    secrets = Secrets.of({f"the header {name}": value for name, value in headers.items()})
    return Endpoint(url, headers=headers, secrets=secrets, connections=CONNECTIONS, signer=signer)


def bearer_if_set(variable: str) -> dict[str, str]:
    """The header that sends this variable; none where it isn't set, as some servers want none."""
    return {"Authorization": f"Bearer ${{{variable}}}"} if os.environ.get(variable) else {}
