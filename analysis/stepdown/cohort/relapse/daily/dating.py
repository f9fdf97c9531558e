"""What is analyzed where an onset is only known to lie in an interval: one day of it, or both ends."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.relapse.daily.evidence import Onset

Floats = NDArray[np.float64]


def dated(onset: Onset, rule: str) -> Onset:
    """Return the onset as a study wants it analyzed.

    Parameters
    ----------
    onset : Onset
        As a definition gives it.
    rule : str
        A value of `outcome.interval`: "detected" (the latest day), "midpoint" (of (earliest - 1, latest],
        rounded up to a whole day); "bounds", "interval" and "imputed" keep both ends, the last because days
        are drawn only when it is known who is compared (`stepdown.cohort.impute`).

    Returns
    -------
    Onset
        `confirmed` and `end` as they were.
    """
    if rule in ("bounds", "interval", "imputed"):
        return onset
    if rule == "detected":
        day = onset.latest
    elif rule == "midpoint":
        day = np.ceil((onset.earliest - 1 + onset.latest) / 2)
    else:
        raise ValueError(f"no rule for intervals is called {rule}")
    return replace(onset, earliest=day, latest=day)


def shares(table: pd.DataFrame, *, seed: int, imputations: int) -> tuple[Floats, Floats]:
    """Return random numbers for each imputation and discharge, whatever the order of the rows.

    Parameters
    ----------
    table : DataFrame
        The discharges, with `client_id` and `episode_id`.
    seed, imputations : int
        Seed of the study, and how many imputations.

    Returns
    -------
    share, mass : array of float (imputations, discharges)
        Evenly from [0, 1), and from the exponential law with mean 1.
    """
    order = np.lexsort([pd.factorize(table[name], sort=True)[0] for name in ("episode_id", "client_id")])
    share, mass = np.empty((2, imputations, len(table)))
    for number in range(imputations):
        draw = np.random.default_rng(np.random.SeedSequence([abs(seed), int(seed < 0), number]))
        share[number, order] = draw.random(len(table))
        mass[number, order] = draw.exponential(size=len(table))
    return share, mass
