"""A service that marks pictures at upload, for sites with many users."""
