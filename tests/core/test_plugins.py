"""One mechanism finds all plugins, and every registry of the package keeps its promises."""

from __future__ import annotations

import importlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

import isotopes
from isotopes.errors import IsotopesError, MarkError
from isotopes.plugins import Registry

REGISTRIES = [
    "isotopes.marks.family._FAMILIES",
    "isotopes.targets.registry._KINDS",
    "isotopes.faces.registry._KINDS",
    "isotopes.testing.registry._WIRE_FORMATS",
    "isotopes.testing.registry._FACE_FORMATS",
    "isotopes.testing.registry._PICTURE_FORMATS",
    "isotopes.verify.methods.method._METHODS",
    "isotopes.lab.networks.architecture._ARCHITECTURES",
    "isotopes.lab.networks.architecture._LIBRARIES",
    "isotopes.lab.tasks.task._TASKS",
    "isotopes.lab.tasks.task._COLLECTIONS",
    "isotopes.lab.train.losses.loss._LOSSES",
    "isotopes.lab.methods.method._METHODS",
    "isotopes.lab.trials.experiment._EXPERIMENTS",
]
SOURCE = Path(isotopes.__file__).parent


def registry(place: str) -> Registry[Any]:
    module, _, name = place.rpartition(".")
    found = getattr(importlib.import_module(module), name)
    assert isinstance(found, Registry)
    return found


def test_every_registry_of_the_package_is_tested_here() -> None:
    texts = {path: path.read_text() for path in SOURCE.rglob("*.py")}
    makers = [text.count(" = Registry[") for text in texts.values()]
    assert sum(makers) == len(REGISTRIES)
    # No second mechanism beside it.
    for sign in ("pkgutil", "__subclasses__", "entry_points("):
        assert [path.name for path, text in texts.items() if sign in text] == ["plugins.py"], sign


@pytest.mark.parametrize("place", REGISTRIES)
def test_each_plugin_is_found_under_its_name_and_suggested_for_a_misspelling(place: str) -> None:
    known = registry(place)
    plugins = known.all()
    assert plugins
    for name, plugin in plugins.items():
        assert known.get(name) is plugin
        with pytest.raises(IsotopesError) as caught:
            known.get(name + "x")
        assert name in (caught.value.hint or "").partition("choose one of")[0]
    with pytest.raises(IsotopesError) as caught:
        known.get("\N{SNOWMAN}")
    assert all(name in (caught.value.hint or "") for name in plugins)


class Sound(ABC):
    name: ClassVar[str]

    @abstractmethod
    def make(self) -> str: ...


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package `sounds` on the path; write plugins into it."""
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "sounds"
    folder.mkdir()
    (folder / "__init__.py").touch()
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] in {"sounds", "elsewhere"}]:
        del sys.modules[name]


def write(path: Path, body: str, head: str = "class Plugin(Sound):") -> None:
    path.write_text(
        f"from test_plugins import Sound\n{head}\n    {body}\n    def make(self): return ''\n"
    )


def sounds(**settings: Any) -> Registry[Sound]:
    base = type("Base", (Sound,), {"__module__": __name__})
    # A base of its own for each test: a class lives on where nobody sees it.
    module = sys.modules["test_plugins"]
    module.Sound = base  # type: ignore[attr-defined]
    return Registry(base, package="sounds", noun="sound", error=MarkError, **settings)


@pytest.fixture(autouse=True)
def _restore_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "Sound", Sound)
    monkeypatch.setitem(sys.modules, "test_plugins", sys.modules[__name__])


def test_plugins_are_found_in_files_and_sorted(package: Path) -> None:
    known = sounds()
    write(package / "a.py", "name = 'whistle'")
    write(package / "b.py", "name = 'bell'")
    assert list(known.all()) == ["bell", "whistle"]


def test_abstract_private_and_inherited_ones_are_no_plugins(package: Path) -> None:
    known = sounds()
    write(package / "a.py", "name = 'whistle'")
    with (package / "a.py").open("a") as file:
        file.write("class Variant(Plugin): pass\n")
        file.write("class _Made(Sound):\n    def make(self): return ''\n")
        file.write("from abc import ABC, abstractmethod\n")
        file.write("class Half(Sound, ABC):\n    @abstractmethod\n    def other(self): ...\n")
    assert list(known.all()) == ["whistle"]


def test_two_of_one_name_are_refused(package: Path) -> None:
    known = sounds()
    write(package / "a.py", "name = 'whistle'")
    write(package / "b.py", "name = 'whistle'")
    with pytest.raises(MarkError, match=r"more than one sound .*'whistle': sounds\.a\.Plugin and"):
        known.all()


def test_one_without_a_name_is_refused(package: Path) -> None:
    known = sounds()
    write(package / "a.py", "pitch = 1")
    with pytest.raises(MarkError, match=r"the sound sounds\.a\.Plugin has no name") as caught:
        known.get("whistle")
    assert "`name`" in (caught.value.hint or "")


def test_a_class_that_is_defined_anew_replaces_the_earlier_one(package: Path) -> None:
    known = sounds()
    write(package / "a.py", "name = 'whistle'")
    first = known.get("whistle")
    again = importlib.reload(sys.modules["sounds.a"]).Plugin
    assert first is not again
    assert known.get("whistle") is again


def announce(folder: Path, value: str) -> None:
    """As an installed package would."""
    info = folder / "elsewhere-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[isotopes.sounds]\nhorn = {value}\n")


def test_other_packages_announce_theirs(package: Path) -> None:
    known = sounds(group="isotopes.sounds")
    write(package.parent / "elsewhere.py", "name = 'horn'")
    announce(package.parent, "elsewhere:Plugin")
    assert known.get("horn").__module__ == "elsewhere"


@pytest.mark.parametrize("body", ["raise ImportError('no brass')", "name = 1 / 0"])
def test_one_of_another_package_that_fails_is_named(package: Path, body: str) -> None:
    known = sounds(group="isotopes.sounds")
    write(package.parent / "elsewhere.py", body)
    announce(package.parent, "elsewhere:Plugin")
    with pytest.raises(MarkError, match=r"the sound 'horn' of elsewhere can't be loaded") as caught:
        known.all()
    assert caught.value.hint == "update elsewhere, or uninstall it"
