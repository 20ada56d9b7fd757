"""The description of a generator behind HTTP, `GENERATOR.toml`: docs/descriptions.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from isotopes.errors import TargetUnusable
from isotopes.targets.fields import Fields, errors_name, one_of, positive, read_toml, several, text
from isotopes.targets.generators.template import WishTemplate
from isotopes.targets.http.description import take_endpoint, take_rate_limits
from isotopes.targets.http.endpoint import Endpoint
from isotopes.targets.http.json_answer import JsonPath, place
from isotopes.targets.rate import RateLimit

Form = Literal["body", "base64", "address"]


@dataclass(frozen=True)
class PictureRules:
    """Where the picture is in an answer.

    Attributes:
        form: the answer is the file itself ("body"); or JSON, which holds it in base64 ("base64"),
            or the address that it is fetched from ("address").
        at: where in the JSON; None for "body".
        hosts: names of the only hosts, beside the endpoint's own, that pictures are fetched from.
    """

    form: Form
    at: JsonPath | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class GeneratorDescription:
    """A generator: its address, what to send, and where the picture is in the answer.

    Attributes:
        name: for reports.
        price: of a picture, in US dollars; None if unknown.
        rate_limits: requests must stay within all of these.
    """

    name: str
    endpoint: Endpoint
    template: WishTemplate
    answer: PictureRules
    price: float | None = None
    rate_limits: tuple[RateLimit, ...] = ()


def read_generator(path: Path) -> GeneratorDescription:
    """Read the description in a TOML file.

    Raises:
        TargetUnusable: no such file, not TOML, fields that are missing, unknown or out of range,
            or an environment variable that is not set.
    """
    fields = read_toml(path, "it describes a generator behind HTTP: docs/descriptions.md")
    with errors_name(path):
        endpoint = take_endpoint(fields)
        name = fields.optional("name", text, urlsplit(endpoint.url).netloc)
        request = fields.table("request")
        template = WishTemplate(request.required("body", text))
        request.finish()
        price = fields.optional("price", positive(), None)
        limits = take_rate_limits(fields)
        answer = _answer(fields.table("answer"))
        fields.finish()
        return GeneratorDescription(name, endpoint, template, answer, price, limits)


def _answer(answer: Fields) -> PictureRules:
    form: Form = answer.required("form", one_of(get_args(Form)))
    at = None if form == "body" else answer.required("at", place)
    hosts = answer.optional("hosts", several(text), ()) if form == "address" else ()
    answer.finish()
    for host in hosts:
        if urlsplit(f"//{host}").hostname != host:
            raise TargetUnusable(
                f"[answer] hosts must be plain names in lower case, such as cdn.example,"
                f" got {host!r}"
            )
    return PictureRules(form, at, hosts)
