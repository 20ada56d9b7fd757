"""Every error that this package raises on purpose.

    IsotopesError                 2  what was asked can't be done as asked
    ├── MarkError                    a mark can't be made: family, version, key, picture or size
    ├── BlendError                   pictures or alpha that can't be blended
    ├── PhotoError                   one picture can't be read or written (never stops the others)
    │   ├── JpegLibraryError         libjpeg isn't there or can't do this; pixels are blended then
    │   └── PublishedPicture         it was published with the mark, so it can't be a probe
    ├── FolderError                  a folder or file can't serve as input or output
    ├── StoreError                   a folder or object store of shards can't be read or written
    ├── VaultError                   the vault can't be opened, read or written
    │   ├── VaultUnreachable         its server is away, or closed the connection: try again
    │   ├── WrongPassphrase          sealed keys did not open
    │   └── ReceiptError             a receipt or opening does not check
    ├── JournalError                 the query journal can't be opened, read or written
    ├── PlanError                    the test as planned can't give an answer
    │   ├── TooFewDecoys             no outcome could reach the level
    │   ├── TooFewProbes             not enough probes are left
    │   └── UnknownLabel             the target has no such label
    ├── QuotaUsedUp                  a site's user has had as many pictures marked as they may
    ├── FakeRefusal                  a fake service refuses a request; it becomes the fake's answer
    └── TargetError               4  the target failed; the same command may go on later
        ├── TargetUnusable        2  it can't be asked as it is named, described or installed
        ├── TargetUnreachable        no answer after all retries
        │   └── ServiceRefused       the service's answer is an error, with a code of its own
        ├── AnswerError              an answer that can't be used: malformed, NaN, constant
        ├── AskingCancelled          nothing was sent: nobody wants the answer any more
        ├── BudgetExhausted          the next batch would cost more than may be spent
        └── ModelChanged             another model answers than the one that was asked first

The number is `exit_code`, which the command line exits with; a class without one inherits its
parent's. `cli/failures.py` lists the codes that belong to no error.

Messages say the subject, the rule and the value received; `hint` says what to do next.
No message ever holds a key, a passphrase or a credential.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def reading(
    path: Path, what: str, *, error: type[IsotopesError] | None = None, hint: str | None = None
) -> Iterator[None]:
    """Wrap a block that reads an untrusted file, so that all its errors look alike.

    The block validates what it reads. It raises ValueError, or an error of this package, with what
    is wrong; any other error is our bug.

    Args:
        what: the file should be, as in "a verdict".
        error: what to raise, FolderError by default.
        hint: what to do, if the error itself has no hint.

    Raises:
        IsotopesError: (as `error` says) the file can't be read, or holds something else.
    """
    kind = error or FolderError
    try:
        yield
    except OSError as failure:
        named = Path(failure.filename) if isinstance(failure.filename, str) else path
        raise kind(unreadable(named, failure), hint=hint) from failure
    except IsotopesError as failure:
        message = f"{path} can't be read as {what}: {failure}"
        raise kind(message, hint=failure.hint or hint) from failure
    except MemoryError as failure:
        message = f"{path} can't be read as {what}: it asks for more memory than there is"
        raise kind(message, hint=hint) from failure
    except ValueError as failure:
        raise kind(f"{path} can't be read as {what}: {failure}", hint=hint) from failure


class MarkError(IsotopesError):
    """A mark can't be made from this family, version, key, picture or size."""


class BlendError(IsotopesError):
    """These pictures, this mark and this alpha can't be blended."""


class PhotoError(IsotopesError):
    """One picture can't be read or written; the others go on."""


class JpegLibraryError(PhotoError):
    """libjpeg is not there, or can't do this; the message is its own."""


class PublishedPicture(PhotoError):  # noqa: N818 - reads as a sentence where it is caught
    """A picture that was published with the mark, so it can't be a probe."""


class FolderError(IsotopesError):
    """A folder or file can't serve as input or output."""


class StoreError(IsotopesError):
    """A folder or an object store of shards can't be listed, read or written."""


class VaultError(IsotopesError):
    """The vault can't be opened, read or written."""


class VaultUnreachable(VaultError):  # noqa: N818 - reads as a sentence where it is caught
    """The vault's server is away, or closed the connection. Nothing was written."""


class WrongPassphrase(VaultError):  # noqa: N818 - reads as a sentence where it is caught
    """The sealed keys did not open with this passphrase."""


class ReceiptError(VaultError):
    """A receipt or an opening does not check."""


class JournalError(IsotopesError):
    """The query journal can't be opened, read or written."""


class PlanError(IsotopesError):
    """The test as planned can't give an answer."""


class TooFewDecoys(PlanError):  # noqa: N818
    """No outcome of the test could reach the level."""


class TooFewProbes(PlanError):  # noqa: N818
    """Not enough probes are left for the test."""


class UnknownLabel(PlanError):  # noqa: N818
    """The target has no such label."""


class FakeRefusal(IsotopesError):  # noqa: N818 - reads as a sentence where it is caught
    """A fake service refuses a request, by a `name` of its own and an HTTP `status`."""

    def __init__(self, name: str, message: str = "", status: int = 400) -> None:
        super().__init__(message or name)
        self.name = name
        self.status = status


class QuotaUsedUp(IsotopesError):  # noqa: N818
    """A site's user has had as many pictures marked today as they may."""


class TargetError(IsotopesError):
    """The target failed."""

    exit_code = 4


class TargetUnusable(TargetError):  # noqa: N818
    """The target can't be asked as it is named, described or installed here."""

    exit_code = IsotopesError.exit_code  # running it again would not help


class TargetUnreachable(TargetError):  # noqa: N818
    """No answer came after all retries."""


class ServiceRefused(TargetUnreachable):
    """The service's answer is an error; `code` is the service's name for it."""

    def __init__(self, message: str, code: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class AnswerError(TargetError):
    """An answer that can't be used: malformed, NaN, or the same whatever is asked."""


class AskingCancelled(TargetError):  # noqa: N818
    """Nothing was sent: the run that wanted the answer was cancelled."""


class BudgetExhausted(TargetError):  # noqa: N818
    """The next batch would cost more than may be spent."""


class ModelChanged(TargetError):  # noqa: N818
    """The model behind the name is not the one that was asked first."""
