"""What a verdict says and doesn't, in five minutes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isotopes.app.render import page


def learn(request: Request) -> Response:
    """The page: words only."""
    return page(request, "learn.html")


ROUTES = [Route("/learn", learn)]
