"""Take metadata out of a HEIC in place: nothing moves, so every offset stays right.

Bytes that belong to no picture, profile or cleaned block become zeros: unknown boxes, unknown
items, and whatever lies between items. Boxes behind the last one that is known (a phone's film) are
cut off.
"""

from __future__ import annotations

from isotopes.errors import PhotoError
from isotopes.photos.fate import Strip
from isotopes.photos.format import Written
from isotopes.photos.formats.heif_boxes import Box, HeifFile, Item, read_boxes
from isotopes.photos.metadata.cleaned import C2PA, FURTHER, NOT_UNDERSTOOD, Purpose, merge, told
from isotopes.photos.metadata.exif import clean_exif, orientation_block, read_orientation
from isotopes.photos.metadata.xmp import clean_xmp

TOP = {b"ftyp", b"meta", b"mdat"}
IN_META = {b"hdlr", b"pitm", b"iloc", b"iinf", b"iref", b"iprp", b"idat", b"grpl", b"dinf"}
# Properties of pictures: size, coding, colours, turning, cropping, what an auxiliary picture is.
PROPERTIES = {b"ispe", b"hvcC", b"av1C", b"colr", b"pixi", b"irot", b"imir", b"clap", b"pasp"}
PROPERTIES |= {b"auxC", b"clli", b"mdcv", b"cclv", b"amve", b"rref", b"lsel", b"lhvC", b"oinf"}
PROPERTIES |= {b"tols", b"a1op", b"a1lx", b"iscl", b"rloc", b"jpgC", b"j2kH", b"avcC", b"free"}
CODED = {b"hvc1", b"hev1", b"lhv1", b"av01", b"avc1"}
PICTURES = CODED | {b"grid", b"iovl", b"iden", b"tmap", b"jpeg", b"j2k1"}
XMP_TYPE = b"application/rdf+xml"
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
EMPTY = b"free"


def strip_boxes(data: bytes, strip: Strip) -> Written:
    """The same pictures without GPS positions, or without EXIF and XMP.

    Raises:
        PhotoError: a film or sequence, damaged boxes, or metadata that isn't in one piece.
    """
    stripper = _Stripper(data, strip)
    stripper.run()
    return Written(bytes(stripper.buffer), told(stripper.left_out))


def other_boxes(data: bytes) -> tuple[str, ...]:
    """What to report about boxes at the top that hold neither pictures nor their metadata."""
    found = [box for box in HeifFile(data).boxes if box.kind not in TOP | {EMPTY}]
    return merge(tuple(_told(data, box) for box in found))


def _told(data: bytes, box: Box) -> str:
    is_manifest = box.kind == b"uuid" and data[box.body : box.body + 16] == C2PA_UUID
    return C2PA if is_manifest else FURTHER


class _Stripper:
    def __init__(self, data: bytes, strip: Strip) -> None:
        self._file, self._strip = HeifFile(data), strip
        self._data, self.buffer = data, bytearray(data)
        self._kept: list[tuple[int, int]] = []
        self.left_out: tuple[str, ...] = ()

    def run(self) -> None:
        if any(box.kind == b"moov" for box in self._file.boxes):
            raise PhotoError("a film or a sequence of pictures")
        for item in self._file.items:
            self._judge(item)
        self._sweep_data()
        self._empty_unknown(self._file.meta, IN_META)
        self._empty_properties()
        self._cut_top()

    def _judge(self, item: Item) -> None:
        if item.kind in PICTURES:
            self._kept += item.extents
        elif item.kind == b"Exif":
            self._clean_exif(*self._whole(item))
        elif item.kind == b"mime" and item.content_type == XMP_TYPE:
            self._clean_xmp(*self._whole(item))
        else:
            self._leave_out(NOT_UNDERSTOOD)

    @staticmethod
    def _whole(item: Item) -> tuple[int, int]:
        if len(item.extents) != 1:
            raise PhotoError("metadata isn't in one piece")
        return item.extents[0]

    def _clean_exif(self, start: int, end: int) -> None:
        self._kept.append((start, end))
        tiff = start + 4 + int.from_bytes(self._data[start : start + 4], "big")
        old = self._data[tiff:end]
        if self._strip == "gps":
            cleaned = clean_exif(old, Purpose.NO_POSITION)
            new = cleaned.data or b""
            new = new if len(new) <= end - start else b""  # the pixels are turned by a box
            self._leave_out(*cleaned.left_out)
        else:
            new = orientation_block(read_orientation(old))
        if tiff > end or len(new) > len(old):
            raise PhotoError("its EXIF is too short to be changed")
        self.buffer[tiff:end] = new.ljust(len(old), b"\0")

    def _clean_xmp(self, start: int, end: int) -> None:
        self._kept.append((start, end))
        new = b""
        if self._strip == "gps":
            cleaned = clean_xmp(self._data[start:end], Purpose.NO_POSITION)
            new = cleaned.data or b""
            new = new if len(new) <= end - start else b""  # the pixels are turned by a box
            self._leave_out(*cleaned.left_out)
        self.buffer[start:end] = new.ljust(end - start)

    def _sweep_data(self) -> None:
        """Zeros for every byte of mdat and idat that belongs to no kept item."""
        holders = [box for box in self._file.boxes if box.kind == b"mdat"]
        holders += [box for box in self._file.meta if box.kind == b"idat"]
        for box in holders:
            position = box.body
            for start, end in sorted(self._kept):
                if box.body <= start < box.end:
                    self._zero(position, start)
                    position = max(position, end)
            self._zero(position, box.end)

    def _empty_unknown(self, boxes: list[Box], known: set[bytes]) -> None:
        for box in boxes:
            if box.kind not in known:
                if box.kind != EMPTY:
                    self._leave_out(
                        _told(self._data, box) if boxes is self._file.boxes else NOT_UNDERSTOOD
                    )
                self.buffer[box.start + 4 : box.start + 8] = EMPTY
                self._zero(box.body, box.end)

    def _empty_properties(self) -> None:
        iprp = self._file.box_in_meta(b"iprp")
        if iprp is None:
            return
        for box in read_boxes(self._data, iprp.body, iprp.end):
            if box.kind == b"ipco":
                inner = list(read_boxes(self._data, box.body, box.end))
                self._empty_unknown(inner, PROPERTIES)

    def _cut_top(self) -> None:
        boxes = self._file.boxes
        last = max(index for index, box in enumerate(boxes) if box.kind in TOP)
        self._empty_unknown(boxes, TOP)
        del self.buffer[boxes[last].end :]

    def _zero(self, start: int, end: int) -> None:
        self.buffer[start:end] = bytes(max(end - start, 0))

    def _leave_out(self, *words: str) -> None:
        self.left_out = merge(self.left_out, words)
