"""The tests that a check can use, one file each."""
