"""What is analysed where an onset is only known to lie in an interval: one day of it, or both ends."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.endpoints._onset import Onset

Floats = NDArray[np.float64]


def dated(onset: Onset, rule: str, *, table: pd.DataFrame, seed: int = 0, imputation: int = 0) -> Onset:
    """Return the onset as a study wants it analysed.

    Parameters
    ----------
    onset : Onset
        As a definition gives it.
    rule : str
        A value of `outcome.interval`: "detected" (the latest day), "midpoint" (of (earliest - 1, latest],
        rounded up to a whole day), "imputed" (a day drawn from earliest..latest, each as likely); "bounds"
        and "interval" keep both ends.
    table : DataFrame
        The discharges, with `client_id` and `episode_id`: draws go by their order, not by that of the rows.
    seed, imputation : int
        Seed of the study, and which of several draws.

    Returns
    -------
    Onset
        `confirmed` and `end` as they were.
    """
    if rule in ("bounds", "interval"):
        return onset
    if rule == "detected":
        day = onset.latest
    elif rule == "midpoint":
        day = np.ceil((onset.earliest - 1 + onset.latest) / 2)
    elif rule == "imputed":
        day = _drawn(onset, _shares(table, seed=seed, imputation=imputation))
    else:
        raise ValueError(f"no rule for intervals is called {rule}")
    return replace(onset, earliest=day, latest=day)


def _drawn(onset: Onset, share: Floats) -> Floats:
    happened = np.isfinite(onset.latest)
    earliest, latest = np.where(happened, onset.earliest, 0), np.where(happened, onset.latest, 0)
    day = earliest + np.floor(share * (latest - earliest + 1))
    return np.where(happened, day, np.inf)


def _shares(table: pd.DataFrame, *, seed: int, imputation: int) -> Floats:
    """Return a number from [0, 1) for each discharge, whatever the order of the rows."""
    entropy = np.random.SeedSequence([abs(seed), int(seed < 0), imputation])
    order = np.lexsort([pd.factorize(table[name], sort=True)[0] for name in ("episode_id", "client_id")])
    share = np.empty(len(table))
    share[order] = np.random.default_rng(entropy).random(len(table))
    return share
