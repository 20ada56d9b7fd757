"""Exact tests: the mark's rank among decoys, in one go or decoy by decoy, and combinations."""
