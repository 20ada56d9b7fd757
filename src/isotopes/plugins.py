"""The registry of everything that can be added: mark families, targets, tests, networks and more.

A plugin is a subclass of a base class, with a name as a class attribute. It needs no registration:
the registry imports each file of one of our packages and its subpackages, and the entry points of
other installed packages. Then it takes all subclasses that exist.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from isotopes.errors import IsotopesError
from isotopes.hints import choose, nearest

P = TypeVar("P")


class Registry(Generic[P]):
    """All plugins of one base class, by name.

    A subclass is registered under the name that its own body gives. These are left out: abstract
    classes; private ones (``_Name``), which a plugin makes for itself; and variants, which inherit
    their name from another plugin. Defining a class again, as a notebook does when a cell is run
    again, replaces the earlier one.
    """

    def __init__(
        self,
        base: type[Any],
        *,
        package: str,
        noun: str,
        group: str | None = None,
        attribute: str = "name",
        shown: str = "{}",
        error: type[IsotopesError] = IsotopesError,
    ) -> None:
        """Describe the plugins; nothing is imported yet.

        Args:
            base: the class that each plugin is derived from.
            package: the package whose files hold our own, such as ``isotopes.marks.families``.
            noun: the word for a plugin in error messages.
            group: entry-point group where other packages announce theirs; None for no such group.
            attribute: the class attribute that holds the name.
            shown: how choices are written in hints.
            error: the class of error to raise.
        """
        self.package, self.group = package, group
        self._base, self._noun, self._attribute = base, noun, attribute
        self._shown, self._error = shown, error
        self._imported = False

    def all(self) -> dict[str, type[P]]:
        """Every plugin by name, sorted.

        Raises:
            IsotopesError: (or the registry's own class of it) two plugins have the same name, one
                has none, or one of another package can't be loaded.
        """
        self._import()
        plugins: dict[str, type[P]] = {}
        for plugin in _newest(_concrete_subclasses(self._base)):
            name = self._name(plugin)
            if name is None:
                continue
            if name in plugins:
                raise self._error(
                    f"more than one {self._noun} is called {name!r}:"
                    f" {_place(plugins[name])} and {_place(plugin)}",
                    hint="rename one, or uninstall the package that brings it",
                )
            plugins[name] = plugin
        return dict(sorted(plugins.items()))

    def get(self, name: str, *, also: Iterable[str] = ()) -> type[P]:
        """The plugin called `name`.

        Args:
            also: other choices to name in the hint.

        Raises:
            IsotopesError: (or the registry's own class of it) there is none.
        """
        plugins = self.all()
        if name in plugins:
            return plugins[name]
        raise self._error(
            f"no {self._noun} is called {name!r}",
            hint=choose(name, sorted([*plugins, *also]), form=self._shown),
        )

    def nearest(self, name: str) -> str | None:
        """The plugin's name that `name` may be a misspelling of; None if none is close."""
        return nearest(name, self.all())

    def _import(self) -> None:
        if self._imported:
            return
        package = importlib.import_module(self.package)
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
        for entry in entry_points(group=self.group) if self.group else ():
            self._load(entry)
        self._imported = True

    def _load(self, entry: EntryPoint) -> None:
        try:
            entry.load()
        except Exception as error:  # other people's code raises anything
            owner = entry.dist.name if entry.dist else "another package"
            raise self._error(
                f"the {self._noun} {entry.name!r} of {owner} can't be loaded: {error!r}",
                hint=f"update {owner}, or uninstall it",
            ) from error

    def _name(self, plugin: type[Any]) -> str | None:
        """The name under which a class is registered; None for a variant."""
        if self._attribute in vars(plugin):
            return str(vars(plugin)[self._attribute])
        if hasattr(plugin, self._attribute):
            return None
        raise self._error(
            f"the {self._noun} {_place(plugin)} has no name",
            hint=f"give the class the attribute `{self._attribute}`",
        )


def _concrete_subclasses(base: type[Any]) -> Iterator[type[Any]]:
    for subclass in base.__subclasses__():
        if not (inspect.isabstract(subclass) or subclass.__name__.startswith("_")):
            yield subclass
        yield from _concrete_subclasses(subclass)


def _newest(classes: Iterable[type[Any]]) -> Iterable[type[Any]]:
    return {_place(one): one for one in classes}.values()


def _place(plugin: type[Any]) -> str:
    return f"{plugin.__module__}.{plugin.__qualname__}"
