"""Ctrl-C ends a check of a network that never ends: once is enough."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import hostile_networks as hostile
from checked_service import TERMS, set_up


def test_one_ctrl_c_ends_a_check_of_an_endless_network(tmp_path: Path) -> None:
    set_up(tmp_path)
    hostile.endless(tmp_path / "endless.onnx")
    command = ["check", "holiday", "--target", "endless.onnx", "--probes", "probes", *TERMS]
    environment = {**os.environ, "ISOTOPES_VAULT": str(tmp_path / "vault.sqlite")}
    with subprocess.Popen(
        [sys.executable, "-m", "isotopes", *command],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as check:
        assert check.stderr is not None
        told = ""
        while "at most" not in told:  # it is about to ask
            line = check.stderr.readline()
            assert line, told
            told += line
        time.sleep(1)
        assert check.poll() is None
        check.send_signal(signal.SIGINT)
        told += check.communicate(timeout=60)[1]
    assert check.returncode == 130
    assert "interrupted" in told
    assert "Traceback" not in told
