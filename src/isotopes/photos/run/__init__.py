"""Marking a folder: jobs, worker processes, the journal."""
