"""From a JPEG to its quantised DCT coefficients and back, everything else as it was."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import CDLL, byref, sizeof

import cv2
import numpy as np
from numpy.typing import NDArray

from isotopes.errors import JpegLibraryError
from isotopes.photos.jpeg.library import c_free, compressor, decompressor, library, run_guarded
from isotopes.photos.jpeg.managers import ErrorManager
from isotopes.photos.jpeg.structs import (
    GREY,
    YCC,
    Compressor,
    Decompressor,
    HuffmanTable,
)

Coefficients = NDArray[np.int16]

# What 8-bit pictures give, and all that the Huffman coder has symbols for.
HIGHEST = 1023
LOWEST = np.array([-1024] + 63 * [-1023], np.int16)


def transcode(
    data: bytes,
    change: Callable[[list[Coefficients]], None],
    *,
    reuse_tables: bool,
    mend: bool = False,
) -> bytes:
    """The JPEG with its coefficients changed in place by `change`, without APPn and COM segments.

    Args:
        data: a whole Huffman-coded 8-bit JPEG of one or three components.
        change: called once, in another thread, with one int16 array per component: quantised
            coefficients in natural order, shape (block rows, block columns, 64), from LOWEST to
            HIGHEST. It must keep them in that range. The arrays are invalid once it returns.
        reuse_tables: code with the file's own Huffman tables, which must have a code for every
            symbol; otherwise tables are made for the new coefficients.
        mend: of a file that is cut short or has junk in it, keep what a viewer would show.

    Quantisation tables, sampling, restart interval and progressive mode stay as they are.

    Raises:
        JpegLibraryError: no libjpeg, damaged data, another colour space, coefficients out of range.
    """
    jpeg = library()

    def work(errors: ErrorManager) -> bytes:
        with decompressor(jpeg, errors) as source, compressor(jpeg, errors) as sink:
            arrays = _read(jpeg, source, errors, data, mend=mend)
            change([_view(source, arrays, index) for index in range(source.num_components)])
            _prepare(jpeg, source, sink, reuse_tables)
            return _write(jpeg, sink, arrays)

    return run_guarded(jpeg, work)


def is_whole(data: bytes) -> bool:
    """Whether the coded pixels are all there, with nothing between or behind them up to the end.

    Raises:
        JpegLibraryError: no libjpeg, or a file that it can't read.
    """
    jpeg = library()

    def work(errors: ErrorManager) -> bool:
        with decompressor(jpeg, errors) as source:
            _open(jpeg, source, data)
            jpeg.jpeg_read_coefficients(byref(source))
            return not errors.num_warnings

    return run_guarded(jpeg, work)


def _open(jpeg: CDLL, source: Decompressor, data: bytes) -> None:
    jpeg.jpeg_mem_src(byref(source), data, len(data))
    jpeg.jpeg_read_header(byref(source), 1)


def _read(
    jpeg: CDLL, source: Decompressor, errors: ErrorManager, data: bytes, *, mend: bool
) -> int:
    """The address of libjpeg's list of arrays, one per component."""
    _open(jpeg, source, data)
    if source.jpeg_color_space not in {GREY, YCC}:
        raise JpegLibraryError(
            f"the colour space is neither grey nor YCbCr: {source.jpeg_color_space}"
        )
    arrays: int = jpeg.jpeg_read_coefficients(byref(source))
    if errors.num_warnings and not mend:
        raise JpegLibraryError(f"the data is damaged (libjpeg has {errors.num_warnings} warnings)")
    return arrays


def _view(source: Decompressor, arrays: int, index: int) -> Coefficients:
    """Component `index` as an array that lies in libjpeg's own memory."""
    info = source.comp_info[index]
    height, width = info.height_in_blocks, info.width_in_blocks
    handle = ctypes.c_void_p.from_address(arrays + index * sizeof(ctypes.c_void_p)).value
    access = source.mem.contents.access_virt_barray
    first, last = (access(ctypes.addressof(source), handle, row, 1, 1) for row in (0, height - 1))
    # Wholly in memory, the array is a table of row addresses, and each call points into it.
    if last - first != (height - 1) * sizeof(ctypes.c_void_p):
        raise JpegLibraryError("the coefficients do not lie in memory at once")
    rows = np.asarray(_Memory(first, (height,), (sizeof(ctypes.c_void_p),), np.uintp))
    steps = set(np.diff(rows).tolist()) or {0}
    if len(steps) > 1:
        raise JpegLibraryError("the coefficients do not lie in one piece")
    view = np.asarray(_Memory(int(rows[0]), (height, width, 64), (*steps, 128, 2), np.int16))
    if not _in_range(view):
        raise JpegLibraryError("coefficients are larger than those of any 8-bit picture")
    return view


class _Memory:
    """Memory that is not ours, as numpy takes it without a copy."""

    def __init__(self, address: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: type):
        self.__array_interface__ = {
            "version": 3,
            "data": (address, False),
            "shape": shape,
            "strides": strides,
            "typestr": np.dtype(dtype).str,
        }


def _in_range(view: Coefficients) -> bool:
    low, high, _, _ = cv2.minMaxLoc(view.reshape(len(view), -1))  # the fastest single pass
    return high <= HIGHEST and (low >= LOWEST.max() or bool((view >= LOWEST).all()))


def _prepare(jpeg: CDLL, source: Decompressor, sink: Compressor, reuse_tables: bool) -> None:
    jpeg.jpeg_copy_critical_parameters(byref(source), byref(sink))
    # What libjpeg counts as free to vary: restarts, script, marker segments, Huffman tables.
    sink.restart_interval = source.restart_interval
    sink.write_JFIF_header = sink.write_Adobe_marker = 0
    if source.progressive_mode:
        jpeg.jpeg_simple_progression(byref(sink))
    sink.optimize_coding = int(not reuse_tables)
    if reuse_tables:
        _copy_tables(jpeg, source, sink)


def _copy_tables(jpeg: CDLL, source: Decompressor, sink: Compressor) -> None:
    for theirs, ours in (
        (source.dc_huff_tbl_ptrs, sink.dc_huff_tbl_ptrs),
        (source.ac_huff_tbl_ptrs, sink.ac_huff_tbl_ptrs),
    ):
        for slot, table in enumerate(theirs):
            if table:
                ours[slot] = ours[slot] or jpeg.jpeg_alloc_huff_table(byref(sink))
                ctypes.memmove(ours[slot], table, sizeof(HuffmanTable))
    for index in range(source.num_components):
        sink.comp_info[index].dc_tbl_no = source.comp_info[index].dc_tbl_no
        sink.comp_info[index].ac_tbl_no = source.comp_info[index].ac_tbl_no


def _write(jpeg: CDLL, sink: Compressor, arrays: int) -> bytes:
    buffer, size = ctypes.c_void_p(), ctypes.c_ulong()
    jpeg.jpeg_mem_dest(byref(sink), byref(buffer), byref(size))
    try:
        jpeg.jpeg_write_coefficients(byref(sink), arrays)
        jpeg.jpeg_finish_compress(byref(sink))
        return ctypes.string_at(buffer, size.value)
    finally:
        c_free()(buffer)
