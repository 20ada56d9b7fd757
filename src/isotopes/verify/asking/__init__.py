"""Asking a target about marked and unmarked probes."""
