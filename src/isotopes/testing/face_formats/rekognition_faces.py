"""How Amazon Rekognition's face collections speak: JSON 1.1, the operation in a header."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from isotopes.errors import FakeRefusal
from isotopes.targets.target import Picture
from isotopes.testing.face_server import FaceFormat, FaceStore
from isotopes.testing.faults import Reply
from isotopes.testing.formats.rekognition import KEYS, RekognitionFormat
from isotopes.testing.wire import Request, decode_picture

_SMALLEST = 80  # pixels a side
_THRESHOLD = 80.0  # percent, unless the request says otherwise
_BOX = {"Width": 0.5, "Height": 0.5, "Left": 0.25, "Top": 0.25}
_MODEL = "7.0"


class RekognitionFacesFormat(FaceFormat):
    """CreateCollection, IndexFaces, ListFaces, SearchFacesByImage, DeleteCollection."""

    name: ClassVar[str] = "rekognition-faces"
    content_type: ClassVar[str] = RekognitionFormat.content_type

    def answer(self, request: Request, store: FaceStore) -> dict[str, Any]:
        service, _, operation = request.headers.get("x-amz-target", "").partition(".")
        if service != "RekognitionService" or operation not in _OPERATIONS:
            raise _invalid(f"{operation or 'nothing'} is not served")
        if not request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
            raise _invalid("the request is not signed")
        asked = json.loads(request.body)
        collection = asked["CollectionId"]
        if operation != "CreateCollection" and collection not in store.galleries:
            raise FakeRefusal(
                "ResourceNotFoundException", f"The collection id: {collection} is absent"
            )
        return _OPERATIONS[operation](asked, store)

    def refusal(self, refused: FakeRefusal) -> dict[str, Any]:
        return {"__type": refused.name, "Message": str(refused)}

    def restate(self, reply: Reply) -> Reply:
        return RekognitionFormat().restate(reply)

    def how_to_ask(self, url: str) -> str:
        return f"export {KEYS}\nand give faces --engine rekognition-faces:us-east-1/mine@{url}"


def _create(asked: Mapping[str, Any], store: FaceStore) -> dict[str, Any]:
    collection = asked["CollectionId"]
    if not store.create(collection):
        raise FakeRefusal("ResourceAlreadyExistsException", f"{collection} already exists")
    arn = f"aws:rekognition:us-east-1:123456789012:collection/{collection}"
    return {"CollectionArn": arn, "FaceModelVersion": _MODEL, "StatusCode": 200}


def _index(asked: Mapping[str, Any], store: FaceStore) -> dict[str, Any]:
    token = store.detect(_picture(asked))
    records = []
    if token is not None:
        store.add(asked["CollectionId"], token)
        if "ExternalImageId" in asked:
            store.names[token] = asked["ExternalImageId"]
        records.append({"Face": _face(token, store), "FaceDetail": {"BoundingBox": _BOX}})
    return {"FaceRecords": records, "FaceModelVersion": _MODEL, "UnindexedFaces": []}


def _list(asked: Mapping[str, Any], store: FaceStore) -> dict[str, Any]:
    tokens = store.galleries[asked["CollectionId"]].ids
    start = int(asked.get("NextToken", 0))
    end = start + asked.get("MaxResults", 1000)
    faces = [_face(token, store) for token in tokens[start:end]]
    more = {"NextToken": str(end)} if end < len(tokens) else {}
    return {"Faces": faces, "FaceModelVersion": _MODEL, **more}


def _search(asked: Mapping[str, Any], store: FaceStore) -> dict[str, Any]:
    token = store.detect(_picture(asked))
    if token is None:
        raise _invalid("There are no faces in the image. Should be at least 1.")
    least = asked.get("FaceMatchThreshold", _THRESHOLD)
    matches = [
        {"Similarity": percent, "Face": _face(found, store)}
        for found, percent in store.search(asked["CollectionId"], token)
        if percent >= least
    ]
    return {
        "SearchedFaceBoundingBox": _BOX,
        "SearchedFaceConfidence": 99.9,
        "FaceMatches": matches[: asked.get("MaxFaces", 80)],
        "FaceModelVersion": _MODEL,
    }


def _delete(asked: Mapping[str, Any], store: FaceStore) -> dict[str, Any]:
    del store.galleries[asked["CollectionId"]]
    return {"StatusCode": 200}


_OPERATIONS: Mapping[str, Callable[[Mapping[str, Any], FaceStore], dict[str, Any]]] = {
    "CreateCollection": _create,
    "IndexFaces": _index,
    "ListFaces": _list,
    "SearchFacesByImage": _search,
    "DeleteCollection": _delete,
}


def _face(token: str, store: FaceStore) -> dict[str, Any]:
    groups = (token[:8], token[8:12], token[12:16], token[16:20], token[20:])
    about = {"FaceId": "-".join(groups), "BoundingBox": _BOX, "Confidence": 99.9}
    name = store.names.get(token)
    return about if name is None else {**about, "ExternalImageId": name}


def _picture(asked: Mapping[str, Any]) -> Picture:
    try:
        picture = decode_picture(asked["Image"]["Bytes"])
    except (KeyError, TypeError, ValueError):
        raise _invalid("Image must hold the Bytes of a PNG or JPEG file") from None
    if min(picture.shape[:2]) < _SMALLEST:
        raise _invalid(f"an image must have {_SMALLEST} pixels a side")
    return picture


def _invalid(message: str) -> FakeRefusal:
    return FakeRefusal("InvalidParameterException", message)
