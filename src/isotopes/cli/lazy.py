"""Commands that load their code on first use: `--help` and `--version` need none of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
import typer.main
from typer.core import TyperGroup

from isotopes.extras import need_check


@dataclass(frozen=True)
class Lazy:
    """A command that isn't loaded yet.

    Attributes:
        module: holds the command: a function of the module's name, or a Typer application `app`.
        summary: its line in `--help`, at most 60 characters.
        checks: whether it needs the packages of the extra `check`.
    """

    module: str
    summary: str
    checks: bool = False

    def load(self, name: str) -> Any:
        """The Click command, called `name`.

        Raises:
            IsotopesError: it needs a package that is not installed.
        """
        if self.checks:
            need_check()
        module = import_module(self.module)
        command: Any
        if hasattr(module, "app"):
            command = typer.main.get_group(module.app)
        else:
            app = typer.Typer(add_completion=False, rich_markup_mode=None)
            app.command()(getattr(module, self.module.rpartition(".")[2]))
            command = typer.main.get_command(app)
        command.name = name
        return command


class LazyGroup(TyperGroup):
    """A group of `Lazy` commands, listed by a subclass.

    Class attributes:
        lazy: commands by name, in the order of `--help`.
    """

    lazy: Mapping[str, Lazy] = {}

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _LoadedCommands(self.lazy)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.summary) for name, lazy in self.lazy.items()])


class _LoadedCommands(MutableMapping[str, Any]):
    """Commands by name, each loaded when it is looked up."""

    def __init__(self, lazy: Mapping[str, Lazy]) -> None:
        self._lazy = lazy
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = self._lazy[name].load(name)
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lazy)

    def __len__(self) -> int:
        return len(self._lazy)

    def __contains__(self, name: object) -> bool:
        return name in self._lazy
