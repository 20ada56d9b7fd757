"""Commitments made before publication, and their proofs: receipts, openings, time stamps."""
