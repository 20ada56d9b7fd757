"""`isotopes mark` on shards, as a person runs it: killed, resumed, on a bucket, for many users."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
from command_line import Done, isotopes
from inline_executor import InlineExecutor
from s3_server import environment, failing_proxy, make_bucket, s3_server
from shard_files import hashes, sample, write_tar

from isotopes.cli.options.shards import ShardOptions
from isotopes.engines import open_engine
from isotopes.errors import FolderError, VaultError, VaultUnreachable
from isotopes.marks import get_family
from isotopes.photos.credential import Credential
from isotopes.shards.stores import open_store
from isotopes.vault import Vault
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows import sharding
from isotopes.workflows.marking import MarkRequest
from isotopes.workflows.sharding import ShardRequest, find, mark_collection

SHARDS, SAMPLES = 4, 8


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ISOTOPES_VAULT", str(tmp_path / "vault.sqlite"))
    for shard in range(SHARDS):
        first = shard * SAMPLES
        members = [
            one for seed in range(first, first + SAMPLES) for one in sample(seed, f"u{seed % 5}")
        ]
        write_tar(tmp_path / "in" / f"{shard:05}.tar", members)
    return tmp_path


def run(*words: object) -> Done:
    return isotopes(*(str(word) for word in words))


def start(*words: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "isotopes", *(str(word) for word in words)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_killed_at_random_the_same_command_goes_on(folder: Path) -> None:
    """bench/scale/kills.py does the same many times."""
    rng = random.Random(0)
    assert (
        run("mark", folder / "in", "--out", folder / "a", "--name", "all", "--workers", 1).code == 0
    )
    again = ("mark", folder / "in", "--out", folder / "b", "--add-to", "all", "--workers", 2)
    for _ in range(2):
        process = start(*again)
        begun = time.monotonic()
        while process.poll() is None and not list(folder.glob("b/*.tar")):
            assert time.monotonic() - begun < 60
            time.sleep(0.02)
        time.sleep(rng.uniform(0, 0.3))
        process.kill()
        process.wait()
    assert run(*again).code == 0
    assert hashes(folder / "a") == hashes(folder / "b")
    ledgers = [
        {path.name: path.read_bytes() for path in one.glob("ledger/*")}
        for one in sorted((folder / "ledgers").iterdir())
    ]
    assert ledgers[0] == ledgers[1]
    assert len(ledgers[0]) == SHARDS


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="needs kill -9")
def test_ctrl_c_ends_it_without_a_word_of_python(folder: Path) -> None:
    command = ("mark", folder / "in", "--out", folder / "b", "--workers", 2)
    process = subprocess.Popen(
        [sys.executable, "-m", "isotopes", *map(str, command)],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not list(folder.glob("b/*.tar")) and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
    told = process.communicate(timeout=60)[1].decode()
    assert "Traceback" not in told
    assert run(*command).code == 0


def test_from_a_bucket_into_a_bucket_that_throttles(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("moto")
    with (
        s3_server() as port,
        failing_proxy(port, ["", "", "503", "", "", "", "500", "", "cut"]) as proxy,
    ):
        for name, value in environment(proxy).items():
            monkeypatch.setenv(name, value)
        for bucket in ("originals", "published", "own"):
            make_bucket(port, bucket)
        originals = open_store("s3://originals/set")
        for path in (folder / "in").iterdir():
            originals.upload(path.name, path)
        places = ("--out", "s3://published/set", "--private", "s3://own/ledger")
        source = "s3://originals/set/{00000..00002}.tar"
        done = run("mark", source, *places, "--name", "all", "--workers", 1)
        assert f"3 shard(s), {3 * SAMPLES} pictures" in done.out
        assert run("mark", source, "--out", folder / "b", "--add-to", "all").code == 0
        published = open_store("s3://published/set")
        here = hashes(folder / "b")
        assert sorted(item.name for item in published.items()) == sorted(here)
        for name in ("00000.tar", "00002.tar"):
            assert published.read(name) == (folder / "b" / name).read_bytes()
        assert {item.name for item in open_store("s3://own/ledger").items()} == {
            "job.json",
            *(f"ledger/{shard:05}.tar.parquet" for shard in range(3)),
        }


def test_an_isotope_for_each_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = count(1)
    look = Vault.names_among

    def away_for_a_while(vault: Vault, names: list[str]) -> set[str]:
        if next(calls) in (1, 3, 4, 7):  # first for the isotope itself, then for users
            raise VaultUnreachable("the server is away")
        return look(vault, names)

    monkeypatch.setattr(Vault, "names_among", away_for_a_while)
    monkeypatch.setattr(sharding, "PAUSES", (0.0, 0.0))
    words: list[Any] = ["mark", folder / "in", "--out", folder / "a", "--name", "site"]
    assert run(*words, "--per", "user", "--workers", 1).code == 0
    assert next(calls) > 7
    with Vault.open(folder / "vault.sqlite") as vault:
        users = [f"site/u{user}" for user in range(5)]
        assert sorted(vault.names()) == ["site", *users]
        assert len({vault.get(name).mark() for name in users}) == 5
    (ledger,) = (folder / "ledgers").iterdir()
    rows = pq.read_table(ledger / "ledger" / "00000.tar.parquet").to_pylist()
    assert [row["user"] for row in rows] == [f"u{seed % 5}" for seed in range(SAMPLES)]


def test_what_shards_cant_have_is_refused(folder: Path) -> None:
    (folder / "photos").mkdir()
    for words, message in [
        ([folder / "in", "--count", 3, "--only", "x"], "--count, --only: for folders of pictures"),
        ([folder / "photos", "--per", "user"], "are for shards: tar or parquet files"),
        ([folder / "in", "--engine", "spark"], "--engine must be one of local, ray, got spark"),
        ([folder / "in", "--engine", "ray"], "--engine ray needs --private"),
        ([folder / "in", "--share", 1.5], "share"),
    ]:
        done = run("mark", *words, "--out", folder / "out")
        assert done.code == 2
        assert message in " ".join(done.err.split())
    done = run("mark", folder / "in", "--out", folder / "out", "--dry-run")
    assert f"would mark {SHARDS} shard(s)" in done.out
    assert not (folder / "out").exists()


@pytest.mark.parametrize("changed", [{"memory": 10**9}, {"share": 0.5}, {"per": "_"}])
def test_an_output_is_not_gone_on_with_in_other_ways(folder: Path, changed: dict[str, Any]) -> None:
    """Some copies of a picture would be marked, and others not."""
    request = ShardRequest(str(folder / "in"), str(folder / "out"), "all")
    with Vault.create(folder / "vault.sqlite") as vault:
        found = replace(find(request), shards=find(request).shards[:1])
        mark_collection(request, vault, found, InlineExecutor())
        with pytest.raises(FolderError, match="was not marked by these terms"):
            mark_collection(replace(request, **changed), vault, found, InlineExecutor())


@pytest.mark.parametrize(
    ("changed", "term"),
    [
        ({"alpha": 0.9}, "alpha"),
        ({"label": "cat"}, "label"),
        ({"plan": committed_terms("rank")}, "test"),
        ({"source": "elsewhere"}, "folder"),
    ],
)
def test_an_isotope_made_on_other_terms_is_refused(
    folder: Path, changed: dict[str, Any], term: str
) -> None:
    request = ShardRequest(str(folder / "in"), str(folder / "out"), "all")
    with (
        Vault.create(folder / "vault.sqlite") as vault,
        open_engine("local", 1) as executor,
    ):
        vault.add(request.new_isotope("all", get_family(request.family), request.source))
        with pytest.raises(VaultError, match=f"'all' was made with another {term}: .*, now "):
            mark_collection(replace(request, **changed), vault, find(request), executor)
    assert not (folder / "out").exists()


def test_the_note_in_shards_cant_be_signed(folder: Path) -> None:
    signer = Credential(b"certificates", b"key", "es256")
    request = MarkRequest(folder / "in", folder / "out", "all", opt_out=True, credential=signer)
    with pytest.raises(typer.BadParameter, match="--sign-with: for folders of pictures"):
        ShardOptions().request(request, "in", "out", None)
