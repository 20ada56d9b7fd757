"""Which isotope a folder has already, by its pictures: folders and isotopes may have new names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from isotopes.photos import Entry
from isotopes.vault import Vault
from isotopes.workflows.marking.published import Publications
from isotopes.workflows.marking.recognition import Way, find_earlier
from isotopes.workflows.marking.request import MarkRequest
from isotopes.workflows.marking.survey import Group, Survey

ITS_OWN = {Way.ORIGINAL, Way.PIXELS, Way.COPY}


def known_again(
    found: Survey, published: Publications, request: MarkRequest, vault: Vault
) -> Survey:
    """The survey, each folder with the isotope that its pictures were published with.

    A folder is known again if most of its pictures were published with one isotope, or if it holds
    most pictures of that isotope. Folders of the same isotope become one group.
    """
    sources = {one.name: one.source for one in vault.summaries()}
    sizes = Counter(owner for owner, _ in published.known)
    groups: dict[str, Group] = {}
    for group in found.groups:
        owner, count = _most_frequent(group, published, found.by_name)
        most = 2 * max(count / max(1, len(group.markable)), count / max(1, sizes[owner])) >= 1
        if count and most and not _is_same(group, owner, count, sources, request):
            group = replace(group, name=owner, known_again=True)  # noqa: PLW2901
        groups[group.name] = _joined(groups.get(group.name), group)
    return replace(found, groups=tuple(groups.values()))


def _is_same(
    group: Group, owner: str, count: int, sources: Mapping[str, str], request: MarkRequest
) -> bool:
    """Whether the folder's own isotope is in the vault, and few pictures speak for another."""
    of_folder = sources.get(group.name) == request.source_of(group.folder)
    return of_folder and (owner == group.name or 2 * count < len(group.markable))


def _most_frequent(
    group: Group, published: Publications, entries: Mapping[str, Entry]
) -> tuple[str, int]:
    """The isotope that most of the group's pictures were published with, and how many."""
    names = [name for name in group.markable if name in published.digests]
    contents = {name: content for name in names if (content := entries[name].content)}
    digests = {name: published.digests[name] for name in names}
    counts: dict[str, int] = defaultdict(int)
    for earlier in find_earlier(published.known, digests, contents, {}).values():
        for owner in {one.owner for one in earlier if one.way in ITS_OWN}:
            counts[owner] += 1
    return max(counts.items(), key=lambda item: (item[1], item[0]), default=("", 0))


def _joined(first: Group | None, second: Group) -> Group:
    if first is None:
        return second
    return replace(
        first,
        alike=tuple(sorted((*first.alike, *second.alike), key=lambda one: one.names)),
        count=first.count + second.count,
        known_again=True,
    )
