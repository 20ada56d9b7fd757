"""libjpeg's structures as ctypes, for the library version 62 (jpeglib.h of libjpeg-turbo).

Fields keep the header's order and names, so that the two can be compared side by side. The library
itself compares the structures' sizes when it creates them.
"""

from __future__ import annotations

from ctypes import (
    POINTER,
    Structure,
    c_double,
    c_int,
    c_uint,
    c_uint8,
    c_uint16,
    c_void_p,
)
from typing import Any

from isotopes.photos.jpeg.managers import MemoryManager

LIBRARY_VERSION = 62
GREY, YCC = 1, 3  # of the enumeration J_COLOR_SPACE


class HuffmanTable(Structure):
    """JHUFF_TBL"""

    _fields_ = [("bits", c_uint8 * 17), ("huffval", c_uint8 * 256), ("sent_table", c_int)]


class ComponentInfo(Structure):
    """jpeg_component_info"""

    component_id: int
    h_samp_factor: int
    v_samp_factor: int
    quant_tbl_no: int
    dc_tbl_no: int
    ac_tbl_no: int
    width_in_blocks: int
    height_in_blocks: int
    _fields_ = [
        ("component_id", c_int),
        ("component_index", c_int),
        ("h_samp_factor", c_int),
        ("v_samp_factor", c_int),
        ("quant_tbl_no", c_int),
        ("dc_tbl_no", c_int),
        ("ac_tbl_no", c_int),
        ("width_in_blocks", c_uint),
        ("height_in_blocks", c_uint),
        ("DCT_scaled_size", c_int),
        ("downsampled_width", c_uint),
        ("downsampled_height", c_uint),
        ("component_needed", c_int),
        ("MCU_width", c_int),
        ("MCU_height", c_int),
        ("MCU_blocks", c_int),
        ("MCU_sample_width", c_int),
        ("last_col_width", c_int),
        ("last_row_height", c_int),
        ("quant_table", c_void_p),
        ("dct_table", c_void_p),
    ]


HuffmanTables = POINTER(HuffmanTable) * 4
COMMON: list[tuple[str, Any]] = [
    ("err", c_void_p),
    ("mem", POINTER(MemoryManager)),
    ("progress", c_void_p),
    ("client_data", c_void_p),
    ("is_decompressor", c_int),
    ("global_state", c_int),
]
SCAN: list[tuple[str, Any]] = [
    ("comps_in_scan", c_int),
    ("cur_comp_info", c_void_p * 4),
    ("MCUs_per_row", c_uint),
    ("MCU_rows_in_scan", c_uint),
    ("blocks_in_MCU", c_int),
    ("MCU_membership", c_int * 10),
    ("Ss", c_int),
    ("Se", c_int),
    ("Ah", c_int),
    ("Al", c_int),
]


class Compressor(Structure):
    """struct jpeg_compress_struct"""

    comp_info: Any
    dc_huff_tbl_ptrs: Any
    ac_huff_tbl_ptrs: Any
    optimize_coding: int
    restart_interval: int
    write_JFIF_header: int  # noqa: N815
    write_Adobe_marker: int  # noqa: N815
    _fields_ = [
        *COMMON,
        ("dest", c_void_p),
        ("image_width", c_uint),
        ("image_height", c_uint),
        ("input_components", c_int),
        ("in_color_space", c_int),
        ("input_gamma", c_double),
        ("data_precision", c_int),
        ("num_components", c_int),
        ("jpeg_color_space", c_int),
        ("comp_info", POINTER(ComponentInfo)),
        ("quant_tbl_ptrs", c_void_p * 4),
        ("dc_huff_tbl_ptrs", HuffmanTables),
        ("ac_huff_tbl_ptrs", HuffmanTables),
        ("arith_dc_L", c_uint8 * 16),
        ("arith_dc_U", c_uint8 * 16),
        ("arith_ac_K", c_uint8 * 16),
        ("num_scans", c_int),
        ("scan_info", c_void_p),
        ("raw_data_in", c_int),
        ("arith_code", c_int),
        ("optimize_coding", c_int),
        ("CCIR601_sampling", c_int),
        ("smoothing_factor", c_int),
        ("dct_method", c_int),
        ("restart_interval", c_uint),
        ("restart_in_rows", c_int),
        ("write_JFIF_header", c_int),
        ("JFIF_major_version", c_uint8),
        ("JFIF_minor_version", c_uint8),
        ("density_unit", c_uint8),
        ("X_density", c_uint16),
        ("Y_density", c_uint16),
        ("write_Adobe_marker", c_int),
        ("next_scanline", c_uint),
        ("progressive_mode", c_int),
        ("max_h_samp_factor", c_int),
        ("max_v_samp_factor", c_int),
        ("total_iMCU_rows", c_uint),
        *SCAN,
        ("master", c_void_p),
        ("main", c_void_p),
        ("prep", c_void_p),
        ("coef", c_void_p),
        ("marker", c_void_p),
        ("cconvert", c_void_p),
        ("downsample", c_void_p),
        ("fdct", c_void_p),
        ("entropy", c_void_p),
        ("script_space", c_void_p),
        ("script_space_size", c_int),
    ]


class Decompressor(Structure):
    """struct jpeg_decompress_struct"""

    err: int
    mem: Any
    image_width: int
    image_height: int
    num_components: int
    jpeg_color_space: int
    dc_huff_tbl_ptrs: Any
    ac_huff_tbl_ptrs: Any
    comp_info: Any
    progressive_mode: int
    restart_interval: int
    _fields_ = [
        *COMMON,
        ("src", c_void_p),
        ("image_width", c_uint),
        ("image_height", c_uint),
        ("num_components", c_int),
        ("jpeg_color_space", c_int),
        ("out_color_space", c_int),
        ("scale_num", c_uint),
        ("scale_denom", c_uint),
        ("output_gamma", c_double),
        ("buffered_image", c_int),
        ("raw_data_out", c_int),
        ("dct_method", c_int),
        ("do_fancy_upsampling", c_int),
        ("do_block_smoothing", c_int),
        ("quantize_colors", c_int),
        ("dither_mode", c_int),
        ("two_pass_quantize", c_int),
        ("desired_number_of_colors", c_int),
        ("enable_1pass_quant", c_int),
        ("enable_external_quant", c_int),
        ("enable_2pass_quant", c_int),
        ("output_width", c_uint),
        ("output_height", c_uint),
        ("out_color_components", c_int),
        ("output_components", c_int),
        ("rec_outbuf_height", c_int),
        ("actual_number_of_colors", c_int),
        ("colormap", c_void_p),
        ("output_scanline", c_uint),
        ("input_scan_number", c_int),
        ("input_iMCU_row", c_uint),
        ("output_scan_number", c_int),
        ("output_iMCU_row", c_uint),
        ("coef_bits", c_void_p),
        ("quant_tbl_ptrs", c_void_p * 4),
        ("dc_huff_tbl_ptrs", HuffmanTables),
        ("ac_huff_tbl_ptrs", HuffmanTables),
        ("data_precision", c_int),
        ("comp_info", POINTER(ComponentInfo)),
        ("progressive_mode", c_int),
        ("arith_code", c_int),
        ("arith_dc_L", c_uint8 * 16),
        ("arith_dc_U", c_uint8 * 16),
        ("arith_ac_K", c_uint8 * 16),
        ("restart_interval", c_uint),
        ("saw_JFIF_marker", c_int),
        ("JFIF_major_version", c_uint8),
        ("JFIF_minor_version", c_uint8),
        ("density_unit", c_uint8),
        ("X_density", c_uint16),
        ("Y_density", c_uint16),
        ("saw_Adobe_marker", c_int),
        ("Adobe_transform", c_uint8),
        ("CCIR601_sampling", c_int),
        ("marker_list", c_void_p),
        ("max_h_samp_factor", c_int),
        ("max_v_samp_factor", c_int),
        ("min_DCT_scaled_size", c_int),
        ("total_iMCU_rows", c_uint),
        ("sample_range_limit", c_void_p),
        *SCAN,
        ("unread_marker", c_int),
        ("master", c_void_p),
        ("main", c_void_p),
        ("coef", c_void_p),
        ("post", c_void_p),
        ("inputctl", c_void_p),
        ("marker", c_void_p),
        ("entropy", c_void_p),
        ("idct", c_void_p),
        ("upsample", c_void_p),
        ("cconvert", c_void_p),
        ("cquantize", c_void_p),
    ]
