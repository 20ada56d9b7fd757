"""Picture files and folders: found, chosen, marked and written, with all that they hold kept."""

from isotopes.photos.choose import choose
from isotopes.photos.fate import Entry, Fate, Outcome, Strip
from isotopes.photos.folders import check_folders
from isotopes.photos.formats import mark_bytes
from isotopes.photos.inserting import COLOUR_ALONE, mark_picture
from isotopes.photos.preview import Preview, preview_photo
from isotopes.photos.reading import read_folder, read_picture
from isotopes.photos.run.engine import mark_photos
from isotopes.photos.run.jobs import Job, plan_jobs
from isotopes.photos.run.summary import MarkSummary
from isotopes.photos.scan import scan

__all__ = [
    "COLOUR_ALONE",
    "Entry",
    "Fate",
    "Job",
    "MarkSummary",
    "Outcome",
    "Preview",
    "Strip",
    "check_folders",
    "choose",
    "mark_bytes",
    "mark_photos",
    "mark_picture",
    "plan_jobs",
    "preview_photo",
    "read_folder",
    "read_picture",
    "scan",
]
