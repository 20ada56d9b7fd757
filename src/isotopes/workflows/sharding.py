"""Mark a collection of shards: the isotope goes into the vault first, then shards are written.

With an isotope for each user, their keys derive from one that the vault holds before the first
shard is written. A shard counts as published once it has its marker, and that is written after the
isotopes of all its users are in the vault.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from isotopes.defaults import LARGEST_PICTURE
from isotopes.engines import Engine, EngineExecutor, open_engine
from isotopes.errors import FolderError, VaultError, VaultUnreachable
from isotopes.marks import get_family
from isotopes.photos.choosing.choose import check_share
from isotopes.shards.run import Progress, ShardCollection, ShardSummary, mark_shards
from isotopes.shards.shard import Shard, find_shards
from isotopes.shards.source import open_source
from isotopes.shards.stores import ShardStore, is_address, open_store
from isotopes.shards.terms import ShardTerms, isotope_of, user_key
from isotopes.shards.treating import prepare_worker
from isotopes.shards.work import Finished
from isotopes.vault import Isotope, Receipt, Vault, new_isotope
from isotopes.vault.terms import storable
from isotopes.workflows.marking.beside import beside_vault
from isotopes.workflows.marking.request import MarkTerms

T = TypeVar("T")

PICTURE_SECONDS = 600.0
CORE_SPEED = (
    9.9e6  # bytes of shards that one core marks in a second (docs/results/scale_marking.json)
)
UPLOADED_PART, UPLOAD_ENDS = (
    5 << 20,
    2,
)  # bytes of obstore's parts; requests that begin and end them
PAUSES = (0.5, 1, 2, 4, 8, 16)  # seconds between attempts to reach the vault's server


@dataclass(frozen=True)
class ShardRequest(MarkTerms):
    """What a person asks for of shards.

    Attributes:
        source: a folder, a prefix, or a pattern of shards (`shards.source`).
        output: a folder or prefix.
        private: where the ledger goes; None for a folder beside the vault.
        per: what names a picture's user (`ShardTerms`).
        memory: bytes that one picture may take.
    """

    source: str
    output: str
    name: str
    private: str | None = None
    per: str | None = None
    memory: int = LARGEST_PICTURE


@dataclass(frozen=True)
class ShardCost:
    """What a run takes of processors and, if it writes into an object store, of requests.

    Attributes:
        core_hours: for pictures of half a megapixel; larger ones take less time a byte.
        writes: requests that write: parts of shards, tables, ledgers and markers.
    """

    core_hours: float
    writes: int


@dataclass(frozen=True)
class ShardsFound:
    """What lies in the source.

    Attributes:
        store: the source.
        shards: in order of their names.
        others: names of files that are no part of any shard; they are not copied.
    """

    store: ShardStore
    shards: Sequence[Shard]
    others: Sequence[str]

    def cost(self) -> ShardCost:
        """What marking them takes, estimated from their sizes alone."""
        size = sum(shard.size for shard in self.shards)
        parts = sum(-(-shard.size // UPLOADED_PART) + UPLOAD_ENDS for shard in self.shards)
        others = 2 * len(self.shards) + sum(shard.table for shard in self.shards)
        return ShardCost(size / CORE_SPEED / 3600, parts + others)


@dataclass(frozen=True)
class ShardsMarked:
    """What marking did.

    Attributes:
        summary: in numbers.
        receipt: of the isotope's commitment.
        private: where the ledger lies.
        found: what lies in the source.
    """

    summary: ShardSummary
    receipt: Receipt
    private: str
    found: ShardsFound


def find(request: ShardRequest) -> ShardsFound:
    """The shards of the source.

    Raises:
        FolderError: there are none, or a share out of range.
        StoreError: the source can't be listed.
    """
    check_share(request.share)
    source = open_source(request.source)
    shards, others = find_shards(source.items())
    if not shards:
        raise FolderError(
            f"{request.source} must hold .tar or .parquet files, got none among"
            f" {len(others)} file(s)"
        )
    return ShardsFound(source.store, shards, others)


def shard_workers(
    request: ShardRequest, engine: Engine, workers: int | None, address: str | None = None
) -> AbstractContextManager[EngineExecutor]:
    """The workers that mark shards.

    Args:
        workers: shards at a time; None for one a core, of this machine or of the cluster.

    Raises:
        IsotopesError: as `open_engine`.
    """
    prepare = partial(prepare_worker, request.memory, engine == "local")
    return open_engine(engine, workers, prepare, address=address)


def mark_collection(
    request: ShardRequest,
    vault: Vault,
    found: ShardsFound,
    executor: EngineExecutor,
    progress: Progress | None = None,
) -> ShardsMarked:
    """Mark the shards that were found; a run that was cut off is finished by asking for the same.

    Raises:
        VaultError: an isotope of that name was made for something else; the vault fails.
        WrongPassphrase: the vault is sealed with another one.
        FolderError, StoreError: as `shards.run.mark_shards`.
    """
    isotope = _patiently(partial(_isotope, request, vault))
    terms = ShardTerms(
        key=isotope.key,
        family=isotope.family,
        options=isotope.options,
        version=isotope.family_version,
        alpha=isotope.alpha,
        share=request.share,
        strip=request.strip,
        opt_out=request.opt_out,
        per=request.per,
        memory=request.memory,
        seconds=PICTURE_SECONDS,
    )
    output = open_store(request.output)
    private = open_store(request.private or str(beside_vault(vault, "ledgers", output.address)))
    collection = ShardCollection(
        found.store, output, private, found.shards, _identity(request, isotope)
    )
    _patiently(partial(vault.merge, [(isotope, ())]))
    commit = partial(_commit, vault, isotope, terms.key) if request.per is not None else None
    summary = mark_shards(collection, terms, executor, commit=commit, progress=progress)
    return ShardsMarked(summary, isotope.receipt(), private.address, found)


def _isotope(request: ShardRequest, vault: Vault) -> Isotope:
    """The one that an earlier run left in the vault, or a new one, which is not in it yet."""
    source = storable(_absolute(request.source))
    family = get_family(request.family, request.options)
    if request.name not in vault.names_among([request.name]):
        return request.new_isotope(request.name, family, source)
    isotope = vault.get(request.name)
    differs = request.differing(isotope, family, source)
    if differs is not None and not request.adds:
        term, both = differs
        raise VaultError(
            f"an isotope called {isotope.name!r} was made with another {term}: {both}",
            hint="choose another --name, repeat the command that made it, or mark more with"
            " --add-to",
        )
    return isotope


def _patiently(action: Callable[[], T]) -> T:
    """The action's result; it starts again if the vault's server is away for a while."""
    for pause in PAUSES:
        try:
            return action()
        except VaultUnreachable:
            time.sleep(pause)
    return action()


def _commit(vault: Vault, isotope: Isotope, key: bytes, done: Finished) -> None:
    _patiently(partial(_add_users, vault, isotope, key, done))


def _add_users(vault: Vault, isotope: Isotope, key: bytes, done: Finished) -> None:
    """Isotopes of a shard's users that the vault doesn't hold yet, all at once."""
    names = {isotope_of(isotope.name, user): user for user in done.users}
    new = names.keys() - vault.names_among(list(names))
    family = isotope.draw_family()
    records = [
        new_isotope(
            name,
            family,
            isotope.alpha,
            label=isotope.label,
            decoys=isotope.decoys,
            plan=isotope.plan,
            source=isotope.source,
            root=user_key(key, names[name]),
        )
        for name in sorted(new)
    ]
    vault.merge([(one, ()) for one in records])


def _identity(request: ShardRequest, isotope: Isotope) -> dict[str, Any]:
    return {
        "format": "isotopes-shards/1",
        "isotope": isotope.commitment,
        "beacon": isotope.beacon,
        "source": _absolute(request.source),
        "share": request.share,
        "strip": request.strip,
        "opt_out": request.opt_out,
        "per": request.per,
        "memory": request.memory,  # a picture that needs more stays unmarked
    }


def _absolute(place: str) -> str:
    return place if is_address(place) else str(Path(place).absolute())
