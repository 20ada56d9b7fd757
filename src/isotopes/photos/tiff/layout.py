"""How a TIFF's page is laid out: what its tags say about its pixels.

Reference: TIFF 6.0; Adobe's TIFF technical note 2 (JPEG) and supplement 1 (Deflate).
"""

from __future__ import annotations

from dataclasses import dataclass

from isotopes.errors import PhotoError
from isotopes.photos.metadata.directories import Directories, Field

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
FILL_ORDER, STRIP_PLACES, ORIENTATION, SAMPLES, ROWS, STRIP_SIZES = 266, 273, 274, 277, 278, 279
PLANES, PREDICTOR, COLOUR_MAP, TILE_WIDTH, TILE_HEIGHT = 284, 317, 320, 322, 323
TILE_PLACES, TILE_SIZES, EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_TABLES = 324, 325, 338, 339, 347
SUBSAMPLING, RAW_VERSION, SUB_DIRECTORIES = 530, 50706, 330
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
PLAIN, LZW, OLD_JPEG, JPEG, DEFLATE, OLD_DEFLATE, PACKBITS = 1, 5, 6, 7, 8, 32946, 32773
REDUCED = 1  # the bit of SUBFILE that says: a smaller copy of another page
MOST_PAGES = 1_000


@dataclass(frozen=True)
class TiffPage:
    """One page of a TIFF, by its tags.

    Attributes:
        directory: where its directory is.
        fields: its entries, by tag.
        width, height: in pixels.
        bits: of each sample.
        compression, photometric, predictor: TIFF's numbers.
        samples: for each pixel, extra ones included.
        extra: kind of each extra sample: 0 unspecified, 1 premultiplied alpha, 2 alpha.
        separate: whether each sample has planes of its own.
        segment: height and width of a strip or tile.
        tiled: whether segments are tiles, which are padded at the edges.
        places, sizes: of each segment in the file.
        orientation: EXIF's value, 1 to 8.
        is_reduced: whether it is a smaller copy of another page.
    """

    directory: int
    fields: dict[int, Field]
    width: int
    height: int
    bits: tuple[int, ...]
    compression: int
    photometric: int
    predictor: int
    samples: int
    extra: tuple[int, ...]
    formats: tuple[int, ...]
    fill_order: int
    separate: bool
    segment: tuple[int, int]
    tiled: bool
    places: tuple[int, ...]
    sizes: tuple[int, ...]
    orientation: int
    is_reduced: bool

    @property
    def colours(self) -> int:
        """How many samples are colours."""
        return self.samples - len(self.extra)


def read_page(directories: Directories, directory: int) -> TiffPage:
    """The page of this directory.

    Raises:
        PhotoError: tags that a picture needs are missing or contradict each other.
    """
    fields: dict[int, Field] = {}
    for field in directories.fields(directory):
        fields.setdefault(field.tag, field)

    def numbers(tag: int, *default: int) -> tuple[int, ...]:
        found = fields.get(tag)
        return directories.numbers(found) if found and found.values else default

    def number(tag: int, default: int = 0) -> int:
        found = fields.get(tag)
        if found is not None and found.values != 1 and tag != ORIENTATION:
            raise PhotoError(f"tag {tag} must have one value, got {found.values}")
        return next(iter(numbers(tag)), default)

    width, height, samples = number(WIDTH), number(HEIGHT), number(SAMPLES, 1)
    if not (width and height and samples):
        raise PhotoError("a page of a TIFF must say its width, height and samples")
    tiled = TILE_PLACES in fields
    segment = (min(number(ROWS, height), height) or height, width)
    if tiled:
        segment = (number(TILE_HEIGHT), number(TILE_WIDTH))
    places = numbers(TILE_PLACES if tiled else STRIP_PLACES)
    sizes = numbers(TILE_SIZES if tiled else STRIP_SIZES)
    if not all(segment) or not places or len(places) != len(sizes):
        raise PhotoError("a page of a TIFF must say where its pixels are")
    bits = numbers(BITS, 1)
    orientation = number(ORIENTATION, 1)
    return TiffPage(
        directory=directory,
        fields=fields,
        width=width,
        height=height,
        bits=bits * samples if len(bits) == 1 else bits,
        compression=number(COMPRESSION, PLAIN),
        photometric=number(PHOTOMETRIC, BLACK_IS_ZERO),
        predictor=number(PREDICTOR, 1),
        samples=samples,
        extra=_extra(number(PHOTOMETRIC, BLACK_IS_ZERO), samples, numbers(EXTRA_SAMPLES)),
        formats=numbers(SAMPLE_FORMAT, 1),
        fill_order=number(FILL_ORDER, 1),
        separate=number(PLANES, 1) == 2 and samples > 1,
        segment=segment,
        tiled=tiled,
        places=places,
        sizes=sizes,
        orientation=orientation if 1 <= orientation <= 8 else 1,
        is_reduced=bool(number(SUBFILE) & REDUCED),
    )


def read_pages(directories: Directories) -> list[TiffPage]:
    """All pages of the chain.

    Raises:
        PhotoError: a page that can't be read, or none.
    """
    pages: list[TiffPage] = []
    place = directories.first
    while place and all(place != page.directory for page in pages) and len(pages) < MOST_PAGES:
        pages.append(read_page(directories, place))
        place = directories.after(place)
    if not pages:
        raise PhotoError("a TIFF must hold a page, got none")
    return pages


def reduced_copies(directories: Directories, page: TiffPage) -> list[TiffPage] | None:
    """The pages below this one if all are smaller copies of it; None if any isn't."""
    field = page.fields.get(SUB_DIRECTORIES)
    if field is None:
        return []
    try:
        copies = [read_page(directories, place) for place in directories.numbers(field)]
    except PhotoError:
        return None
    return copies if copies and all(copy.is_reduced for copy in copies) else None


def _extra(photometric: int, samples: int, told: tuple[int, ...]) -> tuple[int, ...]:
    """The extra samples, also if the file forgets to declare them."""
    colours = {RGB: 3, YCBCR: 3, CMYK: 4}.get(photometric, 1)
    missing = max(samples - colours - len(told), 0)
    return (*(0,) * missing, *told)[: max(samples - colours, 0)]
