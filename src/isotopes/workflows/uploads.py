"""Mark one picture for one user of a site, at upload. Each user has an isotope of their own.

The order is what keeps promises: a user's key is in the vault before anything is marked with it,
and the picture is recorded before it is handed out. So a process that is killed at any moment has
given out no picture whose mark the vault doesn't know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock

from cachetools import LRUCache

from isotopes.canonical import digest
from isotopes.defaults import DEFAULT_FAMILY
from isotopes.errors import PhotoError, QuotaUsedUp, VaultError
from isotopes.marks import Mark, get_family
from isotopes.photos import Strip, mark_picture
from isotopes.photos.formats import recognise
from isotopes.photos.listing import describe_damage
from isotopes.photos.opting_out import opted_out
from isotopes.photos.run.pool import Call, Lost, Workers
from isotopes.vault import FileEntry, Isotope, Vault, new_isotope
from isotopes.vault.terms import utc_now
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.marking import DEFAULT_ALPHA

USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")
KEYS_KEPT = 10_000  # users whose isotopes stay in memory
UNMARKED = "it was published without the mark: marked now, the difference would be the mark"
MARKS_KEPT = 64  # in each worker, 200 KB each


@dataclass(frozen=True)
class UploadTerms:
    """How pictures are marked.

    Attributes:
        family, alpha: which marks, and how visible.
        strip: metadata to leave out: "gps" or "all".
        opt_out: put in a note that the picture is not for training models.
        quota: pictures a user may have marked a day (UTC); None for no limit.
    """

    family: str = DEFAULT_FAMILY
    alpha: float = DEFAULT_ALPHA
    strip: Strip = None
    opt_out: bool = False
    quota: int | None = None


@dataclass
class _User:
    """A user's isotope, and how many of their pictures are being marked under the quota."""

    isotope: Isotope
    lock: Lock = field(default_factory=Lock)
    in_progress: int = 0


class Uploads:
    """Marks pictures for many users. Any number of threads may use it."""

    def __init__(self, vault: Vault, workers: Workers, terms: UploadTerms | None = None) -> None:
        """Mark in these processes, with keys from this vault, which must be open."""
        self._vault, self._workers = vault, workers
        self._terms = terms or UploadTerms()
        self._known: LRUCache[str, _User] = LRUCache(KEYS_KEPT)
        self._lock = Lock()

    def mark(self, user: str, data: bytes) -> bytes:
        """The picture with the user's mark; the same picture gives the same bytes again.

        What the user got from here, and sends again, comes back as it is.

        Args:
            user: the site's name for them, letters, digits and ``._@+-``.
            data: a picture's file.

        Raises:
            PhotoError: no picture, one that can't be marked, or one that crashes its decoder.
            QuotaUsedUp: too many today.
            VaultError: no such user name; the vault can't be read or written.
        """
        known = self._user(user)
        isotope = known.isotope
        before = digest(data)
        for one in self._vault.find_files(isotope.name, before):
            if one.sha256_after == before:
                return data  # marked once more, the difference would be the mark
            if one.sha256_before == before and not one.marked:
                raise PhotoError(UNMARKED)
        with self._within_quota(known):
            drawn_by = isotope.family, isotope.family_version, isotope.key
            how = isotope.alpha, self._terms.strip, self._terms.opt_out
            call = Call(user, _in_worker, (data, drawn_by, *how))
            ((_, found),) = self._workers.run([call])
            if isinstance(found, Lost):
                raise PhotoError(found.reason)
            if isinstance(found, str):
                raise PhotoError(found)
            name = before.removeprefix("sha256:")[:32]
            entry = FileEntry(name, before, digest(found), True, added=utc_now())
            self._vault.record_files(isotope.name, [entry])
        return found

    def isotope(self, user: str) -> Isotope:
        """The user's isotope, which is in the vault by the time this returns.

        Raises:
            VaultError: as `mark`.
        """
        return self._user(user).isotope

    def _user(self, user: str) -> _User:
        if not USER.fullmatch(user):
            raise VaultError(
                f"a user must be 1 to 128 letters, digits and ._@+-, got {user[:128]!r}"
            )
        name = f"users/{user}"
        with self._lock:
            known = self._known.get(name)
        if known is None:
            if name not in self._vault.names_among([name]):
                self._add(name)
            new = _User(self._vault.get(name))
            with self._lock:  # one for all threads, as it counts what is in progress
                known = self._known.setdefault(name, new)
        return known

    def _add(self, name: str) -> None:
        terms = self._terms
        isotope = new_isotope(name, get_family(terms.family), terms.alpha, plan=committed_terms())
        try:
            self._vault.add(isotope)
        except VaultError:
            if name not in self._vault.names_among([name]):
                raise  # else another process was faster, and its key is the user's

    @contextmanager
    def _within_quota(self, user: _User) -> Iterator[None]:
        """Where one more picture is marked; those in progress count, too."""
        quota = self._terms.quota
        if quota is None:
            yield
            return
        with user.lock:
            today = datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z")
            done = self._vault.count_files(user.isotope.name, since=today)
            if done + user.in_progress >= quota:
                raise QuotaUsedUp(f"the quota of {quota} pictures a day is used up")
            user.in_progress += 1
        try:
            yield
        finally:
            with user.lock:
                user.in_progress -= 1


def _in_worker(
    data: bytes, drawn_by: tuple[str, int, bytes], alpha: float, strip: Strip, opt_out: bool
) -> bytes | str:
    """The finished file, or why there is none."""
    try:
        marked = mark_picture(data, _mark(*drawn_by), alpha).data
        if strip is not None:
            known = recognise(marked)
            assert known is not None  # it was marked
            marked = known.strip(marked, strip).data
        return opted_out(marked).data if opt_out else marked
    except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile files
        return describe_damage(error)


@lru_cache(MARKS_KEPT)
def _mark(family: str, version: int, key: bytes) -> Mark:
    """Drawn in the worker: the process that serves all requests has no time for it."""
    return get_family(family, None, version).draw(key, 0)
