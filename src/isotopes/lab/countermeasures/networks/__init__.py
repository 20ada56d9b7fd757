"""Countermeasures that change a trained network."""
