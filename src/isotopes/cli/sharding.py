"""`isotopes mark` for a source that holds shards: what it does and shows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from isotopes.cli.output.notes import tell_before_publishing
from isotopes.cli.passphrase import open_or_create_vault
from isotopes.cli.terminal import count_files, show, show_json, show_table, tell
from isotopes.errors import IsotopesError

if TYPE_CHECKING:
    from isotopes.cli.options.shards import ShardOptions
    from isotopes.cli.options.vault import NewVaultOptions
    from isotopes.shards.run import Progress
    from isotopes.workflows.sharding import ShardRequest, ShardsFound, ShardsMarked

MOST_LINES = 20


def mark_from_shards(
    request: ShardRequest,
    shards: ShardOptions,
    where: NewVaultOptions,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Mark the collection, and show what was done."""
    from isotopes.workflows.sharding import find, mark_collection, shard_workers

    engine = shards.engine
    found = find(request)
    if dry_run:
        size, cost = sum(shard.size for shard in found.shards) / 1e9, found.cost()
        show(
            f"would mark {len(found.shards):,} shard(s), {size:,.1f} GB: about"
            f" {cost.core_hours:,.1f} core-hours and {cost.writes:,} write requests"
        )
        _show_others(found)
        return
    with open_or_create_vault(where.vault, where.passphrase_file, where.no_passphrase) as vault:
        vault.unlock()  # before workers start
        speed = _Speed(found)
        with (
            shard_workers(request, engine, shards.workers, shards.address) as executor,
            count_files("marking", speed.told) as progress,
        ):
            marked = mark_collection(request, vault, found, executor, speed.counting(progress))
    if as_json:
        show_json({**marked.summary.to_dict(), "receipt": marked.receipt.to_dict()})
    else:
        _show_marked(marked, request, where.vault)
    _refuse_failed(marked)


class _Speed:
    """How many megabytes of shards are read in a second."""

    def __init__(self, found: ShardsFound) -> None:
        self._sizes = {shard.name: shard.size for shard in found.shards}
        self._done, self._start = 0, time.monotonic()

    def counting(self, progress: Progress) -> Progress:
        """The same progress, with the sizes of finished shards added up."""

        def count(done: int, total: int, name: str) -> None:
            if name:
                self._done += self._sizes[name]
            else:  # the run begins
                self._start = time.monotonic()
            progress(done, total, name)

        return count

    def told(self) -> str:
        """What is shown beside the progress bar."""
        seconds = time.monotonic() - self._start
        return f" {self._done / 1e6 / seconds:.1f} MB/s" if self._done else ""


def _show_marked(marked: ShardsMarked, request: ShardRequest, vault: str | None) -> None:
    show(str(marked.summary))
    rows = [(f"{count:,}", why) for why, count in marked.summary.unmarkable.most_common()]
    if rows:
        show_table(("pictures", "why they are not marked"), rows[:MOST_LINES])
    _show_others(marked.found)
    show(f"isotope {request.name}: commitment {marked.receipt.commitment}")
    tell(f"which pictures carry the mark: {marked.private} (keep it to yourself)")
    tell_before_publishing(request.name, vault, marked.receipt.beacon)


def _refuse_failed(marked: ShardsMarked) -> None:
    failed = marked.summary.failed
    if failed:
        some = "; ".join(f"{name}: {why}" for name, why in list(failed.items())[:MOST_LINES])
        raise IsotopesError(
            f"{len(failed)} shard(s) could not be marked: {some}",
            hint="the others are finished; the same command tries these again",
        )


def _show_others(found: ShardsFound) -> None:
    if found.others:
        some = ", ".join(found.others[:5]) + (", ..." if len(found.others) > 5 else "")
        tell(f"not copied, as no part of a shard: {len(found.others):,} file(s) ({some})")
