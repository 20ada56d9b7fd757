"""Wire formats, one file for each service."""
