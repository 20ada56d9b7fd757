"""Losses, one file each, found through a registry."""

from isotopes.lab.train.losses.loss import Criterion, Loss, get_loss, losses

__all__ = ["Criterion", "Loss", "get_loss", "losses"]
