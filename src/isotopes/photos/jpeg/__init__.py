"""Blending on the DCT coefficients of JPEG files."""
