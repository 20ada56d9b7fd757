"""Where dropped models and their descriptions lie, and the best of what a model answers."""

from __future__ import annotations

from pathlib import Path

from isotopes.app.state import App
from isotopes.targets import Scores

DESCRIPTION = ".toml"  # the ending of a description's file
SHOWN = 10  # labels of an answer, the best ones


def best_labels(scores: Scores) -> list[tuple[str, str]]:
    """The best labels of an answer with their scores, for a table."""
    found = zip(scores.labels, scores.values[0].tolist(), strict=True)
    best = sorted((pair for pair in found if pair[1] == pair[1]), key=lambda pair: -pair[1])
    return [(label, f"{score:.4f}") for label, score in best[:SHOWN]]


def write_description(app: App, target: str, description: str) -> None:
    """Write the description to where the model's kind looks for it.

    It writes nothing for a model outside the application's own folder.
    """
    path = Path(target)
    if not description.strip() or models_folder(app) not in path.parents:
        return
    path.with_suffix(DESCRIPTION).write_text(description.replace("\r\n", "\n"), encoding="utf-8")
    path.with_suffix(DESCRIPTION).chmod(0o600)


def models_folder(app: App) -> Path:
    """Where dropped files and descriptions lie."""
    folder = app.folder / "models"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder
