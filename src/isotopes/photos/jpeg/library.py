"""The libjpeg that Pillow brings along, called through ctypes.

Pillow's wheels for Linux and macOS hold libjpeg-turbo as a shared library with its whole interface,
and a distribution's Pillow uses the system's. If it is linked into Pillow (Windows), or its
interface version isn't 62, we can't use it.

libjpeg reports an error by calling back a function that must not return. Python can't jump over C
frames, so whatever calls libjpeg runs in a thread of its own: after an error that thread hands over
the message and sleeps for ever, and its libjpeg memory is never freed. Files are therefore checked
beforehand (header.py); what is left, such as running out of memory, is rare.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from ctypes import CDLL, POINTER, byref, c_char_p, c_int, c_size_t, c_ulong, c_void_p, sizeof
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import PIL

from isotopes.errors import JpegLibraryError
from isotopes.photos.jpeg.managers import ErrorExit, ErrorManager, OutputMessage
from isotopes.photos.jpeg.structs import (
    LIBRARY_VERSION,
    Compressor,
    Decompressor,
    HuffmanTable,
)

T = TypeVar("T")

SIGNATURES: dict[str, tuple[Any, list[Any]]] = {  # result and arguments, as in jpeglib.h
    "jpeg_std_error": (c_void_p, [POINTER(ErrorManager)]),
    "jpeg_CreateDecompress": (None, [POINTER(Decompressor), c_int, c_size_t]),
    "jpeg_mem_src": (None, [POINTER(Decompressor), c_char_p, c_ulong]),
    "jpeg_read_header": (c_int, [POINTER(Decompressor), c_int]),
    "jpeg_read_coefficients": (c_void_p, [POINTER(Decompressor)]),
    "jpeg_destroy_decompress": (None, [POINTER(Decompressor)]),
    "jpeg_CreateCompress": (None, [POINTER(Compressor), c_int, c_size_t]),
    "jpeg_mem_dest": (None, [POINTER(Compressor), POINTER(c_void_p), POINTER(c_ulong)]),
    "jpeg_copy_critical_parameters": (None, [POINTER(Decompressor), POINTER(Compressor)]),
    "jpeg_simple_progression": (None, [POINTER(Compressor)]),
    "jpeg_alloc_huff_table": (POINTER(HuffmanTable), [POINTER(Compressor)]),
    "jpeg_write_coefficients": (None, [POINTER(Compressor), c_void_p]),
    "jpeg_finish_compress": (None, [POINTER(Compressor)]),
    "jpeg_destroy_compress": (None, [POINTER(Compressor)]),
}


def available() -> bool:
    """Is there a libjpeg here that can read and write coefficients?"""
    return find_library() is not None


def library() -> CDLL:
    """libjpeg, its functions declared.

    Raises:
        JpegLibraryError: none is available.
    """
    found = find_library()
    if found is None:
        raise JpegLibraryError(f"there is no shared libjpeg of version {LIBRARY_VERSION}")
    return found


def run_guarded(jpeg: CDLL, work: Callable[[ErrorManager], T]) -> T:
    """What `work` returns, called in a thread of its own with an error manager for libjpeg.

    Raises:
        JpegLibraryError: libjpeg met an error; the thread is lost.
        Exception: whatever else `work` raises.
    """
    done: Future[T] = Future()
    errors = ErrorManager()
    jpeg.jpeg_std_error(byref(errors))

    def leave(common: int) -> None:
        try:
            done.set_exception(JpegLibraryError(_message(common)))
        finally:
            threading.Event().wait()

    errors.error_exit = ErrorExit(leave)
    errors.output_message = OutputMessage(lambda common: None)

    def run() -> None:
        try:
            done.set_result(work(errors))
        except BaseException as error:  # noqa: BLE001 - raised again where the result is awaited
            done.set_exception(error)

    threading.Thread(target=run, name="libjpeg", daemon=True).start()
    return done.result()


def _message(common: int) -> str:
    """The latest error; `common` is the address of the structure it occurred in."""
    text = ctypes.create_string_buffer(200)
    errors = ErrorManager.from_address(Decompressor.from_address(common).err)
    errors.format_message(common, text)
    return text.value.decode("ascii", "replace")


@contextmanager
def decompressor(jpeg: CDLL, errors: ErrorManager) -> Iterator[Decompressor]:
    """A structure for reading; it and all it owns are freed at the end."""
    source = Decompressor(err=ctypes.addressof(errors))
    jpeg.jpeg_CreateDecompress(byref(source), LIBRARY_VERSION, sizeof(source))
    try:
        yield source
    finally:
        jpeg.jpeg_destroy_decompress(byref(source))


@contextmanager
def compressor(jpeg: CDLL, errors: ErrorManager) -> Iterator[Compressor]:
    """A structure for writing; it and all it owns are freed at the end."""
    sink = Compressor(err=ctypes.addressof(errors))
    jpeg.jpeg_CreateCompress(byref(sink), LIBRARY_VERSION, sizeof(sink))
    try:
        yield sink
    finally:
        jpeg.jpeg_destroy_compress(byref(sink))


@cache
def c_free() -> Callable[[c_void_p], None]:
    """The C library's free, for memory that libjpeg allocates and its caller must free."""
    free = CDLL(None).free
    free.restype, free.argtypes = None, [c_void_p]
    return free


@cache
def find_library() -> CDLL | None:
    for path in _candidates():
        try:
            found = CDLL(path)
            for name, (result, arguments) in SIGNATURES.items():
                function = getattr(found, name)
                function.restype, function.argtypes = result, arguments
            run_guarded(found, partial(_compare_sizes, found))
        except (OSError, AttributeError, JpegLibraryError):
            continue
        return found
    return None


def _candidates() -> Iterator[str]:
    package = Path(PIL.__file__).parent
    yield from map(str, package.parent.glob("pillow.libs/libjpeg-*.so.62*"))  # wheels for Linux
    yield from map(str, package.glob(".dylibs/libjpeg.62*.dylib"))  # wheels for macOS
    system = ctypes.util.find_library("jpeg")
    if system is not None and ".62" in system:
        yield system


def _compare_sizes(jpeg: CDLL, errors: ErrorManager) -> None:
    """libjpeg compares version and structure sizes with its own when it creates them."""
    with decompressor(jpeg, errors), compressor(jpeg, errors):
        pass
