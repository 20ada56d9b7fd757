"""`isotopes vault`, through the command line; the prompts through a real terminal."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from isotopes.cli.commands.vault import app
from isotopes.cli.passphrase import open_or_create_vault, open_vault
from isotopes.errors import IsotopesError, ReceiptError, VaultError, WrongPassphrase
from isotopes.vault import FileEntry, Isotope, Vault

Make = Callable[..., Isotope]


def run(*words: object, passphrase: str | None = "hunter2") -> str:
    """Standard output of `isotopes vault WORDS`; its errors are raised."""
    environment = {"ISOTOPES_PASSPHRASE": passphrase, "NO_COLOR": "1"}
    result = CliRunner().invoke(app, [str(word) for word in words], env=environment)
    if isinstance(result.exception, IsotopesError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def isotope(make: Make) -> Isotope:
    return make(source="/home/ann/pictures")


@pytest.fixture
def filled(place: Path, isotope: Isotope, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ISOTOPES_VAULT", str(place))
    with Vault.create(place, lambda: "hunter2") as vault:
        vault.add(isotope)
        vault.record_files(
            "holiday", [FileEntry("a.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, True)]
        )
    return place


def test_list_is_lines_for_programs(filled: Path, isotope: Isotope) -> None:
    expected = ["holiday", isotope.created, "-", "dead_leaves", "0.375", "tabby", "1", "1"]
    heads = ["name", "created", "last added", "family", "alpha", "label", "marked", "pictures"]
    assert run("list", passphrase=None).splitlines() == ["\t".join(heads), "\t".join(expected)]
    assert "\nholiday\t" in run("list", "--vault", filled, passphrase=None)


def test_list_as_json(filled: Path, isotope: Isotope) -> None:
    (found,) = json.loads(run("list", "--json", passphrase=None))
    assert found["name"] == "holiday"
    assert found["commitment"] == isotope.commitment


def test_show_tells_all_but_the_key(filled: Path, isotope: Isotope) -> None:
    lines = run("show", "holiday", passphrase=None).splitlines()
    shown = dict(line.split(maxsplit=1) for line in lines)
    assert shown["commitment"] == isotope.commitment
    assert shown["source"] == "/home/ann/pictures"
    assert json.loads(shown["plan"]) == isotope.plan
    detailed = json.loads(run("show", "holiday", "--json", passphrase=None))
    assert detailed["files"] == [
        asdict(FileEntry("a.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, True))
    ]
    for text in ("\n".join(lines), json.dumps(detailed)):
        assert isotope.root.hex() not in text
        assert isotope.salt.hex() not in text


def test_backup_and_restore(filled: Path, tmp_path: Path, isotope: Isotope) -> None:
    run("backup", tmp_path / "saved")
    with pytest.raises(VaultError, match="there is a vault at"):
        run("restore", tmp_path / "saved")
    run("restore", tmp_path / "saved", "--force")
    run("restore", tmp_path / "saved", "--vault", tmp_path / "new")
    with Vault.open(tmp_path / "new", lambda: "hunter2") as vault:
        assert vault.get("holiday") == isotope
    assert len(list(tmp_path.glob("vault.sqlite.replaced-*"))) == 1


def test_export_and_import(filled: Path, tmp_path: Path, isotope: Isotope) -> None:
    run("export", tmp_path / "moved")
    assert stat.S_IMODE((tmp_path / "moved").stat().st_mode) == 0o600
    Vault.create(tmp_path / "other", lambda: "theirs").close()
    (tmp_path / "theirs.txt").write_text("theirs\n")
    (tmp_path / "ours.txt").write_text("hunter2\r\n")
    for _ in range(2):
        run(
            *("import", tmp_path / "moved", "--vault", tmp_path / "other"),
            *("--passphrase-file", tmp_path / "theirs.txt"),
            *("--export-passphrase-file", tmp_path / "ours.txt"),
            passphrase=None,
        )
    with Vault.open(tmp_path / "other", lambda: "theirs") as vault:
        assert vault.get("holiday") == isotope
    with pytest.raises(VaultError, match="moved exists already"):
        run("export", tmp_path / "moved")


def test_an_import_makes_the_vault(filled: Path, tmp_path: Path, isotope: Isotope) -> None:
    """On a new computer there is none yet."""
    new = tmp_path / "new.sqlite"
    run("export", tmp_path / "moved")
    with pytest.raises(WrongPassphrase):
        run("import", tmp_path / "moved", "--vault", new, passphrase="wrong")
    assert not new.exists()
    run("import", tmp_path / "moved", "--vault", new)
    with Vault.open(new, lambda: "hunter2") as vault:
        assert vault.sealed
        assert vault.get("holiday") == isotope
        assert [entry.name for entry in vault.files("holiday")] == ["a.jpg"]


def test_an_export_is_always_sealed(place: Path, tmp_path: Path) -> None:
    Vault.create(place).close()
    with pytest.raises(VaultError, match="an export is always sealed"):
        run("export", tmp_path / "moved", "--vault", place, passphrase=None)
    assert not (tmp_path / "moved").exists()


def test_receipt_and_opening(filled: Path, tmp_path: Path, isotope: Isotope) -> None:
    receipt, opening = tmp_path / "receipt.json", tmp_path / "opening.json"
    run("receipt", "holiday", "--note", "Ann's", "--out", receipt)
    assert json.loads(run("receipt", "holiday", "--note", "Ann's")) == json.loads(
        receipt.read_text()
    )
    with pytest.raises(VaultError, match="nothing was revealed"):
        run("open-commitment", "holiday", "--out", opening)
    assert not opening.exists()
    run("open-commitment", "holiday", "--out", opening, "--yes")
    assert stat.S_IMODE(opening.stat().st_mode) == 0o600
    assert isotope.commitment in run("check-opening", receipt, opening, passphrase=None)
    checked = json.loads(run("check-opening", receipt, opening, "--json", passphrase=None))
    assert checked["label"] == "tabby"
    assert isotope.root.hex() not in json.dumps(checked)

    opening.write_text(opening.read_text().replace("tabby", "tiger"))
    with pytest.raises(ReceiptError, match="the statement does not hash to it"):
        run("check-opening", receipt, opening)


def test_a_damaged_commitment_gets_no_receipt(filled: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(filled)) as connection, connection:
        connection.execute("UPDATE vault_isotopes SET commitment = ?", [f"sha256:{'0' * 64}"])
    with pytest.raises(VaultError, match="a sealed key was altered"):
        run("receipt", "holiday", "--out", tmp_path / "receipt.json")
    assert not (tmp_path / "receipt.json").exists()


def test_a_passphrase_for_a_vault_that_is_not_sealed(
    place: Path, make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Vault.create(place).close()
    monkeypatch.setenv("ISOTOPES_PASSPHRASE", "hunter2")
    with (
        open_or_create_vault(str(place), None, declined=False) as vault,
        pytest.raises(VaultError, match="a passphrase was given, but the keys in"),
    ):
        vault.add(make())
    with open_or_create_vault(str(place), None, declined=True) as vault:
        vault.add(make())
    assert "warning: the keys in" in capsys.readouterr().err


def test_a_vault_that_others_can_read_is_told(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled.chmod(0o666)
    with open_vault(str(filled), None):
        assert "warning: other accounts on this computer may read and change" in (
            capsys.readouterr().err
        )


def test_a_weak_passphrase_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(
        app, ["passphrase", "--vault", str(place), "--new-passphrase-file", str(_file(place, "a"))]
    )
    assert "warning: this passphrase is weak: about 12 guesses find it" in result.stderr


def _file(place: Path, content: str) -> Path:
    Vault.create(place).close()
    file = place.with_name("passphrase.txt")
    file.write_text(content)
    return file


def test_an_empty_place_mentions_backups(place: Path) -> None:
    with pytest.raises(VaultError, match="there is no vault at") as caught:
        run("list", "--vault", place)
    assert "`isotopes vault restore` puts a backup there" in str(caught.value.hint)


def test_an_empty_vault_mentions_backups(place: Path) -> None:
    Vault.create(place).close()
    told = CliRunner().invoke(app, ["list", "--vault", str(place)])
    assert "`isotopes vault restore` brings a backup" in told.stderr
    for words in (("show", "me"), ("files", "me"), ("rename", "me", "you"), ("receipt", "me")):
        with pytest.raises(VaultError, match="no isotope is called 'me'") as caught:
            run(*words, "--vault", place)
        assert "`isotopes vault restore` brings a backup" in str(caught.value.hint)


def test_which_pictures_carry_it(filled: Path, tmp_path: Path) -> None:
    with Vault.open(filled) as vault:
        vault.record_files(
            "holiday", [FileEntry('b,"c".jpg', "sha256:" + "c" * 64, "sha256:" + "c" * 64, False)]
        )
    assert run("files", "holiday", passphrase=None).splitlines() == [
        "name\tmarked\tadded\tfolder",
        "a.jpg\tyes\t-\t-",
        'b,"c".jpg\tno\t-\t-',
    ]
    assert run("files", "holiday", "--marked", passphrase=None).splitlines()[1:] == [
        "a.jpg\tyes\t-\t-"
    ]
    rows = list(csv.DictReader(run("files", "holiday", "--csv", passphrase=None).splitlines()))
    assert [(row["name"], row["marked"]) for row in rows] == [
        ("a.jpg", "True"),
        ('b,"c".jpg', "False"),
    ]
    found = json.loads(run("files", "holiday", "--json", passphrase=None))
    assert [entry["name"] for entry in found] == ["a.jpg", 'b,"c".jpg']


def test_a_contact_sheet_frames_the_marked(filled: Path, tmp_path: Path) -> None:
    for name, level in (("a.jpg", 0), ("b.png", 128)):
        Image.new("RGB", (64, 48), (level, level, level)).save(tmp_path / name)
    with Vault.open(filled) as vault:
        vault.record_files(
            "holiday", [FileEntry("b.png", "sha256:" + "c" * 64, "sha256:" + "c" * 64, False)]
        )
        vault.record_files(
            "holiday", [FileEntry("gone.png", "sha256:" + "d" * 64, "sha256:" + "d" * 64, False)]
        )
    sheet = tmp_path / "sheet.png"
    words = ("files", "holiday", "--contact-sheet", sheet, "--folder")
    run(*words, tmp_path, passphrase=None)
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    picture = Image.open(sheet)
    assert picture.size == (2 * 140 + 12, 154 + 12)
    assert picture.getpixel((9, 30)) == (200, 30, 30)
    assert picture.getpixel((149, 30)) == (255, 255, 255)
    with pytest.raises(VaultError, match="exists already"):
        run(*words, tmp_path, passphrase=None)
    with pytest.raises(VaultError, match="none of these 3 pictures can be read in") as caught:
        run(*words[:3], tmp_path / "other.png", "--folder", tmp_path / "nowhere")
    assert "--folder" in str(caught.value.hint)


@pytest.mark.parametrize("words", [("show",), ("files",), ("rename",), ("receipt",)])
def test_a_misspelled_name_gets_a_suggestion(filled: Path, words: tuple[str, ...]) -> None:
    more = ("new",) if words == ("rename",) else ()
    with pytest.raises(VaultError, match="no isotope is called 'holyday'") as caught:
        run(*words, "holyday", *more)
    assert str(caught.value.hint).startswith("did you mean 'holiday'? ")


def test_another_name(filled: Path) -> None:
    run("rename", "holiday", "summer 2026")
    assert run("list", passphrase=None).splitlines()[1].startswith("summer 2026\t")
    with pytest.raises(VaultError, match="no isotope is called 'holiday'"):
        run("show", "holiday", passphrase=None)


def test_preparing_commits_before_the_mark_can_be_known(filled: Path, tmp_path: Path) -> None:
    receipt, opening = tmp_path / "receipt.json", tmp_path / "opening.json"
    words = ("--beacon", "drand, round 7", "--label", "tabby", "--method", "sequential")
    run("prepare", "new", *words, "--decoys", "399", "--out", receipt)
    assert json.loads(receipt.read_text())["beacon"] == "drand, round 7"
    shown = json.loads(run("show", "new", "--json", passphrase=None))
    assert shown["plan"] == {
        "method": "sequential",
        "statistic": "log-odds",
        "level": 0.01,
        "picture_decoys": 99_999,
        "embedding_statistic": "embeddings",
    }
    assert (shown["decoys"], shown["beacon"]) == (399, None)
    with pytest.raises(VaultError, match="is called 'new'|in this vault already"):
        run("prepare", "new", "--beacon", "x")
    with Vault.open(filled, lambda: "hunter2") as vault:
        vault.merge([(vault.get("new").with_beacon(b"v" * 32), ())])
    run("open-commitment", "new", "--yes", "--out", opening)
    (tmp_path / "value").write_bytes(b"v" * 32)
    for value in (b"v".hex() * 32, tmp_path / "value"):
        checked = run("check-opening", receipt, opening, "--beacon", value, "--json")
        assert json.loads(checked)["beacon"] == "drand, round 7"
    with pytest.raises(ReceiptError, match="is not the one that you gave"):
        run("check-opening", receipt, opening, "--beacon", "00" * 32)


def test_a_receipt_without_a_beacon_says_what_it_leaves_open(filled: Path) -> None:
    result = CliRunner().invoke(app, ["receipt", "holiday"], env={"ISOTOPES_PASSPHRASE": "hunter2"})
    assert json.loads(result.stdout)["beacon"] is None
    assert "doesn't rule out that the key was chosen by trial" in result.stderr


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="there is no file .*nothing.json"):
        run("check-opening", tmp_path / "nothing.json", tmp_path / "nothing.json")


def test_a_new_passphrase_from_a_file(filled: Path, tmp_path: Path, isotope: Isotope) -> None:
    with pytest.raises(VaultError, match="no terminal to ask for the new passphrase on"):
        run("passphrase")
    (tmp_path / "new.txt").write_text("correct horse\nsecond line\n")
    run("passphrase", "--new-passphrase-file", tmp_path / "new.txt")
    with Vault.open(filled, lambda: "correct horse") as vault:
        assert vault.get("holiday") == isotope


def test_passphrases_that_are_missing_or_wrong(filled: Path, tmp_path: Path) -> None:
    words = ("open-commitment", "holiday", "--yes", "--out", tmp_path / "opening")
    with pytest.raises(VaultError, match="sealed, and there is no terminal to ask on") as caught:
        run(*words, passphrase=None)
    assert caught.value.hint == "set ISOTOPES_PASSPHRASE, or give --passphrase-file"
    with pytest.raises(WrongPassphrase):
        run(*words, passphrase="wrong")
    with pytest.raises(VaultError, match="the passphrase file .*gone can't be read"):
        run(*words, "--passphrase-file", tmp_path / "gone")
    assert not (tmp_path / "opening").exists()


def test_a_new_vault_is_sealed_with_what_is_given(
    place: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOTOPES_PASSPHRASE", "hunter2")
    with open_or_create_vault(str(place), None, declined=False) as vault:
        vault.add(make())
        assert vault.sealed
    with open_or_create_vault(str(place), None, declined=False) as vault:
        assert vault.get("holiday").name == "holiday"


@pytest.mark.parametrize("declined", [True, False])
def test_a_new_vault_without_a_passphrase_warns(
    place: Path, declined: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_or_create_vault(str(place), None, declined=declined) as vault:
        assert not vault.sealed
    told = capsys.readouterr()
    assert told.out == ""
    assert "warning: the keys in" in told.err
    assert "hint: `isotopes vault passphrase` seals them" in told.err


def test_declining_beats_the_environment(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOTOPES_PASSPHRASE", "hunter2")
    with open_or_create_vault(str(place), None, declined=True) as vault:
        assert not vault.sealed


def test_every_command_says_what_it_does() -> None:
    shown = run("--help")
    for command in (
        *("list", "show", "files", "rename", "backup", "restore", "export", "import"),
        *(
            "passphrase",
            "prepare",
            "receipt",
            "stamp",
            "check-stamp",
            "open-commitment",
            "check-opening",
        ),
    ):
        assert f"  {command} " in shown
        assert "Usage" in run(command, "--help")


def in_a_terminal(code: str, answers: list[tuple[str, str]]) -> str:
    """What a person sees who answers each prompt; the code runs on a terminal of its own."""
    spawn = "import pty, sys; pty.spawn([sys.executable, '-c', sys.argv[1]])"
    with subprocess.Popen(
        [sys.executable, "-c", spawn, code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        seen = ""
        for prompt, answer in answers:
            while prompt not in seen:
                piece = os.read(process.stdout.fileno(), 1000).decode()
                assert piece, seen
                seen += piece
            seen = ""
            process.stdin.write(f"{answer}\n".encode())
            process.stdin.flush()
        return seen + process.stdout.read().decode()


NEW = "from isotopes.cli.passphrase import new_passphrase as new; print('got', len(new(None)))"
FIRST, SECOND = "new passphrase for the vault", "the same again"


def test_a_new_passphrase_is_typed_twice_and_never_shown() -> None:
    seen = in_a_terminal(NEW, [(FIRST, "correct horse"), (SECOND, "correct horse")])
    assert "got 13" in seen
    assert "horse" not in seen


def test_two_that_differ() -> None:
    seen = in_a_terminal(NEW, [(FIRST, "correct horse"), (SECOND, "battery staple")])
    assert "the two passphrases differ" in seen
    assert "staple" not in seen


def test_a_list_for_people_has_headings(filled: Path) -> None:
    code = "from isotopes.cli.commands.vault import app; app(['list'])"
    seen = in_a_terminal(code, [])
    assert "name" in seen.splitlines()[0]
    assert "holiday" in seen.splitlines()[1]


def test_a_vault_that_another_process_made_first(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOTOPES_PASSPHRASE", "hunter2")
    Vault.create(place, lambda: "hunter2").close()
    answers = iter([False, True])
    monkeypatch.setattr(Vault, "exists", lambda _: next(answers))
    with open_or_create_vault(str(place), None, declined=False) as vault:
        assert vault.sealed
