"""Face search: services that hold enrolled faces and find those most similar to a picture."""

from isotopes.faces.face_search import (
    Enrolment,
    FaceSearch,
    Match,
    Matches,
    OpenableFaceSearch,
)
from isotopes.faces.registry import face_search_kinds, open_face_search

__all__ = [
    "Enrolment",
    "FaceSearch",
    "Match",
    "Matches",
    "OpenableFaceSearch",
    "face_search_kinds",
    "open_face_search",
]
