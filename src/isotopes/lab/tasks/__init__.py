"""Tasks, one file each: an image set with the networks and recipes it is learned by."""

from isotopes.lab.tasks.task import (
    Setting,
    Task,
    get_task,
    probe_pictures,
    tasks,
    training_pictures,
)

__all__ = ["Setting", "Task", "get_task", "probe_pictures", "tasks", "training_pictures"]
