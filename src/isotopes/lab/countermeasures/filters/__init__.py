"""Countermeasures that throw training pictures away."""
