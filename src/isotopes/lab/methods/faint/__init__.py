"""Methods at one visibility: what they change in pictures is faded to 28 dB."""
