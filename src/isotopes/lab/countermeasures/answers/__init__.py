"""Countermeasures that change what a model answers."""
