"""The plan of a check, from the commitment and a person's wishes. Nothing is asked.

The model's answers can't change what is tested: probes, order and decoys come from the
isotope's secret root, the target's identity and the folder of pictures. So an interrupted check
asks the same pictures when it is run again, and repeating it gains nothing. Another folder, or an
altered copy of a model, is another check, and whoever tries several has to report them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isotopes.defaults import DEFAULT_METHOD
from isotopes.errors import PlanError, TooFewDecoys, TooFewProbes
from isotopes.seeds import derive
from isotopes.stats.scores.statistic import EMBEDDINGS
from isotopes.targets import Picture, Target
from isotopes.targets.scores import check_label
from isotopes.vault import Isotope
from isotopes.verify import Method, Plan, get_method
from isotopes.verify.methods.method import Wishes
from isotopes.verify.methods.terms import differences
from isotopes.workflows.checking.choosing import NamedPictures, choose_probes, folder_of
from isotopes.workflows.checking.independence import Draw, measure_independence
from isotopes.workflows.checking.own_pictures import ChosenOwn, OwnPictures, choose_own


@dataclass(frozen=True)
class Terms:
    """How to test, as far as it differs from the commitment.

    Attributes:
        method: the test; None for the committed one.
        label: the tested label; None for the committed one, or a search where none was.
        any_label: search all labels even where one was committed.
        candidates: the labels to search; empty for all labels the target returns.
        statistic, level, decoys: None for what was committed with the isotope, or else for the
            method's default.
        probes: how many probes to use (in each round, for a test that has rounds); None for the
            method's default.
        thorough: ask about all committed decoys and more pictures, for a small p-value.
        forgive: how many decoys may score as high as the mark in a sequential test; None for its
            default.
        assume_exchangeable: take a mark that somebody picked as if its key had drawn it.
        disguise: change the picture of each query in another way.
    """

    method: str | None = None
    label: str | None = None
    any_label: bool = False
    candidates: tuple[str, ...] = ()
    statistic: str | None = None
    level: float | None = None
    decoys: int | None = None
    probes: int | None = None
    thorough: bool = False
    forgive: int | None = None
    assume_exchangeable: bool = False
    disguise: bool = False


def draft_plan(
    isotope: Isotope,
    target: Target,
    probes: NamedPictures,
    terms: Terms,
    *,
    own: OwnPictures | None = None,
    draw: Draw | None = None,
) -> tuple[Plan, list[Picture]]:
    """The plan for this check, and its pictures in order. Nothing is asked.

    Args:
        own: the person's own pictures, to be asked as well.
        draw: as `isotope.draw`, where the caller keeps what was drawn.

    Raises:
        PlanError: as `check`.
        FolderError: none of the own pictures can be used.
    """
    method = get_method(terms.method or isotope.plan.get("method", DEFAULT_METHOD))
    planned = _planned(isotope, method, terms, embeds=target.embeds)
    seed = derive(isotope.key, f"isotopes/v1/check/{target.identity()}")
    _check_labels(target, planned)
    _check_embeds(method, target, probes, own)
    arranged = method.arrange(_wishes(planned, terms, own, target.embeds))
    _check_committed(isotope, arranged.decoys)
    mine = choose_own(own, arranged.own, seed) if own is not None and method.own else ChosenOwn()
    chosen = choose_probes(probes, planned["label"], arranged.probes, seed, apart_from=mine.marked)
    chosen.check_enough(method.fewest - len(mine.marked))
    known = measure_independence(isotope.decoys, draw or isotope.draw, chosen, mine, target.anchors)
    plan = Plan(
        isotope=isotope.name,
        commitment=isotope.commitment,
        beacon=isotope.beacon_in_words,
        family=isotope.family,
        family_version=isotope.family_version,
        alpha=isotope.alpha,
        exchangeable=isotope.draw_family().exchangeable,
        probes=tuple(chosen.pictures),
        probe_labels=tuple(folder_of(name) for name in chosen.names),
        own=tuple(mine.marked),
        left_out=chosen.left_out,
        unreadable=chosen.unreadable + mine.passed_over,
        target=target.name,
        target_identity=target.identity(),
        unchecked_anchors=target.unchecked_anchors,
        seed=seed.hex(),
        settings=arranged.settings,
        independence=known.probes,
        own_independence=known.own,
        copies=known.copies,
        assume_exchangeable=terms.assume_exchangeable,
        disguised=terms.disguise,
        differs=tuple(differences(_committed(isotope), planned)),
        **{**planned, "decoys": arranged.decoys},
    )
    method.check(plan)
    _check_exported(target, plan)
    found = chosen.pictures | mine.marked
    return plan, [found[digest] for digest in plan.pictures]


def _wishes(planned: dict[str, Any], terms: Terms, own: OwnPictures | None, embeds: bool) -> Wishes:
    return Wishes(
        level=planned["level"],
        decoys=planned["decoys"],
        search=planned["label"] is None,
        own=0 if own is None else len(own.marked),
        probes=terms.probes,
        forgive=terms.forgive,
        thorough=terms.thorough,
        embeds=embeds,
        all_decoys=terms.thorough or terms.decoys is not None,
    )


def _committed(isotope: Isotope) -> dict[str, Any]:
    return {**isotope.plan, "decoys": isotope.decoys, "label": isotope.label}


def _planned(isotope: Isotope, method: Method, terms: Terms, *, embeds: bool) -> dict[str, Any]:
    """The person's wish, else what was committed for this method, else the method's default.

    Args:
        embeds: the target answers with embeddings, which have one statistic and no labels.
    """
    committed = _committed(isotope)
    if committed.get("method", method.name) != method.name:
        committed = {}
    planned: dict[str, Any] = {"method": method.name}
    for name in ("statistic", "level", "decoys"):
        said = getattr(terms, name)
        planned[name] = committed.get(name, getattr(method, name)) if said is None else said
    if embeds:
        _check_without_labels(terms)
        return planned | {"statistic": EMBEDDINGS, "label": None, "candidates": None}
    if planned["statistic"] == EMBEDDINGS:
        raise PlanError(
            f"{EMBEDDINGS} compares embeddings, and this target answers with labels",
            hint="leave --statistic out",
        )
    search = terms.any_label or bool(terms.candidates)
    if search and terms.label is not None:
        raise PlanError(
            f"a check tests one label or searches, got label {terms.label!r} and a search",
            hint="leave out either of them",
        )
    planned["label"] = None if search else terms.label or isotope.label
    planned["candidates"] = terms.candidates or None
    return planned


def _check_embeds(
    method: Method, target: Target, probes: NamedPictures, own: OwnPictures | None
) -> None:
    """Raise PlanError if the target is an encoder that this test or these pictures can't check."""
    if not target.embeds:
        return
    method.check_embeds()
    if not len(probes) and (own is None or not own.marked):
        raise TooFewProbes(
            f"{target.name} answers with embeddings, and there are no pictures to ask it about",
            hint="give your originals with --mine, and other people's pictures with --probes",
        )


def _check_without_labels(terms: Terms) -> None:
    of_labels = terms.statistic not in {None, EMBEDDINGS}
    if terms.label is not None or terms.candidates or of_labels:
        raise PlanError(
            "this target answers with embeddings, which have no labels: no label, and no statistic"
            " of labels, can be tested",
            hint="leave these options out, or describe anchors that give it labels",
        )


def _check_labels(target: Target, planned: dict[str, Any]) -> None:
    """Raise UnknownLabel if the target's labels are known and lack one that is to be tested."""
    if target.labels is not None:
        for label in planned["candidates"] or (planned["label"],):
            if label is not None:
                check_label(label, target.labels)


def _check_exported(target: Target, plan: Plan) -> None:
    """Raise PlanError if the target's answers were got for another plan."""
    if target.plan_of_answers not in {None, plan.fixed}:
        raise PlanError(
            f"queries were exported for {target.name} by another plan than this check's, and"
            " whoever changes it once there are answers chooses after looking",
            hint="give the isotope, probes and terms (--level, --not-mine and --disguise too) that"
            " they were exported with",
        )


def _check_committed(isotope: Isotope, decoys: int) -> None:
    if decoys > isotope.decoys:
        raise TooFewDecoys(
            f"isotope {isotope.name} was committed with {isotope.decoys} decoys,"
            f" and this test takes {decoys}",
            hint="a decoy that was not committed could have been chosen after seeing the model",
        )
