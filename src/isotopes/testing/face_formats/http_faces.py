"""How CompreFace speaks, an engine that people run themselves: JSON with pictures in base64.

Sources, in exadel-inc/CompreFace on GitHub, commit ddf32da: docs/Rest-API-description.md, and for
what it refuses its own code, CommonExceptionCode.java, FacesRestApiClient.java and
SecurityValidationFilter.java. It has no limit on requests. Pictures may have 5 MB (``.env``). Keys
are UUIDs there; here any will do.
"""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from isotopes.errors import FakeRefusal
from isotopes.testing.face_server import FaceFormat, FaceStore
from isotopes.testing.faults import Reply
from isotopes.testing.wire import Request, decode_file

_ROOT = "/api/v1/recognition/"
_GALLERY = "faces"
# CompreFace's numbers for what it refuses, all with status 400 unless another is given.
_NO_HEADER, _NO_PARAMETER = "20", "33"
_NO_FACE = "28"  # and whatever else its network can't read in a picture
_NO_BASE64 = "21"
_ODD_COUNT, _NOTHING_THERE = "400", "0"
_BOX = {"probability": 0.99, "x_min": 10, "x_max": 70, "y_min": 10, "y_max": 70}
# What `isotopes faces --engine http-faces:FACES.toml` needs; PLACE is the server's address.
DESCRIPTION = """\
url = "PLACEapi/v1/recognition/recognize?limit=1&prediction_count=1000"
[headers]
x-api-key = "${TARGET_KEY}"
[image]
longest_side = 1250
[request]
body = '{"file": "{{image_base64}}"}'
[answer]
at = "result[0].subjects"
id = "subject"
similarity = "similarity"
limit = 1000
no_face = "No face is found"
[enrol]
url = "PLACEapi/v1/recognition/faces?subject={{name}}"
body = '{"file": "{{image_base64}}"}'
[delete]
url = "PLACEapi/v1/recognition/faces"
"""


class HttpFacesFormat(FaceFormat):
    """Add a face, recognise one, delete all."""

    name: ClassVar[str] = "http-faces"

    def answer(self, request: Request, store: FaceStore) -> Any:
        address = urlsplit(request.path)
        query = dict(parse_qsl(address.query))
        if not request.headers.get("x-api-key"):
            raise FakeRefusal(_NO_HEADER, "Missing header: x-api-key")
        store.create(_GALLERY)
        asked = (request.method, address.path.removeprefix(_ROOT))
        if asked == ("DELETE", "faces"):
            count = len(store.galleries.pop(_GALLERY))
            return {"deleted": count}
        if asked not in {("POST", "faces"), ("POST", "recognize")}:
            what = f"Request method '{request.method}' not supported"
            raise FakeRefusal(_NOTHING_THERE, what, status=404)
        token = _face(request, store)
        if asked[1] == "faces":
            if "subject" not in query:
                raise FakeRefusal(_NO_PARAMETER, "Required request parameter is missing: subject")
            store.add(_GALLERY, token)
            store.names[token] = query["subject"]
            return {"image_id": str(uuid.UUID(hex=token)), "subject": query["subject"]}
        most = int(query.get("prediction_count", "1"))
        if most < 1 and most != -1:
            what = "Prediction count should be any positive number or -1"
            raise FakeRefusal(_ODD_COUNT, what, status=404)
        every = store.search(_GALLERY, token)
        best = every if most == -1 else every[:most]
        subjects = [
            {"subject": store.names[found], "similarity": round(percent / 100, 5)}
            for found, percent in best
        ]
        return {"result": [{"box": _BOX, "subjects": subjects}]}

    def refusal(self, refused: FakeRefusal) -> dict[str, Any]:
        return {"message": str(refused), "code": int(refused.name)}

    def restate(self, reply: Reply) -> Reply:
        return reply

    def how_to_ask(self, url: str) -> str:
        about = DESCRIPTION.replace("PLACE", url)
        return f"save this as faces.toml, export TARGET_KEY=any\n\n{about}"


def _face(request: Request, store: FaceStore) -> str:
    """The token of the face in the picture that was sent."""
    try:
        file = base64.b64decode(json.loads(request.body)["file"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise FakeRefusal(_NO_BASE64, "Provided value is not Base64") from None
    try:
        token = store.detect(decode_file(file))
    except ValueError:
        token = None
    if token is None:
        raise FakeRefusal(_NO_FACE, "No face is found in the given image")
    return token
