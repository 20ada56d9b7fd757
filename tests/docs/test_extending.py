"""The worked examples of docs/extending.md run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"
TREES = ("ash", "beech", "oak")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def write_leaves(folder: Path) -> None:
    rng = np.random.default_rng(0)
    for number, tree in enumerate(TREES):
        for split, count in (("train", 20), ("test", 8)):
            (folder / split / tree).mkdir(parents=True)
            for place in range(count):
                pixels = rng.integers(0, 150, (16, 16, 3), dtype=np.uint8)
                pixels[..., number] += 100
                Image.fromarray(pixels).save(folder / split / tree / f"{place}.png")


def test_the_example_runs_from_its_file(tmp_path: Path) -> None:
    code = blocks("python")[-1]
    (tmp_path / "leaves.py").write_text(code, encoding="utf-8")
    write_leaves(tmp_path / "data" / "leaves")
    environment = os.environ | {"ISOTOPES_LAB_CACHE": str(tmp_path / "cache")}
    session = blocks("console")[-1]
    for line in session.splitlines():
        command = line.removeprefix("$ isotopes ").split()
        subprocess.run(
            [sys.executable, "-m", "isotopes", *command],
            cwd=tmp_path,
            env=environment,
            check=True,
            capture_output=True,
        )
    rows = pq.read_table(tmp_path / "lab-results" / "how-many-desk.parquet").to_pylist()
    assert {(row["seed"], row["share"]) for row in rows} == {
        (seed, share) for seed in range(2) for share in (0.2, 0.6)
    }
    assert all(row["innocent_accuracy"] > 0.8 for row in rows)  # the network of the file learns
    page = (tmp_path / "pages" / "how-many-desk.md").read_text()
    assert "detection against the share" in page
    assert "`isotopes lab run leaves.py --scale desk`" in page


CHECKS = (
    """
import sys; sys.path.insert(0, TESTS)
from test_marks import fingerprint
from isotopes.marks import get_family
mark = get_family("stripes").draw(bytes(range(32)), 0)
for height, width in ((32, 32), (224, 224), (90, 301)):
    print(fingerprint(mark, height, width))
""",
    """
from isotopes.targets import open_target
print(open_target("cats:http://model.cats.example/").name)
""",
    """
from isotopes.verify import get_method
print(get_method("median-rank").test_scores(3.0, [0.0] * 99, 0.01, {}).pvalue)
""",
)


def test_a_family_a_target_and_a_test_work_as_printed() -> None:
    golden = re.findall(r'"stripes", 1, \d+, \d+\): "(\w+)"', PAGE.read_text(encoding="utf-8"))
    assert len(golden) == 3
    printed = ("\n".join(golden), "cats.example, http://model.cats.example/", "0.01")
    for code, check, expected in zip(blocks("python"), CHECKS, printed, strict=False):
        script = f"TESTS = {str(PAGE.parents[1] / 'tests' / 'marks')!r}\n{check}"
        done = subprocess.run(
            [sys.executable, "-c", code + script], check=True, capture_output=True, text=True
        )
        assert done.stdout.strip() == expected
