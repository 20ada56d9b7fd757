"""A collection of Amazon Rekognition: CreateCollection, IndexFaces, SearchFacesByImage."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from isotopes.canonical import digest_of
from isotopes.errors import ServiceRefused, TargetUnusable
from isotopes.faces.face_search import Enrolment, Matches, OpenableFaceSearch
from isotopes.faces.fields import take_list, take_percent, take_text
from isotopes.faces.ids import from_service, to_service
from isotopes.targets.asking.rate import Rate
from isotopes.targets.aws.client import CREDENTIALS, Rekognition
from isotopes.targets.http.encoding import encode, lossless_within
from isotopes.targets.http.service import CONNECTIONS, check_plain
from isotopes.targets.scores import Completeness
from isotopes.targets.target import Picture

_SPEC = re.compile(r"(?P<region>[\w-]*)/(?P<collection>[\w.-]{1,255})")
_ENCODING = lossless_within(5_000_000, shortest_side=80)
_PAGE = 4096  # faces in a list, and the most matches of a search
_NO_FACE = "no faces in the image"


class RekognitionCollection(OpenableFaceSearch):
    """Faces of people's own, in one region of Amazon's."""

    # Price (the first million a month), rate (most regions) and limits as documented on 2026-11-23.
    kind: ClassVar[str] = "rekognition-faces"
    summary: ClassVar[str] = "REGION/COLLECTION, a face collection of Amazon Rekognition"
    completeness: ClassVar[Completeness] = Completeness.TOP_K
    limits: ClassVar[str] = "1 picture a request, sent as PNG of 80 to 1264 pixels a side; 5 MB"
    credentials: ClassVar[tuple[str, ...]] = CREDENTIALS
    price = 0.001
    rates = (Rate(5),)
    concurrency = CONNECTIONS

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The collection, whether it is there yet or not; then, for another server, ``@`` and its
        address. An empty region is that of Amazon's own chain."""
        place, _, url = spec.partition("@")
        found = _SPEC.fullmatch(place)
        if found is None:
            raise TargetUnusable(
                f"{place!r} must be REGION/COLLECTION", hint="rekognition-faces:us-east-1/my-faces"
            )
        if url:
            check_plain(url)
        return cls(found["region"] or None, found["collection"], url or None)

    def __init__(self, region: str | None, collection: str, url: str | None = None) -> None:
        """Get ready; nothing is sent yet.

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
        """Of the address and the collection's name; no credential is in it."""
        return digest_of([self.kind, self._service.address, self._collection])

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
        found: set[str] = set()
        more: dict[str, str] = {}
        while True:
            try:
                answer = self._call("list_faces", MaxResults=_PAGE, **more)
            except ServiceRefused as refused:
                if refused.code == "ResourceNotFoundException":
                    return frozenset()
                raise
            found.update(self._id(face) for face in self._take(answer, "Faces"))
            if not answer.get("NextToken"):
                return frozenset(found)
            more = {"NextToken": answer["NextToken"]}

    def search(self, picture: Picture) -> Matches:
        try:
            answer = self._call(
                "search_faces_by_image",
                Image={"Bytes": encode(picture, _ENCODING)},
                MaxFaces=_PAGE,
                FaceMatchThreshold=0.0,  # left to itself it shows what is 80 % alike or more
                QualityFilter="NONE",
            )
        except ServiceRefused as refused:
            if _NO_FACE not in str(refused):
                raise
            return Matches.of({}, self.completeness, _PAGE)
        similarities: dict[str, float] = {}
        for match in self._take(answer, "FaceMatches"):
            similarity = take_percent(self.name, match, "Similarity")
            name = self._id(match.get("Face", {}))
            similarities[name] = max(similarity, similarities.get(name, 0.0))
        return Matches.of(similarities, self.completeness, _PAGE)

    def delete(self) -> None:
        try:
            self._call("delete_collection")
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
            self._call("create_collection")
        except ServiceRefused as refused:
            if refused.code != "ResourceAlreadyExistsException":
                raise
        self._created = True

    def _index(self, picture: Picture, written: str) -> str | None:
        """Why the picture can't be enrolled; None where it was."""
        answer = self._call(
            "index_faces",
            Image={"Bytes": encode(picture, _ENCODING)},
            ExternalImageId=written,
            MaxFaces=1,
            QualityFilter="NONE",
        )
        if self._take(answer, "FaceRecords"):
            return None
        return "no face was found in it"

    def _call(self, operation: str, **question: object) -> Mapping[str, Any]:
        return self._service.call(operation, CollectionId=self._collection, **question)

    def _take(self, answer: Mapping[str, Any], place: str) -> list[Mapping[str, Any]]:
        # boto3 leaves out what an answer of something else doesn't have.
        return take_list(self.name, answer, place)

    def _id(self, face: Mapping[str, Any]) -> str:
        # Somebody may have enrolled a face without an id of theirs.
        return from_service(take_text(self.name, face, "ExternalImageId", "FaceId"))
