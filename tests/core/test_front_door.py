"""What `from isotopes import ...` gives, and what `import isotopes` must not load."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import isotopes
from isotopes.errors import TargetUnusable, VaultError
from isotopes.vault import Vault
from isotopes.workflows import front_door
from isotopes.workflows.audit_terms import AuditTerms
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.front_door.keywords import AuditKeywords, CheckKeywords, MarkKeywords
from isotopes.workflows.marking import MarkRequest

# Whoever removes or renames one of these breaks people's notebooks.
NAMES = {
    "AuditVerdict",
    "CallableTarget",
    "Care",
    "CombinedVerdict",
    "Isotope",
    "IsotopesError",
    "Mark",
    "OwnAudit",
    "PictureVerdict",
    "Scores",
    "SequentialPlan",
    "Target",
    "Vault",
    "Verdict",
    "audit",
    "audit_own_pictures",
    "blend",
    "check",
    "check_generator",
    "check_pictures",
    "combine",
    "draw",
    "errors",
    "find_own_pictures",
    "get_family",
    "load_verdict",
    "mark_families",
    "mark_folder",
    "open_target",
    "paired_t",
    "rank_test",
    "read_picture",
    "sentence",
    "sequential_rank_test",
    "target_kinds",
    "write_page",
}
HEAVY = "cv2 jinja2 matplotlib numpy onnxruntime PIL pycurl scipy sklearn sqlalchemy torch typer"
EXTRAS = "boto3 dlib faiss matplotlib onnx onnxruntime sklearn torch transformers"


def loaded(code: str, names: str) -> set[str]:
    """Which of these packages a new process has loaded after running `code`."""
    script = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(names.split()) & set(done.stdout.split())


def test_the_names_are_these() -> None:
    assert set(isotopes.__all__) == NAMES
    assert set(dir(isotopes)) >= NAMES
    for name in NAMES:
        assert getattr(isotopes, name).__doc__


def test_type_checkers_see_the_same_names() -> None:
    stub = Path(isotopes.__file__).with_suffix(".pyi")
    (declared,) = [
        ast.literal_eval(node.value)
        for node in ast.parse(stub.read_text()).body
        if isinstance(node, ast.Assign)
    ]
    assert declared == sorted(declared)
    assert set(declared) == NAMES


def test_importing_isotopes_loads_nothing_heavy() -> None:
    assert loaded("import isotopes; dir(isotopes)", HEAVY) == set()


def test_using_every_name_loads_no_extra() -> None:
    assert loaded("from isotopes import *", EXTRAS) == set()


@pytest.mark.parametrize("name", ["rank_test", "blend", "IsotopesError"])
def test_statistics_and_marks_load_no_vault(name: str) -> None:
    assert loaded(f"from isotopes import {name}", "sqlalchemy pycurl onnxruntime") == set()


@pytest.mark.parametrize(
    ("function", "keywords", "request_", "renamed"),
    [
        (front_door.mark_folder, MarkKeywords, MarkRequest, {"adds": "add_to"}),
        (front_door.check, CheckKeywords, Terms, {"probes": "probe_count"}),
        (front_door.audit, AuditKeywords, AuditTerms, {"probes": "probe_count"}),
    ],
)
def test_a_function_takes_all_that_its_request_holds(
    function: Callable[..., Any], keywords: type, request_: type, renamed: dict[str, str]
) -> None:
    taken = {*inspect.signature(function).parameters, *keywords.__annotations__}
    held = {renamed.get(field.name, field.name) for field in fields(request_)}
    assert held <= taken
    assert set(keywords.__annotations__) <= held
    for name in keywords.__annotations__:
        assert name in str(function.__doc__)


def test_terms_are_not_said_twice(tmp_path: Path) -> None:
    with Vault.create(str(tmp_path / "v.sqlite")) as vault:
        for again in ({"name": "other"}, {"alpha": 0.5}, {"plan": {"method": "rank"}}):
            with pytest.raises(VaultError, match=f"got {next(iter(again))} as well"):
                front_door.mark_folder(tmp_path, tmp_path / "out", vault, add_to="me", **again)


def test_a_target_may_be_named(tmp_path: Path) -> None:
    isotope: Any = None  # never looked at: the target is opened first
    with pytest.raises(TargetUnusable, match="missing"):
        front_door.check(isotope, tmp_path / "missing.onnx")
    for thing in (3, len, None):
        with pytest.raises(TargetUnusable, match=f"got {type(thing).__name__}"):
            front_door.check(isotope, thing)  # type: ignore[arg-type]


def test_what_a_notebook_shows_is_short(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (64, 64), "red").save(photos / "a.png")
    vault = isotopes.Vault.create(str(tmp_path / "v.sqlite"))
    marked = isotopes.mark_folder(photos, tmp_path / "out", vault, name="me")
    model = isotopes.CallableTarget(len, name="count")
    for thing in (vault, marked, marked.summary, marked.found, model, vault.get("me")):
        assert len(repr(thing)) < 2000
        assert " at 0x" not in repr(thing)
        assert "\\x" not in repr(thing)
    assert repr(marked).startswith("<Marked me: 1 marked in ")
    assert repr(model) == "<CallableTarget count>"
