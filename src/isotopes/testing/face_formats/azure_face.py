"""How Azure AI Face speaks (v1.2): paths and queries in, JSON out, pictures as plain bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from isotopes.errors import FakeRefusal
from isotopes.testing.face_server import FaceFormat, FaceStore
from isotopes.testing.faults import Reply
from isotopes.testing.wire import Request, decode_file

_ROOT = "/face/v1.2/"
_LARGEST = 6 * 2**20  # bytes of a picture
_SIDES = (36, 4096)  # pixels; smaller faces than 36 are not found
_BOX = {"top": 10, "left": 12, "width": 60, "height": 61}
_LIST = re.compile(r"largefacelists/(?P<name>[a-z0-9_-]{1,64})(?P<rest>/\w+)?")
Query = Mapping[str, str]
Named = dict[str, str]


class AzureFaceFormat(FaceFormat):
    """detect, findsimilars, and large face lists: create, add, list, train, delete."""

    name: ClassVar[str] = "azure-face"

    def __init__(self) -> None:
        self._trained: dict[str, int] = {}  # how many faces of a list can be found
        self._training: set[str] = set()  # lists whose training was not asked about yet

    def answer(self, request: Request, store: FaceStore) -> Any:
        address = urlsplit(request.path)
        operation, query = address.path.removeprefix(_ROOT), dict(parse_qsl(address.query))
        if not request.headers.get("ocp-apim-subscription-key"):
            raise FakeRefusal("401", "Access denied due to missing subscription key.", status=401)
        if operation == "detect":
            return self._detect(request, query, store)
        if operation == "findsimilars":
            return self._find(json.loads(request.body), store)
        parts = _LIST.fullmatch(operation)
        steps: dict[tuple[str, str | None], Callable[..., object]] = {
            ("PUT", None): self._create,
            ("DELETE", None): self._delete,
            ("POST", "/persistedfaces"): self._add,
            ("GET", "/persistedfaces"): self._list,
            ("POST", "/train"): self._train,
            ("GET", "/training"): self._training_of,
        }
        step = steps.get((request.method, parts["rest"])) if parts else None
        if parts is None or step is None:
            raise FakeRefusal("404", "Resource not found", status=404)
        if parts["name"] not in store.galleries and request.method != "PUT":
            raise FakeRefusal("LargeFaceListNotFound", "Large face list is not found.", status=404)
        return step(parts["name"], request, query, store)

    def refusal(self, refused: FakeRefusal) -> dict[str, Any]:
        return {"error": {"code": refused.name, "message": str(refused)}}

    def restate(self, reply: Reply) -> Reply:
        said = {429: "RateLimitExceeded", 403: "QuotaExceeded"}.get(reply.status)
        if said is None:
            return reply
        error = self.refusal(FakeRefusal(said, "Rate limit is exceeded.", status=reply.status))
        return replace(reply, body=json.dumps(error).encode())

    def how_to_ask(self, url: str) -> str:
        return f"export AZURE_FACE_KEY=any\nand give faces --engine azure-face:{url}mine"

    def _create(self, name: str, request: Request, query: Query, store: FaceStore) -> None:
        if not store.create(name):
            raise FakeRefusal("LargeFaceListExists", "The list already exists.", status=409)

    def _detect(self, request: Request, query: Query, store: FaceStore) -> list[dict[str, Any]]:
        if query.get("returnFaceId") != "true" or "recognitionModel" not in query:
            raise FakeRefusal("BadArgument", "a face id needs a recognition model")
        token = _token(request, store)
        return [] if token is None else [{"faceId": _id(token), "faceRectangle": _BOX}]

    def _delete(self, name: str, request: Request, query: Query, store: FaceStore) -> None:
        del store.galleries[name]
        self._trained.pop(name, None)

    def _train(self, name: str, request: Request, query: Query, store: FaceStore) -> None:
        self._trained[name] = len(store.galleries[name])
        self._training.add(name)

    def _add(self, name: str, request: Request, query: Query, store: FaceStore) -> dict[str, str]:
        box = ",".join(str(_BOX[side]) for side in ("left", "top", "width", "height"))
        if query.get("targetFace", box) != box or len(query.get("userData", "")) > 1024:
            raise FakeRefusal("BadArgument", "targetFace or userData is invalid")
        token = _token(request, store)
        if token is None:
            raise FakeRefusal("InvalidImage", "No face detected in the image.")
        store.add(name, token)
        if "userData" in query:
            store.names[token] = query["userData"]
        return {"persistedFaceId": _id(token)}

    def _list(self, name: str, request: Request, query: Query, store: FaceStore) -> list[Named]:
        tokens = list(store.galleries[name].ids)
        start = query.get("start", "").replace("-", "")
        first = tokens.index(start) + 1 if start else 0
        shown = tokens[first : first + int(query.get("top", "1000"))]
        return [_named({"persistedFaceId": _id(token)}, store.names.get(token)) for token in shown]

    def _training_of(self, name: str, request: Request, query: Query, store: FaceStore) -> Named:
        if name not in self._trained:
            raise FakeRefusal("LargeFaceListNotTrained", "It was never trained.", status=404)
        running = name in self._training
        self._training.discard(name)
        return {"status": "running" if running else "succeeded"}

    def _find(self, asked: Mapping[str, Any], store: FaceStore) -> list[dict[str, Any]]:
        name, token = asked["largeFaceListId"], str(asked["faceId"]).replace("-", "")
        if name not in store.galleries:
            raise FakeRefusal("LargeFaceListNotFound", "Large face list is not found.", status=404)
        if name not in self._trained:
            raise FakeRefusal("LargeFaceListNotTrained", "Large face list is not trained.")
        if not store.knows(token):
            raise FakeRefusal("FaceNotFound", "Face is not found.", status=404)
        known = set(store.galleries[name].ids[: self._trained[name]])
        least = 0.0 if asked.get("mode") == "matchFace" else 50.0
        matches = [
            {"persistedFaceId": _id(found), "confidence": percent / 100}
            for found, percent in store.search(name, token)
            if found in known and percent >= least
        ]
        return matches[: asked.get("maxNumOfCandidatesReturned", 20)]


def _token(request: Request, store: FaceStore) -> str | None:
    if request.headers.get("content-type") != "application/octet-stream":
        raise FakeRefusal("BadArgument", "Invalid media type.", status=415)
    if len(request.body) > _LARGEST:
        raise FakeRefusal("InvalidImageSize", "Image size is too big.")
    try:
        picture = decode_file(request.body)
    except ValueError:
        raise FakeRefusal("InvalidImage", "Decoding error, image format unsupported.") from None
    if min(picture.shape[:2]) < _SIDES[0] or max(picture.shape[:2]) > _SIDES[1]:
        raise FakeRefusal("InvalidImageSize", "Image size is invalid.")
    return store.detect(picture)


def _id(token: str) -> str:
    return "-".join((token[:8], token[8:12], token[12:16], token[16:20], token[20:]))


def _named(face: dict[str, str], name: str | None) -> dict[str, str]:
    return face if name is None else {**face, "userData": name}
