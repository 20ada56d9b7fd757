"""A stranger's network crashes, eats or waits in a process of its own, and hurts nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hostile_networks as hostile
import numpy as np
import pytest
from eventually import wait_until_gone
from onnx import TensorProto, helper
from tiny_network import INPUT, LABELS, expected, pictures, write_network

from isotopes.errors import AnswerError, AskingCancelled, TargetError, TargetUnusable
from isotopes.targets.asking.concurrent import ask_all
from isotopes.targets.gate import OPEN, CancellableGate
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.local.description import Description
from isotopes.targets.local.network_process import NetworkLimits

QUICK = NetworkLimits(seconds=3.0, memory=2**30)
LONG = 60.0  # seconds: a test that waits it out fails


def child_of(target: OnnxTarget) -> int:
    assert target._process is not None
    return target._process._process.pid


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_a_network_that_never_ends_is_stopped(tmp_path: Path) -> None:
    target = OnnxTarget(hostile.endless(tmp_path / "m.onnx"), limits=QUICK)
    child = child_of(target)
    with pytest.raises(TargetUnusable, match="took more than 3 s and was stopped"):
        target.ask(pictures(2))
    assert is_gone(child)


def test_a_network_that_never_ends_loading_is_stopped(tmp_path: Path) -> None:
    path = hostile.endless(tmp_path / "m.onnx", at_loading=True)
    try:  # a runtime that doesn't evaluate loops beforehand loads it, and never answers
        target = OnnxTarget(path, limits=QUICK)
    except TargetUnusable as error:
        assert "took more than 3 s" in str(error)  # noqa: PT017 - either is right
        return
    with pytest.raises(TargetUnusable, match="took more than 3 s and was stopped"):
        target.ask(pictures(1))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux")
@pytest.mark.parametrize("at_loading", [False, True])
def test_a_network_that_fills_the_memory_fails_alone(tmp_path: Path, at_loading: bool) -> None:
    path = hostile.hungry(tmp_path / "m.onnx", at_loading=at_loading)
    with pytest.raises(TargetUnusable, match="can't be") as caught:
        OnnxTarget(path, limits=QUICK).ask(pictures(2))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_cancelling_stops_it_soon(tmp_path: Path) -> None:
    target = OnnxTarget(hostile.endless(tmp_path / "m.onnx"))
    child, gate = child_of(target), CancellableGate(OPEN)
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(target.ask, pictures(1), gate)
        time.sleep(0.3)
        start = time.monotonic()
        gate.cancel(KeyboardInterrupt())
        with pytest.raises(AskingCancelled):
            asked.result(LONG)
    assert time.monotonic() - start < 10
    assert is_gone(child)


def test_an_answer_that_is_nearly_there_is_awaited_when_a_run_is_cancelled(tmp_path: Path) -> None:
    target = OnnxTarget(write_network(tmp_path / "m.onnx"))
    gate = CancellableGate(OPEN)
    gate.cancel(KeyboardInterrupt())
    np.testing.assert_allclose(
        target.ask(pictures(2), gate).values, expected(pictures(2)), atol=1e-6
    )


def test_a_crash_is_an_error_and_the_next_question_starts_anew(tmp_path: Path) -> None:
    target = OnnxTarget(hostile.endless(tmp_path / "m.onnx"))
    child = child_of(target)
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(target.ask, pictures(1))
        time.sleep(0.3)
        os.kill(child, signal.SIGSEGV)
        with pytest.raises(TargetUnusable, match=r"crashed the process that ran it \(signal 11\)"):
            asked.result(LONG)
    plain = OnnxTarget(write_network(tmp_path / "plain.onnx"))
    plain.ask(pictures(1))
    os.kill(child_of(plain), signal.SIGKILL)
    assert plain._process is not None
    plain._process._process.wait(20)
    np.testing.assert_allclose(plain.ask(pictures(3)).values, expected(pictures(3)), atol=1e-6)


def test_the_process_ends_with_the_target_and_leaves_nothing(tmp_path: Path) -> None:
    target = OnnxTarget(write_network(tmp_path / "m.onnx"))
    target.ask(pictures(1))
    process = target._process
    assert process is not None
    child, folder = child_of(target), process._folder
    assert folder.is_dir()
    target.close()
    target.close()
    assert is_gone(child)
    assert not folder.exists()
    np.testing.assert_allclose(target.ask(pictures(1)).values, expected(pictures(1)), atol=1e-6)
    child = child_of(target)
    del target, process
    wait_until_gone(child)


PARENT = """
import sys
from pathlib import Path
from isotopes.targets.kinds.onnx import OnnxTarget
target = OnnxTarget(Path(sys.argv[1]))
print(target._process._process.pid, target._process._folder, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_process_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    path = hostile.endless(tmp_path / "m.onnx")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child, folder = parent.stdout.readline().split()
    parent.kill()
    parent.communicate()
    wait_until_gone(int(child))
    assert not Path(folder).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_process_is_given_no_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_SERVICE_TOKEN", "sk-very-secret")
    monkeypatch.setenv("ISOTOPES_PASSPHRASE", "very secret")
    target = OnnxTarget(write_network(tmp_path / "m.onnx"))
    environment = Path(f"/proc/{child_of(target)}/environ").read_bytes()
    arguments = Path(f"/proc/{child_of(target)}/cmdline").read_bytes()
    assert b"very" not in environment + arguments
    assert target._process is not None
    assert target._process._key.hex().encode() not in environment + arguments


def test_a_module_beside_the_network_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = tmp_path / "trace"
    for name in ("numpy", "onnxruntime", "json", "mmap"):
        (tmp_path / f"{name}.py").write_text(f"open({str(trace)!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    OnnxTarget(write_network(tmp_path / "m.onnx")).ask(pictures(1))
    assert not trace.exists()


@pytest.mark.parametrize(
    ("keys", "labels"),
    [
        (range(5), LABELS),
        (LABELS, LABELS),
        (tuple(reversed(LABELS)), tuple(reversed(LABELS))),
    ],
)
def test_maps_are_read_by_their_names(
    tmp_path: Path, keys: tuple[str, ...] | range, labels: tuple[str, ...]
) -> None:
    target = OnnxTarget(hostile.zip_map(tmp_path / "m.onnx", list(keys), labels))
    scores = target.ask(pictures(3))
    assert scores.labels == labels
    np.testing.assert_allclose(scores.values, expected(pictures(3)), atol=1e-6)


def test_maps_in_another_order_than_the_labels_are_sorted(tmp_path: Path) -> None:
    target = OnnxTarget(hostile.zip_map(tmp_path / "m.onnx", LABELS[::-1], LABELS))
    scores = target.ask(pictures(3))
    assert scores.labels == LABELS
    np.testing.assert_allclose(scores.values, expected(pictures(3))[:, ::-1], atol=1e-6)


def test_maps_of_other_labels_are_refused(tmp_path: Path) -> None:
    path = hostile.zip_map(tmp_path / "m.onnx", ["v", "w", "x", "y", "z"], LABELS)
    with pytest.raises(AnswerError, match="names its scores v, w, x, y, z, but its description"):
        OnnxTarget(path).ask(pictures(1))


ODD = {
    "a scalar": (
        [helper.make_node("ReduceMax", ["logits"], ["odd"], keepdims=0)],
        TensorProto.FLOAT,
        r"must answer each of 2 pictures, got output of shape \(\)",
    ),
    "one number a picture": (
        [helper.make_node("ReduceMax", ["logits"], ["odd"], axes=[1], keepdims=0)],
        TensorProto.FLOAT,
        r"one score for each picture and label, got shape \(2,\)",
    ),
    "too few rows": (
        [helper.make_node("ReduceMax", ["logits"], ["odd"], axes=[0], keepdims=1)],
        TensorProto.FLOAT,
        r"must answer each of 2 pictures, got output of shape \(1, 5\)",
    ),
    "texts": (
        [
            helper.make_node("Cast", ["logits"], ["odd"], to=TensorProto.STRING),
        ],
        TensorProto.STRING,
        "it holds object and not numbers|it holds <U",
    ),
    "a sequence of arrays": (
        [helper.make_node("SequenceConstruct", ["logits", "logits"], ["odd"])],
        helper.make_value_info(
            "odd",
            helper.make_sequence_type_proto(
                helper.make_tensor_type_proto(TensorProto.FLOAT, ["n", 5])
            ),
        ),
        "it is a sequence, but not of maps from label to score",
    ),
    "truth values": (
        [
            helper.make_node("Greater", ["logits", "logits"], ["odd"]),
        ],
        TensorProto.BOOL,
        None,
    ),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_outputs_are_one_clear_error(tmp_path: Path, odd: str) -> None:
    nodes, kind, message = ODD[odd]
    target = OnnxTarget(hostile.with_output(tmp_path / "m.onnx", nodes, kind))
    if message is None:
        assert target.ask(pictures(2)).values.shape == (2, 5)
        return
    with pytest.raises(TargetError, match=message) as caught:
        target.ask(pictures(2))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("batch", [100_000_000, 10**15, 0])
def test_a_batch_that_no_memory_holds_is_refused_before_it_is_made(
    tmp_path: Path, batch: int
) -> None:
    path = hostile.declaring(tmp_path / "m.onnx", [batch, 3, 6, 8], Description(LABELS, INPUT))
    with pytest.raises(TargetUnusable, match="must hold 1 to 1024 MiB of pictures at a time"):
        OnnxTarget(path)


def test_any_number_of_threads_and_pictures_may_ask(tmp_path: Path) -> None:
    target = OnnxTarget(write_network(tmp_path / "m.onnx"))
    some = pictures(100)
    np.testing.assert_allclose(target.ask(some).values, expected(some), atol=1e-6)
    with ThreadPoolExecutor(8) as threads:
        rows = list(threads.map(lambda one: target.ask([one]).values[0], some))
    np.testing.assert_allclose(rows, expected(some), atol=1e-6)
    batches = [some[start : start + 7] for start in range(0, 100, 7)]
    np.testing.assert_allclose(ask_all(target, batches).values, expected(some), atol=1e-6)
