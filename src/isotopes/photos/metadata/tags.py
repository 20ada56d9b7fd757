"""The tags of TIFF and EXIF that matter here, and which of them are known."""

from __future__ import annotations

import re

from PIL.ExifTags import GPS, Base

ORIENTATION, EXIF_IFD, GPS_IFD, INTEROP_IFD, SUB_IFD = 0x0112, 0x8769, 0x8825, 0xA005, 0x014A
XMP, IPTC, PHOTOSHOP, PROFILE, MAKER_NOTE, C2PA = 700, 33723, 34377, 34675, 0x927C, 52545
JPEG_START, JPEG_LENGTH, USER_COMMENT = 513, 514, 0x9286
# As Pillow looks for it in XMP, well-formed or not.
XMP_ORIENTATION = re.compile(rb"""tiff:Orientation\s*(?:=\s*["']|>)\s*([1-8])""")
POINTERS = {EXIF_IFD, INTEROP_IFD, GPS_IFD}
# Microsoft's titles, comments and keywords: UTF-16 in bytes.
WIDE_TEXT = {40091, 40092, 40093, 40094, 40095}

# What says how a page's pixels are coded: width, height, bits, compression, photometric, fill
# order, strips, samples, planes, predictor, colour map, tiles, extra samples, format, JPEG, YCbCr.
CODING = {256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 280, 281, 284, 292, 293, 317, 320, 322}
CODING |= {323, 324, 325, 332, 334, 336, 338, 339, 340, 341, 347, 512, 515, 517, 518}
CODING |= {529, 530, 531, 532}
# Photoshop's layers and sketches, a raw file inside, makers' private blocks in DNG, an old preview.
HIDDEN_PICTURES = {37724, 50255, 50828, 50740, 51107, JPEG_START, JPEG_LENGTH, SUB_IFD}
# Where a map's pixels lie on earth (GeoTIFF 1.1, and older ones), and GDAL's notes about it.
GEOGRAPHIC = {33550, 33918, 33919, 33920, 33922, 34263, 34264, 34735, 34736, 34737, 42112, 42113}
KNOWN = {int(tag) for tag in Base} | GEOGRAPHIC | HIDDEN_PICTURES | CODING
KNOWN |= {0xEA1C, 0xEA1D, 0xA436, 0xA437, 0xA438, 0xA439, 0xA43A, 0xA43B, 0xA43C}  # Windows; 3.0
GPS_TAGS = {int(tag) for tag in GPS}
INTEROP_TAGS = {1, 2, 4096, 4097, 4098}
