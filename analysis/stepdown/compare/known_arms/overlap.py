"""How far two groups overlap: their chances of the first group, and who could have gone either way.

With p the chance of the first group given covariates and P its share, the preference F has
logit F = logit p - logit P: what p would be were both groups equally large. Between 0.3 and 0.7 a person is
said to be in equipoise; where fewer than half of either group are, the groups have little in common.

Walker AM, Patrick AR, Lauer MS et al. (2013), Comp Effectiveness Res 3:11-20.
"""

import numpy as np
import pandas as pd

from stepdown.survival.core.sample import Floats, Ints

BINS = 10
EITHER_WAY = (0.3, 0.7)


def preference(chance: Floats, arm: Ints) -> Floats:
    """Return the preference of each person for the first group.

    Parameters
    ----------
    chance : array (n,)
        Chance of the first group.
    arm : array of int (n,)
        0 for the first group.

    Examples
    --------
    >>> preference(np.array([0.2, 0.2, 0.5, 0.5, 0.2]), np.array([0, 1, 1, 1, 1])).round(2).tolist()
    [0.5, 0.5, 0.8, 0.8, 0.5]
    """
    share = float((arm == 0).mean())
    odds = chance / np.maximum(1 - chance, 1e-300) * (1 - share) / share
    return np.asarray(odds / (1 + odds))


def overlap(chance: Floats, arm: Ints, labels: tuple[str, ...]) -> pd.DataFrame:
    """Return, for each group, the shares of its people by chance of the first group, and in equipoise.

    Returns
    -------
    DataFrame
        `arm`; `low` and `high` of each of ten equal ranges of the chance, with the `share` of the group; and
        a row without a range, with the share whose preference is from 0.3 to 0.7.
    """
    middle = preference(chance, arm)
    either = (middle >= EITHER_WAY[0]) & (middle <= EITHER_WAY[1])
    edges = np.linspace(0, 1, BINS + 1)
    rows = []
    for number, label in enumerate(labels):
        mine = arm == number
        counts = np.histogram(chance[mine], edges)[0] / mine.sum()
        rows += [
            {"arm": label, "low": low, "high": high, "share": share}
            for low, high, share in zip(edges[:-1], edges[1:], counts, strict=True)
        ]
        rows.append({"arm": label, "low": np.nan, "high": np.nan, "share": float(either[mine].mean())})
    return pd.DataFrame(rows)
