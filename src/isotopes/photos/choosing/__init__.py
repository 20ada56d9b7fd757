"""Which pictures get the mark: those that show the same are treated alike."""
