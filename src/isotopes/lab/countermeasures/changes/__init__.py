"""Countermeasures that change training pictures."""
