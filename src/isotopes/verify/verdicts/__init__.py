"""Verdicts from saved answers and their plan."""
