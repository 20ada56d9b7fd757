"""Saved answers, and the scores computed from them."""
