"""What a trainer or a service does against isotopes: section 8, appendix A.5 and what came since.

One file each, by where it acts: `filters/` throw training pictures away, `changes/` change them,
`training/` trains in another way, `networks/` changes what was trained, `answers/` what it says.
"""

from isotopes.lab.countermeasures.countermeasure import (
    Countermeasure,
    countermeasures,
    get_countermeasure,
)

__all__ = ["Countermeasure", "countermeasures", "get_countermeasure"]
