"""How likely a check is to detect a mark, before it is run."""
