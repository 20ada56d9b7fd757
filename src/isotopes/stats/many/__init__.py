"""Many marks against one target: tests each, and distinguishes it from all others."""
