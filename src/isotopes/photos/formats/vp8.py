"""The quality that a lossy WebP was written with, from the quantisers in its frame header.

A fixed quality would blow up small files and spoil good ones. The quality itself isn't recorded,
but libwebp derives the quantisers from it by a formula that can be inverted.
Reference: RFC 6386, sections 7.3 (boolean decoder), 9.2 to 9.6 (header); libwebp,
src/enc/quant_enc.c (`QualityToCompression`, `VP8SetSegmentParams`).
"""

from __future__ import annotations

from isotopes.errors import PhotoError

HEAD = 10  # bytes before the coded part of a key frame: tag, start code, size
LARGEST = 127  # quantiser index


def lossy_quality(frame: bytes) -> float:
    """The quality, 0 to 100, for libwebp's encoder, within a few points of the one it was given.

    Args:
        frame: the body of a ``VP8`` chunk.

    Raises:
        PhotoError: not a key frame.
    """
    if len(frame) <= HEAD or frame[3:6] != b"\x9d\x01\x2a":
        raise PhotoError("a lossy WebP must hold a key frame")
    quantisers = _quantisers(_BooleanDecoder(frame[HEAD:]))
    level = sum(quantisers) / len(quantisers) / LARGEST
    compression = (1 - min(max(level, 0), 1)) ** 3
    return 100 * (1.5 * compression if compression < 0.5 else (1 + compression) / 2)


class _BooleanDecoder:
    """RFC 6386, section 7.3: an arithmetic decoder; here every bit has even odds."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._value, self._next = int.from_bytes(data[:2].ljust(2, b"\0"), "big"), 2
        self._range, self._shifted = 255, 0

    def flag(self) -> bool:
        split = 1 + ((self._range - 1) * 128 >> 8)
        taken = self._value >= split << 8
        if taken:
            self._range -= split
            self._value -= split << 8
        else:
            self._range = split
        while self._range < 128:
            self._range, self._value, self._shifted = (
                self._range << 1,
                self._value << 1,
                self._shifted + 1,
            )
            if self._shifted == 8:
                self._shifted = 0
                self._value |= self._data[self._next] if self._next < len(self._data) else 0
                self._next += 1
        return taken

    def number(self, bits: int) -> int:
        value = 0
        for _ in range(bits):
            value = value * 2 + self.flag()
        return value

    def optional_signed(self, bits: int) -> int:
        """A number with a sign behind it, if a flag before it says that it is there."""
        if not self.flag():
            return 0
        value = self.number(bits)
        return -value if self.flag() else value


def _quantisers(bits: _BooleanDecoder) -> list[int]:
    """The quantiser index of the picture, or of each of its four segments."""
    bits.number(2)  # colour space, clamping
    segments, absolute = [0], False
    if bits.flag():  # segmentation
        has_map, has_data = bits.flag(), bits.flag()
        if has_data:
            absolute = bits.flag()
            segments = [bits.optional_signed(7) for _ in range(4)]
            for _ in range(4):
                bits.optional_signed(6)  # loop filter levels
        if has_map:
            for _ in range(3):
                if bits.flag():
                    bits.number(8)  # tree probabilities
    bits.number(1 + 6 + 3)  # loop filter
    if bits.flag() and bits.flag():
        for _ in range(8):
            bits.optional_signed(6)  # loop filter deltas
    bits.number(2)  # partitions
    base = bits.number(7)
    return segments if absolute else [base + delta for delta in segments]
