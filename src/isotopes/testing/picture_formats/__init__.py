"""Wire formats of services that make pictures, one file each."""
