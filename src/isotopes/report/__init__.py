"""A verdict in words, as a picture and as one self-contained page. `to_dict` gives JSON."""

from isotopes.report import notebook
from isotopes.report.check_words import sentence
from isotopes.report.pages.make import verdict_page, write_page
from isotopes.report.plot import describe_plot, score_plot

__all__ = ["describe_plot", "notebook", "score_plot", "sentence", "verdict_page", "write_page"]
