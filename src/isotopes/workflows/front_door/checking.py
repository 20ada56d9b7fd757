"""`isotopes.check` and its siblings: paths and keywords for requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Unpack

from isotopes.errors import TargetUnusable
from isotopes.extras import need_check
from isotopes.targets import Target
from isotopes.vault import Isotope
from isotopes.verify import Verdict
from isotopes.verify.verdicts.audit import AuditVerdict
from isotopes.verify.verdicts.combined import CombinedVerdict, combine_verdicts
from isotopes.verify.verdicts.loading import CheckVerdict
from isotopes.workflows import auditing, auditing_own
from isotopes.workflows.audit_terms import AuditTerms
from isotopes.workflows.auditing_own import OwnAudit
from isotopes.workflows.checking import run as checking
from isotopes.workflows.checking.choosing import NamedPictures
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.hooks import SILENT, Hooks
from isotopes.workflows.checking.own_pictures import OwnPictures
from isotopes.workflows.checking.probes import ProbeFolder
from isotopes.workflows.checking.published import Published
from isotopes.workflows.front_door.keywords import AuditKeywords, CheckKeywords
from isotopes.workflows.opening import open_model

Probes = str | Path | NamedPictures
Progress = Callable[[int, int], None]  # pictures answered, pictures in all


def check(
    isotope: Isotope,
    target: Target | str | Path,
    probes: Probes = (),
    *,
    own: OwnPictures | None = None,
    care: Care | None = None,
    keep: str | Path | None = None,
    progress: Progress | None = None,
    **terms: Unpack[CheckKeywords],
) -> Verdict:
    """Was this model trained on pictures that carry this isotope's mark?

    Args:
        isotope: `vault.get(name)`.
        target: the model, or what `open_target` takes ("model.onnx"), which is closed at the end.
        probes: pictures of things other than the tested label: a folder, or pairs of name and
            picture, uint8 RGB (height, width, 3), sorted by name. None are needed with own ones.
        own: the originals of your marked pictures, `find_own_pictures(isotope, vault.files(name))`.
        care: journal and budget.
        keep: a file for plan and answers. If it holds answers to this plan, only the rest is asked.
        progress: called with pictures answered and pictures in all.

    Keyword Args:
        method: the test, as committed unless given: "two-stage", "rank", "sequential", "paired-t".
        label: the tested label; the committed one unless given. If there is none all labels count,
            weighed by own pictures if these are asked.
        any_label: test no single label even if one was committed.
        candidates: the labels to search; if empty, all labels the target returns.
        statistic, level, decoys: as committed with the isotope unless given.
        probe_count: how many probes to use (in each round, if the test has rounds).
        thorough: ask about every committed decoy and more pictures, for a smaller p-value.
        forgive: how many decoys may score as high as the mark in a sequential test.
        assume_exchangeable: take a mark that somebody picked as if its key had drawn it.
        disguise: change the picture of each query in another way, for services that answer
            look-alikes with one answer.

    Raises:
        PlanError: a test that can't give an answer.
        TargetError: the target can't be opened or asked, or its answers are of no use.
        JournalError: the journal can't be used.
        FolderError: `probes` is no folder, or `keep` holds the answers to another plan.
    """
    need_check()
    with _opened(target) as model:
        return checking.check_model(
            isotope,
            model,
            _pictures(probes),
            Terms(**_renamed(terms)),
            own=own,
            care=care,
            hooks=_hooks(progress),
            answers_path=_path(keep),
        )


def audit(
    isotopes: Sequence[Isotope],
    target: Target | str | Path,
    probes: Probes,
    *,
    care: Care | None = None,
    keep: str | Path | None = None,
    progress: Progress | None = None,
    **terms: Unpack[AuditKeywords],
) -> AuditVerdict:
    """Which of many marks did this model learn, for which label, and which can be told apart?

    Each mark is asked once, and so are decoys that serve all of them.

    Args:
        isotopes: all of one family and alpha.
        target, probes, care, progress: as for `check`.
        keep: a folder for plan and answers. If it holds answers to this plan, only the rest is
            asked.

    Keyword Args:
        statistic: what is compared.
        probe_count, decoys: how many are asked at most, and how many exactly.
        level, delta, rounds: lambda, delta and Q of the paper's V and V_D; the level is that of
            the claims too.
        discovery_level: of the marks called attributed, the share that may be wrong.
        disguise: as for `check`.

    Raises:
        PlanError: isotopes that can't be audited together.
        TargetError, JournalError, FolderError: as `check`.
    """
    need_check()
    with _opened(target) as model:
        return auditing.audit_isotopes(
            isotopes,
            model,
            _pictures(probes),
            AuditTerms(**_renamed(terms)),
            care=care,
            hooks=_hooks(progress),
            kept=_path(keep),
        )


def audit_own_pictures(
    owned: Sequence[tuple[Isotope, OwnPictures]],
    target: Target | str | Path,
    *,
    level: float = AuditTerms.discovery_level,
    decoys: int | None = None,
    disguise: bool = False,
    care: Care | None = None,
    keep: str | Path | None = None,
    progress: Progress | None = None,
) -> OwnAudit:
    """Which of many marks did this model learn, by its answers to their owners' own pictures?

    Each mark is checked by itself, and then all are judged together.

    Args:
        owned: each isotope with the originals of its marked pictures (`find_own_pictures`). Choose
            them before you see any answer.
        level: of the marks called detected, the share that may be wrong.
        decoys: for each mark; all that were committed with it unless given.
        target, disguise, care, progress: as for `check`; budget and progress are of the whole
            audit.
        keep: a folder for plans and answers. What it holds already is not asked again.

    Raises:
        PlanError: fewer than two isotopes, or one that can't be tested.
        TargetError, JournalError, FolderError: as `check`.
    """
    need_check()
    with _opened(target) as model:
        return auditing_own.audit_own_pictures(
            owned,
            model,
            level=level,
            decoys=decoys,
            disguise=disguise,
            care=care,
            hooks=_hooks(progress),
            kept=_path(keep),
        )


def combine(
    verdicts: Sequence[CheckVerdict],
    *,
    level: float | None = None,
    assume_exchangeable: bool = False,
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


@contextmanager
def _opened(target: Target | str | Path) -> Iterator[Target]:
    """The target itself, or the one that is meant, for as long as the block lasts.

    Raises:
        TargetUnusable: it is neither a target nor what `open_target` takes.
    """
    if isinstance(target, Target):
        yield target
        return
    if not isinstance(target, str | Path):
        raise TargetUnusable(
            f"a target must be a Target or what open_target takes, got {type(target).__name__}",
            hint="CallableTarget(function, labels) makes a target of a function",
        )
    model = open_model(str(target))
    try:
        yield model
    finally:
        model.close()


def _pictures(probes: Probes, published: Published | None = None) -> NamedPictures:
    if isinstance(probes, str | Path):
        return ProbeFolder(Path(probes), published, copies=False)
    return probes


def _hooks(progress: Progress | None) -> Hooks[Any]:
    return SILENT if progress is None else Hooks(progress=progress)


def _path(keep: str | Path | None) -> Path | None:
    return None if keep is None else Path(keep)


def _renamed(terms: Any) -> dict[str, Any]:
    """The keywords by the names that the terms have: here `probes` are pictures."""
    return {"probes" if name == "probe_count" else name: terms[name] for name in terms}
