"""A watch hears of every picture once, in a file and in a real PostgreSQL server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from isotopes.errors import VaultError
from isotopes.vault import FileEntry, Isotope, Vault

Make = Callable[..., Isotope]


def entry(at: int) -> FileEntry:
    return FileEntry(f"{at}.jpg", f"sha256:{at:064x}", f"sha256:{at + 1000:064x}", True)


@pytest.fixture(params=["file", "postgres"])
def both(request: pytest.FixtureRequest, place: Path, make: Make) -> Iterator[tuple[Vault, Vault]]:
    """One vault, opened by two processes, with the isotopes ann and ben."""
    where = place if request.param == "file" else request.getfixturevalue("postgres")
    with Vault.create(where, lambda: "hunter2") as mine:
        mine.merge([(make("ann"), ()), (make("ben"), ())])
        with Vault.open(where, lambda: "hunter2") as theirs:
            yield mine, theirs


@pytest.mark.parametrize("there", [0, 3])
def test_what_others_note_is_told_once_and_stops_a_claim(
    both: tuple[Vault, Vault], there: int
) -> None:
    mine, theirs = both
    mine.record_files("ben", map(entry, range(there)))
    watch = mine.watch_pictures()
    assert [one for _, one in watch.known] == [entry(at) for at in range(there)]
    assert not mine.claim_files({"ann": [entry(10)]}, watch)
    theirs.record_files("ben", [entry(10), entry(11)])
    claims = {"ann": [entry(11), entry(12)], "ben": [entry(13)]}
    assert mine.claim_files(claims, watch) == [("ben", entry(10)), ("ben", entry(11))]
    assert mine.files("ann") == [entry(10)]  # not one of the claims
    assert not mine.claim_files(claims, watch)
    assert not mine.claim_files({}, watch)  # one's own are no news
    assert mine.files("ann") == [entry(10), entry(11), entry(12)]
    theirs.record_files("ben", [entry(10)])  # noted already
    assert not mine.claim_files({}, watch)


def test_a_picture_is_found_by_its_bytes_before_and_after(both: tuple[Vault, Vault]) -> None:
    vault, _ = both
    twice = replace(entry(1), name="again.jpg")
    vault.record_files("ann", [entry(0), entry(1), twice])
    vault.record_files("ben", [entry(2)])
    assert vault.find_files("ann", entry(0).sha256_before) == [entry(0)]
    found = vault.find_files("ann", entry(1).sha256_after)
    assert {one.name for one in found} == {"1.jpg", "again.jpg"}
    assert not vault.find_files("ann", entry(2).sha256_before)


def test_of_two_that_claim_at_once_one_is_told(both: tuple[Vault, Vault]) -> None:
    ready, told = threading.Barrier(2), []

    def claim(vault: Vault, name: str) -> None:
        watch = vault.watch_pictures()
        ready.wait()
        told.append(vault.claim_files({name: [entry(0)]}, watch))

    names = ("ann", "ben")
    threads = [threading.Thread(target=claim, args=pair) for pair in zip(both, names, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, told)) == [0, 1]
    assert len(both[0].known_pictures()) == 1


def test_a_claim_for_no_isotope_is_refused_and_what_came_is_still_told(
    both: tuple[Vault, Vault],
) -> None:
    mine, theirs = both
    watch = mine.watch_pictures()
    theirs.record_files("ben", [entry(0)])
    with pytest.raises(VaultError, match="no isotope is called 'eve'"):
        mine.claim_files({"ann": [entry(1)], "eve": [entry(2)]}, watch)
    assert mine.claim_files({"ann": [entry(1)]}, watch) == [("ben", entry(0))]
