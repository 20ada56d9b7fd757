"""Countermeasures that change the training."""
