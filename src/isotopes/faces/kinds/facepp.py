"""A FaceSet of Face++: detect, faceset/create, faceset/addface, face/setuserid, search."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self
from urllib.parse import urlencode

import tenacity

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError, TargetUnreachable, TargetUnusable
from isotopes.faces.face_search import Enrolment, Matches, OpenableFaceSearch
from isotopes.faces.fields import take_list, take_percent, take_text
from isotopes.faces.ids import from_service, to_service
from isotopes.targets.asking.attempts import pause, tell_retry
from isotopes.targets.http.calling import Endpoint, JsonCaller
from isotopes.targets.http.encoding import encode, lossless_within
from isotopes.targets.http.environment import Secrets
from isotopes.targets.http.service import check_plain
from isotopes.targets.scores import Completeness
from isotopes.targets.target import Picture

_ADDRESS = "https://api-us.faceplusplus.com/facepp/v3"
_SPEC = re.compile(r"[\w.-]{1,255}")
# The file in base64, every tenth character escaped, must fit 2 MB; a face needs 150 pixels a side.
_ENCODING = lossless_within(1_400_000, shortest_side=300)
_SHOWN = 5
_BUSY = "CONCURRENCY_LIMIT_EXCEEDED"  # said with 403, as if it were for good
_ATTEMPTS = 6
_KEYS = {"api_key": "${FACEPP_API_KEY}", "api_secret": "${FACEPP_API_SECRET}"}


class FaceppFaceSet(OpenableFaceSearch):
    """A set of faces under a name of one's own (``outer_id``). It shows the best five."""

    # Limits as documented on 2026-11-23; how many requests a second depends on the account.
    kind: ClassVar[str] = "facepp"
    summary: ClassVar[str] = "NAME, a FaceSet of Face++ by its outer_id"
    completeness: ClassVar[Completeness] = Completeness.TOP_K
    limits: ClassVar[str] = "1 picture a request, sent as PNG of 300 to 669 pixels a side; 2 MB"
    credentials: ClassVar[tuple[str, ...]] = ("FACEPP_API_KEY", "FACEPP_API_SECRET")

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The FaceSet, whether it is there yet or not; then, for another server, ``@`` and its
        address, which ends in ``/facepp/v3``."""
        name, _, url = spec.partition("@")
        if not _SPEC.fullmatch(name):
            raise TargetUnusable(
                f"{name!r} must be a FaceSet's outer_id, of letters, digits and _ . -",
                hint="facepp:my-faces",
            )
        if url:
            check_plain(url)
        return cls(name, url.rstrip("/") or _ADDRESS)

    def __init__(self, outer_id: str, address: str, sleep: Callable[[float], None] = pause) -> None:
        """Get ready; nothing is sent yet. `sleep` waits between two attempts.

        Raises:
            TargetUnusable: a credential is not set.
        """
        self._outer_id = outer_id
        self._address = address
        self._sleep = sleep
        self._secrets = Secrets.of(_KEYS)
        self._created = False
        self._callers: dict[str, JsonCaller] = {}  # one for each operation's address
        self._again = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_busy),
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=30),
            before=_tell_retry,
            sleep=sleep,
            reraise=True,
        )

    @property
    def name(self) -> str:
        return f"Face++'s FaceSet {self._outer_id}"

    def identity(self) -> str:
        """Of the address and the FaceSet's name; no credential is in it."""
        return digest_of([self.kind, self._address, self._outer_id])

    def _enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        names = [to_service(name) for name in ids]
        self._create()
        enrolled, refused = [], {}
        for picture, name, written in zip(pictures, ids, names, strict=True):
            faces = take_list(self.name, self._call("detect", picture), "faces")
            if not faces:
                refused[name] = "no face was found in it"
                continue
            token = take_text(self.name, faces[0], "face_token")
            self._call("face/setuserid", face_token=token, user_id=written)
            added = self._call("faceset/addface", outer_id=self._outer_id, face_tokens=token)
            if added.get("face_added") == 1:
                enrolled.append(name)
            else:
                refused[name] = "Face++ did not take it"
        return Enrolment(tuple(enrolled), refused)

    def search(self, picture: Picture) -> Matches:
        answer = self._call(
            "search", picture, outer_id=self._outer_id, return_result_count=str(_SHOWN)
        )
        if not take_list(self.name, answer, "faces"):
            return Matches.of({}, self.completeness, _SHOWN)
        similarities: dict[str, float] = {}
        for match in take_list(self.name, answer, "results"):
            confidence = take_percent(self.name, match, "confidence")
            # Somebody may have added a face without an id of theirs.
            name = from_service(take_text(self.name, match, "user_id", "face_token"))
            similarities[name] = max(confidence, similarities.get(name, 0.0))
        return Matches.of(similarities, self.completeness, _SHOWN)

    def delete(self) -> None:
        try:
            self._call("faceset/delete", outer_id=self._outer_id, check_empty="0")
        except TargetUnreachable as refused:
            if "INVALID_OUTER_ID" not in str(refused):
                raise
        self._created = False

    def close(self) -> None:
        for caller in self._callers.values():
            caller.close()

    def _create(self) -> None:
        if not self._created:
            # With force_merge a set that is there already stays as it is.
            self._call("faceset/create", outer_id=self._outer_id, force_merge="1")
            self._created = True

    def _call(
        self, operation: str, picture: Picture | None = None, **question: str
    ) -> Mapping[str, Any]:
        keys = {name: self._secrets.fill(variable) for name, variable in _KEYS.items()}
        fields = keys | question
        if picture is not None:
            fields["image_base64"] = base64.b64encode(encode(picture, _ENCODING)).decode()
        answer = self._again(self._caller(operation).call, urlencode(fields).encode())
        if not isinstance(answer, dict):
            raise AnswerError(f"the answer of {self.name} must be a JSON object")
        return answer

    def _caller(self, operation: str) -> JsonCaller:
        if operation not in self._callers:
            endpoint = Endpoint(
                f"{self._address}/{operation}",
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                secrets=self._secrets,
            )
            self._callers[operation] = JsonCaller(endpoint, self._sleep)
        return self._callers[operation]


def _tell_retry(state: tenacity.RetryCallState) -> None:
    if state.attempt_number > 1:
        tell_retry(billed=False)


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, TargetUnreachable) and _BUSY in str(error)
