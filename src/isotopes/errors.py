"""Every error this package raises on purpose.

    IsotopesError             exit code 2: what was asked can't be done as asked
    ├── MarkError             a mark can't be made: family, version, key, picture or size
    ├── BlendError            pictures or alpha that can't be blended
    ├── PhotoError            one picture can't be read or written (never stops the others)
    ├── FolderError           a folder can't serve as input or output
    ├── VaultError            the vault can't be opened, read or written
    │   ├── WrongPassphrase   sealed keys did not open
    │   └── ReceiptError      a receipt or opening does not check
    ├── PlanError             the test as planned can't give an answer
    │   ├── TooFewDecoys      no outcome could reach the level
    │   ├── TooFewProbes      not enough probes are left
    │   └── UnknownLabel      the target has no such label
    └── TargetError           exit code 4: the target failed
        ├── TargetUnusable    exit code 2: it can't be asked as it is named, described or installed
        ├── TargetUnreachable no answer after all retries
        └── AnswerError       an answer that can't be used: malformed, NaN, constant

Messages say the subject, the rule and the value received; `hint` says what to do next.
No message ever holds a key, a passphrase or a credential.
"""

from __future__ import annotations

import os
from pathlib import Path


class IsotopesError(Exception):
    """Base of all errors raised on purpose; `hint` tells the person what to do next."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def in_full(self) -> str:
        """Message and hint, as part of a sentence."""
        return f"{self}; {self.hint}" if self.hint else str(self)


def unreadable(path: Path, error: OSError) -> str:
    """Why a file that a person named can't be read, in words."""
    if isinstance(error, FileNotFoundError):
        return f"there is no file {path}"
    if os.path.isdir(path):  # noqa: PTH112 - which Path.is_dir may fail at, where this can't be read
        return f"{path} is a folder, not a file"
    return f"{path} can't be read: {error.strerror or error}"


class MarkError(IsotopesError):
    """A mark can't be made from this family, version, key, picture or size."""


class BlendError(IsotopesError):
    """These pictures, this mark and this alpha can't be blended."""


class PhotoError(IsotopesError):
    """One picture can't be read or written; the others go on."""


class FolderError(IsotopesError):
    """A folder can't serve as input or output."""


class VaultError(IsotopesError):
    """The vault can't be opened, read or written."""


class WrongPassphrase(VaultError):  # noqa: N818 - reads as a sentence where it is caught
    """The sealed keys did not open with this passphrase."""


class ReceiptError(VaultError):
    """A receipt or an opening does not check."""


class PlanError(IsotopesError):
    """The test as planned can't give an answer."""


class TooFewDecoys(PlanError):  # noqa: N818
    """No outcome of the test could reach the level."""


class TooFewProbes(PlanError):  # noqa: N818
    """Not enough probes are left for the test."""


class UnknownLabel(PlanError):  # noqa: N818
    """The target has no such label."""


class TargetError(IsotopesError):
    """The target failed."""

    exit_code = 4


class TargetUnusable(TargetError):  # noqa: N818
    """The target can't be asked as it is named, described or installed here."""

    exit_code = IsotopesError.exit_code  # to run it again would not help


class TargetUnreachable(TargetError):  # noqa: N818
    """No answer came after all retries."""


class AnswerError(TargetError):
    """An answer that can't be used: malformed, NaN, or the same whatever is asked."""
