"""The layouts of shards: how samples lie in a file, and how it is written anew."""
