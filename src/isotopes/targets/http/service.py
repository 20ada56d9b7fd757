"""What vendors' services share: an address, and a credential from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from isotopes.errors import TargetUnusable
from isotopes.targets.http.description import check_address
from isotopes.targets.http.endpoint import Endpoint, Signer
from isotopes.targets.http.secrets import Secrets

CONNECTIONS = 8  # enough to hide a service's latency, few enough to be polite
_HINT = "credentials come from the environment only: `isotopes targets` names the variables"


def find_address(spec: str, form: re.Pattern[str], address: str, example: str) -> str:
    """The address of a service, without a final slash.

    Args:
        spec: what a person wrote: the whole address, or the parts that `form` names.
        address: with a placeholder for each part.
        example: for the error message.

    Raises:
        TargetUnusable: it is neither, or it holds a credential.
    """
    if spec.startswith(("http://", "https://")):
        check_plain(spec)
        return spec.rstrip("/")
    if parts := form.fullmatch(spec):
        return address.format_map(parts.groupdict())
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
