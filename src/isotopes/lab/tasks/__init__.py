"""Tasks, one file each: an image set with the networks and recipes it is learned by."""

from isotopes.lab.tasks.task import (
    Collection,
    Task,
    TaskSetting,
    chosen_labels,
    collections,
    get_task,
    label_count,
    probe_pictures,
    spare_pictures,
    tasks,
    training_pictures,
)

__all__ = [
    "Collection",
    "TaskSetting",
    "Task",
    "chosen_labels",
    "collections",
    "get_task",
    "label_count",
    "probe_pictures",
    "spare_pictures",
    "tasks",
    "training_pictures",
]
