"""Which cosine of features counts as alike? `python -m bench.look_alikes`

Prints the cosines at which a service would catch a thousandth, a hundredth and a tenth of an honest
user's queries, on models of which no power is reported. `disguise` in the lab takes these. The
models are trained first, if the lab's cache doesn't hold them.
"""

from __future__ import annotations

import numpy as np

from bench.own_pictures.models import faces_marked_subtly
from isotopes.lab.countermeasures.answers.look_alikes import QuerySequence
from isotopes.lab.folders import cache_folder
from isotopes.lab.models.bank import Bank
from isotopes.lab.tasks import probe_pictures
from isotopes.lab.trials.own_pictures.watched import HELD_OUT

SEEDS = (7002, 7004)
CAUGHT = (0.001, 0.01, 0.1)  # of an honest user's queries
ACCOUNTS = 5  # orders of asking, for each model


def main() -> None:
    bank = Bank(cache_folder() / "models")
    closest = []
    for seed in SEEDS:
        described = faces_marked_subtly(seed)
        held_out = probe_pictures(described.task, described.setting, seed, HELD_OUT)
        for account in range(ACCOUNTS):
            order = np.random.default_rng([seed, account]).permutation(len(held_out.labels))
            asked = QuerySequence(bank.get(described), held_out.pixels[order])
            closest.append(asked.closest_earlier("features"))
    bounds = np.quantile(np.concatenate(closest), [1 - share for share in CAUGHT])
    for share, bound in zip(CAUGHT, bounds, strict=True):
        print(f"{share:g} of an honest user's queries have an earlier one at {bound:.3f} or above")


if __name__ == "__main__":
    main()
