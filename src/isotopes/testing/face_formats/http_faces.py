"""How CompreFace speaks, an engine that people run themselves: JSON with pictures in base64."""

from __future__ import annotations

import json
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from isotopes.errors import FakeRefusal
from isotopes.testing.face_server import FaceFormat, FaceStore
from isotopes.testing.faults import Reply
from isotopes.testing.wire import Request, decode_picture

_ROOT = "/api/v1/recognition/"
_GALLERY = "faces"
_BOX = {"probability": 0.99, "x_min": 10, "x_max": 70, "y_min": 10, "y_max": 70}
# What `isotopes faces --engine http-faces:FACES.toml` needs; PLACE is the server's address.
DESCRIPTION = """\
url = "PLACEapi/v1/recognition/recognize?limit=1&prediction_count=1000"
[headers]
x-api-key = "${TARGET_KEY}"
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
            raise FakeRefusal("No API key is specified", status=401)
        store.create(_GALLERY)
        asked = (request.method, address.path.removeprefix(_ROOT))
        if asked == ("DELETE", "faces"):
            count = len(store.galleries.pop(_GALLERY))
            return {"deleted": count}
        if asked not in {("POST", "faces"), ("POST", "recognize")}:
            raise FakeRefusal("Not Found", status=404)
        try:
            picture = decode_picture(json.loads(request.body)["file"])
        except (KeyError, TypeError, ValueError):
            raise FakeRefusal("Incorrect image") from None
        token = store.detect(picture)
        if token is None:
            raise FakeRefusal("No face is found in the given image")
        if asked[1] == "faces":
            store.add(_GALLERY, token)
            store.names[token] = query["subject"]
            return {"image_id": token, "subject": query["subject"]}
        best = store.search(_GALLERY, token)[: int(query.get("prediction_count", "1"))]
        subjects = [
            {"subject": store.names[found], "similarity": percent / 100} for found, percent in best
        ]
        return {"result": [{"box": _BOX, "subjects": subjects}]}

    def refusal(self, refused: FakeRefusal) -> dict[str, Any]:
        return {"message": str(refused), "code": 28}

    def restate(self, reply: Reply) -> Reply:
        return reply

    def how_to_ask(self, url: str) -> str:
        about = DESCRIPTION.replace("PLACE", url)
        return f"save this as faces.toml, export TARGET_KEY=any\n\n{about}"
