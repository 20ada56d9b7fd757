"""Every face service x everything that goes wrong, in a whole check: the verdict stays, or there is
none until it is run again; no answer is lost, none is asked for twice, no credential gets out."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from face_specs import SPECS, open_engine
from faulty_service import hurry
from stand_in_faces import CoarseColours, face
from target_cases import SECRET, set_credentials

pytest.importorskip("faiss")

from isotopes.blending import blend
from isotopes.errors import TargetError
from isotopes.faces import face_search_kinds
from isotopes.faces.kinds import azure_face
from isotopes.faces.verdict import FaceVerdict
from isotopes.marks import get_family
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.http.caller import JsonCaller
from isotopes.targets.http.endpoint import Endpoint
from isotopes.testing import Fault, Request, reorder, stall
from isotopes.testing.face_server import FaceServer
from isotopes.testing.faults import FAULTS, Reply
from isotopes.testing.registry import get_face_format
from isotopes.vault import Isotope, new_isotope
from isotopes.verify import Outcome
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.face_searching import check_faces

# What a request to search holds in its path or its operation's name: faults are for these.
SEARCHES = {
    "rekognition-faces": "SearchFacesByImage",
    "facepp": "/search",
    "azure-face": "/findsimilars",
    "http-faces": "/recognize",
}
REMOTE = sorted(name for name, kind in face_search_kinds().items() if kind.remote)
PASSING = ("throttle", "throttle-retry-after", "server-error", "hang-up", "half")
FINAL = ("quota", "truncated-json", "wrong-schema")
DECOYS = 19
QUERIES = 1 + DECOYS  # one picture with each mark
OURS = [f"{number}.png" for number in range(3)]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials, and no waiting: not between two attempts, nor for a rate."""
    set_credentials(monkeypatch)
    hurry(monkeypatch)
    monkeypatch.setattr(azure_face, "_LOOK", 0.0)
    for kind in face_search_kinds().values():
        monkeypatch.setattr(kind, "rate_limits", ())


def make_isotope() -> Isotope:
    made = new_isotope("me", get_family("gratings"), 0.4, plan=committed_terms())
    return replace(made, root=bytes(range(32)))


class Service:
    """A fake with faces in it, some of which carry the mark; each check opens it anew."""

    def __init__(self, kind: str, stack: ExitStack) -> None:
        self.isotope = make_isotope()
        self._stack = stack
        self.server = stack.enter_context(FaceServer(CoarseColours(), get_face_format(kind)))
        self._kind = kind
        faces = [face(seed) for seed in range(8)]
        mark = self.isotope.mark()
        faces[: len(OURS)] = [blend(one, mark, 0.4) for one in faces[: len(OURS)]]
        engine = open_engine(self._kind, self.server.url)
        engine.enrol(faces, [f"{number}.png" for number in range(len(faces))])
        engine.close()
        self._search = SEARCHES[kind]

    @property
    def searches(self) -> int:
        return sum(map(self._is_search, self.server.requests))

    def _is_search(self, request: Request) -> bool:
        return self._search in f"{request.path} {request.headers.get('x-amz-target')}"

    def _faults(self, turns: Iterator[Fault | None]) -> Iterator[Fault | None]:
        """One for each search; other requests, such as for a list of ids, are answered."""
        while True:
            yield next(turns, None) if self._is_search(self.server.requests[-1]) else None

    def check(self, journal: Path, *turns: Fault | None) -> FaceVerdict:
        self.server._faults = self._faults(iter(turns))
        engine = open_engine(self._kind, self.server.url)
        self._stack.callback(engine.close)
        care = Care(journal)
        return check_faces(
            self.isotope, engine, [face(20)], OURS, level=0.05, decoys=DECOYS, care=care
        )


@functools.cache
def calm(kind: str) -> FaceVerdict:
    """The verdict where nothing goes wrong."""
    with ExitStack() as stack, TemporaryDirectory() as folder:
        service = Service(kind, stack)
        found = service.check(Path(folder) / "calm.sqlite")
        assert service.searches == QUERIES + 2  # and the canary, at the start and at the end
        return found


def kept(path: Path) -> int:
    with QueryJournal(path) as journal:
        return len(journal)


def check_same(found: FaceVerdict, expected: FaceVerdict) -> None:
    # Each fake has an address of its own, and each isotope a salt.
    told = {"commitment", "plan_hash", "target", "target_identity"}
    one, other = found.to_dict(), expected.to_dict()
    assert {k: v for k, v in one.items() if k not in told} == {
        k: v for k, v in other.items() if k not in told
    }


def test_every_kind_and_fault_has_its_place() -> None:
    assert set(REMOTE) == SPECS.keys()
    assert {*PASSING, *FINAL, "stall", "reordered"} == FAULTS.keys()


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("kind", REMOTE)
def test_what_passes_leaves_the_verdict(
    tmp_path: Path, stack: ExitStack, kind: str, fault: str
) -> None:
    service = Service(kind, stack)
    turns = [None, FAULTS[fault], None, FAULTS[fault]]
    check_same(service.check(tmp_path / "stormy.sqlite", *turns), calm(kind))
    assert service.searches == QUERIES + 2 + 2
    assert kept(tmp_path / "stormy.sqlite") == QUERIES


def backwards(reply: Reply) -> Reply:
    """The matches, which are the whole answer or those of its one face, in another order."""
    answer = json.loads(reply.body)
    (answer if isinstance(answer, list) else answer["result"][0]["subjects"]).reverse()
    return replace(reply, body=json.dumps(answer).encode())


@pytest.mark.parametrize("kind", REMOTE)
def test_matches_in_another_order_leave_the_verdict(
    tmp_path: Path, stack: ExitStack, kind: str
) -> None:
    places = {"facepp": "results", "rekognition-faces": "FaceMatches"}
    change = reorder(places[kind]) if kind in places else backwards
    found = Service(kind, stack).check(tmp_path / "stormy.sqlite", *[change] * QUERIES)
    check_same(found, calm(kind))


@pytest.mark.parametrize("fault", FINAL)
@pytest.mark.parametrize("kind", REMOTE)
def test_what_stays_is_told_and_gone_on_from(
    tmp_path: Path, stack: ExitStack, kind: str, fault: str
) -> None:
    service, journal = Service(kind, stack), tmp_path / "stormy.sqlite"
    found = service.check(journal, None, None, None, FAULTS[fault])
    assert (found.verdict, found.cut_short) == (Outcome.INCONCLUSIVE, True)
    assert found.queries == kept(journal)
    assert kept(journal) == service.searches - 2  # all but the canary and what was spoiled
    check_same(service.check(journal), calm(kind))
    assert service.searches == QUERIES + 1 + 3  # the spoiled one, and the canary once more


@pytest.mark.parametrize("kind", REMOTE)
def test_late_answers_are_asked_for_again(
    tmp_path: Path, stack: ExitStack, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, expected = Service(kind, stack), calm(kind)
    make = JsonCaller.__init__

    @functools.wraps(make)
    def impatient(self: JsonCaller, endpoint: Endpoint, *rest: object) -> None:
        make(self, replace(endpoint, timeout=0.5), *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(JsonCaller, "__init__", impatient)
    check_same(service.check(tmp_path / "slow.sqlite", None, stall(60)), expected)
    assert kept(tmp_path / "slow.sqlite") == QUERIES


@pytest.mark.parametrize("fault", [None, *FINAL])
@pytest.mark.parametrize("kind", REMOTE)
def test_no_credential_is_kept_or_logged(
    tmp_path: Path,
    stack: ExitStack,
    kind: str,
    fault: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = Service(kind, stack)
    turns = [] if fault is None else [None, FAULTS[fault]]
    shown = []
    with caplog.at_level(logging.DEBUG):
        try:
            found = service.check(tmp_path / "queries.sqlite", *turns)
            shown = [str(found), str(found.to_dict())]
        except TargetError as error:
            shown = [repr(error), str(error.hint)]
    sent = service.server.requests[-1]
    assert SECRET in f"{dict(sent.headers)} {sent.body!r}"
    assert SECRET not in " ".join([*shown, caplog.text])
    for path in tmp_path.iterdir():
        assert SECRET.encode() not in path.read_bytes(), path
