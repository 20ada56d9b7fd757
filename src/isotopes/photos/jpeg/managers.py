"""libjpeg's structures for errors and memory as ctypes; `structs.py` says how they are written."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    Structure,
    Union,
    c_char,
    c_int,
    c_long,
    c_uint,
    c_void_p,
)
from typing import Any

ErrorExit = CFUNCTYPE(None, c_void_p)
OutputMessage = CFUNCTYPE(None, c_void_p)
FormatMessage = CFUNCTYPE(None, c_void_p, c_void_p)
AccessBlocks = CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_uint, c_uint, c_int)


class MessageParameters(Union):
    _fields_ = [("i", c_int * 8), ("s", c_char * 80)]


class ErrorManager(Structure):
    """struct jpeg_error_mgr"""

    format_message: Any
    num_warnings: int
    _fields_ = [
        ("error_exit", ErrorExit),
        ("emit_message", c_void_p),
        ("output_message", OutputMessage),
        ("format_message", FormatMessage),
        ("reset_error_mgr", c_void_p),
        ("msg_code", c_int),
        ("msg_parm", MessageParameters),
        ("trace_level", c_int),
        ("num_warnings", c_long),
        ("jpeg_message_table", c_void_p),
        ("last_jpeg_message", c_int),
        ("addon_message_table", c_void_p),
        ("first_addon_message", c_int),
        ("last_addon_message", c_int),
    ]


class MemoryManager(Structure):
    """struct jpeg_memory_mgr"""

    access_virt_barray: Any
    _fields_ = [
        ("alloc_small", c_void_p),
        ("alloc_large", c_void_p),
        ("alloc_sarray", c_void_p),
        ("alloc_barray", c_void_p),
        ("request_virt_sarray", c_void_p),
        ("request_virt_barray", c_void_p),
        ("realize_virt_arrays", c_void_p),
        ("access_virt_sarray", c_void_p),
        ("access_virt_barray", AccessBlocks),
        ("free_pool", c_void_p),
        ("self_destruct", c_void_p),
        ("max_memory_to_use", c_long),
        ("max_alloc_chunk", c_long),
    ]
