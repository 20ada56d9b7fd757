"""Research: image sets, networks and training, to see what marks do to a model.

Importable with torch, numpy, scipy, pillow and pyarrow alone, as on a bare GPU machine.
"""
