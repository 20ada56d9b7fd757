"""Services that answer with embeddings."""
