"""Any face engine that takes pictures and answers with matches in JSON: `FACES.toml`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Self

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError, ServiceRefused, TargetUnusable
from isotopes.faces.described import NAME, FaceDescription, Operation, read_face_description
from isotopes.faces.face_search import Enrolment, Matches, OpenableFaceSearch
from isotopes.faces.ids import from_service, to_service
from isotopes.faces.local import NO_FACE
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http.caller import JsonCaller
from isotopes.targets.http.encoding import encode
from isotopes.targets.http.endpoint import Endpoint
from isotopes.targets.http.json_answer import Objects
from isotopes.targets.http.template import Template
from isotopes.targets.scores import Completeness
from isotopes.targets.target import Picture


class HttpFaces(OpenableFaceSearch):
    """An engine that a person describes."""

    kind: ClassVar[str] = "http-faces"
    summary: ClassVar[str] = "FACES.toml, which describes a face engine"
    completeness: ClassVar[Completeness] = Completeness.TOP_K
    limits: ClassVar[str] = "as its description says"
    credentials: ClassVar[tuple[str, ...]] = ("the variables that its description names",)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The engine that the TOML file `spec` describes."""
        if not spec:
            raise TargetUnusable("a face engine needs a file", hint="http-faces:FACES.toml")
        return cls(read_face_description(Path(spec)))

    def __init__(self, description: FaceDescription) -> None:
        """Prepare; nothing is sent yet."""
        self._about = description
        self._form = Objects(description.at, description.id, description.similarity)
        self._caller = JsonCaller(description.search)
        self.price, self.rate_limits = description.price, description.rate_limits
        self.concurrency = description.search.connections

    @property
    def name(self) -> str:
        return self._about.name

    def identity(self) -> str:
        """A hash of the address and of everything that decides request and answer."""
        about, search = self._about, self._about.search
        return digest_of(
            {
                "kind": self.kind,
                "address": [search.filled_address, search.url, search.method, search.headers],
                "request": [about.template.wording, repr(about.encoding)],
                "answer": [repr(self._form), about.percent, about.limit, about.no_face],
            }
        )

    @property
    def destination(self) -> str:
        return self._about.search.destination

    def _enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        enrol = self._allowed(self._about.enrol, "enrol")
        enrolled, refused = [], {}
        for picture, name, written in zip(pictures, ids, map(to_service, ids), strict=True):
            body = Template(enrol.body.replace(NAME, written))
            operation = replace(enrol.endpoint, url=enrol.endpoint.url.replace(NAME, written))
            try:
                _send(operation, body.fill([encode(picture, self._about.encoding)]))
                enrolled.append(name)
            except ServiceRefused as error:
                if not self._shows_no_face(error):
                    raise
                refused[name] = NO_FACE
        return Enrolment(tuple(enrolled), refused)

    def search(self, picture: Picture, gate: Gate = OPEN) -> Matches:
        body = self._about.template.fill([encode(picture, self._about.encoding)])
        try:
            return self._caller.call(body, self._read, gate)
        except ServiceRefused as error:
            if not self._shows_no_face(error):
                raise
            return self._matches({})

    def _delete(self) -> None:
        delete = self._allowed(self._about.delete, "delete")
        _send(delete.endpoint, delete.body.encode())

    def close(self) -> None:
        self._caller.close()

    def _read(self, answer: object) -> Matches:
        try:
            shown = self._form.read(answer)
        except AnswerError as error:
            raise AnswerError(f"the answer of {self.name} can't be used: {error}") from None
        most = 100.0 if self._about.percent else 1.0
        likeness: dict[str, float] = {}
        for written, value in shown.items():
            name = from_service(written)
            likeness[name] = max(value / most, likeness.get(name, 0.0))
        return self._matches(likeness)

    def _matches(self, likeness: dict[str, float]) -> Matches:
        if self._about.limit is None:
            return Matches.of(likeness)
        if len(likeness) > self._about.limit:
            raise AnswerError(
                f"{self.name} shows {len(likeness)} faces, but is described to show at most"
                f" {self._about.limit}"
            )
        return Matches.of(likeness, Completeness.TOP_K, self._about.limit)

    def _shows_no_face(self, refused: ServiceRefused) -> bool:
        return self._about.no_face is not None and self._about.no_face in str(refused)

    def _allowed(self, operation: Operation | None, name: str) -> Operation:
        if operation is None:
            raise TargetUnusable(
                f"the description of {self.name} doesn't say how to {name} faces",
                hint=f"add a table [{name}] to it, or use the engine's own tools",
            )
        return operation


def _send(endpoint: Endpoint, body: bytes) -> None:
    """Do something whose answer doesn't matter."""
    caller = JsonCaller(endpoint)
    try:
        caller.fetch(body)
    finally:
        caller.close()
