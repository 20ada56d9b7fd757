"""Kinds of trained models, and their answers."""
