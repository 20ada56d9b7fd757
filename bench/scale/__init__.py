"""What it takes to mark, keep and ask about very many pictures and users (docs/scale.md)."""
