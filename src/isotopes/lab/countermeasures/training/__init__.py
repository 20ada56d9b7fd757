"""Countermeasures that train in another way."""
