"""What commands print besides their progress: surveys, verdicts, notes, and what to do next."""
