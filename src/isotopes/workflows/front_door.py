"""What `from isotopes import ...` gives for whole jobs: paths and keywords instead of requests.

`isotopes.report`, which it imports, makes notebooks show verdicts as HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from isotopes.defaults import DECOYS, DEFAULT_FAMILY
from isotopes.extras import need_check
from isotopes.marks import get_family
from isotopes.photos import Strip
from isotopes.photos.run.engine import Progress as FileProgress
from isotopes.report import sentence, write_page
from isotopes.targets import Target
from isotopes.vault import Isotope, Vault
from isotopes.verify import Verdict
from isotopes.verify.methods.terms import committed_terms
from isotopes.verify.verdicts.audit import AuditVerdict
from isotopes.verify.verdicts.combined import CombinedVerdict, combine_verdicts, load_verdict
from isotopes.workflows import auditing, marking
from isotopes.workflows.audit_terms import AuditTerms
from isotopes.workflows.checking import run as checking
from isotopes.workflows.checking.choosing import NamedPictures
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.own_pictures import OwnPictures, find_own_pictures
from isotopes.workflows.checking.probes import ProbeFolder
from isotopes.workflows.marking.continuing import request_more

__all__ = [
    "AuditVerdict",
    "CombinedVerdict",
    "Verdict",
    "audit",
    "check",
    "combine",
    "find_own_pictures",
    "load_verdict",
    "mark_folder",
    "sentence",
    "write_page",
]

Probes = str | Path | NamedPictures
Progress = Callable[[int, int], None]  # pictures answered, pictures in all


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


def check(
    isotope: Isotope,
    target: Target,
    probes: Probes = (),
    *,
    own: OwnPictures | None = None,
    method: str | None = None,
    label: str | None = None,
    any_label: bool = False,
    candidates: tuple[str, ...] = (),
    statistic: str | None = None,
    level: float | None = None,
    decoys: int | None = None,
    probe_count: int | None = None,
    thorough: bool = False,
    forgive: int | None = None,
    assume_exchangeable: bool = False,
    care: Care | None = None,
    keep: str | Path | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Was this model trained on pictures that carry this isotope's mark?

    Args:
        isotope: `vault.get(name)`.
        target: the model.
        probes: pictures of things other than the tested label: a folder, or pairs of name and
            picture, uint8 RGB (height, width, 3), sorted by name. None are needed with own ones.
        own: the originals of your marked pictures, `find_own_pictures(isotope, vault.files(name))`.
        method: the test, as committed unless given: "two-stage", "rank", "sequential", "paired-t".
        label: the tested label; the committed one unless given. If there is none all labels count,
            weighed by own pictures if these are asked.
        any_label: test no single label even if one was committed.
        candidates: the labels to search; all that the target answers with if empty.
        statistic, level, decoys: as committed with the isotope unless given.
        probe_count: how many probes to use (in each round, if the test has rounds).
        thorough: ask about every committed decoy and more pictures, for a smaller p-value.
        forgive: how many decoys may score as high as the mark in a sequential test.
        assume_exchangeable: take a mark that somebody picked as if its key had drawn it.
        care: journal and budget.
        keep: a file for plan and answers. If it holds answers to this plan, only the rest is asked.
        progress: called with pictures answered and pictures in all.

    Raises:
        PlanError: a test that can't give an answer.
        TargetError: the target can't be asked, or its answers are of no use.
        JournalError: the journal can't be used.
        FolderError: `probes` is no folder, or `keep` holds the answers to another plan.
    """
    need_check()
    terms = Terms(
        method=method,
        label=label,
        any_label=any_label,
        candidates=candidates,
        statistic=statistic,
        level=level,
        decoys=decoys,
        probes=probe_count,
        thorough=thorough,
        forgive=forgive,
        assume_exchangeable=assume_exchangeable,
    )
    return checking.check_model(
        isotope,
        target,
        _pictures(probes),
        terms,
        own=own,
        care=care,
        progress=progress,
        answers_path=None if keep is None else Path(keep),
    )


def audit(
    isotopes: Sequence[Isotope],
    target: Target,
    probes: Probes,
    *,
    statistic: str = AuditTerms.statistic,
    probe_count: int = AuditTerms.probes,
    decoys: int = AuditTerms.decoys,
    level: float = AuditTerms.level,
    delta: float = AuditTerms.delta,
    rounds: int = AuditTerms.rounds,
    discovery_level: float = AuditTerms.discovery_level,
    care: Care | None = None,
    keep: str | Path | None = None,
    progress: Progress | None = None,
) -> AuditVerdict:
    """Which of many marks did this model learn, for which label, and which can be told apart?

    Each mark is asked once, and so are decoys that serve all of them.

    Args:
        isotopes: all of one family and alpha.
        target, probes, care, progress: as for `check`.
        statistic: what is compared.
        probe_count, decoys: how many are asked at most, and how many exactly.
        level, delta, rounds: lambda, delta and Q of the paper's V and V_D; the level is that of
            the claims too.
        discovery_level: of the marks called attributed, the share that may be wrong.
        keep: a folder for plan and answers. If it holds answers to this plan, only the rest is
            asked.

    Raises:
        PlanError: isotopes that can't be audited together.
        TargetError, JournalError, FolderError: as `check`.
    """
    need_check()
    terms = AuditTerms(
        statistic=statistic,
        probes=probe_count,
        decoys=decoys,
        level=level,
        delta=delta,
        rounds=rounds,
        discovery_level=discovery_level,
    )
    return auditing.audit_isotopes(
        isotopes,
        target,
        _pictures(probes),
        terms,
        care=care,
        progress=progress,
        kept=None if keep is None else Path(keep),
    )


def combine(
    verdicts: Sequence[Verdict], *, level: float | None = None, assume_exchangeable: bool = False
) -> CombinedVerdict:
    """Was any of these marks in the data of any of these models, and which in which?

    Args:
        verdicts: of all checks that were made. To leave some out after seeing their results makes
            the outcome worthless.
        level: the most that the chance of accusing innocent models may be; the smallest of the
            checks' levels unless given.
        assume_exchangeable: take marks that somebody picked as if they had been drawn.

    Raises:
        PlanError: fewer than two verdicts, one check twice, or one that can't be combined.
    """
    need_check()
    return combine_verdicts(verdicts, level=level, assume_exchangeable=assume_exchangeable)


def _pictures(probes: Probes) -> NamedPictures:
    return ProbeFolder(Path(probes)) if isinstance(probes, str | Path) else probes
