"""Many marks against one target: each is tested, and told from all others."""
