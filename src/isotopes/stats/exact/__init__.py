"""Exact tests: the mark's rank among decoys, all at once or decoy by decoy, and combinations."""
