"""The machine that something was measured on."""

from __future__ import annotations

import os
import platform

from isotopes.processes import cores
from isotopes.versions import installed_versions


def machine() -> dict[str, str]:
    """System, cores, memory and GPU of this machine."""
    import torch

    found = {"system": f"{platform.system()} {platform.machine()}", "cores": str(cores())}
    if hasattr(os, "sysconf"):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        found["memory"] = f"{memory / 2**30:.0f} GiB"
    if torch.cuda.is_available():
        found["gpu"] = torch.cuda.get_device_name()
    return found


def versions() -> dict[str, str]:
    """Versions of what the results depend on."""
    return installed_versions("numpy", "scipy", "torch")


def in_words(*parts: dict[str, str]) -> str:
    """One line for people.

    >>> in_words({"cores": "2"}, {"torch": "2.11"})
    'cores 2, torch 2.11'
    """
    return ", ".join(f"{key} {value}" for part in parts for key, value in part.items())
