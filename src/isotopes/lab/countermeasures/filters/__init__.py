"""Countermeasures that drop training pictures."""
