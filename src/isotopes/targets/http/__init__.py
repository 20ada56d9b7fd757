"""Targets that answer JSON over HTTP."""
