"""Groups of options: one parameter of a command, one option for each of its fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from isotopes.cli.options.groups import grouped


@dataclass(frozen=True)
class Colours:
    red: Annotated[int, typer.Option(min=0, max=255, help="how red")]
    green: Annotated[int, typer.Option("--green", "-g")] = 7
    names: Annotated[list[str] | None, typer.Option("--name")] = None


GIVEN: list[tuple[str, Colours, bool]] = []


@grouped
def paint(
    wall: Annotated[str, typer.Argument()],
    *,
    colours: Colours,
    twice: Annotated[bool, typer.Option("--twice")] = False,
) -> None:
    """Paint a wall."""
    GIVEN.append((wall, colours, twice))


def run(*words: str) -> tuple[int, str]:
    app = typer.Typer(rich_markup_mode=None)
    app.command()(paint)
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("north", "--red", "1"), ("north", Colours(1), False)),
        (("north", "--twice", "-g", "3", "--red", "2"), ("north", Colours(2, 3), True)),
        (
            ("n", "--red", "9", "--name", "a", "--name", "b"),
            ("n", Colours(9, 7, ["a", "b"]), False),
        ),
    ],
)
def test_a_command_gets_its_group(
    words: tuple[str, ...], wanted: tuple[str, Colours, bool]
) -> None:
    GIVEN.clear()
    code, output = run(*words)
    assert (code, output) == (0, "")
    assert [wanted] == GIVEN


def test_fields_are_checked_as_options_are() -> None:
    GIVEN.clear()
    assert "--red" in run("north")[1]  # a field without a default is required
    assert "255" in run("north", "--red", "256")[1]
    assert GIVEN == []


def test_help_lists_fields_in_the_place_of_their_group() -> None:
    code, output = run("--help")
    assert code == 0
    assert "Paint a wall." in output
    assert "--colours" not in output
    places = [output.index(name) for name in ("--red", "how red", "--green", "--name", "--twice")]
    assert places == sorted(places)
