"""Was this model trained on my pictures? Mark them before posting, test the model later."""

__version__ = "0.1.0"
