"""How Azure AI Face speaks (v1.2): paths and queries in, JSON out, pictures as plain bytes.

Sources: learn.microsoft.com/rest/api/face (operation groups "Face List Operations" and "Face
Recognition Operations", view rest-face-v1.2), and for what it refuses
learn.microsoft.com/azure/ai-services/computer-vision/reference-face-error-codes (of 2025-08-21).
That page has nothing on a wrong Content-Type or path.
"""

from __future__ import annotations

import json
import re
from bisect import bisect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from isotopes.errors import FakeRefusal
from isotopes.testing.face_server import FaceFormat, FaceStore
from isotopes.testing.faults import Reply
from isotopes.testing.wire import Request, decode_file

_ROOT = "/face/v1.2/"
_SIZES = (2**10, 6 * 2**20)  # bytes of a picture's file
_SMALLEST = 36  # pixels of a face; smaller ones are not found
_NO_KEY = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a"
    " valid key for an active subscription and use a correct regional API endpoint for your"
    " resource."
)
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
            raise FakeRefusal("401", _NO_KEY, status=401)
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
        said = {
            429: ("429", "Rate limit is exceeded."),
            403: ("QuotaExceeded", "Persisted face number reached limit."),
        }.get(reply.status)
        if said is None or b'"code"' in reply.body:  # it says already which error it is
            return reply
        error = self.refusal(FakeRefusal(*said, status=reply.status))
        return replace(reply, body=json.dumps(error).encode())

    def how_to_ask(self, url: str) -> str:
        return f"export AZURE_FACE_KEY=any\nand give faces --engine azure-face:{url}mine"

    def _create(self, name: str, request: Request, query: Query, store: FaceStore) -> None:
        if not store.create(name):
            raise FakeRefusal("LargeFaceListExists", "Large face list already exists.", status=409)

    def _detect(self, request: Request, query: Query, store: FaceStore) -> list[dict[str, Any]]:
        if query.get("returnFaceId") != "true" or "recognitionModel" not in query:
            raise FakeRefusal("BadArgument", "'recognitionModel' is invalid.")
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
        if len(query.get("userData", "")) > 1024:
            raise FakeRefusal("BadArgument", "'userData' is too long.")
        if query.get("targetFace", box) != box:
            raise FakeRefusal("BadArgument", "Invalid argument targetFace.")
        token = _token(request, store)
        if token is None:
            raise FakeRefusal("InvalidImage", "No face detected in the image.")
        store.add(name, token)
        if "userData" in query:
            store.names[token] = query["userData"]
        return {"persistedFaceId": _id(token)}

    def _list(self, name: str, request: Request, query: Query, store: FaceStore) -> list[Named]:
        tokens = sorted(store.galleries[name].ids)  # as their texts are
        first = bisect(tokens, query.get("start", "").replace("-", ""))
        shown = tokens[first : first + int(query.get("top", "1000"))]
        return [_named({"persistedFaceId": _id(token)}, store.names.get(token)) for token in shown]

    def _training_of(self, name: str, request: Request, query: Query, store: FaceStore) -> Named:
        if name not in self._trained:
            raise FakeRefusal("LargeFaceListNotTrained", "Large face list not trained.", status=404)
        running = name in self._training
        self._training.discard(name)
        return {"status": "running" if running else "succeeded"}

    def _find(self, asked: Mapping[str, Any], store: FaceStore) -> list[dict[str, Any]]:
        name, token = asked["largeFaceListId"], str(asked["faceId"]).replace("-", "")
        if name not in store.galleries:
            raise FakeRefusal("LargeFaceListNotFound", "Large face list is not found.")
        if name not in self._trained:
            raise FakeRefusal("LargeFaceListNotTrained", "Large face list is not trained.")
        if not store.knows(token):
            raise FakeRefusal("FaceNotFound", "Face is not found.")
        if not 1 <= asked.get("maxNumOfCandidatesReturned", 20) <= 1000:
            what = "The argument maxNumOfCandidatesReturned is not valid."
            raise FakeRefusal("BadArgument", what)
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
    if not _SIZES[0] <= len(request.body) <= _SIZES[1]:
        size = "small" if len(request.body) < _SIZES[0] else "big"
        raise FakeRefusal("InvalidImageSize", f"Image size is too {size}.")
    try:
        picture = decode_file(request.body)
    except ValueError:
        raise FakeRefusal("InvalidImage", "Decoding error, image format unsupported.") from None
    return None if min(picture.shape[:2]) < _SMALLEST else store.detect(picture)


def _id(token: str) -> str:
    return "-".join((token[:8], token[8:12], token[12:16], token[16:20], token[20:]))


def _named(face: dict[str, str], name: str | None) -> dict[str, str]:
    return face if name is None else {**face, "userData": name}
