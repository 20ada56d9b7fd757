"""Check pictures that a generator made: is this mark in them? No model is asked."""
