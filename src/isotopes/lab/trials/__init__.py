"""What an experiment trains and measures."""
