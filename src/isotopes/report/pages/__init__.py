"""Verdicts of all kinds as pages of one design, which are self-contained."""
