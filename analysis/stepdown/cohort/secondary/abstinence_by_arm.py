"""Abstinence at the contacts due in arms whose clients are not known for sure.

At a landmark those are compared who were free of relapse then. Where the day of a relapse is imputed, each
imputation has its own clients, and the shares are pooled: with p the mean of the m shares, U the mean of
their variances p_j (1 - p_j) / n_j and B the variance between them,

    r  = (1 + 1 / m) B / U                          (what is not known of the days, against what n shows)
    df = (m - 1) (1 + 1 / r)^2

and the interval is Wilson's for n / (1 + r), with the t distribution of df. Where days are ranges, a client
whose range contains the landmark may be compared or not: the lowest share is that in which those who used
are, and those who were abstinent are not, and the highest the other way round.

References
----------
Lott A, Reiter JP (2020), Am Stat 74:109-115 (Wilson's interval with multiple imputation).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.analysis_times import HIGHEST, LOWEST
from stepdown.cohort.clustered_proportions import METHOD, wilson
from stepdown.cohort.people import People
from stepdown.cohort.relapse.daily.evidence import Given
from stepdown.cohort.secondary.abstinent_at import ABSTINENT, LEFT_OUT, USED, results_at, shares_at

Ints = NDArray[np.int64]
_SHARE = ["visit", "rule", "group"]


def abstinent_in_readings(
    given: Given, people: People, readings: Sequence[Ints], *, imputed: bool, level: float = 0.95
) -> pd.DataFrame:
    """Return the shares of `abstinent_at` in arms that differ between the readings of a design.

    Parameters
    ----------
    given : Given
        Eligible discharges, linked to the tables of their cohort.
    people : People
        Those of them that are in the study.
    readings : sequence of array of int (discharges,)
        Arm of each discharge in each reading; -1 for one in none.
    imputed : bool
        The readings are imputations; otherwise together they hold everyone who may be in an arm.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        As of `abstinent_at`; also `bound`, "lowest" or "highest" where the arms are not known.

    Raises
    ------
    DesignError
        No visit schedule is defined.
    """
    found = results_at(given, people)
    first, *others = readings
    if all(np.array_equal(first, other) for other in others):
        return shares_at(found, people, first, level=level)
    if imputed:
        shares = [shares_at(found, people, groups, level=level) for groups in readings]
        return pooled_shares(pd.concat(shares, ignore_index=True), level)
    everyone = np.max(readings, axis=0)
    unsure = np.min(readings, axis=0) != everyone
    ends = []
    for bound, kept in ((LOWEST, USED), (HIGHEST, ABSTINENT)):
        results = {
            rule: np.where(unsure & (held != kept), LEFT_OUT, held) for rule, held in found.results.items()
        }
        share = shares_at(replace(found, results=results), people, everyone, level=level)
        ends.append(share.assign(bound=bound))
    return pd.concat(ends).sort_values(["visit", "group"], kind="stable", ignore_index=True)


def pooled_shares(shares: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return one share of those of several imputations; counts are means.

    Parameters
    ----------
    shares : DataFrame
        visit, rule, group, numerator, denominator, rate and design_effect, one row an imputation.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        As of `abstinent_at`.
    """
    size = shares["denominator"] / shares["design_effect"]
    shares = shares.assign(size=size, within=shares["rate"] * (1 - shares["rate"]) / size)
    by = shares.groupby(_SHARE, sort=False)
    count = by["rate"].count()
    mean = by[["rate", "size", "within", "numerator", "denominator"]].mean()
    more = (1 + 1 / count) * by["rate"].var(ddof=1).fillna(0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(mean["within"] > 0, more / mean["within"], 0.0)
        df = np.where(ratio > 0, (count - 1) * (1 + 1 / ratio) ** 2, np.inf)
    low, high = wilson(mean["rate"].to_numpy(), mean["size"].to_numpy() / (1 + ratio), level, df=df)
    method = f"{METHOD}, {count.max()} imputations pooled"
    return mean.assign(conf_low=low, conf_high=high, method=method).reset_index()
