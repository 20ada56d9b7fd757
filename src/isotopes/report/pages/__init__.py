"""Verdicts of all kinds as pages of one design, which hold all they need and load nothing."""
