"""What a test run may skip: CI installs all that is tested, so anything else is a hole in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

# A reason, and why it is all right. A test of something else must be able to run in CI.
ALLOWED = {
    r"no .* beside the project|the real photos are not there|no table was measured yet": (
        "image sets are too large for the repository"
    ),
    r"could not import '(azure|google\.cloud|tritonclient|inference_sdk|clarifai_grpc)": (
        "vendors' clients don't install beside one another (docs/targets.md)"
    ),
    r"needs an account other than root": "PostgreSQL refuses to run as root",
    r"no chromium|needs openssl|no /dev/full|needs named pipes|needs kill -9": "the system's own",
    r"needs a C compiler on Linux": "the system's own",
    r"is limited on Linux|reads /proc|names are Unicode there|takes only Unicode": "the system's",
    r"Pillow (has|brings) no shared libjpeg": "Pillow was built in another way",
    r"only the rows tell the conditions": "nothing to test for that experiment",
}


def reason_of(report: object) -> str:
    """Why a report says that its test was skipped."""
    place = getattr(report, "longrepr", None)
    text = place[2] if isinstance(place, tuple) else str(place)
    return str(text).removeprefix("Skipped: ")


def counted(reports: Iterable[object]) -> Counter[str]:
    """How many were skipped for each reason."""
    return Counter(reason_of(report) for report in reports)


def forbidden(reasons: Iterable[str]) -> list[str]:
    """The reasons that are not on the list."""
    return sorted(
        reason for reason in reasons if not any(re.search(known, reason) for known in ALLOWED)
    )
