"""Runtimes of networks, for `network_worker.py`, which imports each file by its path.

Each has the few methods of an onnxruntime session that the worker uses. The worker must start in a
fraction of a second, so these files import nothing of this package.
"""
