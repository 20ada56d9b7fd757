"""Does an altered file end in anything but one clear line? `python -m bench.fuzz_readers`

Seeded changes of valid files of each kind that isotopes reads: saved answers, verdicts, kept
answers, vaults, receipts, openings, exports, key files and plans. Structured files get odd values
in place of single fields, others odd bytes. Right is that the file is read, or that one error of
ours says in one line what is wrong; wrong is any other exception, a long message, or a key in one.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.fuzz_models import mutated
from bench.fuzzing import tally
from bench.record import record
from isotopes.canonical import canonical_json
from isotopes.errors import IsotopesError
from isotopes.marks import get_family
from isotopes.report import sentence
from isotopes.stats.result import restore_result
from isotopes.strict_json import read_json
from isotopes.targets.answer import picture_digest
from isotopes.targets.export import KEY_FORMAT, read_key
from isotopes.targets.kinds.saved import Saved
from isotopes.vault import (
    FileEntry,
    Isotope,
    Opening,
    Receipt,
    Vault,
    check_opening,
    import_isotopes,
    new_isotope,
)
from isotopes.vault.backup import restore_vault
from isotopes.vault.commitments.receipt_list import ReceiptList
from isotopes.vault.keys.sealing import DataKey
from isotopes.vault.transfer import EXPORT_FORMAT
from isotopes.verify import Answers, Plan, Verdict, decide, load_answers, save_answers
from isotopes.verify.methods.terms import committed_terms
from isotopes.verify.verdicts.combined import combine_verdicts
from isotopes.verify.verdicts.loading import load_verdict
from isotopes.workflows.stamping import stamped_bytes

Rng = random.Random | None
Case = Callable[[Rng], None]

SEED = 20261127
LONGEST_LINE = 2_000  # characters, as `cli/failures.py` shows at most
PASSPHRASE = "four words that differ"
COLUMNS = {
    "vault_meta": ("key", "value"),
    "vault_isotopes": (
        *("name", "family", "family_version", "options", "alpha", "label", "decoys", "plan"),
        *("created", "beacon_source", "beacon", "commitment", "source", "secret"),
    ),
    "vault_files": (
        *("isotope", "name", "sha256_before", "sha256_after", "marked", "pixels", "likeness"),
        "added",
    ),
}
ODD: tuple[object, ...] = (
    *(None, True, 0, -1, 2**63 - 1, 10**400, 0.0, 1e308, -1e-300, float("nan"), float("inf")),
    *("", "a", "\0\x1b[2J", "\u202e", "\ud800", "x" * 100_000, "sha256:", "2026-99-99T00:00:00Z"),
    *([], [1], [[]], {}, {"a": 1}, {"format": "isotopes-verdict/3"}),
)
ODD_CELLS: tuple[object, ...] = (
    *(None, 0, -1, 2**62, 10**12, 1e308, float("inf"), "", "a", "{}", "[", "nan", "x" * 10_000),
    *(b"", b"\xff" * 64, "[" * 5_000, '{"a": 1e999}', "\x1b[2J", "../../etc", "sha256:00"),
)


@dataclass(frozen=True)
class Material:
    """A valid file of each kind, in a folder of its own."""

    folder: Path
    isotope: Isotope
    plan: Plan
    verdict: dict[str, Any]
    records: list[dict[str, Any]]


def make(folder: Path) -> Material:
    """Write valid files into `folder`."""
    terms: dict[str, Any] = {"plan": committed_terms(), "decoys": 19, "label": "cat"}
    isotope = new_isotope("holiday", get_family("gratings"), 0.4, **terms)
    digests = [f"sha256:{number:064x}" for number in range(9)]
    entry = FileEntry("a.jpg", digests[0], digests[1], True, added="2026-11-27T10:00:00Z")
    with Vault.create(folder / "vault.sqlite") as vault:
        vault.merge([(isotope, [entry])])
    plan = Plan(
        **{name: getattr(isotope, name) for name in ("commitment", "family", "family_version")},
        isotope="holiday",
        beacon=None,
        alpha=0.4,
        exchangeable=True,
        label="cat",
        probes=tuple(digests[:6]),
        probe_labels=(None,) * 6,
        target="model.onnx",
        target_identity=digests[8],
        seed="01" * 32,
        method="rank",
        statistic="log-odds",
        level=0.05,
        decoys=19,
    )
    values = np.random.default_rng(SEED).dirichlet((1, 1, 4), (21, 6))
    answers = Answers(("cat", "dog", "frog"), values, np.ones((21, 6), np.bool_))
    save_answers(folder / "kept.npz", plan, answers)
    record = {
        **{name: getattr(isotope, name) for name in _shown()},
        "root": isotope.root,
        "salt": isotope.salt,
        "files": [vars(entry)],
    }
    plain = json.loads(canonical_json([record]))
    return Material(folder, isotope, plan, decide(answers, plan).to_dict(), plain)


def _shown() -> tuple[str, ...]:
    from isotopes.vault.storage.rows import OPEN_FIELDS

    return OPEN_FIELDS


def altered(value: Any, rng: random.Random) -> Any:
    """A copy of a JSON value in which a field or two is odd, missing, or one too many."""
    changed = json.loads(json.dumps(value))
    for _ in range(rng.choice((1, 1, 1, 2))):
        places = list(_places(changed))
        holder, key = rng.choice(places)
        how = rng.random()
        if how < 0.8 or not isinstance(holder, dict):
            holder[key] = rng.choice(ODD)
        elif how < 0.9:
            del holder[key]
        else:
            holder["unknown"] = rng.choice(ODD)
    return changed


def _places(value: Any) -> Any:
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def written(value: Any, rng: Rng) -> bytes:
    """`altered` as a file, now and then with odd bytes too."""
    if rng is None:
        return json.dumps(value).encode()
    text = json.dumps(altered(value, rng)).encode("utf-8", "surrogatepass")
    return mutated(text + b" " * 100, rng) if rng.random() < 0.2 else text


def changed(data: bytes, rng: Rng) -> bytes:
    """The bytes with a few of them odd."""
    return data if rng is None else mutated(data, rng)


class Readers:
    """For each kind of file a method that alters one and reads it as a command would.

    Without a generator of random numbers the file stays as it was, and must be read.
    """

    def __init__(self, made: Material) -> None:
        self._made, self._folder = made, made.folder
        self._kept = (made.folder / "kept.npz").read_bytes()
        self._receipt = made.isotope.receipt()
        self._picture = np.zeros((4, 4, 3), np.uint8)
        self._digest = f"sha256:{picture_digest(self._picture).hex()}"

    def all(self) -> dict[str, Case]:
        """The methods by kind of file."""
        return {
            "saved answers, JSON Lines": self.answers_jsonl,
            "saved answers, CSV": self.answers_csv,
            "saved embeddings, JSON Lines": self.embeddings_jsonl,
            "saved embeddings, NumPy": self.embeddings_npz,
            "verdict": self.verdict,
            "kept answers": self.kept_answers,
            "vault": self.vault,
            "opening": self.opening,
            "receipt": self.receipt,
            "list of receipts": self.receipts,
            "plan": self.plan,
            "export": self.export,
            "key file of exported queries": self.keys,
        }

    def answers_jsonl(self, rng: Rng) -> None:
        row = {"picture": self._digest, "scores": {"cat": 0.9, "dog": 0.1}}
        Saved(self._file("answers.jsonl", written(row, rng))).ask([self._picture])

    def answers_csv(self, rng: Rng) -> None:
        table = f"picture,cat,dog\n{self._digest},0.9,0.1\n".encode()
        Saved(self._file("answers.csv", changed(table, rng))).ask([self._picture])

    def embeddings_jsonl(self, rng: Rng) -> None:
        row = {"picture": self._digest, "embedding": [0.6, -0.8]}
        Saved(self._file("embeddings.jsonl", written(row, rng))).ask([self._picture])

    def embeddings_npz(self, rng: Rng) -> None:
        path = self._folder / "embeddings.npz"
        np.savez(path, pictures=[self._digest], embeddings=[[0.6, -0.8]])
        Saved(self._file("altered.npz", changed(path.read_bytes(), rng))).ask([self._picture])

    def verdict(self, rng: Rng) -> None:
        verdict = load_verdict(self._file("verdict.json", written(self._made.verdict, rng)))
        sentence(verdict)
        combine_verdicts([verdict, verdict_of(self._made)])

    def kept_answers(self, rng: Rng) -> None:
        path = self._file("altered.npz", self._kept)
        if rng is not None and rng.random() < 0.2:
            path.write_bytes(mutated(self._kept, rng))
        else:
            with np.load(path, allow_pickle=False) as archive:
                parts = {name: archive[name] for name in archive.files}
            about = written(json.loads(parts["about"].tobytes()), rng)
            np.savez(path, **{**parts, "about": np.frombuffer(about, np.uint8)})
        plan, found = load_answers(path)
        decide(found, plan)

    def vault(self, rng: Rng) -> None:
        path = self._file("altered.sqlite", (self._folder / "vault.sqlite").read_bytes())
        if rng is not None and rng.random() < 0.3:
            path.write_bytes(mutated(path.read_bytes(), rng))
        elif rng is not None:
            alter_row(path, rng)
        with Vault.open(path) as opened:
            opened.summaries()
            opened.known_pictures()
            opened.files("holiday")
            opened.get("holiday").mark()
        restore_vault(path, self._folder / f"restored-{time.monotonic_ns()}")

    def opening(self, rng: Rng) -> None:
        opening = Opening.from_json(written(self._made.isotope.opening().to_dict(), rng))
        check_opening(self._receipt, opening).draw(0)

    def receipt(self, rng: Rng) -> None:
        receipt = Receipt.from_json(written(self._receipt.to_dict(), rng))
        check_opening(receipt, self._made.isotope.opening())

    def receipts(self, rng: Rng) -> None:
        stamped_bytes(written(ReceiptList.of([self._receipt]).to_dict(), rng))

    def plan(self, rng: Rng) -> None:
        data = written(self._made.plan.to_dict(), rng)
        stamped_bytes(data)
        restore_result(Plan, read_json(data))

    def export(self, rng: Rng) -> None:
        key = DataKey.new()
        inner = rng is None or rng.random() < 0.7
        records = written(self._made.records, rng if inner else None)
        whole = {
            "format": EXPORT_FORMAT,
            "sealing": key.wrap(PASSPHRASE, EXPORT_FORMAT.encode()).to_dict(),
            "isotopes": key.seal(records, EXPORT_FORMAT.encode()).hex(),
        }
        data = written(whole, None if inner else rng)
        with Vault.create(self._folder / f"imported-{time.monotonic_ns()}") as into:
            import_isotopes(into, data, lambda: PASSPHRASE)

    def keys(self, rng: Rng) -> None:
        query = {"file": "query-1.png", "picture": self._digest, "roles": ["probe 1"]}
        target = {"name": "model", "identity": self._receipt.commitment, "embeds": False}
        key = {"format": KEY_FORMAT, "target": target, "plan": "a plan", "queries": [query]}
        read_key(self._file("key.json", written(key, rng)))

    def _file(self, name: str, data: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(data)
        return path


def verdict_of(made: Material) -> Verdict:
    """A verdict on another isotope, to be combined with."""
    other = {
        "isotope": "other",
        "commitment": f"sha256:{99:064x}",
        "plan_hash": f"sha256:{98:064x}",
    }
    return Verdict.from_dict({**made.verdict, **other})


def alter_row(path: Path, rng: random.Random) -> None:
    table = rng.choice(list(COLUMNS))
    column = rng.choice(COLUMNS[table])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        try:
            change = (
                f"UPDATE {table} SET {column} = ? WHERE rowid = (SELECT max(rowid) FROM {table})"
            )
            connection.execute(change, (rng.choice(ODD_CELLS),))
        except sqlite3.Error:
            connection.execute(f"DELETE FROM {table} WHERE rowid = 1")


def outcome(case: Case, rng: Rng, secret: str) -> str:
    """How reading ended: read, refused, or what was wrong about it."""
    try:
        case(rng)
    except IsotopesError as error:
        told = error.in_full
        if "\n" in str(error) or len(told) > LONGEST_LINE:
            return f"long: {told:.80}"
        return f"secret: {told:.80}" if secret in told else "refused"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        return f"{type(error).__name__}: {error!s:.200}"
    return "read"


def run(folder: Path, count: int) -> list[dict[str, object]]:
    """`count` altered files, of all kinds in turn."""
    made, rng = make(folder), random.Random(SEED)
    kinds = Readers(made).all()
    for kind, case in kinds.items():
        if (found := outcome(case, None, made.isotope.root.hex())) != "read":
            raise SystemExit(f"a valid file is not read, {kind}: {found}")
    secret = made.isotope.root.hex()
    tries = {kind: partial(outcome, case, rng, secret) for kind, case in kinds.items()}
    return tally(tries, count, "read", SEED)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    with tempfile.TemporaryDirectory() as name:
        rows = run(Path(name), count)
    record("fuzz_readers", rows, f"python -m bench.fuzz_readers {count}")
    if any(row["wrong"] for row in rows):
        sys.exit("some files ended wrongly")


if __name__ == "__main__":
    main()
