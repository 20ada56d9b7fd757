"""Answers obtained elsewhere: `saved:answers.csv`, or `.jsonl`, `.parquet` or `.npz`.

Each answer names its picture by hash (``sha256:...``), or by the file name that `write_queries`
gave it; names need the key file: `saved:answers.csv?key=FILE`. `local/answer_file.py` shows the
layouts of scores, and `local/embeddings/vector_file.py` those of embeddings.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from isotopes.canonical import digest_file
from isotopes.errors import AnswerError, PlanError, TargetUnusable
from isotopes.targets.answer import check_probabilities, picture_digest
from isotopes.targets.export import QueryKey, read_key
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.local.answer_file import AnswerTable, read_table
from isotopes.targets.local.embeddings.numbers import embedding_scores
from isotopes.targets.local.embeddings.vector_file import holds_vectors, read_vector_table
from isotopes.targets.scores import Completeness, Scores, full_scores
from isotopes.targets.target import OpenableTarget, Picture


class Saved(OpenableTarget):
    """A target that answers from a file, and only with what the file holds.

    The answers themselves say how complete they are. Every label for every picture: full. The same
    number of labels for every picture: top-K. Anything else: above a threshold, taken as the least
    score shown. Embeddings are always full.
    """

    kind: ClassVar[str] = "saved"
    summary: ClassVar[str] = (
        "ANSWERS.csv, .jsonl, .parquet or .npz, with ?key=FILE for exported queries"
    )
    completeness: ClassVar[Completeness | None] = None
    remote = False

    def __init__(self, path: Path, key_file: Path | None = None) -> None:
        """Read the answers in `path`; `key_file` is as `write_queries` wrote it.

        With a key file, name and identity are those of the model that the queries were made for.

        Raises:
            TargetUnusable: the file can't be read, or its pictures need a key file; or its answers
                can't be used: none at all, no probabilities or embeddings, two different ones for
                a picture, or embeddings where the queries were exported for labels.
            FolderError: `key_file` is no key file.
        """
        self._path = path
        self._key_file = key_file
        key = None if key_file is None else read_key(key_file)
        self.embeds = _embeds(path, key)
        pictures, self._all = _read(path, self.embeds)
        self._exported = {} if key is None else {d: name for name, d in key.pictures.items()}
        self._rows = _rows(_digests(pictures, key), self._all.values)
        self._name = f"answers saved in {path.name}" if key is None else key.target
        # The plan follows from the identity, so it must not depend on the answers.
        self._identity = digest_file(path) if key is None else key.target_identity
        self._plan = None if key is None else key.plan

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The answers in ``PATH``; with names of exported queries, ``PATH?key=KEY_FILE``."""
        path, _, key_file = spec.partition("?key=")
        return cls(cls.named_file(path), Path(key_file) if key_file else None)

    @property
    def name(self) -> str:
        return self._name

    def identity(self) -> str:
        return self._identity

    @property
    def plan_of_answers(self) -> str | None:
        return self._plan

    @property
    def labels(self) -> tuple[str, ...] | None:
        full = self._all.completeness is Completeness.FULL
        return self._all.labels if full and not self.embeds else None

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        """The saved scores.

        Raises:
            PlanError: the file holds no answer to one of the pictures.
        """
        digests = [picture_digest(picture) for picture in pictures]
        for digest in digests:
            if digest not in self._rows:
                raise self._unanswered(digest)
        rows = [self._rows[digest] for digest in digests]
        values = self._all.values[rows]
        return Scores(self._all.labels, values, self._all.completeness, self._all.limit)

    def _unanswered(self, wanted: bytes) -> PlanError:
        """The error for a picture that the file holds no answer to."""
        if wanted in self._exported:
            # A test that stops early doesn't need all of them, so a missing one is no error yet.
            missing = sum(digest not in self._rows for digest in self._exported)
            return PlanError(
                f"{self._path} holds no answer to {missing:,} of the {len(self._exported):,}"
                f" exported pictures, and {self._exported[wanted]}.png is needed",
                hint="have these asked too, and add the answers to the file",
            )
        known = f"{self._path} holds answers to {len(self._rows):,} pictures"
        if self._key_file is None:
            return PlanError(
                f"{known}, and none to sha256:{wanted.hex()}, which this check asks",
                hint="these answers belong to another plan, or some queries were not asked",
            )
        return PlanError(
            f"{known}, but this check asks pictures that {self._key_file} doesn't list",
            hint="give the isotope, probes and terms (--disguise too) that they were exported with",
        )


def _embeds(path: Path, key: QueryKey | None) -> bool:
    """Whether the file holds embeddings."""
    found = holds_vectors(path)
    if key is None or found is None:
        return bool(found) if key is None else key.embeds
    if found != key.embeds:
        wanted, got = ("embeddings", "scores of labels")[:: 1 if key.embeds else -1]
        raise TargetUnusable(
            f"{path} holds {got}, but these queries were exported for a model that answers with"
            f" {wanted}",
            hint="export-queries --encoder is for embeddings, which are saved as .jsonl or .npz;"
            " docs/descriptions.md shows the layouts",
        )
    return found


def _read(path: Path, embeds: bool) -> tuple[Sequence[str], Scores]:
    """What the file calls its pictures, and the answers to them."""
    try:
        if embeds:
            vectors = read_vector_table(path)
            return vectors.pictures, embedding_scores(str(path), vectors.vectors)
        table = read_table(path)
        scores = _scores(table)
        check_probabilities(str(path), scores)
    except AnswerError as error:  # no service failed, so asking again won't help
        raise TargetUnusable(str(error), hint=error.hint) from error
    return table.pictures, scores


def _digests(pictures: Sequence[str], key: QueryKey | None) -> list[bytes]:
    known = {} if key is None else key.pictures
    digests = []
    for picture in pictures:
        if picture.startswith("sha256:"):
            digests.append(_unhex(picture))
        elif (name := PurePath(picture).stem) in known:
            digests.append(known[name])
        else:
            why = "but no key file says which that is" if key is None else "which is none of those"
            raise TargetUnusable(
                f"saved answers name picture {picture!r:.80}, {why}"
                + ("" if key is None else " that were exported with this key file"),
                hint="give the key file that was written when the queries were exported",
            )
    return digests


def _unhex(picture: str) -> bytes:
    try:
        digest = bytes.fromhex(picture.removeprefix("sha256:"))
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise TargetUnusable(
            f"a picture's hash must be sha256: and 64 hexadecimal digits, got {picture!r:.80}"
        )
    return digest


def _rows(digests: Sequence[bytes], values: NDArray[np.float64]) -> dict[bytes, int]:
    rows: dict[bytes, int] = {}
    for row, digest in enumerate(digests):
        first = rows.setdefault(digest, row)
        if not np.array_equal(values[first], values[row], equal_nan=True):
            raise TargetUnusable(
                f"two different answers are saved for picture sha256:{digest.hex()}"
            )
    return rows


def _scores(table: AnswerTable) -> Scores:
    values = table.values
    shown = (~np.isnan(values)).sum(axis=1)
    if (shown == values.shape[1]).all():
        return full_scores(table.labels, values)
    if (shown == shown[0]).all():
        return Scores(table.labels, values, Completeness.TOP_K, float(shown[0]))
    return Scores(table.labels, values, Completeness.THRESHOLD, float(np.nanmin(values)))
