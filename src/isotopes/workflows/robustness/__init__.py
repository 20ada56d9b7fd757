"""How much of a mark is left after what sites and trainers do to pictures."""
