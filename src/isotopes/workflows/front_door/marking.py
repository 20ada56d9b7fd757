"""`isotopes.mark_folder`: paths and keywords instead of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from isotopes.defaults import DEFAULT_FAMILY
from isotopes.errors import VaultError
from isotopes.marks import get_family
from isotopes.photos.run.engine import Progress as FileProgress
from isotopes.vault import Vault
from isotopes.workflows import marking
from isotopes.workflows.front_door.keywords import MarkKeywords
from isotopes.workflows.marking.continuing import request_more

COMMITTED = ("alpha", "decoys", "family", "label", "name", "options", "per_folder", "plan")


def mark_folder(
    source: str | Path,
    output: str | Path,
    vault: Vault,
    *,
    name: str | None = None,
    add_to: str | None = None,
    beacon: bytes | None = None,
    workers: int | None = None,
    progress: FileProgress | None = None,
    **keywords: Unpack[MarkKeywords],
) -> marking.Marked:
    """Write a copy of a folder in which pictures carry a secret mark; the originals stay.

    Call it again with the same arguments to finish an interrupted run. It starts processes: a
    script needs the usual ``if __name__ == "__main__":``.

    Args:
        source, output: the folder with the originals, and the folder to write and publish.
        vault: where the key is stored before the first picture is written. A check needs it later.
        name: what to call the isotope; the name of `source` unless given.
        add_to: an isotope in the vault to mark with instead, on the terms it was committed to.
        beacon: the value that this isotope waits for.
        workers: processes; one for each core unless given, and fewer for few files.
        progress: called after each file with files done, files in all and the last one's name.

    Keyword Args:
        family, options: which marks, and that family's settings.
        alpha: how visible the mark is, in (0, 1]; what is usual for the family unless given.
        share: which part of the pictures is marked, in (0, 1]; `count`: how many, instead.
        label: what a model would call these pictures, if you know.
        per_folder: each folder that holds pictures gets an isotope of its own, called after it.
        only: a pattern such as ``*.jpg`` that files must match to be written.
        skip_siblings: leave out what may show a picture without its mark: films, raw files,
            metadata, and copies that can't be marked.
        strip: metadata to leave out of every written picture: "gps" or "all".
        opt_out, credential: note in every picture, marked or not, that it is not for training
            models, and sign that note as a C2PA statement.
        decoys, plan: how many decoys are committed to with the mark, and which test.
        unpublished: isotopes whose pictures were never published, and may be marked again.

    Returns:
        What became of each file, and a receipt of each isotope's commitment.

    Raises:
        FolderError: a folder that can't be used, nothing to mark, or share or count out of range.
        VaultError: the name is taken, or terms that can't be committed to or are committed already.
        MarkError: no such family or option, or a mark that can't be drawn.
    """
    given: dict[str, Any] = {key: value for key, value in keywords.items() if value is not None}
    if add_to is None:
        request = _new_request(Path(source), Path(output), name, given)
    else:
        _refuse_terms({**given, "name": name})
        unpublished = frozenset(given.pop("unpublished", ()))
        request = request_more(vault, add_to, Path(source), Path(output), beacon=beacon)
        request = replace(request, unpublished=unpublished, **given)
    with marking.open_workers(request, count=workers) as processes:
        survey = marking.survey(request, processes)
        return marking.mark_into_vault(request, vault, survey, processes, progress)


def _new_request(
    source: Path, output: Path, name: str | None, given: Mapping[str, Any]
) -> marking.MarkRequest:
    family = get_family(given.get("family", DEFAULT_FAMILY), given.get("options"))
    terms = {"alpha": family.usual_alpha, **given}
    terms["unpublished"] = frozenset(terms.get("unpublished", ()))
    name = source.resolve().name if name is None else name
    return marking.MarkRequest(source=source, output=output, name=name, **terms)


def _refuse_terms(given: Mapping[str, Any]) -> None:
    """The terms of an isotope in the vault were fixed when it was committed to."""
    again = [term for term in COMMITTED if given.get(term) is not None]
    if again:
        raise VaultError(
            f"add_to marks on the terms that were committed to, got {', '.join(again)} as well",
            hint="leave these out, or mark with a new isotope",
        )
