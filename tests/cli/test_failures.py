"""However a command ends: one line, and no exit code of a verdict."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from isotopes.cli import terminal
from isotopes.cli.failures import INTERRUPTED, OUTPUT_CLOSED, UNFORESEEN, exit_code_of
from isotopes.cli.output.verdicts import EXIT_CODES
from isotopes.errors import IsotopesError, TargetUnreachable

EVIL = "bad\x1b[2Jname\nnot detected"


@pytest.fixture(autouse=True)
def log_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("platformdirs.user_log_path", lambda *_, **__: tmp_path / "log")
    return tmp_path / "log"


def failing(error: BaseException) -> Callable[[], int]:
    def command() -> int:
        raise error

    return command


def nested(depth: int = 0) -> int:
    return nested(depth + 1)


@pytest.mark.parametrize(
    "error",
    [
        TypeError("float() argument must be a string"),
        KeyError(EVIL),
        OSError(28, "No space left on device"),
        BrokenPipeError(32, "of a worker, not of our output"),
        EOFError(),
        MemoryError(),
        SystemExit(1),  # what a model's own code may do
        SystemExit(0),
        GeneratorExit(),
        ExceptionGroup("several", [ValueError("x")]),
        UnicodeEncodeError("ascii", "\udcff", 0, 1, "surrogates not allowed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_nobody_foresaw_is_one_line_and_a_file(
    error: BaseException, log_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(failing(error)) == UNFORESEEN
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.isprintable() or err[:-1].isprintable()
    assert err.startswith("error: ")
    (report,) = log_folder.iterdir()
    assert err.endswith(f"for a bug report: {report}\n")
    assert report.stat().st_mode & 0o777 == 0o600
    written = report.read_text("utf-8")
    assert "Traceback (most recent call last)" in written
    assert "in command" in written
    assert written.startswith("isotopes ")


def test_each_crash_has_a_report_of_its_own(
    log_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):  # most of them within one second
        assert exit_code_of(failing(KeyError("x"))) == UNFORESEEN
    reports = {str(path) for path in log_folder.iterdir()}
    assert len(reports) == 5
    told = capsys.readouterr().err.splitlines()
    assert {line.rpartition("for a bug report: ")[2] for line in told} == reports


def test_nothing_in_the_working_directory_is_imported(tmp_path: Path) -> None:
    for name in ("numpy", "typer", "click", "msgspec", "json"):
        (tmp_path / f"{name}.py").write_text("open('executed', 'w').close()")
    source = Path(terminal.__file__).parents[2]
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "isotopes", "mark", "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not (tmp_path / "executed").exists(), ran.stderr
    assert ran.stdout.startswith("Usage: isotopes mark ")


def test_a_report_holds_no_value_of_an_option(
    log_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "postgresql://me:s3cret@host/vault"  # noqa: S105 - made up
    words = ["isotopes", "check", "me", "--vault", secret, f"--target={secret}", "s3cret"]
    monkeypatch.setattr(sys, "argv", words)
    exit_code_of(failing(RuntimeError("x")))
    (report,) = log_folder.iterdir()
    assert "check --vault --target" in report.read_text("utf-8")
    assert "s3cret" not in report.read_text("utf-8")


def test_nesting_without_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(nested) == UNFORESEEN
    assert "nested too deeply" in capsys.readouterr().err


def test_no_folder_for_the_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("platformdirs.user_log_path", lambda *_, **__: tmp_path / "file" / "log")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "file"))
    assert exit_code_of(failing(RuntimeError("x"))) == UNFORESEEN
    assert "no folder can be written to" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            IsotopesError(EVIL, hint=EVIL),
            2,
            "error: bad\\x1b[2Jname\\nnot detected\nhint: bad\\x1b",
        ),
        (TargetUnreachable("no answer"), 4, "error: no answer\n"),
        (IsotopesError("x" * 10_000_000), 2, "error: xxx"),
        (KeyboardInterrupt(), INTERRUPTED, "interrupted; run the same command again to go on\n"),
        (terminal.OutputClosed(), OUTPUT_CLOSED, ""),
    ],
)
def test_what_is_foreseen_keeps_its_code(
    error: BaseException, code: int, said: str, log_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(failing(error)) == code
    err = capsys.readouterr().err
    assert err.startswith(said)
    assert len(err) < 5000
    assert not log_folder.exists()


def test_no_end_has_the_code_of_a_verdict() -> None:
    taken = {*EXIT_CODES.values(), IsotopesError.exit_code, TargetUnreachable.exit_code}
    assert taken == {0, 1, 2, 3, 4}
    assert not taken & {UNFORESEEN, INTERRUPTED, OUTPUT_CLOSED}


def test_what_libraries_print_by_themselves_is_escaped(capfd: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        warnings.warn(EVIL, UserWarning, stacklevel=1)
        logging.lastResort.handle(  # type: ignore[union-attr]
            logging.LogRecord("x", logging.WARNING, "x", 1, EVIL, (), None)
        )
        thread = threading.Thread(target=failing(ValueError(EVIL)))
        thread.start()
        thread.join()
        return 0

    kept = threading.excepthook
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert exit_code_of(command) == 0
    assert threading.excepthook is kept
    err = capfd.readouterr().err
    assert "\x1b" not in err
    assert err.count("\n") == 3
    assert all(line.startswith("warning: ") for line in err.splitlines())


def start(*words: str, **how: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "isotopes", *words]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **how)  # type: ignore[call-overload]


def test_a_reader_that_has_seen_enough() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with start("targets", stdout=writing) as process:
        os.close(writing)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (OUTPUT_CLOSED, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("words", [("targets",), ("targets", "--json"), ("--version",)])
def test_a_full_disk(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full, start(*words, stdout=full) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err == b"error: the output can't be written: No space left on device\n"


def test_a_terminal_that_holds_no_unicode(tmp_path: Path) -> None:
    (tmp_path / "Stra\u00dfe").mkdir()
    Image.new("RGB", (64, 64), (200, 30, 60)).save(tmp_path / "Stra\u00dfe" / "a.png")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    words = ("mark", "Stra\u00dfe", "--out", "out", "--dry-run")
    with start(*words, stdout=subprocess.PIPE, cwd=tmp_path, env=environment) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert out == b"would mark 1 of 1 pictures as Stra\\xdfe\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("frob",), "error: No such command 'frob'."),
        (("check", "x", "--frob"), "error: No such option: --frob"),
        (
            ("check", "x", "--probes", ".", "--budget", "lots"),
            "error: Invalid value for '--budget'",
        ),
        (("faces", "search", "x"), "error: Missing option '--engine'."),
        (("targets", f"--{EVIL}"), "error: No such option: --bad\\x1b[2Jname"),
        (("targets", EVIL), "error: No such command 'bad\\x1b[2Jname\\nnot detected'."),
        (("demo", EVIL), "error: Got unexpected extra argument(s) (bad\\x1b[2Jname"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    from isotopes.cli.main import main

    assert exit_code_of(lambda: main(words)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said)
    assert err.count("\n") == 2
    assert "hint: " in err
    assert "--help\n" in err


def test_a_command_alone_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    from isotopes.cli.main import main

    assert exit_code_of(lambda: main(())) == 2
    assert "Commands:\n  mark " in capsys.readouterr().err
