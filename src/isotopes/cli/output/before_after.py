"""One look before marking: a photo before and after, and the question whether to go ahead."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from isotopes.cli.output.losses import loss_warnings
from isotopes.cli.terminal import agreed, somebody_answers, tell, warn
from isotopes.errors import IsotopesError, PhotoError

if TYPE_CHECKING:
    from isotopes.marks import Family
    from isotopes.photos import Preview
    from isotopes.workflows.marking import MarkRequest
    from isotopes.workflows.marking.survey import Survey

TRIED = 5  # pictures: a mark of colour alone can't be shown in grey ones


def ask_before_marking(request: MarkRequest, found: Survey, yes: bool) -> None:
    """Show one picture before and after, say on which ways such a mark is lost, and ask once.

    It doesn't ask with --yes, without a terminal, or when it finishes an earlier run: then the
    output folder isn't empty.

    Raises:
        IsotopesError: the user says no; nothing was written.
    """
    from isotopes.marks import get_family
    from isotopes.workflows.robustness.measure import left_on_the_way

    count = sum(group.count for group in found.groups)
    if yes or not count or not somebody_answers() or _begun(request.output):
        return
    family = get_family(request.family, request.options)
    example = _example(request, found, family)
    if example is None:
        return
    photo, shown = example
    with _private(shown) as sheet:
        row = shown.rows[0]
        tell(f"before and after, at alpha {row.alpha:g}, {row.measures.in_words}: {sheet}")
        if shown.bands:
            tell("large parts of this photo are smooth and pale: colours show most there")
        left = left_on_the_way(photo, family, request.alpha)
        lost = list(loss_warnings(left, "a mark like this in this photo"))
        for warning in lost:
            warn(warning)
        if lost:
            tell("`isotopes robustness PHOTO` shows more")
        if not agreed(f"mark {count} pictures like this?"):
            raise IsotopesError(
                "nothing was marked",
                hint="--visibility subtle, faint or plain; `isotopes preview PHOTO` shows each",
            )


def _begun(output: Path) -> bool:
    return output.is_dir() and any(output.iterdir())


def _example(request: MarkRequest, found: Survey, family: Family) -> tuple[Path, Preview] | None:
    """The first picture that shows the mark, and its preview; nothing is published with its key."""
    from isotopes.photos import preview_photo
    from isotopes.workflows.marking.looking import LOOKED_AT

    mark = family.draw(LOOKED_AT, 0)
    names = (name for group in found.groups for name in group.markable)
    for name in islice(names, TRIED):
        photo = request.source / name
        try:
            return photo, preview_photo(photo, mark, {"after": request.alpha}, perceptual=False)
        except PhotoError:
            continue
    return None


@contextmanager
def _private(shown: Preview) -> Iterator[Path]:
    """The sheet in a temporary file that only its owner can read, deleted after the answer.

    It shows the photo without its mark, so it must not stay, or lie beside the marked photos.
    """
    with tempfile.TemporaryDirectory(prefix="isotopes-") as folder:
        path = Path(folder) / "before-and-after.png"
        shown.sheet.save(path)
        yield path
