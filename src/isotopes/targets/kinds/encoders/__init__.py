"""Encoders: they answer with embeddings, which anchors turn into scores."""
