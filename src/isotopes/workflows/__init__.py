"""Whole jobs, as a person knows them: mark a folder, check a model, see it all in a demo."""
