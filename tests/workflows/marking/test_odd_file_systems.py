"""File systems without permissions, times or flushing: best effort, and a warning."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from photo_files import encode, scene

# Refuses what the environment variable REFUSED names, as GVFS, gcsfuse and mounted buckets do;
# fsync for every file, SQLite's among them.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
static int refused(const char *what) {
    const char *all = getenv("REFUSED");
    return all && strstr(all, what);
}
#define REAL(name) dlsym(RTLD_NEXT, name)
#define PART(path) ((path) && strstr(path, ".part"))
int chmod(const char *path, mode_t mode) {
    if (PART(path) && refused("chmod")) { errno = ENOTSUP; return -1; }
    return ((int (*)(const char *, mode_t))REAL("chmod"))(path, mode);
}
int fsync(int file) {
    if (refused("fsync")) { errno = EINVAL; return -1; }
    return ((int (*)(int))REAL("fsync"))(file);
}
int fdatasync(int file) { return fsync(file); }
int utimensat(int folder, const char *path, const struct timespec times[2], int flags) {
    if (PART(path) && refused("utime")) { errno = EPERM; return -1; }
    return ((int (*)(int, const char *, const struct timespec *, int))REAL("utimensat"))(
        folder, path, times, flags);
}
"""


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler on Linux")
    folder = tmp_path_factory.mktemp("shim")
    (folder / "shim.c").write_text(SHIM)
    command = [compiler, "-shared", "-fPIC", "-o", folder / "shim.so", folder / "shim.c", "-ldl"]
    subprocess.run(command, check=True)
    return folder / "shim.so"


def isotopes(
    folder: Path, shim: Path, refused: str, *arguments: object
) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "LD_PRELOAD": str(shim),
        "REFUSED": refused,
        "ISOTOPES_VAULT": str(folder / "vault.sqlite"),
        "XDG_DATA_HOME": str(folder),
    }
    return subprocess.run(
        [sys.executable, "-m", "isotopes", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        ("chmod", "keeps no permissions"),
        ("utime", "keeps no times"),
        ("fsync", "keeps no safety against a loss of power"),
    ],
)
def test_a_refusal_costs_a_warning_and_nothing_else(
    tmp_path: Path, shim: Path, refused: str, told: str
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jpg").write_bytes(encode(scene(), "JPEG"))
    arguments = ("mark", tmp_path / "in", "--out", tmp_path / "out", "--name", "n")
    done = isotopes(tmp_path, shim, refused, *arguments, "--no-passphrase")
    assert done.returncode == 0, done.stderr
    assert "1 marked" in done.stdout
    assert f"warning: the output's file system {told}" in done.stderr
    assert done.stderr.count("keeps no") == 1
    # Vault and backup lie on such a file system too.
    listed = isotopes(tmp_path, shim, refused, "vault", "files", "n")
    assert "a.jpg" in listed.stdout
    saved = isotopes(tmp_path, shim, refused, "vault", "backup", tmp_path / "saved")
    assert saved.returncode == 0, saved.stderr


def test_every_private_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Whoever reads journal, vault, sheet or backup can tell marked pictures from others."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jpg").write_bytes(encode(scene(), "JPEG"))
    none, before = tmp_path / "none", os.umask(0)
    try:
        arguments = ("mark", tmp_path / "in", "--out", tmp_path / "out", "--name", "n")
        isotopes(tmp_path, none, "", *arguments, "--no-passphrase")
        isotopes(tmp_path, none, "", "vault", "backup", tmp_path / "saved.sqlite")
        sheet = ("vault", "files", "n", "--contact-sheet", tmp_path / "sheet.png")
        assert isotopes(tmp_path, none, "", *sheet).returncode == 0
    finally:
        os.umask(before)
    private = {tmp_path / name for name in ("vault.sqlite", "saved.sqlite", "sheet.png")}
    private |= set(tmp_path.glob("journals/*"))
    assert len(private) == 4
    for path in private:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
