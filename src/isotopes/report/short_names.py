"""Names that are short enough for a picture and still differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from isotopes.escaping import escape, shortened


def short_names(names: Sequence[str], longest: int) -> list[str]:
    r"""Each name in at most about `longest` characters that a plot's font has.

    It cuts the middle of a name, as ends differ most often. If different names come out alike, or
    the font lacks their script, it adds their place in the list.

    >>> short_names(["holiday-2024-beach-one", "holiday-2024-beach-two"], 16)
    ['holid ... ch-one', 'holid ... ch-two']
    >>> short_names(["\u732b", "\u72ac"], 16)
    ['? (1)', '? (2)']
    """
    plain = [
        shortened(escape(name).encode("ascii", "replace").decode(), longest).replace("$", r"\$")
        for name in names
    ]
    different = Counter(short for short, _ in set(zip(plain, names, strict=True)))
    return [
        f"{short} ({at})" if different[short] > 1 else short for at, short in enumerate(plain, 1)
    ]
