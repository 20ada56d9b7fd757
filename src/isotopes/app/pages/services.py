"""Describe a service by a form: try one picture, look at the answer, say what it means."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isotopes.app.pages import networks
from isotopes.app.pages.descriptions import keep_key, service_of
from isotopes.app.pages.models import DESCRIPTION, best_labels, models_folder
from isotopes.app.render import app_of, page
from isotopes.app.words import words
from isotopes.errors import IsotopesError
from isotopes.targets.drafts import (
    AnswerFields,
    ask_once,
    guess_fields,
    read_answer,
)
from isotopes.targets.drafts.service import BODIES
from isotopes.targets.templates import describe_address

LARGEST_EXCERPT = 3000  # characters of an answer that are shown


async def describe(request: Request) -> Response:
    """The form for a service at an address; a draft description if the server gives one."""
    address = str((await request.form()).get("address", "")).strip()
    text = await run_in_threadpool(describe_address, address)
    path = models_folder(app_of(request)) / f"{secrets.token_hex(8)}{DESCRIPTION}"
    if "[request]" not in text:  # the server has described itself
        return networks.network_form(request, str(path), address, text)
    return page(request, "check_service.html", target=str(path), shown=address, bodies=BODIES)


async def attempt(request: Request) -> Response:
    """Ask the service about one picture; show its answer, how we read it, and the result."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    if form.get("as_text"):
        keep_key(form)
        return await networks.attempt(request)

    def ask() -> Response:
        keep_key(form)
        tried = _try(form)
        return page(request, "check_service_tried.html", tried=tried)

    return await run_in_threadpool(ask)


@dataclass
class Tried:
    """The result of asking a service once.

    Attributes:
        excerpt: of its answer; empty if there is none.
        fields: how the answer is read.
        description: the service's description; empty while the answer can't be read.
        rows, count: the best labels with their scores, and how many labels there are.
        problem: what is wrong, in words.
    """

    excerpt: str = ""
    fields: AnswerFields = AnswerFields()
    description: str = ""
    rows: Sequence[tuple[str, str]] = ()
    count: int = 0
    problem: str = ""


def _try(form: Mapping[str, str]) -> Tried:
    tried = Tried()
    try:
        service = service_of(form)
        answer = ask_once(service)
        tried.excerpt = _excerpt(answer)
        found = service.answer if form.get("service_form") else guess_fields(answer)
        if found is None:
            tried.problem = words()["service"]["no_guess"]
            return tried
        tried.fields, service = found, replace(service, answer=found)
        scores = read_answer(service, answer)
    except IsotopesError as error:
        tried.problem = error.in_full
        return tried
    tried.rows, tried.count = best_labels(scores), len(scores.labels)
    tried.description = service.to_toml()
    return tried


def _excerpt(answer: object) -> str:
    text = json.dumps(answer, indent=1, ensure_ascii=False)
    return text if len(text) <= LARGEST_EXCERPT else f"{text[:LARGEST_EXCERPT]}\n…"


ROUTES = [
    Route("/check/service", describe, methods=["POST"]),
    Route("/check/service/try", attempt, methods=["POST"]),
]
