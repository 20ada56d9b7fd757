from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import Done, isotopes
from verdict_files import digest, rank_verdict

from isotopes.verify.verdicts.combined import CombinedVerdict

WARNING = "differs from the commitment: level 0.05 instead of level 0.01"
TERMS = {"terms": ["level 0.05 instead of level 0.01"]}


def verdict(at: int = 0, **changes: Any) -> dict[str, Any]:
    """One of three isotopes, none of which is detected by itself: p = 0.07 at level 0.05."""
    warnings = [{"kind": "differs-from-commitment", "values": TERMS}]
    named = {"isotope": f"isotope {at}", "commitment": digest(at), "warnings": warnings}
    return rank_verdict(13, level=0.05, **named, **changes)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Three isotopes, none of which is detected by itself."""
    paths = []
    for at in range(3):
        path = tmp_path / f"{at}.json"
        path.write_text(json.dumps(verdict(at)))
        paths.append(str(path))
    return paths


def run(*words: str) -> Done:
    return isotopes("combine", *words)


def test_several_isotopes_find_together_what_none_finds_alone(files: list[str]) -> None:
    found = run(*files, "--exit-code")
    assert found.code == 1, found.err
    assert found.out.startswith("detected: 3 checks together (Fisher's method)")
    assert "0 of 3 are called detected one by one" in found.out
    assert "+4.5 (+4.2 to +4.8)" in found.out
    assert "warning: all 3 checks: differs from the commitment" in found.err
    printed = run(*files, "--json", "--level", "0.01")
    verdict = CombinedVerdict.from_dict(json.loads(printed.out))
    assert (verdict.level, verdict.verdict, printed.code) == (0.01, "not detected", 0)


def test_what_goes_wrong_is_said_in_words(files: list[str]) -> None:
    found = run(files[0], files[0])
    assert found.code == 2
    assert "error: isotope isotope 0 was checked in model.onnx more than once" in found.err
    assert "hint: give one verdict of each isotope and model" in found.err


def test_one_verdict_is_shown_as_it_is(files: list[str], tmp_path: Path) -> None:
    found = run(files[0], "--exit-code")
    assert found.code == 0
    warning, note = found.err.splitlines()
    assert warning == f"warning: {WARNING}"
    assert note.startswith("note: nothing rules out that the key was chosen by trial")
    plain = "not detected: your mark did not stand out; this does not clear the model. "
    assert found.out.startswith(f'{plain}Label "cat" rises as much or more with 13 of 199')
    printed = run(files[0], "--json")
    assert json.loads(printed.out) == json.loads(Path(files[0]).read_text())
    refused = run(files[0], "--level", "0.5")
    assert refused.code == 2
    assert "a single verdict is shown as it is" in refused.err


def test_an_empty_file_is_an_error_and_nobody_s_ctrl_d(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "empty.npz").touch()
    found = run(str(tmp_path / "empty.npz"), files[0])
    assert found.code == 2
    assert "empty.npz can't be read as saved answers: it is empty or cut off" in found.err
    assert "Aborted" not in found.err
