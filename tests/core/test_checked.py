"""What is read from files by many threads at once."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "isotopes"
# Threads take turns all the time, and each class is new to all of them.
THREADS = """
import sys, threading
from dataclasses import make_dataclass

from isotopes.checked import Text, convert

FIELDS = {f"field {number}".replace(" ", "_"): "x" for number in range(8)}
sys.setswitchinterval(1e-6)
restored = []

def restore():
    gate.wait()
    restored.append(convert(FIELDS, kind))

for number in range(200):
    kind = make_dataclass(f"Kind{number}", [(name, Text) for name in FIELDS])
    gate = threading.Barrier(8)
    threads = [threading.Thread(target=restore) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(len(restored), all(vars(one) == FIELDS for one in restored))
"""


def test_a_class_that_many_threads_meet_at_once_does_not_end_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", THREADS], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1600 True\n", "")


def test_nobody_else_calls_msgspec_to_convert() -> None:
    callers = {
        path.name
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and (ast.unparse(node.value), node.attr) == ("msgspec", "convert")
    }
    assert callers == {"checked.py"}
