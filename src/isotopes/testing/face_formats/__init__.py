"""Wire formats of services that search faces, one file for each."""
