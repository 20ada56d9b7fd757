from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from command_line import isotopes as run
from faulty_service import be_quick
from generator_service import GeneratorService
from soft_pictures import soft_generator

import isotopes
from isotopes.errors import (
    BudgetExhausted,
    FolderError,
    PlanError,
    TargetUnreachable,
    TooFewDecoys,
)
from isotopes.marks import get_family
from isotopes.testing.faults import FAULTS
from isotopes.vault import Isotope, Vault, new_isotope
from isotopes.verify import Outcome
from isotopes.verify.evidence.picture_scores import load_scores
from isotopes.verify.methods.terms import committed_terms
from isotopes.verify.verdicts.loading import load_verdict
from isotopes.verify.verdicts.pictures import PictureVerdict
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.evidence import plain_verifier
from isotopes.workflows.picture_checking.prompts import WishList, group_prompts, read_prompts

PROMPTS = [
    ("mine", "my dog"),
    ("mine", "my dog, running"),
    ("others", "a cat"),
    ("others", "a hat"),
]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quick(monkeypatch)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture(scope="module")
def isotope() -> Isotope:
    return new_isotope("holiday", get_family("gratings"), 0.2, plan=committed_terms())


def check(isotope: Isotope, generator: Any, made: Path, **how: Any) -> PictureVerdict:
    terms: dict[str, Any] = {"each": 12, "looks": 3, "decoys": 99, "level": 0.03, **how}
    return isotopes.check_generator(isotope, generator, PROMPTS, made, **terms)


def test_a_generator_that_shows_the_mark_early_is_not_asked_for_the_rest(
    tmp_path: Path, isotope: Isotope
) -> None:
    made, kept = tmp_path / "made", tmp_path / "kept.npz"
    verdict = check(isotope, soft_generator(isotope), made, keep=kept)
    assert verdict.verdict is Outcome.DETECTED
    assert (verdict.look, verdict.looks, verdict.pictures) == (1, 3, 16)
    assert verdict.pvalue == pytest.approx(3 / 100)  # the rank among 99, for each of three looks
    assert len(list(made.rglob("*.png"))) == 16
    assert "for each of 3 looks" in isotopes.sentence(verdict)
    assert load_verdict(kept).to_dict() == verdict.to_dict()
    report = plain_verifier.Report()
    parts = {"plan.json": load_scores(kept)[0].to_dict(), "verdict.json": verdict.to_dict()}
    told = {name: json.dumps(part).encode() for name, part in parts.items()}
    plain_verifier.check_verdict({**told, "answers.npz": kept.read_bytes()}, report)
    assert report.failed == 0


def test_an_innocent_generator_is_looked_at_to_the_end(tmp_path: Path, isotope: Isotope) -> None:
    verdict = check(isotope, soft_generator(), tmp_path / "made")
    assert verdict.verdict is Outcome.NOT_DETECTED
    assert (verdict.look, verdict.pictures) == (3, 48)


def test_the_mark_is_told_for_the_prompts_that_show_it(tmp_path: Path, isotope: Isotope) -> None:
    generator = soft_generator(isotope, only="my dog")
    verdict = check(isotope, generator, tmp_path / "made", looks=1)
    mine, others = verdict.by_group
    assert (mine.group, mine.pictures, others.group) == ("mine", 24, "others")
    assert mine.pvalue == 1 / 100
    assert others.score < 0 < mine.score
    assert mine.score <= (verdict.score or 0)
    told = verdict.to_dict()
    assert PictureVerdict.from_dict(told) == verdict
    told["by_group"][1]["pvalue"] = 1 / 100
    with pytest.raises(PlanError, match="group 'others' don't follow"):
        PictureVerdict.from_dict(told)


def test_what_fails_is_resumed_and_nothing_is_paid_for_twice(
    tmp_path: Path, stack: ExitStack, isotope: Isotope
) -> None:
    turns = [*9 * [None], FAULTS["quota"]]
    service = GeneratorService("base64", tmp_path, stack, soft_generator(isotope), faults=turns)
    made = tmp_path / "made"
    with pytest.raises(TargetUnreachable, match="403"):
        check(isotope, service.path, made)
    files = {path: path.read_bytes() for path in made.rglob("*.png")}
    assert len(files) == 9
    with pytest.raises(BudgetExhausted):
        check(isotope, service.path, made, care=Care(queries=3))
    assert (len(list(made.rglob("*.png"))), service.orders) == (12, 13)
    verdict = check(isotope, service.path, made)
    assert service.orders == 17  # 16 pictures, and the one that was refused
    assert all(path.read_bytes() == data for path, data in files.items())
    assert verdict.to_dict() == {
        **check(isotope, service.path, tmp_path / "calm").to_dict(),
    }


def test_ctrl_c_keeps_what_is_under_way_and_sends_nothing_more(
    tmp_path: Path, stack: ExitStack, isotope: Isotope
) -> None:
    top = "concurrency = 3"
    service = GeneratorService("body", tmp_path, stack, soft_generator(), top, delay=0.05)

    def interrupt(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(isotope, service.path, tmp_path / "made", progress=interrupt)
    assert 4 <= service.orders < 16
    assert len(list((tmp_path / "made").rglob("*.png"))) == service.orders


def test_a_folder_of_something_else_is_refused(tmp_path: Path, isotope: Isotope) -> None:
    made = tmp_path / "made"
    check(isotope, soft_generator(isotope), made)
    for how, message in (({"each": 13}, "each 12, not 13"), ({"looks": 2}, "looks 3, not 2")):
        with pytest.raises(FolderError, match=message):
            check(isotope, soft_generator(isotope), made, **how)
    (made / "made.json").write_text("[]")
    with pytest.raises(FolderError, match="must hold a JSON object"):
        check(isotope, soft_generator(isotope), made)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    with pytest.raises(FolderError, match=r"holds no made\.json"):
        check(isotope, soft_generator(isotope), tmp_path / "full")


def test_a_test_that_can_t_answer_is_refused_before_anything_is_made(
    tmp_path: Path, isotope: Isotope
) -> None:
    for how, error in (({"level": 0.003, "decoys": 500}, TooFewDecoys), ({"looks": 13}, PlanError)):
        with pytest.raises(error):
            check(isotope, soft_generator(), tmp_path / "made", **how)
        assert not (tmp_path / "made").exists()


def test_prompts_are_grouped_into_folders_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "prompts.txt"
    text = "a/b: dog\n\nA_B_ dog\nmine\ta dog\nmine\ta second\n..\n" + "x" * 300 + "\n"
    path.write_text(text, encoding="utf-8-sig")
    found = read_prompts(path)
    assert [one.text for one in found] == [
        "a/b: dog", "A_B_ dog", "a dog", "a second", "..", "x" * 300
    ]  # fmt: skip
    groups = [one.group for one in found]
    assert groups == ["a_b_ dog", "A_B_ dog (2)", "mine", "mine", "_", "x" * 80]
    for wrong in (["a", "a"], [], [""], ["x" * 10_001]):
        with pytest.raises(PlanError):
            WishList(group_prompts(wrong), 1)
    for each in (0, 500_001):
        with pytest.raises(PlanError, match="each of 2 prompts must be 1 to 500,000"):
            WishList(group_prompts(["a", "b"]), each)
    path.write_bytes(b"\xff\xff")
    with pytest.raises(PlanError, match="can't be read as prompts"):
        read_prompts(path)


def test_the_command_asks_says_what_it_found_and_resumes(
    tmp_path: Path, stack: ExitStack, isotope: Isotope
) -> None:
    service = GeneratorService(
        "base64", tmp_path, stack, soft_generator(isotope), "price = 0.04", faults=[FAULTS["quota"]]
    )
    with Vault.create(tmp_path / "vault") as vault:
        vault.add(isotope)
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("\n".join("\t".join(pair) for pair in PROMPTS))
    words = [
        "check",
        "holiday",
        "--pictures",
        str(service.path),
        "--vault",
        str(tmp_path / "vault"),
    ]
    refused = run(*words)
    assert (refused.code, "give --prompts FILE and --made" in refused.err) == (2, True)
    words += ["--prompts", str(prompts), "--made", str(tmp_path / "made"), "--each", "6"]
    words += ["--decoys", "99", "--level", "0.03"]
    assert "no terminal to ask on" in run(*words).err
    words.append("--yes")
    assert "got --journal" in run(*words, "--journal", str(tmp_path / "j")).err
    failed = run(*words)
    assert failed.code == 4
    assert "at most 24 queries" in failed.err
    assert "0.96 US dollars" in failed.err
    assert "run the same command again to resume" in failed.err
    report = tmp_path / "report.html"
    done = run(*words, "--exit-code", "--report", str(report))
    assert done.code == 1, done.printed
    assert "  in mine: 4 pictures" in done.out
    assert "Group by group" in report.read_text()
    told = json.loads(run(*words, "--json").out)
    assert (told["look"], told["looks"]) == (1, 3)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def make(prompt, seed): return 'a dog'", "must return a picture"),
        ("def make(prompt): ...", "must take a prompt and a seed"),
    ],
)
def test_a_mistake_in_a_person_s_function_is_no_failure_to_wait_for(
    source: str,
    message: str,
    isotope: Isotope,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "my_own", raising=False)
    Path("my_own.py").write_text(source, encoding="utf-8")
    Path("prompts.txt").write_text("mine\tmy dog", encoding="utf-8")
    with Vault.create(tmp_path / "vault") as vault:
        vault.add(isotope)
    done = run(
        "check", "holiday", "--pictures", "my_own:make", "--vault", str(tmp_path / "vault"),
        "--prompts", "prompts.txt", "--made", "made", "--each", "3", "--decoys", "99",
        "--level", "0.03",
    )  # fmt: skip
    assert (done.code, message in done.err) == (2, True), done.err
    assert "again" not in done.err
