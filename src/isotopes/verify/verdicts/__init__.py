"""From saved answers and their plan to a verdict."""
