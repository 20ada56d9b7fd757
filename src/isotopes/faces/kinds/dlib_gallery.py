"""A gallery file on this machine, searched with dlib's face embedding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

from isotopes.errors import TargetUnusable
from isotopes.faces.embedding import shared_embedder
from isotopes.faces.face_search import Enrolment, Matches, OpenableFaceSearch
from isotopes.faces.gallery import Gallery
from isotopes.faces.local import LocalFaceSearch
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.scores import Completeness
from isotopes.targets.target import Picture


class DlibGallery(LocalFaceSearch, OpenableFaceSearch):
    """Embeddings of enrolled faces in a file. It holds no pictures."""

    kind: ClassVar[str] = "dlib"
    summary: ClassVar[str] = "GALLERY.npz, faces enrolled on this machine"
    completeness: ClassVar[Completeness] = Completeness.THRESHOLD
    limits: ClassVar[str] = "0.1 s a picture and core; frontal faces of 40 pixels or more"

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The gallery in this file; an empty one if there is no file yet."""
        if not spec:
            raise TargetUnusable("a gallery needs a file", hint="dlib:GALLERY.npz")
        return cls(Path(spec))

    def __init__(self, path: Path) -> None:
        """Open the file, if it exists.

        Raises:
            TargetUnusable: it is not a gallery, or one of another embedding; or dlib or FAISS is
                not installed.
        """
        embedder = shared_embedder()
        gallery = Gallery.load(path) if path.exists() else None
        if gallery is not None and gallery.space != embedder.identity():
            raise TargetUnusable(
                f"{path} holds embeddings of another network or release",
                hint="enrol the pictures again, in another file",
            )
        super().__init__(embedder, gallery)
        self._path = path

    @property
    def name(self) -> str:
        return f"dlib's faces in {self._path.name}"

    def identity(self) -> str:
        """As for any local gallery.

        Raises:
            TargetUnusable: nothing was enrolled yet.
        """
        self._check_exists()
        return super().identity()

    def search(self, picture: Picture, gate: Gate = OPEN) -> Matches:
        """As for any engine.

        Raises:
            TargetUnusable: nothing was enrolled yet.
        """
        self._check_exists()
        return super().search(picture, gate)

    def _enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        enrolment = super()._enrol(pictures, ids)
        if enrolment.enrolled:
            self.gallery.save(self._path)
        return enrolment

    def _delete(self) -> None:
        super()._delete()
        self._path.unlink(missing_ok=True)

    def _check_exists(self) -> None:
        """Refuse a missing file: it is a typo, and must not pass for a gallery without the face."""
        if not self._path.exists():
            raise TargetUnusable(
                f"there is no file {self._path}", hint="`isotopes faces enrol` creates it"
            )
