"""Audit a model for many isotopes at once: each mark and each decoy is asked once.

As in a check, the plan is fixed and hashed before the first query, and everything that is drawn
follows from the isotopes' secret roots and the target's identity.

All marks share the decoys. They are the isotopes' own, committed with them, so none was chosen
after seeing the model. For a mark that the model never saw, they are further draws by the rule that
drew it, whichever key they came from. That requires one rule: family, version, options and alpha
must be the same for all.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isotopes.canonical import canonical_json
from isotopes.engines import EngineExecutor
from isotopes.errors import PlanError, TooFewDecoys
from isotopes.marks import Mark
from isotopes.seeds import derive
from isotopes.stats.many.audit import check_enough
from isotopes.stats.scores.tensor import storage
from isotopes.targets import Picture, Target
from isotopes.vault import Isotope
from isotopes.verify.asking.ask import ask_all_marks
from isotopes.verify.asking.collector import Collector
from isotopes.verify.asking.correlations import matched_filters
from isotopes.verify.evidence.audit_answers import load_audit, save_audit
from isotopes.verify.plans.audit import AuditPlan
from isotopes.verify.verdicts.audit import AuditVerdict, decide_audit
from isotopes.workflows.audit_terms import AuditTerms
from isotopes.workflows.checking.asking import ask_plan
from isotopes.workflows.checking.choosing import (
    Chosen,
    NamedPictures,
    choose_probes,
    folder_of,
    refuse_marked,
)
from isotopes.workflows.checking.guarding import CANARIES, Care
from isotopes.workflows.checking.hooks import SILENT, Hooks
from isotopes.workflows.checking.independence import DECOYS
from isotopes.workflows.checking.kept_answers import KeptAnswers
from isotopes.workflows.checking.refusing import (
    need_labels,
    refuse_dependent_probes,
    refuse_marked_anchors,
)

FEWEST_PROBES = 5
MARKS_AT_ONCE = 512  # whose filters are in memory at a time: 50 MB
ROUND_SHARE = 0.8  # of the probes, in each round of V: 200 of 250
Draw = tuple[Isotope, int]  # 0 is the isotope's mark, i its decoy i


def audit_isotopes(
    isotopes: Sequence[Isotope],
    target: Target,
    probes: NamedPictures,
    terms: AuditTerms | None = None,
    *,
    care: Care | None = None,
    hooks: Hooks[AuditPlan] = SILENT,
    kept: Path | None = None,
) -> AuditVerdict:
    """Which of these marks did the model learn, for which label, and which can be told apart?

    Args:
        isotopes: all of one family, version, options and alpha.
        probes, care, hooks: as for `check_model`.
        terms: how to audit.
        kept: the folder for plan and answers, saved whatever happens. If it holds answers to this
            plan, only the rest is asked, and a few of the kept ones again.

    Raises:
        PlanError: isotopes that can't be audited together (TooFewDecoys, TooFewProbes), or
            probes or an encoder's anchors that carry one of the marks.
        TargetError, JournalError, MarkError: as `check_model`.
        FolderError: as `check_model`, about `kept`.
    """
    terms = terms or AuditTerms()
    plan, pictures = draft_audit(isotopes, target, probes, terms)
    check_enough(plan.decoys, plan.discovery_level, plan.level if any(plan.claimed) else None)
    draw = draw_rows(isotopes, plan.decoys)

    def fill(asked: Target, collector: Collector) -> None:
        ask_all_marks(asked, plan, pictures, draw, collector, progress=hooks.progress)

    collector = ask_plan(
        plan,
        pictures,
        draw,
        target,
        fill=fill,
        kept=KeptAnswers(kept, load_audit, save_audit, "folder"),
        canary=pictures[:CANARIES],
        care=care,
        hooks=hooks,
        storage=storage,
    )
    return decide_audit(collector.view(), plan)


def draft_audit(
    isotopes: Sequence[Isotope],
    target: Target,
    probes: NamedPictures,
    terms: AuditTerms,
    *,
    executor: EngineExecutor | None = None,
    checked: Callable[[AuditPlan], bool] = lambda _: False,
) -> tuple[AuditPlan, list[Picture]]:
    """The plan for this audit, and the pictures of its probes in order. Nothing is asked.

    Args:
        executor: where probes are compared with the marks, some of them in each worker; None for
            this process.
        checked: whether that was done for this plan before.

    Raises:
        PlanError: as `audit_isotopes`.
    """
    _check_one_rule(isotopes)
    need_labels(target, "an audit")
    roots = hashlib.sha256(b"".join(isotope.key for isotope in isotopes)).digest()
    seed = derive(roots, f"isotopes/v1/audit/{target.identity()}")
    chosen = choose_probes(probes, None, terms.probes, seed)
    refuse_marked(chosen.published)
    chosen.check_enough(FEWEST_PROBES)
    draws = _draws(isotopes, terms.decoys)
    first = isotopes[0]
    plan = AuditPlan(
        isotopes=tuple(isotope.name for isotope in isotopes),
        commitments=tuple(isotope.commitment for isotope in isotopes),
        beacons=tuple(isotope.beacon_in_words for isotope in isotopes),
        claimed=tuple(isotope.label for isotope in isotopes),
        family=first.family,
        family_version=first.family_version,
        alpha=first.alpha,
        decoys=terms.decoys,
        statistic=terms.statistic,
        level=terms.level,
        delta=terms.delta,
        rounds=terms.rounds,
        size=math.floor(ROUND_SHARE * len(chosen.names)),
        discovery_level=terms.discovery_level,
        probes=tuple(chosen.pictures),
        probe_labels=tuple(folder_of(name) for name in chosen.names),
        unreadable=chosen.unreadable,
        target=target.name,
        target_identity=target.identity(),
        unchecked_anchors=target.unchecked_anchors,
        seed=seed.hex(),
        disguised=terms.disguise,
    )
    if terms.decoys and not checked(plan):  # no decoys are refused in other words later
        decoys = draws[len(isotopes) :][:DECOYS]
        _check_independent(target, chosen, isotopes, decoys, executor)
    return plan, list(chosen.pictures.values())


def _check_independent(
    target: Target,
    probes: Chosen,
    isotopes: Sequence[Isotope],
    decoys: Sequence[Draw],
    executor: EngineExecutor | None,
) -> None:
    """Raise PlanError if probes, or an encoder's anchors, carry any of the marks."""
    compared = matched_filters([isotope.draw(index) for isotope, index in decoys])
    refuse = partial(_refuse_marked_by, probes, dict(target.anchors), compared, len(isotopes))
    if executor is None or len(isotopes) < MARKS_AT_ONCE:
        refuse(isotopes)
        return
    size = -(-len(isotopes) // executor.workers)
    starts = range(0, len(isotopes), size)
    for done in [executor.submit(refuse, isotopes[at : at + size]) for at in starts]:
        done.result()


def _refuse_marked_by(
    probes: Chosen,
    anchors: Mapping[str, Sequence[Picture]],
    decoys: NDArray[np.float64],
    tests: int,
    isotopes: Sequence[Isotope],
) -> None:
    """What runs in a worker: as `_check_independent`, for some of the marks."""
    for start in range(0, len(isotopes), MARKS_AT_ONCE):
        some = isotopes[start : start + MARKS_AT_ONCE]
        # One by one: their patterns take more memory than their filters.
        filters = np.concatenate([matched_filters([isotope.mark()]) for isotope in some])
        refuse_dependent_probes(probes, filters, decoys, tests)
        refuse_marked_anchors(anchors, filters, decoys, tests)


def _check_one_rule(isotopes: Sequence[Isotope]) -> None:
    if not isotopes:
        raise PlanError("an audit needs at least one isotope", hint="name some, or give --all")
    kinds: dict[bytes, list[Isotope]] = {}
    for isotope in isotopes:
        rule = [isotope.family, isotope.family_version, dict(isotope.options), isotope.alpha]
        kinds.setdefault(canonical_json(rule), []).append(isotope)
    if len(kinds) > 1:
        said = "; ".join(
            f"{some[0].family} at alpha {some[0].alpha:g}: {some[0].name}"
            + (f" and {len(some) - 1} more" if len(some) > 1 else "")
            for some in kinds.values()
        )
        raise PlanError(
            f"the marks of an audit must be drawn by one rule, got {len(kinds)} ({said})",
            hint="audit them apart: with --family and --alpha, or by name",
        )
    if not isotopes[0].draw_family().exchangeable:
        raise PlanError(
            f"somebody picked the mark of isotope {isotopes[0].name} instead of drawing it by its"
            " key, so decoys are no measure of it",
            hint="check it by itself, with --assume-exchangeable",
        )


def _draws(isotopes: Sequence[Isotope], decoys: int) -> list[Draw]:
    """The draw of each row: all marks, then decoys of all isotopes in turn."""
    found = list(islice(_decoys(isotopes), decoys))
    if len(found) < decoys:
        raise TooFewDecoys(
            f"these isotopes are committed to {len(found)} decoys, and the audit takes {decoys}",
            hint="a decoy that was not committed could have been chosen after seeing the model",
        )
    return [(isotope, 0) for isotope in isotopes] + found


def _decoys(isotopes: Sequence[Isotope]) -> Iterator[Draw]:
    for index in range(1, 1 + max(isotope.decoys for isotope in isotopes)):
        yield from ((isotope, index) for isotope in isotopes if index <= isotope.decoys)


def draw_rows(isotopes: Sequence[Isotope], decoys: int) -> Callable[[int], Mark]:
    """Gives the mark or decoy of each row of an audit's plan, from 0."""
    return partial(_draw, _draws(isotopes, decoys))


def _draw(draws: Sequence[Draw], row: int) -> Mark:
    isotope, index = draws[row]
    return isotope.draw(index)
