"""TIFF files, changed in place: new pixels in an old file, everything else as it was."""
