"""What the image would run, run here: its entry point and its health check, word by word."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import PostgresServer
from site_service import LINE, PASSPHRASE, Served

pytestmark = pytest.mark.timeout(240)
ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
PORT = re.compile(r"http://0\.0\.0\.0:(\d+)")


def words_of(instruction: str) -> list[str]:
    """The JSON list behind an instruction of the Dockerfile."""
    (found,) = re.findall(rf"^{instruction} (\[.*\])$", DOCKERFILE, re.MULTILINE)
    return [str(word) for word in json.loads(found)]


@pytest.fixture
def database() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = PostgresServer(Path(folder))
        yield server.new_database()
        server.stop()


def test_the_image_starts_marks_and_is_healthy(
    database: str, photos: list[bytes], tmp_path: Path
) -> None:
    for name, text in (("tokens", f"{LINE}\n"), ("passphrase", f"{PASSPHRASE}\n")):
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", *words_of("ENTRYPOINT")]
    command = [word.replace("/run/secrets", str(tmp_path)) for word in command]
    environment = {**os.environ, "ISOTOPES_VAULT": database}
    environment.pop("ISOTOPES_PASSPHRASE", None)
    process = subprocess.Popen(
        [*command, "--port", "0", "--workers", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    found = PORT.match(process.stdout.readline())
    assert found, process.communicate()[1]
    service = Served(process, int(found[1]), database)
    try:
        check = [word.replace("8000", found[1]) for word in words_of("HEALTHCHECK CMD")]
        subprocess.run([sys.executable, *check[1:]], check=True, timeout=30)
        assert service.mark("ann", photos[0])[0] == 200
    finally:
        service.close()


def test_the_image_gets_files_and_extras_that_are_there() -> None:
    (copied,) = re.findall(r"^COPY (.*) /src/$", DOCKERFILE, re.MULTILINE)
    assert all((ROOT / name).is_file() for name in copied.split())
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    (named,) = re.findall(r'"/src\[(.*?)\]"', DOCKERFILE)
    assert set(named.split(",")) <= extras.keys()
    assert words_of("ENTRYPOINT")[0] == "isotopes"
