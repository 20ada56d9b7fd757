"""A dropped file may have any name: it becomes one that every file system takes, in its folder."""

from __future__ import annotations

from pathlib import PureWindowsPath

import pytest

from isotopes.app.pages.networks import _harmless


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("cats-v2.1.onnx", "cats-v2.1"),
        ("../../etc/passwd.onnx", "passwd"),
        ("..\\..\\boot.onnx", "boot"),
        ("a\0b.onnx", "a_b"),
        ("\u202exnno.gpj.onnx", "xnno.gpj"),
        ("CON.onnx", "model_CON"),
        ("lpt1.x.onnx", "model_lpt1.x"),
        ("...onnx", "model"),
        ("", "model"),
        ("a" * 300 + ".onnx", "a" * 80),
        ("\U00020000" * 300 + ".onnx", "\U00020000" * 20),
        ("é" * 79 + "e.onnx", "é" * 40),
    ],
)
def test_it_is_harmless(name: str, kept: str) -> None:
    found = _harmless(name)
    assert found == kept
    assert len(f"{found}.onnx".encode()) < 255
    assert PureWindowsPath(found).name == found
