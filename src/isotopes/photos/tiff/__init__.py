"""TIFF files, changed where they lie: new pixels in an old file, everything else as it was."""
