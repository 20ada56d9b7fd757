"""Pictures to train on, and to draw marks from."""
