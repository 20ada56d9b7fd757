"""Metadata that several formats share: EXIF blocks and XMP packets."""
