"""One query of a plan: a picture with a draw in it, as the target gets it."""

from __future__ import annotations

from isotopes.blending.into import blend_into
from isotopes.marks import PatternlessMark, Rendered
from isotopes.targets import Picture
from isotopes.verify.asking.disguise import disguised
from isotopes.verify.asking.views import another_view
from isotopes.verify.evidence.answers import MarkedQueries


def write_query(
    into: Picture,
    plan: MarkedQueries,
    picture: Picture,
    drawn: Rendered | PatternlessMark,
    *,
    mark: int,
    place: int,
) -> None:
    """Write what a query shows: the picture, disguised if need be, with the draw, in its view.

    Args:
        into, picture: contiguous, uint8, shape (height, width, 3).
        drawn: fitted to that size (`marks.fitted`).
        mark: 0 for the mark, i for decoy i.
        place: of the picture in the plan.
    """
    published = plan.views.get(place, place)
    if plan.disguised:
        picture = disguised(picture, plan.seed_key, mark, published)
    blend_into(into, picture, drawn, plan.alpha)
    if published != place:
        into[:] = another_view(into)
