"""`isotopes.mark_folder`: paths and keywords instead of a request."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from isotopes.defaults import DECOYS, DEFAULT_FAMILY
from isotopes.marks import get_family
from isotopes.photos import Strip
from isotopes.photos.run.engine import Progress as FileProgress
from isotopes.vault import Vault
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows import marking
from isotopes.workflows.marking.continuing import request_more


def mark_folder(
    source: str | Path,
    output: str | Path,
    vault: Vault,
    *,
    name: str | None = None,
    family: str = DEFAULT_FAMILY,
    options: Mapping[str, str] | None = None,
    alpha: float | None = None,
    share: float = marking.DEFAULT_SHARE,
    count: int | None = None,
    label: str | None = None,
    per_folder: bool = False,
    only: str | None = None,
    skip_siblings: bool = False,
    strip: Strip = None,
    opt_out: bool = False,
    decoys: int = DECOYS,
    plan: Mapping[str, Any] | None = None,
    add_to: str | None = None,
    beacon: bytes | None = None,
    unpublished: Collection[str] = frozenset(),
    workers: int | None = None,
    progress: FileProgress | None = None,
) -> marking.Marked:
    """Write a copy of a folder in which some of the pictures carry a secret mark.

    The originals stay as they are. The keys are in the vault before the first picture is written.
    Call it again with the same arguments to finish an interrupted run.

    Starts processes: a script needs the usual ``if __name__ == "__main__":``.

    Args:
        source, output: the folder with the originals, and the folder to write and publish.
        vault: where the key is kept. A check needs it later.
        name: what to call the isotope; the name of `source` unless given.
        family, options: which marks, and that family's settings.
        alpha: how visible the mark is, in (0, 1]; what is usual for the family unless given.
        share: which part of the pictures is marked, in (0, 1].
        count: how many are marked, instead of `share`.
        label: what a model would call these pictures, if you know.
        per_folder: each folder that holds pictures gets an isotope of its own, called after it.
        only: a pattern such as ``*.jpg`` that files must match to be written.
        skip_siblings: leave out films, raw files and metadata that go with a picture by name.
        strip: metadata to leave out of every written picture: "gps" or "all".
        opt_out: put a note into every picture, marked or not, that it is not for training models.
        decoys: how many decoys are committed to with the mark.
        plan: how it will be tested, to be committed to; the usual test unless given.
        add_to: an isotope in the vault to mark with. The terms that it was committed to hold, and
            `name`, `family`, `options`, `alpha`, `label`, `decoys` and `plan` don't count.
        beacon: the value that this isotope waits for.
        unpublished: isotopes of which no picture was ever published, so that what they were put
            into may be marked anew.
        workers: processes; one for each core unless given, and fewer for few files.
        progress: called after each file with files done, files in all and the last one's name.

    Returns:
        What became of each file, and a receipt of each isotope's commitment.

    Raises:
        FolderError: a folder that can't serve, nothing to mark, or share or count out of range.
        VaultError: an isotope of that name was made for something else; an alpha or label that
            can't be.
        MarkError: no such family or option, or a mark that can't be drawn.
    """
    if add_to is not None:
        more = request_more(
            vault,
            add_to,
            Path(source),
            Path(output),
            share=share,
            count=count,
            strip=strip,
            beacon=beacon,
        )
        request = replace(
            more,
            only=only,
            skip_siblings=skip_siblings,
            opt_out=opt_out,
            unpublished=frozenset(unpublished),
        )
    else:
        request = marking.MarkRequest(
            source=Path(source),
            output=Path(output),
            name=Path(source).resolve().name if name is None else name,
            family=family,
            options=options or {},
            alpha=get_family(family, options).usual_alpha if alpha is None else alpha,
            share=share,
            count=count,
            label=label,
            per_folder=per_folder,
            only=only,
            skip_siblings=skip_siblings,
            strip=strip,
            opt_out=opt_out,
            decoys=decoys,
            plan=committed_terms() if plan is None else plan,
            beacon=beacon,
            unpublished=frozenset(unpublished),
        )
    with marking.open_workers(request, count=workers) as processes:
        found = marking.survey(request, processes)
        return marking.mark_into_vault(request, vault, found, processes, progress)
