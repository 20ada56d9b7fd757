from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isotopes.errors import AnswerError, FolderError
from isotopes.targets import Completeness
from isotopes.verify import Answers, Plan, load_answers, save_answers

SHAPE = (21, 6)  # of the plan in conftest.py


def answers(values: np.ndarray, **more: object) -> Answers:
    labels = tuple(f"l{index}" for index in range(values.shape[2]))
    return Answers(labels, values, ~np.isnan(values).all(axis=2), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("wide", [False, True])
def test_saved_answers_come_back_bit_for_bit(plan: Plan, tmp_path: Path, wide: bool) -> None:
    values = np.random.default_rng(0).random((*SHAPE, 3))
    values[3, 2, 1] = np.nan
    values[4, 4] = np.nan
    if not wide:
        values = values.astype(np.float32).astype(np.float64)
    given = answers(
        values, completeness=Completeness.TOP_K, limit=3, fault="it changed", journal="a1"
    )
    path = tmp_path / "answers.npz"
    save_answers(path, plan, given)
    saved, again = load_answers(path)
    assert saved == plan
    np.testing.assert_array_equal(again.values, values)
    np.testing.assert_array_equal(again.asked, given.asked)
    assert (again.labels, again.completeness) == (given.labels, Completeness.TOP_K)
    assert (again.limit, again.fault, again.journal) == (3, "it changed", "a1")
    assert again.queries == given.queries == SHAPE[0] * SHAPE[1] - 1
    assert [file.name for file in tmp_path.iterdir()] == ["answers.npz"]


def test_a_plan_can_be_saved_before_anything_is_asked(plan: Plan, tmp_path: Path) -> None:
    save_answers(tmp_path / "a", plan, Answers.none_yet(plan))
    saved, nothing = load_answers(tmp_path / "a")
    assert saved.hash == plan.hash
    assert nothing.queries == 0


def test_what_holds_no_answers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"there is no file .*absent\.npz"):
        load_answers(tmp_path / "absent.npz")
    text = tmp_path / "text.npz"
    text.write_text("no archive")
    with pytest.raises(FolderError, match=r"can't be read as saved answers: not an \.npz file"):
        load_answers(text)
    (tmp_path / "empty.npz").touch()
    with pytest.raises(FolderError, match=r"empty\.npz can't be read .*: it is empty or cut off"):
        load_answers(tmp_path / "empty.npz")
    with pytest.raises(FolderError, match=rf"{tmp_path} is a folder, not a file$"):
        load_answers(tmp_path)
    other = tmp_path / "other.npz"
    np.savez(other, about=np.zeros(2, np.uint8))
    with pytest.raises(FolderError, match="can't be read as saved answers"):
        load_answers(other)


def test_answers_of_another_version_are_told_as_such(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "old.npz"
    save_answers(path, plan, Answers.none_yet(plan))
    with np.load(path) as archive:
        parts = dict(archive)
    about = json.loads(parts["about"].tobytes())
    old = {name: value for name, value in about.items() if name != "cut"}
    old["format"] = "isotopes-answers/1"
    parts["about"] = np.frombuffer(json.dumps(old).encode(), np.uint8)
    np.savez(path, **parts)
    told = (
        r"old\.npz can't be read as saved answers: it was written by another version of isotopes:"
        " its format is isotopes-answers/1, and this one reads isotopes-answers/3"
    )
    with pytest.raises(FolderError, match=told) as error:
        load_answers(path)
    assert (
        error.value.hint
        == "read it with the version that wrote it, or make it again, as a new file"
    )
    assert error.value.exit_code == 2


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("a saved file was unpickled",)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    for name, content in (("whole", pickle.dumps(Bomb())), ("member", None)):
        path = tmp_path / f"{name}.npz"
        if content is not None:
            path.write_bytes(content)
        else:
            np.savez(path, about=np.array([Bomb()], dtype=object))
        with pytest.raises(FolderError, match="can't be read as saved answers"):
            load_answers(path)


def test_answers_that_do_not_go_with_their_plan(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save_answers(path, plan, Answers((), np.empty((3, 6, 0)), np.zeros((3, 6), np.bool_)))
    with pytest.raises(FolderError, match=r"the plan has 20 marks and 6 pictures.*got \(3, 6\)"):
        load_answers(path)
    with pytest.raises(AnswerError, match="about 1 labels can't have shape"):
        Answers(("a",), np.zeros((3, 6, 2)), np.zeros((3, 6), np.bool_))


def test_a_file_that_can_not_be_written_is_told(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="answers can't be saved to"):
        save_answers(tmp_path / "no" / "folder.npz", plan, Answers.none_yet(plan))


def rewrite(path: Path, **parts: Any) -> None:
    """Change parts of a file of kept answers; `about` is merged into what is there."""
    with np.load(path) as archive:
        found = dict(archive)
    about = json.loads(found["about"].tobytes()) | parts.pop("about", {})
    found["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    np.savez(path, **{**found, **parts})


def full(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(3), SHAPE)


def changed(at: tuple[int, ...], value: float) -> np.ndarray:
    values = full()
    values[at] = value
    return values


ALL = np.ones(SHAPE, np.bool_)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"values": changed((1, 2, 0), 1.5)}, r"probabilities in \[0, 1\], got 1.5"),
        ({"values": changed((1, 2, 0), -0.2)}, r"probabilities in \[0, 1\], got -0.2"),
        ({"values": changed((20, 5, 2), np.inf)}, r"probabilities in \[0, 1\], got inf"),
        ({"values": changed((3, 0, 1), np.nan)}, "a score for each label, got NaN"),
        ({"asked": np.zeros(SHAPE, np.bool_)}, "answers to queries that were not asked"),
        ({"asked": ALL.astype(np.int64)}, "marked as asked by booleans, got float64 and int64"),
        ({"values": full().astype(str)}, "answers must be floats"),
        ({"values": full().astype(np.int32)}, "answers must be floats"),
        ({"values": full()[..., :2]}, "about 3 labels can't have shape"),
        ({"values": full()[:2], "asked": ALL[:2]}, "the plan has 20 marks"),
        ({"values": np.float64(0.5), "asked": np.True_}, "the plan has 20 marks"),
        ({"about": {"labels": ["a", "b", "a"]}}, "labels must differ, got 'a' twice"),
        ({"about": {"labels": ["a", "b", 3]}}, r"labels\[2\]: expected `str`, got `int`"),
        ({"about": {"labels": "abc"}}, "labels: expected `array`, got `str`"),
        ({"about": {"labels": ["a", "b", "x" * 1001]}}, "of length <= 1000"),
        ({"about": {"limit": 0.5}}, "full answers have no limit"),
        ({"about": {"completeness": "top-k", "limit": 2}}, "of the 2 best labels show 3"),
        ({"about": {"completeness": "most"}}, "invalid enum value 'most'"),
        ({"about": {"fault": 1}}, "fault: expected `str | null`"),
        ({"about": {"plan": None}}, "it must be a JSON object, got NoneType"),
        ({"about": {"plan": []}}, "it must be a JSON object, got list"),
        ({"about": {"format": 2}}, "its format must be isotopes-answers/3, got 2"),
        ({"about": {"more": 1}}, "unexpected or missing: 'more'"),
    ],
)
def test_answers_that_no_target_gives(
    parts: dict[str, Any], said: str, plan: Plan, tmp_path: Path
) -> None:
    path = tmp_path / "a.npz"
    save_answers(path, plan, answers(full()))
    rewrite(path, **parts)
    with pytest.raises(FolderError, match=r"a\.npz can't be read as saved answers: ") as error:
        load_answers(path)
    assert re.search(said, str(error.value)), error.value


def test_a_small_file_that_unpacks_to_a_large_one(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save_answers(path, plan, answers(full()))
    with np.load(path) as archive:
        np.savez_compressed(path, **archive)
    with pytest.raises(FolderError, match="its arrays are compressed"):
        load_answers(path)


def test_a_header_that_promises_more_than_there_is(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save_answers(path, plan, answers(full()))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"(21, 6, 3), ", b"(2100000000, 600, 300), "))
    with pytest.raises(FolderError, match="can't be read as saved answers"):
        load_answers(path)


def test_only_the_owner_can_read_them(plan: Plan, tmp_path: Path) -> None:
    save_answers(tmp_path / "a.npz", plan, answers(full()))
    assert (tmp_path / "a.npz").stat().st_mode & 0o777 == 0o600
