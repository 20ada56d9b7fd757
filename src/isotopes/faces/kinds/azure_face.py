"""A large face list of Azure AI Face: detect, add, train, and find similar faces (v1.2).

Azure lets only approved customers search faces (Limited Access). A list has to be trained after
faces were added; that takes seconds.

Sources: learn.microsoft.com/rest/api/face (view rest-face-v1.2), and of
learn.microsoft.com/azure/ai-services/computer-vision the pages reference-face-error-codes and
identity-quotas-limits, as they were on 2026-11-28.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from http import HTTPMethod
from typing import Any, ClassVar, Self

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError, ServiceRefused, TargetUnreachable, TargetUnusable
from isotopes.faces.azure import ERRORS, RESOURCE
from isotopes.faces.face_search import Enrolment, Matches, OpenableFaceSearch
from isotopes.faces.fields import as_object, as_objects, take_fraction, take_text
from isotopes.faces.ids import from_service, to_service
from isotopes.faces.local import NO_FACE
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http.caller import JsonCaller
from isotopes.targets.http.encoding import encode, lossless_within
from isotopes.targets.http.endpoint import Endpoint
from isotopes.targets.http.secrets import Secrets
from isotopes.targets.http.service import CONNECTIONS
from isotopes.targets.rate import RateLimit
from isotopes.targets.scores import Completeness
from isotopes.targets.target import Picture

_NAME = re.compile(r"[a-z0-9-]{2,64}")
_LIST = re.compile(r"[a-z0-9_-]{1,64}")
_ADDRESS = "https://{}.cognitiveservices.azure.com"
_KEY = {"Ocp-Apim-Subscription-Key": "${AZURE_FACE_KEY}"}
_ENCODING = lossless_within(6_000_000, shortest_side=200, least_bytes=2**10)
_SHOWN, _PAGE, _MOST_PAGES = 1000, 1000, 1000
_MODELS = "recognitionModel=recognition_04&detectionModel=detection_03"
_BOX = ("left", "top", "width", "height")
_TRAINED_WITHIN, _LOOK = 600, 1.0  # seconds


class AzureFaceList(OpenableFaceSearch):
    """Faces under a list's name of your choice. It shows the 1,000 most similar ones."""

    # A search is two transactions, of which tier S0 may make 10 a second. The price (of the first
    # million a month) was not looked up: check it before you rely on an estimate.
    kind: ClassVar[str] = "azure-face"
    summary: ClassVar[str] = "RESOURCE/LIST, a large face list of Azure AI Face"
    completeness: ClassVar[Completeness] = Completeness.TOP_K
    limits: ClassVar[str] = "1 picture a request, sent as PNG of 200 to 1386 pixels a side; 6 MB"
    credentials: ClassVar[tuple[str, ...]] = ("AZURE_FACE_KEY",)
    price = 0.002
    rate_limits = (RateLimit(5),)
    concurrency = CONNECTIONS

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The list, whether it exists yet or not. The resource may be a whole address."""
        place, _, name = spec.rpartition("/")
        if not _LIST.fullmatch(name) or place in {"", "http:/", "https:/"}:
            raise TargetUnusable(
                f"{spec!r} must be RESOURCE/LIST, the list of small letters, digits, _ and -",
                hint="azure-face:my-resource/my-faces",
            )
        if "://" in place:
            place = RESOURCE.find(place)
        elif _NAME.fullmatch(place):
            place = _ADDRESS.format(place)
        else:
            raise TargetUnusable(
                f"{place!r} must be the name of a resource, or the whole address, https://..."
            )
        return cls(place, name)

    def __init__(self, address: str, name: str) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            TargetUnusable: the credential is not set.
        """
        self._address, self._list = f"{address}/face/v1.2", name
        self._secrets = Secrets.of({f"the header {key}": value for key, value in _KEY.items()})
        self._callers: dict[str, JsonCaller] = {}  # of the two operations of a search
        self._names: dict[str, str] | None = None  # of enrolled faces, by Azure's own ids
        self._lock = threading.Lock()
        self._created = False

    @property
    def name(self) -> str:
        return f"Azure's face list {self._list}"

    def identity(self) -> str:
        """A hash of the address and the list's name; no credential."""
        return digest_of([self.kind, self._address, self._list])

    @property
    def destination(self) -> str:
        return self._endpoint("detect", HTTPMethod.POST, picture=True).destination

    def _enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        names = [to_service(name) for name in ids]
        self._create()
        enrolled, refused = [], {}
        for picture, name, written in zip(pictures, ids, names, strict=True):
            file = encode(picture, _ENCODING)
            face = self._detect(file, OPEN)
            if face is None:
                refused[name] = NO_FACE
                continue
            box = ",".join(str(self._side(face, side)) for side in _BOX)
            asked = f"userData={written}&targetFace={box}&detectionModel=detection_03"
            added = self._ask(f"{self._path}/persistedfaces?{asked}", HTTPMethod.POST, file)
            take_text(self.name, as_object(self.name, added), "persistedFaceId")
            enrolled.append(name)
        if enrolled:
            self._train()
        self._names = None
        return Enrolment(tuple(enrolled), refused)

    def enrolled(self) -> frozenset[str]:
        return frozenset(self._listed().values())

    def search(self, picture: Picture, gate: Gate = OPEN) -> Matches:
        names = self._listed()
        face = self._detect(encode(picture, _ENCODING), gate)
        if face is None or not names:
            return Matches.of({}, self.completeness, _SHOWN)
        question = {
            "faceId": take_text(self.name, face, "faceId"),
            "largeFaceListId": self._list,
            "maxNumOfCandidatesReturned": _SHOWN,
            "mode": "matchFace",  # by default it hides those below a threshold of its own
        }
        caller = self._kept("findsimilars")
        similarities: dict[str, float] = {}
        for match in as_objects(
            self.name, caller.call(json.dumps(question).encode(), _as_it_is, gate)
        ):
            token = take_text(self.name, match, "persistedFaceId")
            name = names.get(token, token)
            confidence = take_fraction(self.name, match, "confidence")
            similarities[name] = max(confidence, similarities.get(name, 0.0))
        return Matches.of(similarities, self.completeness, _SHOWN)

    def _delete(self) -> None:
        try:
            self._send(self._path, HTTPMethod.DELETE)
        except ServiceRefused as refused:
            if refused.code != "LargeFaceListNotFound":
                raise
        self._created, self._names = False, None

    def close(self) -> None:
        for caller in self._callers.values():
            caller.close()

    @property
    def _path(self) -> str:
        return f"largefacelists/{self._list}"

    def _create(self) -> None:
        if self._created:
            return
        about = {"name": self._list, "recognitionModel": "recognition_04"}
        try:
            self._send(self._path, HTTPMethod.PUT, json.dumps(about).encode())
        except ServiceRefused as refused:
            if refused.code != "LargeFaceListExists":
                raise
        self._created = True

    def _train(self) -> None:
        self._send(f"{self._path}/train", HTTPMethod.POST)
        for _ in range(_TRAINED_WITHIN):
            state = as_object(self.name, self._ask(f"{self._path}/training", HTTPMethod.GET))
            status = take_text(self.name, state, "status").lower()
            if status == "succeeded":
                return
            if status == "failed":
                raise AnswerError(f"{self.name} could not be trained")
            OPEN.pause(_LOOK)
        raise TargetUnreachable(f"{self.name} was not trained within {_TRAINED_WITHIN} s")

    def _detect(self, file: bytes, gate: Gate) -> Mapping[str, Any] | None:
        """The largest face in a picture; None if there is none."""
        faces = as_objects(self.name, self._kept("detect").call(file, _as_it_is, gate))
        return faces[0] if faces else None

    def _listed(self) -> dict[str, str]:
        """What faces are called, by Azure's own ids."""
        with self._lock:
            if self._names is None:
                self._names = self._list_all()
            return self._names

    def _list_all(self) -> dict[str, str]:
        names: dict[str, str] = {}
        start = ""
        for _ in range(_MOST_PAGES):
            try:
                page = as_objects(
                    self.name,
                    self._ask(
                        f"{self._path}/persistedfaces?start={start}&top={_PAGE}", HTTPMethod.GET
                    ),
                )
            except ServiceRefused as refused:
                if refused.code == "LargeFaceListNotFound":
                    return names
                raise
            for face in page:
                start = take_text(self.name, face, "persistedFaceId")
                # Faces that somebody else added may have no name.
                names[start] = from_service(
                    take_text(self.name, face, "userData", "persistedFaceId")
                )
            if len(page) < _PAGE:
                return names
        raise AnswerError(f"{self.name} lists faces without end")

    def _kept(self, operation: str) -> JsonCaller:
        with self._lock:
            if operation not in self._callers:
                picture = operation == "detect"
                path = f"detect?returnFaceId=true&{_MODELS}" if picture else operation
                endpoint = self._endpoint(path, HTTPMethod.POST, picture=picture)
                self._callers[operation] = JsonCaller(endpoint)
            return self._callers[operation]

    def _ask(self, path: str, method: HTTPMethod, file: bytes = b"") -> object:
        caller = JsonCaller(self._endpoint(path, method, picture=bool(file)))
        try:
            return caller.call(file, _as_it_is)
        finally:
            caller.close()

    def _send(self, path: str, method: HTTPMethod, body: bytes = b"") -> None:
        """Do something whose answer is empty."""
        caller = JsonCaller(self._endpoint(path, method))
        try:
            caller.fetch(body)
        finally:
            caller.close()

    def _endpoint(self, path: str, method: HTTPMethod, *, picture: bool = False) -> Endpoint:
        kind = {"Content-Type": "application/octet-stream"} if picture else {}
        return Endpoint(
            f"{self._address}/{path}",
            method=method,
            headers=_KEY | kind,
            secrets=self._secrets,
            connections=CONNECTIONS,
            errors=ERRORS,
        )

    def _side(self, face: Mapping[str, Any], side: str) -> int:
        box = face.get("faceRectangle")
        pixels = box.get(side) if isinstance(box, dict) else None
        if not isinstance(pixels, int) or isinstance(pixels, bool) or abs(pixels) > 10**6:
            raise AnswerError(f"the answer of {self.name} can't be used: no valid faceRectangle")
        return pixels


def _as_it_is(answer: object) -> object:
    return answer
