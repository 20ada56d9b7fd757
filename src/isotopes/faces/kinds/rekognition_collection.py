"""A collection of Amazon Rekognition: CreateCollection, IndexFaces, SearchFacesByImage."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError, ServiceRefused, TargetUnusable
from isotopes.faces.face_search import Enrolment, Matches, OpenableFaceSearch
from isotopes.faces.fields import take_list, take_percent, take_text
from isotopes.faces.ids import from_service, to_service
from isotopes.targets.aws.rekognition import Rekognition
from isotopes.targets.aws.signing import CREDENTIALS
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http.encoding import encode, lossless_within
from isotopes.targets.http.service import CONNECTIONS, check_plain
from isotopes.targets.rate import RateLimit
from isotopes.targets.scores import Completeness
from isotopes.targets.target import Picture

_SPEC = re.compile(r"(?P<region>[\w-]*)/(?P<collection>[\w.-]{1,255})")
_ENCODING = lossless_within(5_000_000, shortest_side=80)
_PAGE = 4096  # faces in a list, and the most matches of a search
_NO_FACE = "no faces in the image"
_MOST_PAGES = 25_000  # 100 million faces


class RekognitionCollection(OpenableFaceSearch):
    """Faces that an account enrolled, in one region of Amazon's."""

    # Price (the first million a month), rate (most regions) and limits as documented on 2026-11-23.
    kind: ClassVar[str] = "rekognition-faces"
    summary: ClassVar[str] = "REGION/COLLECTION, a face collection of Amazon Rekognition"
    completeness: ClassVar[Completeness] = Completeness.TOP_K
    limits: ClassVar[str] = "1 picture a request, sent as PNG of 80 to 1264 pixels a side; 5 MB"
    credentials: ClassVar[tuple[str, ...]] = CREDENTIALS
    price = 0.001
    rate_limits = (RateLimit(5),)
    concurrency = CONNECTIONS

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The collection, whether it exists yet or not. For another server add ``@`` and its
        address. An empty region means that of Amazon's own chain."""
        place, _, url = spec.partition("@")
        parts = _SPEC.fullmatch(place)
        if parts is None:
            raise TargetUnusable(
                f"{place!r} must be REGION/COLLECTION", hint="rekognition-faces:us-east-1/my-faces"
            )
        if url:
            check_plain(url)
        return cls(parts["region"] or None, parts["collection"], url or None)

    def __init__(self, region: str | None, collection: str, url: str | None = None) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            TargetUnusable: boto3 or a credential is missing.
        """
        self._collection = collection
        self._service = Rekognition(region, url, CONNECTIONS)
        self._created = False

    @property
    def name(self) -> str:
        return f"Amazon Rekognition's collection {self._collection}"

    def identity(self) -> str:
        """A hash of the address and the collection's name; no credential."""
        return digest_of([self.kind, self._service.address, self._collection])

    @property
    def destination(self) -> str:
        return self._service.destination

    def _enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        names = [to_service(name) for name in ids]
        self._create()
        enrolled, refused = [], {}
        for picture, name, written in zip(pictures, ids, names, strict=True):
            reason = self._index(picture, written)
            if reason is None:
                enrolled.append(name)
            else:
                refused[name] = reason
        return Enrolment(tuple(enrolled), refused)

    def enrolled(self) -> frozenset[str]:
        ids: set[str] = set()
        more: dict[str, Any] = {}
        for _ in range(_MOST_PAGES):
            try:
                answer = self._call("ListFaces", OPEN, MaxResults=_PAGE, **more)
            except ServiceRefused as refused:
                if refused.code == "ResourceNotFoundException":
                    return frozenset()
                raise
            ids.update(self._id(face) for face in take_list(self.name, answer, "Faces"))
            if not answer.get("NextToken"):
                return frozenset(ids)
            more = {"NextToken": answer["NextToken"]}
        raise AnswerError(f"{self.name} lists faces without end")

    def search(self, picture: Picture, gate: Gate = OPEN) -> Matches:
        try:
            answer = self._call(
                "SearchFacesByImage",
                gate,
                Image=_image(picture),
                MaxFaces=_PAGE,
                FaceMatchThreshold=0.0,  # by default it hides faces that are less than 80 % similar
                QualityFilter="NONE",
            )
        except ServiceRefused as refused:
            if _NO_FACE not in str(refused):
                raise
            return Matches.of({}, self.completeness, _PAGE)
        similarities: dict[str, float] = {}
        for match in take_list(self.name, answer, "FaceMatches"):
            similarity = take_percent(self.name, match, "Similarity")
            name = self._id(match.get("Face", {}))
            similarities[name] = max(similarity, similarities.get(name, 0.0))
        return Matches.of(similarities, self.completeness, _PAGE)

    def _delete(self) -> None:
        try:
            self._call("DeleteCollection")
        except ServiceRefused as refused:
            if refused.code != "ResourceNotFoundException":
                raise
        self._created = False

    def close(self) -> None:
        self._service.close()

    def _create(self) -> None:
        if self._created:
            return
        try:
            self._call("CreateCollection")
        except ServiceRefused as refused:
            if refused.code != "ResourceAlreadyExistsException":
                raise
        self._created = True

    def _index(self, picture: Picture, written: str) -> str | None:
        """Enrol a picture; returns the reason if that is impossible."""
        answer = self._call(
            "IndexFaces",
            Image=_image(picture),
            ExternalImageId=written,
            MaxFaces=1,
            QualityFilter="NONE",
        )
        return None if take_list(self.name, answer, "FaceRecords") else "it shows no face"

    def _call(self, operation: str, gate: Gate = OPEN, /, **question: object) -> Mapping[str, Any]:
        asked = {"CollectionId": self._collection, **question}
        return self._service.call(operation, asked, lambda answer: answer, gate)

    def _id(self, face: object) -> str:
        if not isinstance(face, dict):
            raise AnswerError(f"the answer of {self.name} can't be used: a face must be an object")
        # Faces that somebody else enrolled may have no id of their own.
        return from_service(take_text(self.name, face, "ExternalImageId", "FaceId"))


def _image(picture: Picture) -> dict[str, str]:
    return {"Bytes": base64.b64encode(encode(picture, _ENCODING)).decode()}
