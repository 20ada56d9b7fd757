"""What is wrong with a network's file is told: which file it is, why, and what to do."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hostile_networks import layer, write
from network_formats import WRITERS, write_safetensors
from onnx import numpy_helper
from tiny_network import weights, write_network

from isotopes.errors import TargetUnusable
from isotopes.targets import open_target
from isotopes.targets.describing import describe_file
from isotopes.targets.local.files import whole

TEXT = b"Not found: the file you asked for has moved.\n"
FORMATS: dict[str, Callable[[Path], Path]] = {**WRITERS, "m.safetensors": write_safetensors}
# The files that each consists of, and how it is checked. What is given as a fraction is cut there.
FILES = {
    "m.onnx": ["m.onnx"],
    "m.tflite": ["m.tflite"],
    "m.xml": ["m.xml", "m.bin"],
    "m.keras": ["m.keras"],
    "m.h5": ["m.h5"],
    "saved": ["saved/saved_model.pb", "saved/variables/variables.index"],
    "m.safetensors": ["m.safetensors"],
}
PAIRS = [(name, file) for name, files in FILES.items() for file in files]
# Words of libraries, which say nothing to who downloaded a file.
FOREIGN = re.compile(
    r"mmap|errno|traceback|exception|proto|flatbuffer|wire type|offset|eof|onnxruntime|frontend"
    r"|zip file|h5py|synchronously|deserializ|expat|header[A-Z]",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network in each format."""
    folder = tmp_path_factory.mktemp("networks")
    for name, write_one in FORMATS.items():
        (folder / name.replace(".", "_")).mkdir()
        write_one(folder / name.replace(".", "_") / name)
    return folder


@pytest.fixture
def place(written: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of one of them, to be damaged."""

    def copy(name: str) -> Path:
        shutil.copytree(written / name.replace(".", "_"), tmp_path / "copy")
        return tmp_path / "copy" / name

    return copy


def openers(path: Path) -> Iterator[Callable[[], object]]:
    """What a person may do with such a file."""
    yield lambda: describe_file(path)
    spec = f"{path}?architecture=tiny_program:build" if path.suffix == ".safetensors" else str(path)
    yield lambda: open_target(spec)


def told(path: Path, file: Path, *words: str) -> None:
    """Both ways end in the same error, which names the file and is in these words."""
    messages = set()
    for do in openers(path):
        with pytest.raises(TargetUnusable) as caught:
            do()
        assert caught.value.exit_code == 2
        assert caught.value.hint
        messages.add(str(caught.value))
    (message,) = messages
    assert message.startswith(str(file))
    assert any(word in message for word in words), message
    assert not FOREIGN.search(message.replace(str(path.parent), "")), message


CUT = ("is cut short or damaged: ", "is damaged, or no ")


@pytest.mark.parametrize("share", [0.001, 0.03, 0.5, 0.97, 0.9999])
@pytest.mark.parametrize(("name", "part"), PAIRS)
def test_a_file_that_is_cut_short(
    name: str, part: str, share: float, place: Callable[[str], Path]
) -> None:
    path = place(name)
    file = path.parent / part
    content = file.read_bytes().rstrip() if part == "m.xml" else file.read_bytes()
    file.write_bytes(content[: max(1, min(int(share * len(content)), len(content) - 1))])
    if (
        name == "m.tflite" and share > 0.01
    ):  # LiteRT itself verifies that, which takes half a second
        if share == 0.5:
            told(path, file, "it is cut short or damaged: ")
        return
    told(path, file, *CUT)


@pytest.mark.parametrize("cut", [2, 3])
def test_a_frozen_graph_that_is_cut_short(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "m.pb"
    path.write_bytes((b"\x0a\x04node" * 50)[:-cut])  # a graph is a message for each node
    told(path, path, *CUT)


@pytest.mark.parametrize(("name", "part"), PAIRS)
def test_an_empty_file_a_text_and_zeros(name: str, part: str, place: Callable[[str], Path]) -> None:
    path = place(name)
    file = path.parent / part
    file.write_bytes(b"")
    told(path, file, " is an empty file")
    file.write_bytes(TEXT)
    told(path, file, *CUT)
    if part != "m.bin":  # whose zeros are as good as other numbers
        file.write_bytes(bytes(20_000))
        told(path, file, *CUT)


@pytest.mark.parametrize("name", FILES)
def test_another_format_under_that_name(name: str, place: Callable[[str], Path]) -> None:
    path = place(name)
    file = path.parent / FILES[name][0]
    for other in ("m.onnx", "m.h5"):
        if name not in {other, "m.keras"}:
            FORMATS[other](path.parent / f"other{Path(other).suffix}").replace(file)
            words = {"m.onnx": "an ONNX network", "m.h5": "an HDF5 file, Keras's older format"}
            told(path, file, f", but looks like {words[other]}")
    file.write_bytes(b"<!doctype html><title>404</title>")
    told(path, file, ", but looks like a web page")


@pytest.mark.parametrize("name", sorted(FILES.keys() - {"saved"}))
def test_a_folder_and_nothing_under_that_name(name: str, place: Callable[[str], Path]) -> None:
    path = place(name)
    path.unlink()
    with pytest.raises(TargetUnusable, match="there is no"):
        describe_file(path)
    path.mkdir()
    told(path, path, "is a folder, not a file")


CHECKS = {
    "m.onnx": whole.check_onnx,
    "m.xml": whole.check_openvino,
    "m.keras": whole.check_keras,
    "m.h5": whole.check_hdf5,
    "saved": whole.check_tensorflow,
    "m.safetensors": whole.check_safetensors,
}


@pytest.mark.parametrize("name", CHECKS)
def test_no_beginning_of_a_file_passes_for_the_file(
    name: str, place: Callable[[str], Path]
) -> None:
    path = place(name)
    file = path.parent / FILES[name][0]
    content = file.read_bytes().rstrip() if name == "m.xml" else file.read_bytes()
    step = 1 + len(content) // 400
    for length in {*range(1, len(content), step), *range(len(content) - 20, len(content))}:
        file.write_bytes(content[:length])
        with pytest.raises(ValueError):  # noqa: PT011 - in words of many kinds
            CHECKS[name](file)
    file.write_bytes(content)
    CHECKS[name](file)


@pytest.mark.parametrize("name", CHECKS)
def test_odd_bytes_raise_nothing_else(name: str, place: Callable[[str], Path]) -> None:
    path = place(name)
    file = path.parent / FILES[name][0]
    content, rng = file.read_bytes(), np.random.default_rng(5)
    for _ in range(150):
        odd = np.frombuffer(content, np.uint8).copy()
        places = rng.integers(0, min(len(odd), 500), rng.integers(1, 6))
        odd[places] = rng.integers(0, 256, len(places))
        file.write_bytes(odd.tobytes())
        try:
            CHECKS[name](file)
        except ValueError as error:
            assert not FOREIGN.search(str(error)), error


def test_weights_in_a_file_of_their_own(tmp_path: Path) -> None:
    path, file = tmp_path / "m.onnx", tmp_path / "weights.bin"
    write(path, layer(), save_as_external_data=True, location=file.name, size_threshold=0)
    content = numpy_helper.from_array(weights(), "weights").raw_data
    file.write_bytes(content)
    open_target(str(path)).close()
    file.write_bytes(content[:-1])
    told(path, file, "is cut short or damaged: m.onnx needs 2,880 bytes of it, not 2,879")
    file.write_bytes(b"")
    told(path, file, "is an empty file: m.onnx needs")
    file.unlink()
    told(path, file, "is missing: m.onnx needs it")


def test_what_is_whole_and_can_not_be_run_is_told_in_the_library_s_words(tmp_path: Path) -> None:
    path = write_network(tmp_path / "m.onnx")
    content = path.read_bytes()
    assert content.count(b"ReduceMean") or content.count(b"MatMul")
    path.write_bytes(content.replace(b"MatMul", b"NoSuch"))
    with pytest.raises(TargetUnusable, match="can't be loaded as a network: .*NoSuch") as caught:
        describe_file(path)
    assert caught.value.hint


def test_a_saved_model_that_has_no_variables_needs_none(tmp_path: Path) -> None:
    """TensorFlow leaves an empty folder for them."""
    folder = FORMATS["saved"](tmp_path / "saved")
    variables = folder / "variables"
    index = (variables / "variables.index").read_bytes()
    for file in variables.iterdir():
        file.unlink()
    whole.check_tensorflow(folder / "saved_model.pb")
    (variables / "variables.index").write_bytes(index)
    with pytest.raises(whole.OtherFileWrong, match="is missing: saved_model.pb needs it") as caught:
        whole.check_tensorflow(folder / "saved_model.pb")
    assert caught.value.path.name == "variables.data-00000-of-00001"


def test_the_command_line_says_it_in_two_lines(tmp_path: Path) -> None:
    path = write_network(tmp_path / "m.onnx")
    path.write_bytes(path.read_bytes()[:-1])
    command = [sys.executable, "-m", "isotopes", "targets", "describe", str(path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (2, "")
    error, hint = found.stderr.splitlines()
    assert error.startswith(f"error: {path} is cut short or damaged: ")
    assert hint.startswith("hint: compare its length and checksum")
