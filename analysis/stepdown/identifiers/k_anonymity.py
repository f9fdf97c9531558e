"""k-anonymity: how many clients share all quasi-identifiers."""

import numpy as np
import pandas as pd

from stepdown.schema import DISCHARGES, Anonymity

_AGE_BAND = 5


def anonymity(discharges: pd.DataFrame) -> Anonymity | None:
    """Return the size of the groups that share all quasi-identifiers.

    Each client counts once, by the first discharge; a missing value is a value of its own; ages are
    taken in bands of five years.

    Parameters
    ----------
    discharges : DataFrame
        Canonical table.

    Returns
    -------
    Anonymity or None
        None where no quasi-identifier is held.
    """
    people = discharges[~discharges["client_id"].duplicated()]
    names = tuple(
        column.name
        for column in DISCHARGES
        if column.quasi and column.name in people and people[column.name].notna().any()
    )
    if not names:
        return None
    group = np.zeros(len(people), dtype=np.int64)
    for name in names:
        codes, kinds = pd.factorize(_banded(people[name]), use_na_sentinel=False)
        # Renumbered after each column, so the product cannot overflow.
        group, _ = pd.factorize(group * len(kinds) + codes)
    sizes = np.bincount(group)
    return Anonymity(
        columns=names, smallest=int(sizes.min()), alone=int((sizes == 1).sum()), clients=len(people)
    )


def _banded(series: pd.Series) -> pd.Series:
    return series // _AGE_BAND if series.name == "age" else series
