"""Small generators of pictures, trained from scratch, and the marked pictures they learn from."""
