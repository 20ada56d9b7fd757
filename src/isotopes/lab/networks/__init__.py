"""Networks, one file each, found through a registry."""

from isotopes.lab.networks.architecture import (
    Architecture,
    Library,
    architectures,
    get_architecture,
    libraries,
)

__all__ = ["Architecture", "Library", "architectures", "get_architecture", "libraries"]
