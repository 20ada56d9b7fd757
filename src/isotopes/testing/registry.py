"""All services that have a fake: those that classify, search faces, or make pictures."""

from __future__ import annotations

from isotopes.errors import TargetUnusable
from isotopes.plugins import Registry
from isotopes.testing.face_server import FaceFormat
from isotopes.testing.generator_server import PictureFormat
from isotopes.testing.wire import WireFormat

_WIRE_FORMATS = Registry[WireFormat](
    WireFormat,
    package="isotopes.testing.formats",
    noun="fake service",
    error=TargetUnusable,
)
_PICTURE_FORMATS = Registry[PictureFormat](
    PictureFormat,
    package="isotopes.testing.picture_formats",
    noun="fake generator",
    error=TargetUnusable,
)
_FACE_FORMATS = Registry[FaceFormat](
    FaceFormat,
    package="isotopes.testing.face_formats",
    noun="fake face search",
    error=TargetUnusable,
)


def wire_formats() -> dict[str, type[WireFormat]]:
    """The wire formats in `testing/formats/`, by name."""
    return _WIRE_FORMATS.all()


def get_wire_format(name: str) -> WireFormat:
    """The wire format called `name`, with the service's default settings.

    Raises:
        TargetUnusable: there is none.
    """
    return _WIRE_FORMATS.get(name, also=(*face_formats(), *picture_formats()))()


def face_formats() -> dict[str, type[FaceFormat]]:
    """The wire formats in `testing/face_formats/`, by name."""
    return _FACE_FORMATS.all()


def get_face_format(name: str) -> FaceFormat:
    """The wire format of the face search called `name`.

    Raises:
        TargetUnusable: there is none.
    """
    return _FACE_FORMATS.get(name)()


def picture_formats() -> dict[str, type[PictureFormat]]:
    """The wire formats in `testing/picture_formats/`, by name."""
    return _PICTURE_FORMATS.all()


def get_picture_format(name: str) -> PictureFormat:
    """The wire format of the generator called `name`.

    Raises:
        TargetUnusable: there is none.
    """
    return _PICTURE_FORMATS.get(name)()
