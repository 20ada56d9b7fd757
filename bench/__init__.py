"""Benchmarks: `python -m bench.NAME`; each writes docs/results/NAME.json."""
