"""Two runs at once, and runs killed at any point: no picture gets two marks or goes unrecorded."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import pytest
from photo_files import encode, scene
from same_process import SameProcess

from isotopes.canonical import digest_file
from isotopes.photos import Fate
from isotopes.photos.run import engine
from isotopes.photos.run.journal import Journal
from isotopes.vault import Vault
from isotopes.workflows.marking import Marked, MarkRequest, mark_into_vault, survey
from isotopes.workflows.marking.continuing import request_more

PHOTOS = 7


class Killed(BaseException):
    """Stands in for SIGKILL: nothing is cleaned up after it."""


@pytest.fixture
def request_(tmp_path: Path) -> MarkRequest:
    (tmp_path / "in").mkdir()
    for number in range(PHOTOS):
        (tmp_path / f"in/{number}.jpg").write_bytes(encode(scene(96, 128, number), "JPEG"))
    return MarkRequest(tmp_path / "in", tmp_path / "a", "a")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.create(tmp_path / "vault.sqlite")


@pytest.fixture(autouse=True)
def _batches_of_four(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first file by itself, then four at a time."""
    monkeypatch.setattr(engine, "CLAIMED_TOGETHER", 4)
    monkeypatch.setattr(engine, "CLAIM_SECONDS", math.inf)


def run(request: MarkRequest, vault: Vault, progress: engine.Progress | None = None) -> Marked:
    workers = SameProcess()
    return mark_into_vault(request, vault, survey(request, workers), workers, progress)


def dying_at(end: tuple[int, str], step: Callable[..., Any]) -> Callable[..., Any]:
    """The step, which dies at the call of this number: before it does anything, or behind it."""
    calls = 0

    def dying(*arguments: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if (calls, "before") == end:
            raise Killed
        result = step(*arguments, **more)
        if (calls, "behind") == end:
            raise Killed
        return result

    return dying


def changed(request: MarkRequest) -> set[str]:
    """The names of published pictures that carry a mark."""
    return {
        path.name
        for path in request.output.glob("*.jpg")
        if path.read_bytes() != (request.source / path.name).read_bytes()
    }


def check_recorded(request: MarkRequest, vault: Vault) -> None:
    recorded = {one.sha256_after: one.marked for _, one in vault.known_pictures()}
    carrying = changed(request)
    for path in request.output.glob("*.jpg"):
        assert recorded[digest_file(path)] == (path.name in carrying), path


@pytest.mark.parametrize(
    ("step", "end"),
    [
        ((Vault, "claim_files"), (2, "before")),
        ((Vault, "claim_files"), (2, "behind")),
        ((Journal, "record"), (2, "behind")),
        ((Path, "rename"), (3, "behind")),
    ],
)
def test_whatever_a_killed_run_published_is_recorded(
    request_: MarkRequest,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    step: tuple[type, str],
    end: tuple[int, str],
) -> None:
    request = replace(request_, share=0.6)
    with monkeypatch.context() as patched:
        patched.setattr(*step, dying_at(end, getattr(*step)))
        patched.setattr(engine, "discard", lambda _: None)
        with pytest.raises(Killed):
            run(request, vault)
    check_recorded(request, vault)
    other = replace(request, name="b", output=request.output.with_name("b"), share=1.0)
    begun = {path.name for path in request.output.glob("*.jpg")}
    run(other, vault)
    check_recorded(other, vault)
    run(request, vault)
    check_recorded(request, vault)
    published = {path.name for path in request.output.glob("*.jpg")}
    assert begun <= published
    assert not changed(request) & changed(other)
    # Nor is a picture published unmarked by one and marked by the other.
    assert changed(other).isdisjoint(published)


def smaller(request: MarkRequest) -> MarkRequest:
    """Other files that show the same."""
    folder = request.source.with_name("smaller")
    folder.mkdir()
    for number in range(PHOTOS):
        small = cv2.resize(scene(96, 128, number), (96, 72), interpolation=cv2.INTER_AREA)
        (folder / f"{number}.jpg").write_bytes(encode(small, "JPEG"))
    return replace(request, source=folder)


@pytest.mark.parametrize("moment", [0, 5])
@pytest.mark.parametrize("copies", [False, True], ids=["the same files", "copies of them"])
def test_the_first_of_two_runs_publishes_a_picture(
    request_: MarkRequest, vault: Vault, copies: bool, moment: int
) -> None:
    other = smaller(request_) if copies else request_
    other = replace(other, name="b", output=request_.output.with_name("b"))
    second: list[Marked] = []

    def meanwhile(done: int, _total: int, _name: str) -> None:
        if done >= moment and not second:
            second.append(run(other, vault))

    if moment == 0:  # both have looked, and none has written
        workers = Begun(lambda: second.append(run(other, vault)))
        first = mark_into_vault(request_, vault, survey(request_, SameProcess()), workers)
    else:
        first = run(request_, vault, meanwhile)
    assert not changed(request_) & changed(other)
    assert len(changed(request_) | changed(other)) == PHOTOS
    check_recorded(request_, vault)
    left_out = [o for o in first.summary.outcomes if o.fate is Fate.SKIPPED]
    assert len(left_out) == len(changed(other))
    assert all("published with the mark of 'b' already" in one.reason for one in left_out)
    # Once more: it is known by now.
    assert changed(request_) == {o.name for o in run(request_, vault).summary.outcomes if o.after}


class Begun(SameProcess):
    """Workers that do something else first."""

    def __init__(self, first: Callable[[], object]) -> None:
        super().__init__()
        self._first: list[Callable[[], object]] = [first]

    def run(self, calls: Any) -> Any:
        if self._first:
            self._first.pop()()
        return super().run(calls)


@pytest.mark.parametrize(("mine", "theirs"), [(1.0, 0.5), (0.5, 1.0)])
@pytest.mark.parametrize("same_isotope", [True, False])
def test_no_picture_is_published_with_the_mark_and_without(
    request_: MarkRequest, vault: Vault, mine: float, theirs: float, same_isotope: bool
) -> None:
    run(replace(request_, only="0.jpg"), vault)
    output = request_.output.with_name("b")
    other = replace(request_, name="b", output=output, share=theirs)
    if same_isotope:
        other = request_more(vault, "a", request_.source, output, share=theirs)
    request = request_more(vault, "a", request_.source, request_.output.with_name("c"), share=mine)
    found = survey(request, SameProcess())
    mark_into_vault(request, vault, found, Begun(lambda: run(other, vault)))
    first = {path.name for path in request.output.glob("*.jpg")}
    second = {path.name for path in other.output.glob("*.jpg")}
    assert second  # it was faster
    for name in first & second:
        assert (name in changed(request)) == (name in changed(other)), name
    check_recorded(request, vault)
    check_recorded(other, vault)


def test_a_claim_is_one_transaction_for_many_files(
    request_: MarkRequest, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It costs a few milliseconds on a disk, and a small picture little more."""
    claimed: list[int] = []
    plain = Vault.claim_files

    def counted(self: Vault, records: Any, watch: Any) -> Any:
        claimed.append(sum(map(len, records.values())))
        return plain(self, records, watch)

    monkeypatch.setattr(Vault, "claim_files", counted)
    run(request_, vault)
    assert claimed == [1, 4, 2]
