"""One file for each part of the application, with its routes."""
