"""Statistics: arrays in, a frozen result out. NumPy and SciPy only."""
