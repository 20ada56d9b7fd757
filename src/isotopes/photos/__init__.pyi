"""What `isotopes.photos` gives; `lazy_loader` reads this file too."""

from .choosing.alike import Alike, Bond, group_alike
from .choosing.choose import Choice, choose
from .choosing.colours import carries_mark
from .choosing.glance import Likeness, same_as_known
from .choosing.parts import parts_of_known
from .choosing.siblings import Sibling, find_siblings
from .content import Content
from .fate import Entry, Fate, FileOutcome, Strip
from .folders import check_folders
from .formats import mark_bytes
from .inserting import COLOUR_ALONE, mark_picture
from .listing import list_files, scan
from .preview import Preview, preview_photo
from .reading import read_folder, read_picture
from .run.engine import Progress, mark_photos, marked_before
from .run.jobs import Job, plan_jobs
from .run.limits import WorkerLimits
from .run.look_through import look_through
from .run.pool import Workers, count_workers
from .run.summary import MarkSummary

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
    "carries_mark",
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
    "parts_of_known",
    "read_folder",
    "read_picture",
    "same_as_known",
    "scan",
]
