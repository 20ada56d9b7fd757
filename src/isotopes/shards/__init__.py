"""Collections too large for a folder: tar and parquet shards, on disks and in object stores."""
