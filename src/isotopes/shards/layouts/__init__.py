"""The layouts of shards: how samples lie in a file, and how the file is rewritten."""
