"""Types with ranges: `restore` refuses values from a file that lie outside them.

None of the ranges holds NaN or infinity.
"""

from __future__ import annotations

import sys
from typing import Annotated

from msgspec import Meta

LONGEST_TEXT = 1000  # characters of a name, label or address

Finite = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max)]
Probability = Annotated[float, Meta(ge=0, le=1)]
PValue = Annotated[float, Meta(gt=0, le=1)]
Level = Annotated[float, Meta(gt=0, lt=1)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Digest = Annotated[str, Meta(pattern="^sha256:[0-9a-f]{64}$")]
