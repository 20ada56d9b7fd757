"""`isotopes plan --others-pictures`: a sequential check with pictures that aren't your own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isotopes.cli.terminal import show, show_json, show_table, tell
from isotopes.errors import PlanError

if TYPE_CHECKING:
    from isotopes.cli.options.plans import OthersOptions
    from isotopes.verify.power.power import PowerResult
    from isotopes.workflows.planning import Planned

SHARE = 0.1  # a label usually holds the pictures of many
IN_WORDS = {
    "alpha": "this visibility (alpha)",
    "mark_fraction": "this share of marked pictures",
    "pictures": "this many pictures in the label",
    "label_count": "this many labels",
}
CHANCES = ("power", "95 % interval", "queries:")
QUERIES = ("guilty", "innocent", "most")


def plan_sequential(
    pictures: int,
    share: float | None,
    alpha: float | None,
    family: str,
    power: float | None,
    others: OthersOptions,
    as_json: bool,
) -> None:
    """Show the plan of a check with other people's pictures; options as in `isotopes plan`.

    Raises:
        PlanError: the number of labels is missing, or the check can't be planned.
    """
    from isotopes.verify.methods.sequential import Sequential
    from isotopes.verify.power.effect_table import INSTALLED, TrainingSetting, load_effects
    from isotopes.workflows.marking.looking import alpha_of
    from isotopes.workflows.planning import WANTED, plan_ahead

    if others.labels is None:
        raise PlanError(
            "a check with other people's pictures needs to know how many labels the model has",
            hint="give --labels",
        )
    alpha = alpha_of(None, family) if alpha is None else alpha
    setting = TrainingSetting(
        family, alpha, SHARE if share is None else share, pictures, others.labels
    )
    found = plan_ahead(
        load_effects(others.table or INSTALLED),
        setting,
        level=Sequential.level if others.level is None else others.level,
        search=others.any_label,
        budget=others.budget,
        wanted=WANTED if power is None else power,
    )
    for remark in _remarks(found):
        tell(remark)
    if as_json:
        show_json(found.to_dict())
        return
    _show(found)


def _show(found: Planned) -> None:
    from isotopes.workflows.planning import decoys_asked

    plans = {
        "check --method sequential": found.usual,
        f"best within {found.budget} queries": found.best,
        f"cheapest for {found.wanted:g}": found.cheapest,
    }
    show_table(
        ("", *CHANCES, *QUERIES),
        (_row(name, result) for name, result in plans.items() if result is not None),
        right=QUERIES,
        unbroken=CHANCES,
    )
    chosen = found.best or found.cheapest or found.usual
    label_to_commit = "" if found.searched > 1 else " --label LABEL"
    decoys = decoys_asked(chosen, found.searched)
    show(
        f"isotopes mark FOLDER --out MARKED --family {found.setting.family}"
        f" --alpha {found.setting.alpha:g} --share {found.setting.mark_fraction:g}"
        f"{label_to_commit} --method sequential --level {found.level:g} --decoys {decoys}"
    )
    label = "--any-label" if found.searched > 1 else "--label LABEL"
    show(
        f"isotopes check ISOTOPE --method sequential {label} --level {found.level:g}"
        f" --probes-count {chosen.probes} --forgive {chosen.plan.h - 1}"
        f" --decoys {decoys} --target TARGET --probes FOLDER"
    )


def _row(name: str, result: PowerResult) -> tuple[str, ...]:
    return (
        name,
        f"{result.power:.3f}",
        f"{result.low:.3f} to {result.high:.3f}",
        "",
        f"{result.queries_guilty:,.0f}",
        f"{result.queries_innocent:,.0f}",
        f"{result.queries_most:,}",
    )


def _remarks(found: Planned) -> list[str]:
    """What limits the expectation, in words."""
    from isotopes.defaults import DECOYS
    from isotopes.workflows.planning import decoys_asked

    outside = [IN_WORDS[name] for name in found.usual.extrapolated]
    remarks = [f"extrapolated: {name} lies outside all that was measured" for name in outside]
    if found.cheapest is None:
        remarks.append(
            f"no number of queries is expected to reach a power of {found.wanted:g}: unused marks"
            " differ however many probes one takes; mark more pictures, or more visibly"
        )
    most = max(decoys_asked(one, found.searched) for one in _plans(found))
    if most > DECOYS:
        remarks.append(
            f"a plan here takes up to {most} decoys, and an isotope commits to {DECOYS} by"
            f" default: mark with --decoys {most}"
        )
    return [
        *remarks,
        f"from about {found.usual.models:.1f} models like this, measured by {found.command}",
    ]


def _plans(found: Planned) -> list[PowerResult]:
    return [one for one in (found.usual, found.best, found.cheapest) if one is not None]
