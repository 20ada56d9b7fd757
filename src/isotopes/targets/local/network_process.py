"""A stranger's network in a separate process that can be stopped at any time."""

from __future__ import annotations

import json
import mmap
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import AskingCancelled, TargetUnusable
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.local import network_worker
from isotopes.targets.local.tensors import Output, Tensor

_SHARED_MEMORY = Path("/dev/shm")  # files here never reach a disk
_LOOK = 0.2  # seconds between two checks whether anybody still waits
_GRACE = 2.0  # seconds that a cancelled run may take to end by itself
_DAMAGED = (
    "it may be damaged, or need another version of what runs it: compare its checksum with that"
    " where it came from"
)
# What the worker needs to start. Credentials are not passed on.
_ENVIRONMENT = (
    "CUDA_VISIBLE_DEVICES",
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "PATH",
    "PYTHONHOME",
    "PYTHONPATH",
    "SYSTEMROOT",
    "TEMP",
    "TMPDIR",
    "VIRTUAL_ENV",
)


@dataclass(frozen=True)
class NetworkLimits:
    """What a network may use.

    Attributes:
        seconds: to load, and for each batch.
        memory: bytes beyond the network's files and what the runtime takes; at most three quarters
            of this machine's. Enforced on Linux; on a GPU, of its memory.
    """

    seconds: float = 600.0
    memory: int = 8 * 2**30


class NetworkProcess:
    """One network, loaded. Threads may share it; each gets its own slot.

    Attributes:
        inputs, outputs, on_gpu: what the network declares, and whether it runs on a GPU.
        metadata: texts that its author stored with it.
    """

    def __init__(
        self, model: Path, size: int, limits: NetworkLimits, runtime: str = "onnxruntime"
    ) -> None:
        """Start the process and load `model`, whose files have `size` bytes.

        Args:
            runtime: what runs it; `network_worker.RUNTIMES` lists them.

        Raises:
            TargetUnusable: it can't be loaded within the limits.
        """
        self._model, self._limits = model, limits
        shared = _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None
        self._folder = Path(tempfile.mkdtemp(prefix="isotopes-", dir=shared))
        self._address = _address(self._folder)
        self._key = secrets.token_bytes(32)
        self._process = _start(self._address, self._key)
        self._finalizer = weakref.finalize(self, _end, self._process, self._folder)
        try:
            control = self._connect()
            memory = min(limits.memory + 2 * size, _machine_memory() * 3 // 4)
            order = {"model": str(model.absolute()), "memory": memory, "runtime": runtime}
            control.send_bytes(json.dumps(order).encode())
            about = self._receive(control, OPEN)
        except BaseException:
            self.close()
            raise
        if "error" in about:
            self.close()
            reason = _first_line(about["error"])
            raise TargetUnusable(
                f"{model} can't be loaded as a network: {reason}",
                hint=about["advice"] or _DAMAGED,
            )
        self._control = control
        self.inputs = tuple(_tensor(one) for one in about["inputs"])
        self.outputs = tuple(_tensor(one) for one in about["outputs"])
        self.on_gpu: bool = about["on_gpu"]
        self.metadata: Mapping[str, str] = about["metadata"]

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._finalizer.alive and self._process.poll() is None

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._finalizer()

    def open_slot(self, shape: tuple[int, ...], dtype: str, source: str, result: str) -> Slot:
        """A place for batches: input `source` of this shape and type, output `result`."""
        number = secrets.token_hex(4)
        path = self._folder / f"room-{number}"
        size = max(1, int(np.prod(shape)) * np.dtype(dtype).itemsize)
        with path.open("w+b") as file:
            file.truncate(size)
            memory = mmap.mmap(file.fileno(), size)
        connection = self._connect()
        about = {
            "room": str(path),
            "shape": shape,
            "dtype": dtype,
            "input": source,
            "output": result,
        }
        connection.send_bytes(json.dumps(about).encode())
        self._await(connection, OPEN)
        connection.recv_bytes()
        path.unlink()
        room = np.frombuffer(memory, dtype)[: int(np.prod(shape))].reshape(shape)
        return Slot(self, connection, room)

    def run(self, connection: Any, count: int, gate: Gate) -> Output:
        """The output for the first `count` rows of a slot's room."""
        try:
            connection.send_bytes(count.to_bytes(8, "big"))
            header = self._receive(connection, gate)
            data = connection.recv_bytes()
        except (EOFError, OSError):
            raise self._died() from None
        except BaseException:
            self.close()  # nobody knows when it would answer
            raise
        if "error" in header:
            raise TargetUnusable(
                f"{self._model} can't be run on these pictures: {_first_line(header['error'])}",
                hint="compare size and layout in its description with the network",
            )
        values = np.frombuffer(data, header["dtype"]).reshape(header["shape"])
        keys = header["keys"]
        return Output(values, None if keys is None else tuple(keys))

    def _connect(self) -> Any:
        try:
            return Client(self._address, authkey=self._key)
        except (OSError, EOFError, AuthenticationError):
            raise self._died() from None

    def _receive(self, connection: Any, gate: Gate) -> Any:
        self._await(connection, gate)
        try:
            return json.loads(connection.recv_bytes())
        except (EOFError, OSError):
            raise self._died() from None

    def _await(self, connection: Any, gate: Gate) -> None:
        """Return when there is something to receive."""
        give_up = time.monotonic() + self._limits.seconds
        cancelled: AskingCancelled | None = None
        while not connection.poll(_LOOK):
            if cancelled is None:
                try:
                    gate.check()
                except AskingCancelled as error:
                    cancelled, give_up = error, min(give_up, time.monotonic() + _GRACE)
            if time.monotonic() > give_up:
                self.close()
                raise cancelled or TargetUnusable(
                    f"{self._model} took more than {self._limits.seconds:g} s and was stopped",
                    hint="it may be a network that never ends",
                )

    def _died(self) -> TargetUnusable:
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            code = None
        self.close()
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return TargetUnusable(
            f"{self._model} crashed the process that ran it ({how})",
            hint="it is damaged, or needs more memory than it may have",
        )


class Slot:
    """Shared memory in which one thread at a time puts a batch and gets the output.

    Attributes:
        room: write the pictures here; the process reads the same memory.
    """

    def __init__(self, process: NetworkProcess, connection: Any, room: NDArray[Any]) -> None:
        self._process, self._connection, self.room = process, connection, room

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.alive

    def run(self, count: int, gate: Gate = OPEN) -> Output:
        """The output for the first `count` rows of the room.

        Raises:
            TargetUnusable: the network failed, crashed or took too long.
            AskingCancelled: nobody wants the output any more; the process was stopped.
        """
        return self._process.run(self._connection, count, gate)


def _start(address: str, key: bytes) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-P", str(network_worker.__file__), address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(key.hex().encode() + b"\n")
        process.stdin.flush()
    except OSError:
        pass  # it ended at once, as the next line shows
    if not process.stdout.readline():
        process.kill()
        process.communicate()
        raise TargetUnusable(
            "the process that runs networks did not start",
            hint="check the installation: python -c 'import numpy, onnxruntime'",
        )
    return process


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.kill()
    process.communicate()
    shutil.rmtree(folder, ignore_errors=True)


def _address(folder: Path) -> str:
    if os.name == "nt":
        return rf"\\.\pipe\{folder.name}"
    return str(folder / "socket")


def _machine_memory() -> int:
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return 2**34


def _tensor(about: Mapping[str, Any]) -> Tensor:
    steps = about["steps"]
    return Tensor(
        about["name"], about["type"], tuple(about["shape"]), None if steps is None else tuple(steps)
    )


def _first_line(reason: str) -> str:
    return f"{reason.strip().partition(chr(10))[0]:.300}"
