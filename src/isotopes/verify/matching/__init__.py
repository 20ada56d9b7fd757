"""Looks for a mark in pictures that somebody else made, by a matched filter, without a model."""
