"""What commands print beside their progress: surveys, verdicts, notes, and what to do next."""
