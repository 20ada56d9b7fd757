"""What `isotopes.report` gives; `lazy_loader` reads this file too."""

from . import notebook
from .check_words import sentence
from .pages.make import verdict_page, write_page
from .plot import describe_plot, score_plot

__all__ = ["describe_plot", "notebook", "score_plot", "sentence", "verdict_page", "write_page"]
