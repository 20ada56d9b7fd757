"""The description of a face engine behind HTTP, `FACES.toml`: docs/descriptions.md."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from isotopes.errors import TargetUnusable
from isotopes.targets.fields import (
    Fields,
    errors_name,
    one_of,
    positive,
    read_toml,
    text,
    whole_number,
)
from isotopes.targets.http.description import (
    take_encoding,
    take_endpoint,
    take_rate_limits,
)
from isotopes.targets.http.encoding import Encoding
from isotopes.targets.http.endpoint import Endpoint, check_address
from isotopes.targets.http.json_answer import JsonPath, place
from isotopes.targets.http.secrets import Secrets
from isotopes.targets.http.template import Template
from isotopes.targets.rate import RateLimit

NAME = "{{name}}"  # stands for the id that a picture is enrolled under


@dataclass(frozen=True)
class Operation:
    """A request beside the search: to which address, and what it sends."""

    endpoint: Endpoint
    body: str = ""


@dataclass(frozen=True)
class FaceDescription:
    """How to search a gallery of faces, and how to fill and empty it.

    Attributes:
        name: for reports.
        search, template: where to search, and what is sent.
        at: the list of matches in the answer; nothing there means that no face was found.
        id, similarity: in each match.
        percent: whether similarities are percentages.
        limit: how many matches it shows at most; None if it shows everybody.
        no_face: what a refusal says if the picture shows no face; None if there is no such refusal.
        enrol, delete: None if it can't be done.
        price: of a search, in US dollars; None if unknown.
    """

    name: str
    search: Endpoint
    template: Template
    at: JsonPath
    id: JsonPath
    similarity: JsonPath
    percent: bool
    limit: int | None
    no_face: str | None
    enrol: Operation | None
    delete: Operation | None
    encoding: Encoding
    price: float | None
    rate_limits: tuple[RateLimit, ...]


def read_face_description(path: Path) -> FaceDescription:
    """Read the description in a TOML file.

    Raises:
        TargetUnusable: no such file, not TOML, fields that are missing, unknown or out of range,
            or an environment variable that is not set.
    """
    fields = read_toml(path, "it describes a face engine: docs/descriptions.md")
    with errors_name(path):
        search = take_endpoint(fields)
        request, answer = fields.table("request"), fields.table("answer")
        found = FaceDescription(
            name=fields.optional("name", text, urlsplit(search.url).netloc),
            search=search,
            template=Template(request.required("body", text)),
            at=answer.required("at", place),
            id=answer.required("id", place),
            similarity=answer.required("similarity", place),
            percent=answer.optional("unit", one_of(("fraction", "percent")), "fraction")
            == "percent",
            limit=answer.optional("limit", whole_number(1), None),
            no_face=answer.optional("no_face", text, None),
            enrol=_operation(fields, "enrol", search),
            delete=_operation(fields, "delete", search),
            encoding=take_encoding(fields.table("image")),
            price=fields.optional("price", positive(), None),
            rate_limits=take_rate_limits(fields),
        )
        for table in (request, answer, fields):
            table.finish()
        return found


def _operation(fields: Fields, name: str, search: Endpoint) -> Operation | None:
    if name not in fields:
        return None
    table, enrols = fields.table(name), name == "enrol"
    url = table.required("url", text)
    check_address(url.replace(NAME, "x"), f"[{name}] url is an address like the one to search")
    usual = "POST" if enrols else "DELETE"
    method = table.optional("method", one_of(("POST", "PUT", "DELETE")), usual)
    body = table.optional("body", text, "")
    table.finish()
    if enrols:
        Template(body.replace(NAME, "x"))  # refuses what is no JSON with a picture in it
        if NAME not in url + body:
            raise TargetUnusable(f"[enrol] url or body must hold {NAME}, the picture's id")
    headers = {f"[headers] {key}": value for key, value in search.headers.items()}
    secrets = Secrets.described({f"[{name}] url": url.replace(NAME, "x")} | headers)
    return Operation(replace(search, url=url, method=method, secrets=secrets), body)
