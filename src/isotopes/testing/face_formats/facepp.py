"""How Face++ speaks (v3): forms in, JSON out, the operation in the path."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from isotopes.errors import FakeRefusal
from isotopes.testing.face_server import FaceFormat, FaceStore
from isotopes.testing.faults import Reply
from isotopes.testing.wire import Request, decode_picture

_ROOT = "/facepp/v3/"
_LARGEST = 2 * 2**20  # bytes of a request
_SIDES = (48, 4096)  # pixels
_RECTANGLE = {"top": 10, "left": 10, "width": 150, "height": 150}
_THRESHOLDS = {"1e-3": 62.327, "1e-4": 69.101, "1e-5": 73.975}
Form = Mapping[str, str]


class FaceppFormat(FaceFormat):
    """detect, search, faceset/create, faceset/addface, faceset/delete, face/setuserid."""

    name: ClassVar[str] = "facepp"

    def answer(self, request: Request, store: FaceStore) -> dict[str, Any]:
        operation = request.path.removeprefix(_ROOT)
        if operation not in _OPERATIONS:
            raise FakeRefusal("API_NOT_FOUND", status=404)
        if len(request.body) > _LARGEST:
            raise FakeRefusal("Request Entity Too Large", status=413)
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        for name in ("api_key", "api_secret"):
            if not form.get(name):
                raise FakeRefusal(f"MISSING_ARGUMENTS: {name}")
        return {
            "request_id": "1470481443,0d74",
            "time_used": 9,
            **_OPERATIONS[operation](form, store),
        }

    def refusal(self, refused: FakeRefusal) -> dict[str, Any]:
        return {"request_id": "1470481443,0d74", "time_used": 5, "error_message": refused.name}

    def restate(self, reply: Reply) -> Reply:
        if reply.status == 429:  # Face++ doesn't use this status
            busy = self.refusal(FakeRefusal("CONCURRENCY_LIMIT_EXCEEDED"))
            return replace(reply, status=403, headers={}, body=json.dumps(busy).encode())
        if reply.status == 403:
            spent = self.refusal(FakeRefusal("AUTHORIZATION_ERROR: Insufficient Account Balance"))
            return replace(reply, body=json.dumps(spent).encode())
        return reply

    def how_to_ask(self, url: str) -> str:
        keys = "FACEPP_API_KEY=any FACEPP_API_SECRET=any"
        return f"export {keys}\nand give faces --engine facepp:mine@{url}facepp/v3"


def _detect(form: Form, store: FaceStore) -> dict[str, Any]:
    token = _token(form, store)
    return {"image_id": "mVG4", "faces": [] if token is None else [_face(token)]}


def _create(form: Form, store: FaceStore) -> dict[str, Any]:
    outer_id = _given(form, "outer_id")
    if not store.create(outer_id) and form.get("force_merge", "0") != "1":
        raise FakeRefusal("FACESET_EXIST")
    return {"outer_id": outer_id, "faceset_token": "42fb", "face_added": 0, "face_count": 0}


def _set_user_id(form: Form, store: FaceStore) -> dict[str, Any]:
    token, user_id = _known(form, "face_token", store), _given(form, "user_id")
    if set(user_id) & set("^@,&=*'\"") or len(user_id) > 255:
        raise FakeRefusal("BAD_ARGUMENTS: user_id")
    store.names[token] = user_id
    return {"face_token": token, "user_id": user_id}


def _add_face(form: Form, store: FaceStore) -> dict[str, Any]:
    outer_id = _gallery(form, store)
    store.add(outer_id, _known(form, "face_tokens", store))
    count = len(store.galleries[outer_id])
    return {"outer_id": outer_id, "face_added": 1, "face_count": count, "failure_detail": []}


def _search(form: Form, store: FaceStore) -> dict[str, Any]:
    outer_id = _gallery(form, store)
    if not len(store.galleries[outer_id]):
        raise FakeRefusal("EMPTY_FACESET")
    count = form.get("return_result_count", "1")
    if count not in set("12345"):
        raise FakeRefusal("BAD_ARGUMENTS: return_result_count")
    token = _token(form, store)
    if token is None:
        return {"image_id": "mVG4", "faces": []}
    results = [
        _named({"confidence": round(percent, 3), "face_token": found}, store.names.get(found))
        for found, percent in store.search(outer_id, token)[: int(count)]
    ]
    return {
        "image_id": "mVG4",
        "faces": [_face(token)],
        "results": results,
        "thresholds": _THRESHOLDS,
    }


def _delete(form: Form, store: FaceStore) -> dict[str, Any]:
    outer_id = _gallery(form, store)
    if len(store.galleries[outer_id]) and form.get("check_empty", "1") != "0":
        raise FakeRefusal("FACESET_NOT_EMPTY")
    del store.galleries[outer_id]
    return {"outer_id": outer_id, "faceset_token": "42fb"}


_OPERATIONS: Mapping[str, Callable[[Form, FaceStore], dict[str, Any]]] = {
    "detect": _detect,
    "search": _search,
    "faceset/create": _create,
    "faceset/addface": _add_face,
    "faceset/delete": _delete,
    "face/setuserid": _set_user_id,
}


def _token(form: Form, store: FaceStore) -> str | None:
    try:
        picture = decode_picture(_given(form, "image_base64"))
    except FakeRefusal:
        raise
    except ValueError:
        raise FakeRefusal("IMAGE_ERROR_UNSUPPORTED_FORMAT: image_base64") from None
    sides = picture.shape[:2]
    if min(sides) < _SIDES[0] or max(sides) > _SIDES[1]:
        raise FakeRefusal("INVALID_IMAGE_SIZE: image_base64")
    return store.detect(picture)


def _given(form: Form, name: str) -> str:
    if not form.get(name):
        raise FakeRefusal(f"MISSING_ARGUMENTS: {name}")
    return form[name]


def _known(form: Form, name: str, store: FaceStore) -> str:
    token = _given(form, name)
    if not store.knows(token):
        raise FakeRefusal(f"INVALID_FACE_TOKEN: {token}")
    return token


def _gallery(form: Form, store: FaceStore) -> str:
    outer_id = _given(form, "outer_id")
    if outer_id not in store.galleries:
        raise FakeRefusal("INVALID_OUTER_ID")
    return outer_id


def _face(token: str) -> dict[str, Any]:
    return {"face_token": token, "face_rectangle": _RECTANGLE}


def _named(match: dict[str, Any], name: str | None) -> dict[str, Any]:
    return match if name is None else {**match, "user_id": name}
