"""Networks, one file each, found through a registry."""

from isotopes.lab.networks.architecture import Architecture, architectures, get_architecture

__all__ = ["Architecture", "architectures", "get_architecture"]
