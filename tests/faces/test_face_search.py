"""What every face-search engine promises, on this machine and behind a service."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from face_specs import SPECS, open_engine
from faulty_service import hurry
from stand_in_faces import NO_FACE, CoarseColours, face, near
from target_cases import SECRET, set_credentials

pytest.importorskip("faiss")

from isotopes.errors import (
    AnswerError,
    IsotopesError,
    TargetError,
    TargetUnreachable,
    TargetUnusable,
)
from isotopes.faces import Enrolment, FaceSearch, face_search_kinds, open_face_search
from isotopes.faces.gallery import Gallery
from isotopes.faces.ids import from_service, to_service
from isotopes.faces.kinds import azure_face, dlib_gallery
from isotopes.faces.local import LocalFaceSearch
from isotopes.targets.scores import Completeness
from isotopes.testing import Fault, Request
from isotopes.testing.face_server import FaceServer
from isotopes.testing.faults import FAULTS, Reply
from isotopes.testing.registry import get_face_format

REMOTE = sorted(SPECS)
KINDS = sorted(face_search_kinds())
PEOPLE = {f"person {seed}/a.png": face(seed) for seed in range(7)}

KEY = {"x-api-key": "any"}
NO_FACE_THERE = "No face is found in the given image"

Open = Callable[..., FaceSearch]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    set_credentials(monkeypatch)
    hurry(monkeypatch)
    monkeypatch.setattr(azure_face, "_LOOK", 0.0)
    monkeypatch.setattr(dlib_gallery, "shared_embedder", CoarseColours)


class Service:
    """A fake of one kind, and the engine that asks it."""

    def __init__(self, kind: str, stack: ExitStack, faults: list[Fault | None] = []) -> None:  # noqa: B006
        self.server = FaceServer(CoarseColours(), get_face_format(kind), faults)
        stack.enter_context(self.server)
        self.engine = open_engine(kind, self.server.url)
        stack.callback(self.engine.close)


def open_kind(kind: str, folder: Path, stack: ExitStack) -> FaceSearch:
    if kind == "dlib":
        return open_face_search(f"dlib:{folder / 'gallery.npz'}")
    return Service(kind, stack).engine


def enrol(engine: FaceSearch) -> Enrolment:
    return engine.enrol(list(PEOPLE.values()), list(PEOPLE))


def test_every_kind_is_tested() -> None:
    assert {*REMOTE, "dlib"} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_enrolled_pictures_are_found_first(tmp_path: Path, stack: ExitStack, kind: str) -> None:
    engine = open_kind(kind, tmp_path, stack)
    assert enrol(engine) == Enrolment(tuple(PEOPLE))
    for name, picture in PEOPLE.items():
        matches = engine.search(near(picture, 3))
        assert matches.ranked[0].id == name
        assert matches.ranked[0].similarity > 0.95
        assert [match.rank for match in matches.ranked] == [*range(1, len(matches.ranked) + 1)]
        values = [match.similarity for match in matches.ranked]
        assert values == sorted(values, reverse=True)
        assert len(values) == (5 if kind == "facepp" else len(PEOPLE))
        assert matches.completeness is face_search_kinds()[kind].completeness


@pytest.mark.parametrize("kind", KINDS)
def test_all_engines_are_one_engine(tmp_path: Path, stack: ExitStack, kind: str) -> None:
    local = LocalFaceSearch(CoarseColours())
    engine = open_kind(kind, tmp_path, stack)
    enrol(local), enrol(engine)
    picture = near(face(3), 20)
    for match, expected in zip(
        engine.search(picture).ranked, local.search(picture).ranked, strict=False
    ):
        assert match.id == expected.id
        assert match.similarity == pytest.approx(expected.similarity, abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_without_a_face_is_told_not_failed(
    tmp_path: Path, stack: ExitStack, kind: str
) -> None:
    engine = open_kind(kind, tmp_path, stack)
    enrolment = engine.enrol([NO_FACE, face(1)], ["nobody", "somebody"])
    assert enrolment.enrolled == ("somebody",)
    assert enrolment.refused == {"nobody": "it shows no face"}
    assert engine.search(NO_FACE).ranked == ()
    assert engine.enrolled() in {frozenset({"somebody"}), None}
    again = engine.enrol([face(1), face(2)], ["nobody", "somebody"])
    assert again == Enrolment(("nobody",), {"somebody": "it is enrolled already"})


@pytest.mark.parametrize("kind", KINDS)
def test_a_deleted_gallery_is_gone(tmp_path: Path, stack: ExitStack, kind: str) -> None:
    engine = open_kind(kind, tmp_path, stack)
    engine.delete()  # of none
    enrol(engine)
    engine.delete()
    engine.enrol([face(9)], ["new"])
    assert [match.id for match in engine.search(face(9)).ranked] == ["new"]


LISTED = {"azure-face", "dlib", "rekognition-faces"}  # engines that say what they hold


@pytest.mark.parametrize("kind", REMOTE)
def test_what_is_enrolled_is_not_added_again(stack: ExitStack, kind: str) -> None:
    service = Service(kind, stack)
    enrol(service.engine)
    already = dict.fromkeys(PEOPLE, "it is enrolled already")
    asked = len(service.server.requests)
    assert enrol(service.engine) == Enrolment((), already)
    assert len(service.server.requests) == asked
    later = open_engine(kind, service.server.url)
    stack.callback(later.close)
    more = later.enrol([*PEOPLE.values(), face(8)], [*PEOPLE, "new"])
    if later.enrolled() is None:
        assert more == Enrolment((*PEOPLE, "new"))  # `isotopes faces enrol` says so beforehand
    else:
        assert more == Enrolment(("new",), already)
        (gallery,) = service.server._store.galleries.values()
        assert len(gallery) == len(PEOPLE) + 1
    assert (kind in LISTED) is (later.enrolled() is not None)


@pytest.mark.parametrize("kind", KINDS)
def test_ids_must_be_one_for_each_picture(tmp_path: Path, stack: ExitStack, kind: str) -> None:
    engine = open_kind(kind, tmp_path, stack)
    with pytest.raises(
        IsotopesError, match="each of 2 pictures must be enrolled under an id, got 1"
    ):
        engine.enrol([face(1), face(2)], ["a"])
    with pytest.raises(IsotopesError, match="must differ, got 'a' twice"):
        engine.enrol([face(1), face(2)], ["a", "a"])


@pytest.mark.parametrize("fault", ["throttle", "throttle-retry-after", "server-error", "half"])
@pytest.mark.parametrize("kind", REMOTE)
def test_what_passes_changes_nothing(stack: ExitStack, kind: str, fault: str) -> None:
    service = Service(kind, stack, [turn for _ in range(40) for turn in (None, FAULTS[fault])])
    assert enrol(service.engine) == Enrolment(tuple(PEOPLE))
    for name, picture in PEOPLE.items():
        assert service.engine.search(picture).ranked[0].id == name


@pytest.mark.parametrize(
    ("fault", "error"),
    [("quota", TargetUnreachable), ("truncated-json", AnswerError), ("wrong-schema", AnswerError)],
)
@pytest.mark.parametrize("kind", REMOTE)
def test_what_stays_is_told(
    stack: ExitStack, kind: str, fault: str, error: type[TargetError]
) -> None:
    service = Service(kind, stack)
    enrol(service.engine)
    before = len(service.server.requests)
    service.server._faults = iter([FAULTS[fault]])
    with pytest.raises(error):
        service.engine.search(face(1))
    assert len(service.server.requests) == before + 1
    assert service.engine.search(face(1)).ranked[0].id == "person 1/a.png"


@pytest.mark.parametrize("kind", REMOTE)
def test_a_service_that_stays_busy_is_told(stack: ExitStack, kind: str) -> None:
    service = Service(kind, stack)
    enrol(service.engine)
    before = len(service.server.requests)
    service.server._faults = iter([FAULTS["throttle"]] * 6)
    with pytest.raises(TargetUnreachable):
        service.engine.search(face(1))
    assert len(service.server.requests) == before + 6


def azure_refusal(code: str, status: int) -> Fault:
    """As the page reference-face-error-codes of Microsoft's documentation has it."""
    body = json.dumps({"error": {"code": code, "message": "..."}}).encode()
    return lambda reply: replace(reply, body=body, status=status)


@pytest.mark.parametrize(
    "code", ["ConcurrentOperationConflict", "LargeFaceListTrainingNotFinished"]
)
def test_azure_is_asked_again_when_the_list_is_busy(stack: ExitStack, code: str) -> None:
    service = Service("azure-face", stack)
    enrol(service.engine)
    service.server._faults = iter([azure_refusal(code, 409)] * 3)
    assert service.engine.search(face(1)).ranked[0].id == "person 1/a.png"


def test_azure_says_who_may_search_faces(stack: ExitStack) -> None:
    service = Service("azure-face", stack)
    enrol(service.engine)
    service.server._faults = iter([azure_refusal("UnsupportedFeature", 403)])
    with pytest.raises(TargetUnreachable, match="403 Forbidden") as caught:
        service.engine.search(face(1))
    assert "approved customers" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("headers", "query", "body", "status", "answer"),
    [
        ({}, "", b"{}", 400, {"message": "Missing header: x-api-key", "code": 20}),
        (KEY, "", b'{"file": "?"}', 400, {"message": "Provided value is not Base64", "code": 21}),
        (KEY, "", b'{"file": "QUJD"}', 400, {"message": NO_FACE_THERE, "code": 28}),
    ],
)
def test_compreface_refuses_in_its_own_words(
    headers: dict[str, str], query: str, body: bytes, status: int, answer: object
) -> None:
    """As its code at commit ddf32da has it."""
    with FaceServer(CoarseColours(), get_face_format("http-faces")) as server:
        request = Request(f"/api/v1/recognition/recognize{query}", headers, body, "POST")
        reply = server.reply(request)
    assert (reply.status, json.loads(reply.body)) == (status, answer)


class Parrot(FaceServer):
    """Refuses everything, or garbles it, and repeats what it was sent."""

    status = 403

    def reply(self, request: Request) -> Reply:
        said = {"error_message": f"{dict(request.headers)} {request.body!r}", "Message": SECRET}
        return Reply(json.dumps({**said, "__type": SECRET}).encode(), status=self.status)


class BadRequest(Parrot):
    status = 400


class Garbled(Parrot):
    status = 200


@pytest.mark.parametrize("server", [Parrot, BadRequest, Garbled])
@pytest.mark.parametrize("kind", REMOTE)
def test_no_credential_is_shown(
    stack: ExitStack, kind: str, server: type[Parrot], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(0):
        fake = stack.enter_context(server(CoarseColours(), get_face_format(kind)))
        engine = open_engine(kind, fake.url)
        stack.callback(engine.close)
        with pytest.raises(TargetError) as caught:
            engine.search(face(1))
    shown = [repr(caught.value), str(caught.value.hint), engine.name, engine.identity()]
    assert SECRET not in " ".join([*shown, repr(engine), repr(vars(engine)), caplog.text])


def test_credentials_must_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FACEPP_API_SECRET")
    with pytest.raises(TargetUnusable, match="'FACEPP_API_SECRET', which is not set"):
        open_face_search("facepp:mine")


@pytest.mark.parametrize(
    ("spec", "message", "hint"),
    [
        ("dlip:a.npz", "no face-search engine is called 'dlip'", "did you mean dlib:...? "),
        ("x", "no face-search engine is called 'x'", "choose one of: azure-face:..., dlib:..."),
        ("azure-face:mine", "'mine' must be RESOURCE/LIST", "azure-face:my-resource/my-faces"),
        ("azure-face:My_resource/mine", "must be the name of a resource", ""),
        ("azure-face:https://h/?k=1/mine", "must not contain ?", "environment"),
        ("onnx:m.onnx", "onnx gives pictures labels", "isotopes check NAME --target onnx:m.onnx"),
        ("faces.toml", "doesn't say which", "did you mean http-faces:faces.toml ?"),
        ("mine.npz", "doesn't say which", "did you mean dlib:mine.npz ?"),
        ("dlib:", "a gallery needs a file", "dlib:GALLERY.npz"),
        ("rekognition-faces:mine", "'mine' must be REGION/COLLECTION", "us-east-1/my-faces"),
        ("rekognition-faces:r/c@http://h/?k=1", "must not contain ?", "environment"),
        ("facepp:a b", "'a b' must be a FaceSet's outer_id", "facepp:my-faces"),
        ("facepp:a@http://u:p@h/", "without a password", "environment"),
    ],
)
def test_what_names_no_gallery_is_told(spec: str, message: str, hint: str) -> None:
    with pytest.raises(TargetUnusable) as caught:
        open_face_search(spec)
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")


def test_a_gallery_is_kept_in_its_file(tmp_path: Path) -> None:
    spec = f"dlib:{tmp_path / 'gallery.npz'}"
    enrol(open_face_search(spec))
    again = open_face_search(spec)
    assert again.enrolled() == frozenset(PEOPLE)
    assert again.search(face(4)).ranked[0].id == "person 4/a.png"
    more = again.enrol([face(4), face(8)], ["person 4/a.png", "person 8/a.png"])
    assert more.enrolled == ("person 8/a.png",)
    assert more.refused == {"person 4/a.png": "it is enrolled already"}
    assert open_face_search(spec).identity() == again.identity()
    assert (tmp_path / "gallery.npz").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["gallery.npz"]


def test_what_is_no_gallery_is_told(tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    for content in (b"no zip", b""):
        path.write_bytes(content)
        with pytest.raises(TargetUnusable, match="is no gallery of faces: ") as caught:
            open_face_search(f"dlib:{path}")
        assert "pickle" not in str(caught.value)
    Gallery(CoarseColours.size, "sha256:another").save(path)
    with pytest.raises(TargetUnusable, match="embeddings of another network or release"):
        open_face_search(f"dlib:{path}")
    with pytest.raises(TargetUnusable, match=rf"{tmp_path} is a folder, not a file$"):
        open_face_search(f"dlib:{tmp_path}")


def test_a_gallery_that_is_not_there_is_enrolled_in_and_not_searched(tmp_path: Path) -> None:
    path = tmp_path / "mistyped.npz"
    engine = open_face_search(f"dlib:{path}")
    for use in (lambda: engine.search(face(1)), engine.identity):
        with pytest.raises(TargetUnusable, match=rf"there is no file {path}") as caught:
            use()
        assert caught.value.hint == "`isotopes faces enrol` creates it"
        assert caught.value.exit_code == 2
    engine.enrol([face(1)], ["a"])
    assert engine.search(face(1)).ranked[0].id == "a"
    engine.identity()


def test_an_identity_tells_galleries_apart(tmp_path: Path, stack: ExitStack) -> None:
    one, other = LocalFaceSearch(CoarseColours()), LocalFaceSearch(CoarseColours())
    assert one.identity() == other.identity()
    one.enrol([face(1)], ["a"])
    assert one.identity() != other.identity()


def test_ids_of_any_kind_reach_any_service() -> None:
    for name in ("ann/summer 1.jpg", "naïve ~ 100 %.png", "a:b", ":2F", "雪.jpg", "x"):
        written = to_service(name)
        assert set(written) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-:"
        )
        assert from_service(written) == name
    assert from_service("somebody:else") == "somebody:else"
    with pytest.raises(IsotopesError, match="must have 1 to 255 characters"):
        to_service("x" * 256)


def test_a_threshold_cuts_what_is_shown() -> None:
    engine = LocalFaceSearch(CoarseColours())
    enrol(engine)
    everything = engine.search(face(2))
    some = everything.above(0.9)
    assert 0 < len(some.ranked) < len(everything.ranked)
    assert all(match.similarity >= 0.9 for match in some.ranked)
    assert (some.completeness, some.limit) == (Completeness.THRESHOLD, 0.9)


def test_distances_are_those_of_a_full_comparison() -> None:
    rng = np.random.default_rng(5)
    points = rng.normal(size=(200, 8)).astype(np.float32)
    gallery = Gallery(8, "space")
    gallery.add([str(number) for number in range(200)], points)
    point = rng.normal(size=8).astype(np.float32)
    expected = np.linalg.norm(points.astype(np.float64) - point, axis=1)
    assert gallery.distances(point, float("inf")) == pytest.approx(
        {str(number): value for number, value in enumerate(expected)}, rel=1e-5
    )
    most = float(np.sort(expected)[50:52].mean())
    assert gallery.distances(point, most).keys() == {
        str(number) for number in np.flatnonzero(expected <= most)
    }


def test_boto3_reads_the_fake_of_collections() -> None:
    boto3 = pytest.importorskip("boto3")
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    from isotopes.targets.http.encoding import Encoding, encode

    with FaceServer(CoarseColours(), get_face_format("rekognition-faces")) as server:
        client = boto3.client("rekognition", endpoint_url=server.url, **keys)
        assert client.create_collection(CollectionId="c")["StatusCode"] == 200
        with pytest.raises(client.exceptions.ResourceAlreadyExistsException):
            client.create_collection(CollectionId="c")
        for seed in range(3):
            image = {"Bytes": encode(face(seed), Encoding())}
            answer = client.index_faces(CollectionId="c", Image=image, ExternalImageId=f"p{seed}")
            assert answer["FaceRecords"][0]["Face"]["ExternalImageId"] == f"p{seed}"
        pages = client.get_paginator("list_faces").paginate(CollectionId="c", MaxResults=2)
        listed = [one["ExternalImageId"] for page in pages for one in page["Faces"]]
        assert listed == ["p0", "p1", "p2"]
        image = {"Bytes": encode(face(1), Encoding())}
        found = client.search_faces_by_image(CollectionId="c", Image=image)["FaceMatches"]
        assert found[0]["Face"]["ExternalImageId"] == "p1"
        assert found[0]["Similarity"] == pytest.approx(100)
        assert all(match["Similarity"] >= 80 for match in found)
        nobody = {"Bytes": encode(NO_FACE, Encoding())}
        with pytest.raises(client.exceptions.InvalidParameterException, match="no faces in"):
            client.search_faces_by_image(CollectionId="c", Image=nobody)
        client.delete_collection(CollectionId="c")
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.delete_collection(CollectionId="c")
        client.close()
