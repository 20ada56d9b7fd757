"""Picture files and folders: find, choose, mark and write them, metadata included."""

from isotopes.photos.choosing.alike import Alike, Bond, group_alike
from isotopes.photos.choosing.choose import Choice, choose
from isotopes.photos.choosing.glance import Likeness, same_as_known
from isotopes.photos.choosing.siblings import Sibling, find_siblings
from isotopes.photos.content import Content
from isotopes.photos.fate import Entry, Fate, FileOutcome, Strip
from isotopes.photos.folders import check_folders
from isotopes.photos.formats import mark_bytes
from isotopes.photos.inserting import COLOUR_ALONE, mark_picture
from isotopes.photos.preview import Preview, preview_photo
from isotopes.photos.reading import read_folder, read_picture
from isotopes.photos.run.engine import Progress, mark_photos, marked_before
from isotopes.photos.run.jobs import Job, plan_jobs
from isotopes.photos.run.limits import WorkerLimits
from isotopes.photos.run.look_through import look_through
from isotopes.photos.run.pool import Workers, count_workers
from isotopes.photos.run.summary import MarkSummary
from isotopes.photos.scan import list_files, scan

__all__ = [
    "COLOUR_ALONE",
    "Alike",
    "Bond",
    "Choice",
    "Content",
    "Entry",
    "Fate",
    "Job",
    "Likeness",
    "WorkerLimits",
    "MarkSummary",
    "FileOutcome",
    "Preview",
    "Progress",
    "Sibling",
    "Strip",
    "Workers",
    "check_folders",
    "choose",
    "count_workers",
    "find_siblings",
    "group_alike",
    "list_files",
    "look_through",
    "mark_bytes",
    "mark_photos",
    "mark_picture",
    "marked_before",
    "plan_jobs",
    "preview_photo",
    "read_folder",
    "read_picture",
    "same_as_known",
    "scan",
]
