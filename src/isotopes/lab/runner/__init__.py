"""Running experiments: engines, caches, results."""
