"""Marking a JPEG without decoding it to pixels (docs/jpeg.md)."""

from __future__ import annotations

from collections.abc import Iterable

from isotopes.blending import Insertion
from isotopes.errors import JpegLibraryError
from isotopes.marks import Mark
from isotopes.photos.jpeg.blend import component_shares
from isotopes.photos.jpeg.header import Component, read_jpeg_header
from isotopes.photos.jpeg.library import available
from isotopes.photos.jpeg.transcode import Coefficients, transcode

BRIGHTEST = 1_024  # of a block's mean, times 8: no 8-bit picture goes beyond
MOST_PIXELS = 100_000_000  # coefficients take up to 6 bytes a pixel, and so does a mark's spectrum


def mark_coefficients(data: bytes, mark: Mark, insertion: Insertion) -> bytes | None:
    """The JPEG with the mark put into its DCT coefficients; None if that can't be done.

    Nothing but the coefficients under the mark changes: no loss elsewhere, the same quantisation
    tables, chroma sampling, restart intervals and coding (sequential or progressive).

    Args:
        data: the whole file.
        mark: as it is to lie on the picture *as stored*, whatever orientation EXIF gives.
        insertion: how it goes in; its factor of the picture is that of the old coefficients.

    Returns:
        The new file, without APPn and COM segments. None for damaged or unusual files (arithmetic
        or 12-bit coding, RGB, CMYK, odd sampling), for files beyond MOST_PIXELS, if Pillow
        brings no libjpeg to call, and for marks without a pattern, which aren't linear. All of
        these go through pixels.

    Raises:
        MarkError: the mark can't be rendered at the picture's size.
    """
    if not mark.has_pattern:
        return None
    header = read_jpeg_header(data) if available() else None
    if header is None or header.frame.height * header.frame.width > MOST_PIXELS:
        return None
    parts = component_shares(mark, insertion, header.frame)

    def blend(components: list[Coefficients]) -> None:
        if [c.shape for c in components] != [part.added.shape for part in parts]:
            raise JpegLibraryError("libjpeg reads another size than the header gives")
        _check_brightness(components, header.frame.components)
        for part, coefficients in zip(parts, components, strict=True):
            part.blend_into(coefficients)

    try:
        return transcode(data, blend, reuse_tables=header.complete_tables)
    except JpegLibraryError:
        return None


def _check_brightness(components: Iterable[Coefficients], described: Iterable[Component]) -> None:
    """Refuse what no camera writes: viewers clip such values, which isn't linear."""
    for coefficients, component in zip(components, described, strict=True):
        step = component.steps[0]
        means = coefficients[..., 0]
        if max(int(means.max()), -int(means.min())) * step > BRIGHTEST + step:
            raise JpegLibraryError("a block is brighter than white or darker than black")
