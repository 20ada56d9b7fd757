"""`isotopes plan`: before marking or asking, what would a check find and what would it cost?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.terminal import show, show_json, show_table, tell
from isotopes.cli.terms import AnyLabelOption
from isotopes.defaults import DEFAULT_FAMILY
from isotopes.verify.methods.sequential import Sequential
from isotopes.verify.power.effect_table import INSTALLED
from isotopes.workflows.planning import WANTED

if TYPE_CHECKING:
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


def plan(
    labels: Annotated[int, typer.Option(help="how many labels the model has")],
    pictures: Annotated[int, typer.Option(help="how many pictures its label has, marked or not")],
    share: Annotated[
        float, typer.Option(help="share p of the label's pictures that carry the mark")
    ] = SHARE,
    alpha: Annotated[
        float | None,
        typer.Option(help="how visible the mark is, 0 to 1 (default: the family's usual)"),
    ] = None,
    family: Annotated[str, typer.Option(help="the family of marks")] = DEFAULT_FAMILY,
    level: Annotated[
        float,
        typer.Option(help="the most that the chance of accusing an innocent model may be"),
    ] = Sequential.level,
    budget: Annotated[int | None, typer.Option(min=1, help="most pictures to ask about")] = None,
    power: Annotated[
        float, typer.Option(help="the chance of detection that queries are counted for")
    ] = WANTED,
    any_label: AnyLabelOption = False,
    table: Annotated[
        Path, typer.Option(help="measured effects (default: those that come with this release)")
    ] = INSTALLED,
    as_json: Annotated[bool, typer.Option("--json", help="print the expectation as JSON")] = False,
) -> None:
    """How likely is a check to find such a mark in a model trained on it, and for how many queries?

    An expectation from marks that were measured. It helps to choose; it decides nothing.
    """
    from isotopes.verify.power.effect_table import TrainingSetting, load_effects
    from isotopes.workflows.marking.looking import alpha_of
    from isotopes.workflows.planning import plan_ahead

    alpha = alpha_of(None, family) if alpha is None else alpha
    setting = TrainingSetting(family, alpha, share, pictures, labels)
    found = plan_ahead(
        load_effects(table), setting, level=level, search=any_label, budget=budget, wanted=power
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
            f"a plan here takes up to {most} decoys, and an isotope commits to {DECOYS} where"
            f" nothing is said: mark with --decoys {most}"
        )
    return [
        *remarks,
        f"from about {found.usual.models:.1f} models like this, measured by {found.command}",
    ]


def _plans(found: Planned) -> list[PowerResult]:
    return [one for one in (found.usual, found.best, found.cheapest) if one is not None]
