"""What a trainer or service can do against isotopes: section 8, appendix A.5 and later work.

One file each, in a folder for the stage at which it acts: `filters/` drops training pictures,
`changes/` changes them, `training/` trains differently, `networks/` changes the trained network,
`answers/` its answers.
"""

from isotopes.lab.countermeasures.countermeasure import (
    Countermeasure,
    countermeasures,
    get_countermeasure,
)

__all__ = ["Countermeasure", "countermeasures", "get_countermeasure"]
