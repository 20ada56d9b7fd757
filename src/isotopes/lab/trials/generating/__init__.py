"""What is measured of generators, fine-tunes and encoders."""
