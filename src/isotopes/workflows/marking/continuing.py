"""Mark more pictures with an isotope in the vault: next month's folder, another computer."""

from __future__ import annotations

from pathlib import Path

from isotopes.photos import Strip
from isotopes.vault import Vault
from isotopes.workflows.marking import DEFAULT_SHARE, MarkRequest


def request_more(
    vault: Vault,
    name: str,
    source: Path,
    output: Path,
    *,
    share: float = DEFAULT_SHARE,
    count: int | None = None,
    strip: Strip = None,
    beacon: bytes | None = None,
) -> MarkRequest:
    """A request to mark another folder with this isotope, on the terms that it was committed to.

    Args:
        source, output, share, count, strip: as in `MarkRequest`.
        beacon: the value that the isotope waits for.

    Raises:
        VaultError: no isotope has that name, it waits for its beacon, or it takes no such one.
        WrongPassphrase: the vault is sealed with another one.
    """
    isotope = vault.get(name)
    if beacon is not None:
        isotope = isotope.with_beacon(beacon)
    _ = isotope.key  # raises before any work if its beacon is missing
    return MarkRequest(
        source=source,
        output=output,
        name=isotope.name,
        family=isotope.family,
        options=isotope.options,
        alpha=isotope.alpha,
        share=share,
        count=count,
        label=isotope.label,
        strip=strip,
        decoys=isotope.decoys,
        plan=isotope.plan,
        adds=True,
        beacon=beacon,
    )
