"""Several changes one after another, as pictures meet them on their way into a data set."""

from __future__ import annotations

from isotopes.photos.reading import shrunk
from isotopes.targets import Picture
from isotopes.workflows.robustness.changes.crop import crop
from isotopes.workflows.robustness.changes.recompress import recompress


def photo_site(picture: Picture) -> Picture:
    """2048 pixels, JPEG 85."""
    return recompress(shrunk(picture, 2048), 85)


def messenger(picture: Picture) -> Picture:
    """1080 pixels, JPEG 60."""
    return recompress(shrunk(picture, 1080), 60)


def training_set(picture: Picture) -> Picture:
    """From a messenger into a data set: cropped a little, 224 pixels, JPEG 75."""
    return recompress(shrunk(crop(messenger(picture), 90), 224), 75)


CHANGES = {
    "photo site (2048 pixels, JPEG 85)": photo_site,
    "messenger (1080 pixels, JPEG 60)": messenger,
    "data set (messenger, crop 90 %, 224 pixels, JPEG 75)": training_set,
}
