"""The description of a JSON endpoint, `ENDPOINT.toml`: docs/descriptions.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from isotopes.errors import TargetUnusable
from isotopes.targets.fields import (
    Fields,
    errors_name,
    number,
    one_of,
    positive,
    read_toml,
    several,
    text,
    whole_number,
)
from isotopes.targets.http.encoding import Encoding, Format
from isotopes.targets.http.endpoint import Endpoint, check_address
from isotopes.targets.http.json_answer import (
    AnswerForm,
    Arrays,
    JsonPath,
    Mapped,
    Objects,
    Words,
    place,
)
from isotopes.targets.http.retries import Retries
from isotopes.targets.http.secrets import Secrets
from isotopes.targets.http.template import ID, Template, WholeBody
from isotopes.targets.rate import RateLimit
from isotopes.targets.scores import Completeness, name_outputs

Unit = Literal["probability", "percent", "logit", "sigmoid"]
MOST_CONNECTIONS, MOST_RETRIES, LONGEST_TIMEOUT, LARGEST_BATCH = 256, 20, 3_600.0, 1_024


@dataclass(frozen=True)
class AnswerRules:
    """How to read an answer.

    Attributes:
        form: where the labels and scores of one picture stand.
        each: where the list with one entry for each picture stands; None if an answer is about a
            single picture.
        id: where each entry repeats the number of its picture; None if entries come in order.
        labels: all labels of the model, if they are known beforehand.
        completeness, limit: as in `Scores`; the limit as a probability or a number of labels.
        unit: of the scores: probabilities, percentages, logits of a softmax over all labels, or
            logits of a sigmoid for each label.
        version: where the answer gives the model's version; None if it doesn't.
        problem: where an answer with a success status says that it failed after all, and why.
    """

    form: AnswerForm
    each: JsonPath | None = None
    id: JsonPath | None = None
    labels: tuple[str, ...] | None = None
    completeness: Completeness = Completeness.FULL
    limit: float | None = None
    unit: Unit = "probability"
    version: JsonPath | None = None
    problem: JsonPath | None = None

    def __post_init__(self) -> None:
        if self.unit == "logit" and self.completeness is not Completeness.FULL:
            raise TargetUnusable(
                "logits become probabilities only if all labels are shown,"
                f" got completeness {self.completeness}"
            )
        by_order = isinstance(self.form, Arrays) and self.form.labels is None
        if by_order and self.completeness is not Completeness.FULL:
            raise TargetUnusable(
                "scores without labels beside them must be complete,"
                f" got completeness {self.completeness}",
                hint="say in [answer] where the labels stand",
            )

    @property
    def known_labels(self) -> tuple[str, ...] | None:
        """The labels of its scores, if they are known beforehand."""
        if self.labels is None:
            return None
        by_order = isinstance(self.form, Arrays) and self.form.labels is None
        names = self.labels if by_order else tuple(dict.fromkeys(self.labels))
        return (
            names if self.completeness is not Completeness.FULL else name_outputs(names, len(names))
        )


@dataclass(frozen=True)
class HttpDescription:
    """A JSON endpoint: its address, what to send, and how to read the answer.

    Attributes:
        name: for reports.
        price: of a picture, in US dollars; None if unknown.
        rate_limits: requests must stay within all of these.
        replicas: more addresses of the same service, asked alike and at the same time.
    """

    name: str
    endpoint: Endpoint
    template: Template | WholeBody
    answer: AnswerRules
    encoding: Encoding = Encoding()
    price: float | None = None
    rate_limits: tuple[RateLimit, ...] = ()
    replicas: tuple[Endpoint, ...] = ()

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All addresses of the service."""
        return self.endpoint, *self.replicas


def read_http_description(path: Path) -> HttpDescription:
    """Read the description in a TOML file.

    Raises:
        TargetUnusable: no such file, not TOML, fields that are missing, unknown or out of range,
            or an environment variable that is not set.
    """
    fields = read_toml(path, "it describes an HTTP endpoint: docs/descriptions.md")
    if "url" not in fields and "input" in fields:
        raise TargetUnusable(
            f"{path} describes a network file, not an HTTP endpoint",
            hint=f"give the network itself: {path.with_suffix('.onnx')}",
        )
    for needed, kind in (("anchors", "http-encoder"), ("model", "transformers-encoder")):
        if needed in fields:
            raise TargetUnusable(
                f"{path} describes an encoder, not a service that answers with scores",
                hint=f"give {kind}:{path}",
            )
    with errors_name(path):
        if "similarity" in fields.table("answer"):
            raise TargetUnusable(
                "this describes a face engine, not a service that answers with scores",
                hint=f"isotopes faces check NAME --engine http-faces:{path}",
            )
        labels = fields.optional("labels", several(text), None)
        described = take_service(fields, lambda answer, batched: _answer(answer, labels, batched))
        fields.finish()
        return described


def take_service(
    fields: Fields, read_answer: Callable[[Fields, bool], AnswerRules]
) -> HttpDescription:
    """Read the fields of a service, from a file that may hold more.

    Args:
        read_answer: reads the table ``[answer]``; is told whether answers hold several pictures.

    Raises:
        TargetUnusable: they are missing, unknown or out of range, or an environment variable is not
            set.
    """
    endpoint = take_endpoint(fields)
    template = _template(fields.table("request"))
    answer = read_answer(fields.table("answer"), template.item is not None)
    if (answer.id is not None) != (ID in (template.item or "")):
        raise TargetUnusable(f'[answer] id and "{ID}" in [request] item go together')
    return HttpDescription(
        name=fields.optional("name", text, urlsplit(endpoint.url).netloc),
        endpoint=endpoint,
        template=template,
        answer=answer,
        encoding=take_encoding(fields.table("image")),
        price=fields.optional("price", positive(), None),
        rate_limits=take_rate_limits(fields),
        replicas=_replicas(fields, endpoint),
    )


def take_rate_limits(fields: Fields) -> tuple[RateLimit, ...]:
    """What `requests_per_second` says: one limit, or none."""
    rate = fields.optional("requests_per_second", positive(), None)
    return () if rate is None else (RateLimit(rate),)


def take_endpoint(fields: Fields) -> Endpoint:
    """Read the fields that say where to ask, from a file that holds more.

    Raises:
        TargetUnusable: they are missing or out of range, or an environment variable is not set.
    """
    url, headers = fields.required("url", text), fields.table("headers").texts()
    check_address(url, "credentials belong in [headers], as ${TARGET_TOKEN}")
    return Endpoint(
        url=url,
        method=fields.optional("method", one_of(("POST", "PUT")), "POST"),
        headers=headers,
        secrets=Secrets.described({"url": url} | {f"[headers] {k}": v for k, v in headers.items()}),
        timeout=fields.optional("timeout", positive(LONGEST_TIMEOUT), Endpoint.timeout),
        retries=Retries(fields.optional("retries", whole_number(0, MOST_RETRIES), Retries.most)),
        connections=fields.optional(
            "concurrency", whole_number(1, MOST_CONNECTIONS), Endpoint.connections
        ),
    )


def _replicas(fields: Fields, endpoint: Endpoint) -> tuple[Endpoint, ...]:
    urls = fields.optional("replicas", several(text), ())
    for url in urls:
        check_address(url, "each of the replicas is an address like url")
    if len({endpoint.url, *urls}) <= len(urls):
        raise TargetUnusable("replicas must name other addresses than url, each once")
    headers = {f"[headers] {name}": value for name, value in endpoint.headers.items()}
    return tuple(
        replace(endpoint, url=url, secrets=Secrets.described({"replicas": url} | headers))
        for url in urls
    )


def _template(request: Fields) -> Template:
    body = request.required("body", text)
    item = request.optional("item", text, None)
    batch = request.optional("batch", whole_number(1, LARGEST_BATCH), 1)
    request.finish()
    return Template(body, item, batch)


def take_encoding(image: Fields) -> Encoding:
    """Read how pictures are sent, from a table of its own."""
    encoding = Encoding(
        format=image.optional("format", one_of(get_args(Format)), Encoding.format),
        quality=image.optional("quality", whole_number(1), Encoding.quality),
        longest_side=image.optional("longest_side", whole_number(1), None),
    )
    image.finish()
    return encoding


def _answer(answer: Fields, labels: tuple[str, ...] | None, batched: bool) -> AnswerRules:
    form = _FORMS[answer.required("form", one_of(tuple(_FORMS)))](answer, labels)
    if isinstance(form, Words):
        labels = tuple(label for label, _ in form.words)
    each = answer.required("each", place) if batched else None
    completeness = Completeness(
        answer.optional("completeness", one_of(tuple(Completeness)), "full")
    )
    full = completeness is Completeness.FULL
    rules = AnswerRules(
        form=form,
        each=each,
        id=answer.optional("id", place, None) if batched else None,
        labels=labels,
        completeness=completeness,
        limit=None if full else answer.required("limit", number),
        unit=answer.optional("unit", one_of(get_args(Unit)), AnswerRules.unit),
        version=answer.optional("version", place, None),
    )
    answer.finish()
    return rules


def _objects(answer: Fields, labels: tuple[str, ...] | None) -> AnswerForm:
    return Objects(*(answer.required(name, place) for name in ("at", "label", "score")))


def _arrays(answer: Fields, labels: tuple[str, ...] | None) -> AnswerForm:
    if "labels" in answer or labels is None:
        return Arrays(answer.required("scores", place), answer.required("labels", place))
    return Arrays(answer.required("scores", place), None)


def _mapped(answer: Fields, labels: tuple[str, ...] | None) -> AnswerForm:
    return Mapped(answer.required("at", place))


def _words(answer: Fields, labels: tuple[str, ...] | None) -> AnswerForm:
    words = answer.table("words").lists(text)
    blank = next((label for label, some in words.items() if not all(map(str.split, some))), None)
    if labels is not None or not words or blank is not None:
        raise TargetUnusable(
            "form words takes its labels from [answer.words], each with words that stand for it",
            hint='[answer.words] holds for example: cat = ["cat", "cats", "kitten"]',
        )
    word = answer.optional("word", place, None)
    score = answer.optional("score", place, None)
    if (score is not None and word is None) or (score is None and "unit" in answer):
        raise TargetUnusable("[answer] score goes with word, and unit with score")
    return Words(tuple(words.items()), answer.required("at", place), word, score)


_FORMS = {"objects": _objects, "arrays": _arrays, "mapping": _mapped, "words": _words}
