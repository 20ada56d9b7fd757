"""One picture: where the mark's score lies among its decoys'."""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import ArrayLike

from isotopes.verify import Verdict

# Okabe and Ito's blue and vermilion can be told apart with all common kinds of colour blindness.
# The mark's shape and label show it too.
DECOYS, MARK = "#0072B2", "#D55E00"
FEWEST_DECOYS = 2
CAPTION = (
    "Each decoy is a mark that was never published, drawn by the same rule and tried on the same"
    " pictures. The further right the mark stands of all of them, the less chance explains it."
)


def score_plot(verdict: Verdict) -> str | None:
    """The decoys' scores as a histogram with the mark's as a line, SVG; None without decoys.

    The same verdict gives the same bytes.
    """
    if verdict.score is None or len(verdict.decoy_scores) < FEWEST_DECOYS:
        return None
    return draw_scores(verdict.score, verdict.decoy_scores, _axis(verdict))


def describe_plot(verdict: Verdict) -> str:
    """The plot in words, for those who don't see it."""
    return describe_scores(verdict.score or 0, verdict.decoy_scores)


def draw_scores(score: float, decoy_scores: ArrayLike, axis: str) -> str:
    """A histogram of scores, shape (decoys,), with the mark's as a line: SVG, the same each time.

    Args:
        axis: what the scores are.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    decoys = np.asarray(decoy_scores, np.float64)
    # Without a hash salt, matplotlib names the parts of the picture at random.
    with mpl.rc_context({"svg.hashsalt": "isotopes", "font.size": 12}):
        figure = Figure(figsize=(5.4, 3.8), layout="constrained")
        axes = figure.add_subplot()
        axes.hist(
            decoys,
            bins=_bins(len(decoys)),
            color=DECOYS,
            edgecolor="white",
            label=f"{len(decoys)} decoys",
        )
        axes.axvline(score, color=MARK, linewidth=3, label="the mark")
        axes.set_xlabel(axis)
        axes.set_ylabel("decoys")
        axes.xaxis.set_major_locator(MaxNLocator(5))  # long numbers, such as -0.915, need room
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines[["top", "right"]].set_visible(False)
        # Above the plot: anywhere inside it could hide the mark.
        figure.legend(loc="outside upper center", ncols=2, frameon=False)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def describe_scores(score: float, decoy_scores: ArrayLike) -> str:
    """What `draw_scores` draws, in words."""
    decoys = np.asarray(decoy_scores, np.float64)
    higher = int((decoys >= score).sum())
    return (
        f"Histogram of {len(decoys)} decoys' scores from {decoys.min():.3g} to {decoys.max():.3g}."
        f" The mark scores {score:.3g}; as high or higher: {higher} of them."
    )


def _axis(verdict: Verdict) -> str:
    if verdict.embeds:
        return "what its embeddings show, of all pictures together"
    if verdict.labels_searched > 1:
        return "largest rise of any label (standard deviations)"
    # Not the label's name: this font may lack its script.
    return f"mean {verdict.statistic} of the tested label"


def _bins(decoys: int) -> int:
    return min(30, max(8, round(math.sqrt(decoys))))
