"""Saved answers, and the scores that a test looks at."""
