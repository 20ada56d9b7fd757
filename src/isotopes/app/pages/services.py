"""Describe a service by a form: try one picture, look at the answer, say what it means."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isotopes.app.pages.models import DESCRIPTION, best_labels, models_folder
from isotopes.app.render import app_of, page
from isotopes.app.words import words
from isotopes.errors import IsotopesError
from isotopes.targets.drafts import (
    AnswerFields,
    ServiceFields,
    ask_once,
    guess_fields,
    read_answer,
)
from isotopes.targets.drafts.service import USUAL_BODY
from isotopes.targets.templates import describe_address

PREFIX = "service_"  # of this form's fields; none of them is kept with a check
LARGEST_EXCERPT = 3000  # characters of an answer that are shown


async def describe(request: Request) -> Response:
    """The form for a service at an address; a draft description if the server gives one."""
    address = str((await request.form()).get("address", "")).strip()
    text = await run_in_threadpool(describe_address, address)
    path = models_folder(app_of(request)) / f"{secrets.token_hex(8)}{DESCRIPTION}"
    if "[request]" not in text:  # the server has described itself
        return page(request, "check_model.html", target=str(path), shown=address, description=text)
    return page(
        request, "check_service.html", target=str(path), shown=address, usual_body=USUAL_BODY
    )


async def attempt(request: Request) -> Response:
    """Ask the service about one picture; show its answer, how we read it, and the result."""
    form = {name: str(value) for name, value in (await request.form()).items()}

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


def service_of(form: Mapping[str, str]) -> ServiceFields:
    """What the form says.

    Raises:
        IsotopesError: a field needs a number and holds something else.
    """
    url = form.get("shown", "")
    variable = key_variable(url)
    value = form.get("service_value", "").replace("KEY", f"${{{variable}}}")
    return ServiceFields(
        url,
        form.get("service_header", "").strip(),
        value if variable in os.environ else "",
        form.get("service_body", ""),
        _number(form, "service_price", float),
        AnswerFields(
            form.get("service_form") or "objects",  # type: ignore[arg-type]  # read strictly later
            form.get("service_at", ""),
            form.get("service_label", ""),
            form.get("service_score", ""),
            form.get("service_unit") or "probability",
            _number(form, "service_limit", int),
        ),
    )


def keep_key(form: Mapping[str, str]) -> None:
    """Take the typed key into this process's environment: it is never stored."""
    if key := form.get("service_key", "").strip():
        os.environ[key_variable(form.get("shown", ""))] = key


def key_variable(url: str) -> str:
    """The environment variable that holds the key to this service."""
    host = re.sub(r"[^A-Z0-9]", "_", (urlsplit(url).hostname or "").upper())
    return f"TARGET_KEY_{host}"


def _number(form: Mapping[str, str], name: str, kind: Any) -> Any:
    given = form.get(name, "").strip()
    try:
        return kind(given) if given else None
    except ValueError:
        raise IsotopesError(words()["service"]["no_number"].format(given=given[:40])) from None


def _excerpt(answer: object) -> str:
    text = json.dumps(answer, indent=1, ensure_ascii=False)
    return text if len(text) <= LARGEST_EXCERPT else f"{text[:LARGEST_EXCERPT]}\n…"


ROUTES = [
    Route("/check/service", describe, methods=["POST"]),
    Route("/check/service/try", attempt, methods=["POST"]),
]
