"""Encoders answer with embeddings; anchors or prompts turn these into scores."""
