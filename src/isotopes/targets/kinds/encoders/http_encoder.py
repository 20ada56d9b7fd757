"""An encoder behind HTTP: `http-encoder:ENCODER.toml`. It answers with embeddings in JSON."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError
from isotopes.targets.answer import picture_digest
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http.embeddings.description import EncoderService, read_encoder
from isotopes.targets.http.embeddings.kept import KeptEmbeddings
from isotopes.targets.http.encoding import encode
from isotopes.targets.http.json_target import JsonTarget, entries_in
from isotopes.targets.local.embeddings.anchors import (
    VECTORS,
    Anchors,
    anchors_from,
    identity_of,
    read_anchor_pictures,
    read_vectors,
)
from isotopes.targets.local.embeddings.numbers import embedding_scores
from isotopes.targets.scores import Completeness, Scores
from isotopes.targets.target import OpenableTarget, Picture


class HttpEncoder(JsonTarget, OpenableTarget):
    """A service that embeds pictures; its answers are compared with anchors (`anchors.py`), if any.

    Pictures of the anchors are embedded when the first question is asked, within the same budget
    and rate, and kept beside the description.
    """

    kind: ClassVar[str] = "http-encoder"
    summary: ClassVar[str] = "ENCODER.toml, which describes a service that answers with embeddings"
    completeness: ClassVar[Completeness | None] = Completeness.FULL
    limits: ClassVar[str] = "as its description says"
    credentials: ClassVar[tuple[str, ...]] = ("the variables that its description names",)

    def __init__(self, encoder: EncoderService) -> None:
        """Prepare to ask; nothing is sent yet.

        Raises:
            TargetUnusable: there are no anchors, or not one for each label.
            AnswerError: anchors of zeros.
        """
        super().__init__(encoder.service)
        self._encoder = encoder
        self._pictures: Mapping[str, Sequence[Picture]] = {}
        self._made: Anchors | None = None
        self._turn = threading.Lock()
        self.embeds = encoder.anchors is None
        if encoder.anchors is None:
            return
        if encoder.anchors.suffix.lower() == VECTORS:
            self._made = read_vectors(encoder.anchors, encoder.labels)
        else:
            self._pictures = read_anchor_pictures(encoder.anchors, encoder.labels)
        self.preparing = sum(map(len, self._pictures.values()))

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The encoder that the TOML file `spec` describes."""
        return cls(read_encoder(cls.named_file(spec)))

    @classmethod
    def recognises(cls, spec: str) -> bool:
        return False  # a description alone could be any service's

    def identity(self) -> str:
        """A hash of the address, of everything that decides the request, and of the anchors."""
        anchors = self._made.identity if not self._pictures and self._made else None
        of_pictures = identity_of(self._pictures) if self._pictures else None
        said = [list(self._encoder.labels), self._encoder.scale, anchors, of_pictures]
        return digest_of([super().identity(), *said])

    @property
    def labels(self) -> tuple[str, ...] | None:
        return self._encoder.labels or None

    @property
    def anchors(self) -> Mapping[str, Sequence[Picture]]:
        return self._pictures

    @property
    def unchecked_anchors(self) -> bool:
        return not self.embeds and not self._pictures

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        with self._turn:
            if self._made is None and not self.embeds:
                self._made = self._embed_anchors(len(pictures), gate)
        return super().ask(pictures, gate)

    def _scores(self, answer: object) -> Scores:
        raw = self._embeddings(answer)
        if self.embeds:
            return embedding_scores(self.name, raw)
        assert self._made is not None  # `ask` has seen to it
        return self._made.scores(self.name, raw, self._encoder.labels, self._encoder.scale)

    def _embed_anchors(self, at_once: int, gate: Gate) -> Anchors:
        """The anchors, by as many pictures a request as the question has that waits for them."""
        kept = KeptEmbeddings(self._kept_file())

        def embed(pictures: Sequence[Picture]) -> NDArray[np.float64]:
            digests = [picture_digest(picture).hex() for picture in pictures]
            missing = [at for at, one in enumerate(digests) if kept.get(one) is None]
            for start in range(0, len(missing), at_once):
                places = missing[start : start + at_once]
                found = self._embed([pictures[at] for at in places], gate)
                for at, vector in zip(places, found, strict=True):
                    kept.add(digests[at], vector)
            vectors = [vector for one in digests if (vector := kept.get(one)) is not None]
            if len({len(vector) for vector in vectors}) != 1:
                raise AnswerError(f"the embeddings of {self.name} must have one length")
            return np.stack(vectors)

        return anchors_from(self._pictures, embed)

    def _embed(self, pictures: Sequence[Picture], gate: Gate) -> NDArray[np.float64]:
        """Embeddings of some anchors: one question more, no larger than the one that waits."""
        gate.retry(billed=True)
        about = self._description
        files = [encode(picture, about.encoding) for picture in pictures]
        found = self._caller.call(about.template.fill(files), self._embeddings, gate)
        if len(found) != len(pictures):
            raise AnswerError(f"{self.name} must embed {len(pictures)} pictures, got {len(found)}")
        return found

    def _embeddings(self, answer: object) -> NDArray[np.float64]:
        rules = self._description.answer
        rows = [rules.form.read_outputs(entry) or [] for entry in entries_in(answer, rules)]
        if len({len(row) for row in rows}) != 1 or not rows[0]:
            raise AnswerError("each picture needs an embedding, all of one length")
        return np.array(rows, np.float64)

    def _kept_file(self) -> Path:
        assert self._encoder.anchors is not None
        service = super().identity().partition(":")[2][:12]
        folder = self._encoder.anchors
        return folder.with_name(f"{folder.name}-{service}.jsonl")
