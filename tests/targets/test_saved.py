from __future__ import annotations

import csv
import json
import stat
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from content_target import LABELS, ContentTarget, answer_to, pictures
from PIL import Image

from isotopes.errors import FolderError, PlanError, TargetUnusable
from isotopes.targets import Completeness, Picture
from isotopes.targets.answer import picture_digest
from isotopes.targets.export import Query, read_key, write_queries
from isotopes.targets.granularity import Threshold, TopK
from isotopes.targets.kinds.saved import Saved
from isotopes.targets.registry import open_target

POOL = pictures(12, side=6)
SEED = bytes(range(32))
PLAN = f"sha256:{7:064x}"


def queries() -> list[Query]:
    roles = ["mark"] * 2 + [f"decoy {index}" for index in range(1, 9)] + ["clean"] * 2
    return [Query(picture, role) for picture, role in zip(POOL, roles, strict=True)]


def ask_by_hand(folder: Path) -> list[tuple[str, list[float]]]:
    """What a person would write down: file name and scores, in the folder's order."""
    answers = []
    for file in sorted(folder.iterdir()):
        with Image.open(file) as picture:
            answers.append((file.name, answer_to(np.asarray(picture)).tolist()))
    return answers


def write_wide_csv(path: Path, answers: list[tuple[str, list[float]]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["picture", *LABELS], *([n, *s] for n, s in answers)])


def write_long_csv(path: Path, answers: list[tuple[str, list[float]]]) -> None:
    rows = [
        [score, name, label]
        for name, scores in answers
        for label, score in zip(LABELS, scores, strict=True)
    ]
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([["score", "picture", "label"], *rows])


def write_jsonl(path: Path, answers: list[tuple[str, list[float]]]) -> None:
    lines = [
        json.dumps({"picture": name, "scores": dict(zip(LABELS, scores, strict=True))})
        for name, scores in answers
    ]
    path.write_text("\n".join(lines) + "\n")


def write_parquet(path: Path, answers: list[tuple[str, list[float]]]) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    names, scores = zip(*answers, strict=True)
    columns = dict(zip(LABELS, np.array(scores).T, strict=True))
    parquet.write_table(arrow.table({"picture": list(names), **columns}), path)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("answers.csv", write_wide_csv),
        ("answers.CSV", write_long_csv),
        ("answers.jsonl", write_jsonl),
        ("answers.parquet", write_parquet),
    ],
)
def test_exported_queries_asked_by_hand_come_back_the_same(
    tmp_path: Path, name: str, write: object
) -> None:
    folder, key = tmp_path / "queries", tmp_path / "key.json"
    assert write_queries(queries(), ContentTarget(), folder, key, plan=PLAN, seed=SEED) == 12
    write(tmp_path / name, ask_by_hand(folder))  # type: ignore[operator]
    saved = Saved(tmp_path / name, key)
    asked = POOL[::-1] + POOL[3:5]
    scores = saved.ask(asked)
    assert scores.completeness is Completeness.FULL
    assert scores.labels == saved.labels == LABELS
    assert scores.values.tolist() == [answer_to(picture).tolist() for picture in asked]
    assert saved.name == "a content target"
    assert saved.identity() == ContentTarget().identity()


def test_the_registry_opens_answers_with_their_key(tmp_path: Path) -> None:
    folder, key, answers = tmp_path / "queries", tmp_path / "key", tmp_path / "a.csv"
    write_queries(queries(), ContentTarget(), folder, key, plan=PLAN, seed=SEED)
    write_wide_csv(answers, ask_by_hand(folder))
    saved = open_target(f"saved:{answers}?key={key}")
    assert saved.ask(POOL[4:5]).values.tolist() == [answer_to(POOL[4]).tolist()]
    write_wide_csv(answers, [(name_of(POOL[0]), [0.2] * 5)])
    assert open_target(f"saved:{answers}").ask(POOL[:1]).values.tolist() == [[0.2] * 5]


def test_the_folder_tells_nothing_of_the_roles(tmp_path: Path) -> None:
    orders = []
    for seed in range(60):
        folder, key = tmp_path / f"q{seed}", tmp_path / f"key{seed}"
        write_queries(queries(), ContentTarget(), folder, key, plan=PLAN, seed=bytes([seed]) * 32)
        names = sorted(file.name for file in folder.iterdir())
        assert names == [f"query-{number:04}.png" for number in range(1, 13)]
        with Image.open(folder / names[0]) as picture:
            assert picture.info == {}
        roles = {q["file"]: q["roles"] for q in json.loads(key.read_text())["queries"]}
        orders.append([roles[name][0] for name in names])
    # Each place holds the mark about as often as any other: 60 x 2 / 12 = 10 times.
    places = Counter(at for order in orders for at, role in enumerate(order) if role == "mark")
    assert set(places) == set(range(12))
    assert max(places.values()) < 25


def test_the_key_is_the_owners_and_the_pictures_are_exact(tmp_path: Path) -> None:
    folder, key = tmp_path / "queries", tmp_path / "key.json"
    write_queries(queries(), ContentTarget(), folder, key, plan=PLAN, seed=SEED)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    digests = read_key(key).pictures
    for file in folder.iterdir():
        with Image.open(file) as picture:
            assert picture_digest(np.asarray(picture)) == digests[file.stem]
    assert sorted(digests.values()) == sorted(map(picture_digest, POOL))


def test_a_picture_with_two_roles_is_exported_once(tmp_path: Path) -> None:
    twice = [Query(POOL[0], "clean"), Query(POOL[1], "mark"), Query(POOL[0], "decoy 1")]
    assert (
        write_queries(
            twice, ContentTarget(), tmp_path / "q", tmp_path / "key", plan=PLAN, seed=SEED
        )
        == 2
    )
    roles = [q["roles"] for q in json.loads((tmp_path / "key").read_text())["queries"]]
    assert sorted(map(sorted, roles)) == [["clean", "decoy 1"], ["mark"]]


def test_nothing_is_overwritten_and_the_key_stays_outside(tmp_path: Path) -> None:
    folder, key = tmp_path / "queries", tmp_path / "key.json"
    with pytest.raises(FolderError, match="must lie outside the folder"):
        write_queries(queries(), ContentTarget(), folder, folder / "key.json", plan=PLAN, seed=SEED)
    folder.mkdir()
    with pytest.raises(FolderError, match="queries exists already"):
        write_queries(queries(), ContentTarget(), folder, key, plan=PLAN, seed=SEED)
    folder.rmdir()
    key.write_text("another export's key")
    with pytest.raises(FolderError, match="key.json exists already"):
        write_queries(queries(), ContentTarget(), folder, key, plan=PLAN, seed=SEED)
    assert key.read_text() == "another export's key"
    assert sorted(tmp_path.iterdir()) == [key]


def test_a_failed_export_leaves_nothing(tmp_path: Path) -> None:
    broken = [*queries(), Query(np.zeros((2, 2, 7), np.uint8), "clean")]
    with pytest.raises(TypeError):
        write_queries(
            broken, ContentTarget(), tmp_path / "queries", tmp_path / "key", plan=PLAN, seed=SEED
        )
    with pytest.raises(FolderError, match="can't be exported.*No such file"):
        write_queries(
            queries(),
            ContentTarget(),
            tmp_path / "queries",
            tmp_path / "nowhere" / "key",
            plan=PLAN,
            seed=SEED,
        )
    assert list(tmp_path.iterdir()) == []


def save(path: Path, answers: dict[Picture | str, dict[str, float]]) -> Path:
    path.write_text(
        "".join(json.dumps({"picture": n, "scores": s}) + "\n" for n, s in answers.items())
    )
    return path


def exported_name(key: Path, picture: Picture) -> str:
    names = {digest: name for name, digest in read_key(key).pictures.items()}
    return f"{names[picture_digest(picture)]}.png"


def name_of(picture: Picture) -> str:
    return f"sha256:{picture_digest(picture).hex()}"


@pytest.mark.parametrize(
    ("cut", "completeness", "limit"),
    [
        (lambda t: TopK(t, 2), Completeness.TOP_K, 2),
        (lambda t: Threshold(t, 0.15), Completeness.THRESHOLD, None),
    ],
)
def test_cut_answers_keep_their_kind(
    tmp_path: Path, cut: object, completeness: Completeness, limit: float | None
) -> None:
    asked = cut(ContentTarget()).ask(POOL)  # type: ignore[operator]
    path = save(
        tmp_path / "a.jsonl",
        {
            name_of(picture): {
                label: score
                for label, score in zip(LABELS, row, strict=True)
                if not np.isnan(score)
            }
            for picture, row in zip(POOL, asked.values.tolist(), strict=True)
        },
    )
    scores = Saved(path).ask(POOL)
    assert scores.completeness is completeness
    assert scores.limit == (limit or np.nanmin(asked.values))
    for label in LABELS:
        np.testing.assert_array_equal(
            scores.values[:, scores.column(label)], asked.values[:, asked.column(label)]
        )


def test_unknown_pictures_are_told(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jsonl", {name_of(POOL[0]): {"ant": 1.0}})
    with pytest.raises(
        PlanError, match=r"a\.jsonl holds answers to 1 pictures, and none to sha256"
    ):
        Saved(path).ask(POOL[:3])


def test_what_has_no_answer_is_counted_over_all_and_named_as_exported(tmp_path: Path) -> None:
    folder, key, answers = tmp_path / "queries", tmp_path / "key", tmp_path / "a.csv"
    write_queries(queries(), ContentTarget(), folder, key, plan=PLAN, seed=SEED)
    rows = ask_by_hand(folder)
    write_wide_csv(answers, [rows[0], *rows[3:]])
    by_name = {exported_name(key, picture): picture for picture in POOL}
    saved = Saved(answers, key)
    # Those that are there can be asked: a test that stops early may need no more.
    assert len(saved.ask([by_name[name] for name, _ in [rows[0], *rows[3:]]])) == 10
    needed = "holds no answer to 2 of the 12 exported pictures, and query-0003.png is needed"
    with pytest.raises(PlanError, match=needed):
        saved.ask([by_name["query-0004.png"], by_name["query-0003.png"]])
    with pytest.raises(PlanError, match="asks pictures that .*key doesn't list") as error:
        saved.ask(pictures(13, side=7)[-1:])
    assert "the isotope, probes and terms" in (error.value.hint or "")


def test_file_names_need_the_key(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jsonl", {"query-0001.png": {"ant": 1.0}})
    with pytest.raises(TargetUnusable, match="'query-0001.png', but no key file says") as error:
        Saved(path)
    assert error.value.hint is not None
    assert "key file" in error.value.hint


def test_two_answers_to_a_picture_must_agree(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_wide_csv(path, [(name_of(POOL[0]), [0.2] * 5)] * 2)
    assert Saved(path).ask(POOL[:1]).values.tolist() == [[0.2] * 5]
    write_wide_csv(path, [(name_of(POOL[0]), [0.2] * 5), (name_of(POOL[0]), [0.1] * 5)])
    with pytest.raises(TargetUnusable, match="two different answers are saved"):
        Saved(path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "must be .jsonl, .csv or .parquet, or .npz for embeddings, got 'a.txt'"),
        ("a.jsonl", "", "holds no scores"),
        ("a.jsonl", "{", "line 1 is not JSON: .* at character 2"),
        ("a.jsonl", "[1]", "line 1 must be an object with picture and scores"),
        ("a.jsonl", '{"picture": "x"}', "line 1 has no field 'scores'; it has: picture"),
        ("a.jsonl", '{"picture": "x", "scores": [1]}', r"line 1: scores must .* got \[1\]"),
        ("a.jsonl", '{"picture": "x", "scores": {"a": "b"}}', "line 1: the score of 'a' is 'b'"),
        ("a.jsonl", '{"picture": "x", "scores": {"a": true}}', "the score of 'a' is True"),
        ("a.jsonl", '{"picture": "x", "scores": {"a": NaN}}', "line 1: NaN is not JSON"),
        ("a.jsonl", '{"picture": [1], "scores": {"a": 1}}', r"must be texts, got \[1\], 'a'"),
        ("a.csv", "", "it is empty"),
        ("a.csv", "file,ant\nx,0.5\n", "must have a column 'picture' .* are: file, ant"),
        ("a.csv", "picture\nx\n", "must have a column 'picture' and one for each label"),
        ("a.csv", "picture,ant,bee\nx,0.5\n", "line 2 has 2 cells, and the first line has 3"),
        ("a.csv", "picture,ant\nx,much\n", "line 2: the score of 'ant' is 'much', which is no"),
        ("a.csv", "picture,ant\nx,nan\n", "line 2: the score of 'ant' is 'nan', which is no"),
        ("a.csv", "picture,label,score\nx,ant,\n", "line 2: the score of 'score' is ''"),
        ("a.csv", 'picture,ant\n"x', "it holds no scores|line 2"),
        ("a.csv", "picture,ant\nx,93.5\n", r"probabilities in \[0, 1\], got 93\.5"),
        ("a.csv", "picture,label,score\nx,ant,0.5\nx,ant,0.6\n", "two scores for label 'ant'"),
        ("a.parquet", "not parquet", "it is cut short or damaged, or no Parquet file"),
        ("a.parquet", "", "it is cut short or damaged, or no Parquet file"),
    ],
)
def test_files_that_hold_no_answers_are_refused(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_text(text)
    with pytest.raises(TargetUnusable, match=message) as error:
        Saved(tmp_path / name)
    assert error.value.exit_code == 2


def test_files_that_can_not_be_read_are_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name, message in (
        ("folder.csv", r"folder\.csv is a folder, not a file"),
        ("nowhere.jsonl", r"there is no file .*nowhere\.jsonl"),
        ("nowhere.parquet", r"there is no file .*nowhere\.parquet"),
        ("a.txt", "must be .jsonl"),
    ):
        with pytest.raises(TargetUnusable, match=message) as error:
            Saved(tmp_path / name)
        assert error.value.exit_code == 2
        assert "Errno" not in str(error.value)


def test_what_is_no_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text('{"format": "something else"}')
    with pytest.raises(FolderError, match="can't be read as a key file"):
        read_key(tmp_path / "key")


def test_identity_is_of_the_file(tmp_path: Path) -> None:
    one = Saved(save(tmp_path / "a.jsonl", {name_of(POOL[0]): {"ant": 1.0}}))
    same = Saved(save(tmp_path / "b.jsonl", {name_of(POOL[0]): {"ant": 1.0}}))
    other = Saved(save(tmp_path / "c.jsonl", {name_of(POOL[0]): {"ant": 0.5}}))
    assert one.identity() == same.identity() != other.identity()
