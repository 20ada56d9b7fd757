"""What a network's files are, whether they are whole, and what is wrong with one that isn't."""
