"""What a picture shows, in 600 bytes: we recognise pictures by this, not by their names."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Moment:
    """When and with what a photo was taken, by its EXIF block.

    Attributes:
        camera: maker, model and serial number, as far as the file gives them.
        seconds: local time since 1970, with fractions if the camera wrote them.
    """

    camera: str
    seconds: float


@dataclass(frozen=True)
class Content:
    """What a picture shows.

    Attributes:
        pixels: ``sha256:...`` of the decoded pixels as shown; of a JPEG's, decoded at a smaller
            scale. The same for copies with other metadata or another name.
        glance: what copies in other sizes and formats have in common (`choosing.glance`), 256
            bytes; None for pictures that are too plain to compare.
        colours: what tells copies of the original from copies of a marked one (`choosing.colours`),
            192 bytes; None if only a part of it is known.
        tiny: whether it is as small as an icon. Many different icons look the same at a glance.
        moment: None if the file doesn't give it.
        coloured: whether any pixel is known not to be grey.
        on_its_side: whether height and width are swapped in the file, and EXIF says so.
    """

    pixels: str
    glance: bytes | None = field(default=None, repr=False)
    tiny: bool = False
    colours: bytes | None = field(default=None, repr=False)
    moment: Moment | None = None
    coloured: bool = False
    on_its_side: bool = False
