"""Evidence for others, and checks of what others claim."""
