"""Generators, fine-tunes and encoders: models whose answers are no labels."""
