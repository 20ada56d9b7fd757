"""Whole jobs as a person sees them: mark a folder, check a model, run the demo."""
