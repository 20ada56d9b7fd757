"""Trials in which people who marked their own pictures ask a model about these."""
