"""A FaceSet of Face++: detect, faceset/create, faceset/addface, face/setuserid, search."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Self
from urllib.parse import urlencode

from isotopes.canonical import digest_of
from isotopes.errors import ServiceRefused, TargetUnusable
from isotopes.faces.face_search import Enrolment, Matches, OpenableFaceSearch
from isotopes.faces.fields import as_object, take_list, take_percent, take_text
from isotopes.faces.ids import from_service, to_service
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http.caller import JsonCaller
from isotopes.targets.http.encoding import encode, lossless_within
from isotopes.targets.http.endpoint import Endpoint, ErrorCodes
from isotopes.targets.http.secrets import Secrets
from isotopes.targets.http.service import AddressForm, Mistake
from isotopes.targets.scores import Completeness
from isotopes.targets.target import Picture

_ADDRESS = "https://api-us.faceplusplus.com/facepp/v3"
_WHOLE = AddressForm(
    re.compile(r"(/.*)?/facepp/v3"),
    example=_ADDRESS,
    mistakes=(
        Mistake(
            re.compile(r"(.*?/facepp/v3)/"),
            "ends in an operation, which is added to each request",
            r"give \1",
        ),
    ),
)
_SPEC = re.compile(r"[\w.-]{1,255}")
# The file in base64, every tenth character escaped, must fit 2 MB; a face needs 150 pixels a side.
_ENCODING = lossless_within(1_400_000, shortest_side=300)
_SHOWN = 5
# Face++ says so with status 403, although asking again does help.
_ERRORS = ErrorCodes("error_message", busy=frozenset({"CONCURRENCY_LIMIT_EXCEEDED"}))
_KEYS = {"api_key": "${FACEPP_API_KEY}", "api_secret": "${FACEPP_API_SECRET}"}


class FaceppFaceSet(OpenableFaceSearch):
    """A set of faces under a name of your choice (``outer_id``). It shows the best five."""

    # Limits as documented on 2026-11-23; how many requests a second depends on the account.
    kind: ClassVar[str] = "facepp"
    summary: ClassVar[str] = "NAME, a FaceSet of Face++ by its outer_id"
    completeness: ClassVar[Completeness] = Completeness.TOP_K
    limits: ClassVar[str] = "1 picture a request, sent as PNG of 300 to 669 pixels a side; 2 MB"
    credentials: ClassVar[tuple[str, ...]] = ("FACEPP_API_KEY", "FACEPP_API_SECRET")

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The FaceSet, whether it exists yet or not. For another server add ``@`` and its address,
        which ends in ``/facepp/v3``."""
        name, _, url = spec.partition("@")
        if not _SPEC.fullmatch(name):
            raise TargetUnusable(
                f"{name!r} must be a FaceSet's outer_id, of letters, digits and _ . -",
                hint="facepp:my-faces",
            )
        return cls(name, _WHOLE.find(url) if url else _ADDRESS)

    def __init__(self, outer_id: str, address: str) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            TargetUnusable: a credential is not set.
        """
        self._outer_id = outer_id
        self._address = address
        self._secrets = Secrets.of(_KEYS)
        self._created = False
        self._callers: dict[str, JsonCaller] = {}  # one for each operation
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return f"Face++'s FaceSet {self._outer_id}"

    def identity(self) -> str:
        """A hash of the address and the FaceSet's name; no credential."""
        return digest_of([self.kind, self._address, self._outer_id])

    @property
    def destination(self) -> str:
        return self._endpoint("search").destination

    def _enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        names = [to_service(name) for name in ids]
        self._create()
        enrolled, refused = [], {}
        for picture, name, written in zip(pictures, ids, names, strict=True):
            faces = take_list(self.name, self._call("detect", picture), "faces")
            if not faces:
                refused[name] = "it shows no face"
                continue
            token = take_text(self.name, faces[0], "face_token")
            self._call("face/setuserid", face_token=token, user_id=written)
            added = self._call("faceset/addface", outer_id=self._outer_id, face_tokens=token)
            if added.get("face_added") == 1:
                enrolled.append(name)
            else:
                refused[name] = "Face++ did not take it"
        return Enrolment(tuple(enrolled), refused)

    def search(self, picture: Picture, gate: Gate = OPEN) -> Matches:
        answer = self._call(
            "search", picture, gate, outer_id=self._outer_id, return_result_count=str(_SHOWN)
        )
        if not take_list(self.name, answer, "faces"):
            return Matches.of({}, self.completeness, _SHOWN)
        similarities: dict[str, float] = {}
        for match in take_list(self.name, answer, "results"):
            confidence = take_percent(self.name, match, "confidence")
            # Faces that somebody else added may have no id.
            name = from_service(take_text(self.name, match, "user_id", "face_token"))
            similarities[name] = max(confidence, similarities.get(name, 0.0))
        return Matches.of(similarities, self.completeness, _SHOWN)

    def _delete(self) -> None:
        try:
            self._call("faceset/delete", outer_id=self._outer_id, check_empty="0")
        except ServiceRefused as refused:
            if refused.code != "INVALID_OUTER_ID":
                raise
        self._created = False

    def close(self) -> None:
        for caller in self._callers.values():
            caller.close()

    def _create(self) -> None:
        if not self._created:
            # With force_merge an existing set stays as it is.
            self._call("faceset/create", outer_id=self._outer_id, force_merge="1")
            self._created = True

    def _call(
        self,
        operation: str,
        picture: Picture | None = None,
        gate: Gate = OPEN,
        **question: str,
    ) -> Mapping[str, Any]:
        keys = {name: self._secrets.fill(variable) for name, variable in _KEYS.items()}
        fields = keys | question
        if picture is not None:
            fields["image_base64"] = base64.b64encode(encode(picture, _ENCODING)).decode()
        with self._lock:
            if operation not in self._callers:
                self._callers[operation] = JsonCaller(self._endpoint(operation))
        body, read = urlencode(fields).encode(), partial(as_object, self.name)
        return self._callers[operation].call(body, read, gate)

    def _endpoint(self, operation: str) -> Endpoint:
        return Endpoint(
            f"{self._address}/{operation}",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            secrets=self._secrets,
            errors=_ERRORS,
        )
