"""What an adjustment cannot do with the data given, as counts."""

from dataclasses import replace
from typing import TypeVar

import numpy as np
import pandas as pd

from stepdown.compare.adjustment_warning import AdjustmentWarning
from stepdown.compare.covariates import AdjustedFor
from stepdown.compare.grace_period.comparison import CloneCensorWeight
from stepdown.compare.known_arms import ArmComparison
from stepdown.compare.positivity import positivity_warnings
from stepdown.compare.refitting import of_discharges
from stepdown.compare.score_balance import named_balance
from stepdown.survival.core.sample import Bools, Ints

ALIKE, MANY, HEAVY = 0.99, 0.05, 0.1
"""Correlation of columns that hold the same information; a large share; a heavy person."""


Found = TypeVar("Found", ArmComparison, CloneCensorWeight)


def with_checks(
    found: Found, models: AdjustedFor, group: Ints, labels: tuple[str, ...], *, complete: Bools, rows: Ints
) -> Found:
    """Return a comparison of discharges with what to look at before using it, and its replicates.

    Parameters
    ----------
    found : ArmComparison or CloneCensorWeight
        The comparison.
    models : AdjustedFor
        What its models see.
    group, labels
        As for `adjustment_warnings`.
    complete : array of bool
        Of all discharges followed, which are compared.
    rows : array of int
        Positions of those compared among all discharges.
    """
    warned: tuple[AdjustmentWarning, ...] = adjustment_warnings(
        models.given, models.covariates, group, labels, drawn=models.drawn
    )
    return replace(
        found,
        scores_missing=models.missing,
        score_balance=named_balance(found.score_balance, models.scores, tuple(models.missing)),
        cautions=(*left_out(complete), *warned, *weight_warnings(found.strategies)),
        again=of_discharges(found.again, rows),
        rows=rows,
    )


def adjustment_warnings(
    given: pd.DataFrame,
    filled: pd.DataFrame,
    group: Ints,
    labels: tuple[str, ...],
    *,
    drawn: tuple[str, ...] = (),
) -> tuple[AdjustmentWarning, ...]:
    """Return what to look at before using an adjusted estimate.

    Parameters
    ----------
    given : DataFrame (n rows)
        Covariates as they are, with missing values.
    filled : DataFrame (n rows)
        What the models see.
    group : array of int (n,)
        Position in `labels`; -1 for those in no group, as who left before it was clear.
    labels : tuple of str
        The groups.
    drawn : tuple of str
        Covariates whose missing values are drawn.
    """
    kept = np.flatnonzero(group >= 0)
    found = _of_columns(given, drawn)
    return (*found, *positivity_warnings(given.iloc[kept], filled.iloc[kept], group[kept], labels))


def weight_warnings(strategies: pd.DataFrame) -> tuple[AdjustmentWarning, ...]:
    """Return the groups in which one person has a large share of the weight on some day."""
    rows = strategies[strategies["largest_share"] > HEAVY]
    return tuple(
        AdjustmentWarning(kind="heavy", count=float(share), size=0, arm=str(label))
        for label, share in zip(rows["strategy"], rows["largest_share"], strict=True)
    )


def left_out(kept: Bools) -> tuple[AdjustmentWarning, ...]:
    """Return how many discharges of a comparison are left out, as they lack a covariate."""
    out = int((~kept).sum())
    return (AdjustmentWarning(kind="left_out", count=out, size=len(kept)),) if out else ()


def _of_columns(given: pd.DataFrame, drawn: tuple[str, ...]) -> list[AdjustmentWarning]:
    size, found, numbers = len(given), [], {}
    for name in given:
        missing = int(given[name].isna().sum())
        if given[name].nunique() <= 1 and not missing:
            found.append(AdjustmentWarning(kind="constant", count=size, size=size, term=str(name)))
        elif missing and name in drawn:
            found.append(AdjustmentWarning(kind="drawn", count=missing, size=size, term=str(name)))
        elif missing > MANY * size:
            found.append(AdjustmentWarning(kind="unknown", count=missing, size=size, term=str(name)))
        codes = given[name]
        if not pd.api.types.is_numeric_dtype(codes):
            codes = pd.Series(pd.factorize(codes)[0], index=codes.index)
        numbers[str(name)] = codes.to_numpy(dtype=float, na_value=np.nan)
    names = [name for name, column in numbers.items() if len(np.unique(column[np.isfinite(column)])) > 1]
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            both = np.isfinite(numbers[one]) & np.isfinite(numbers[other])
            pair = numbers[one][both], numbers[other][both]
            if both.sum() > 2 and min(np.std(pair[0]), np.std(pair[1])) > 0:
                alike = abs(float(np.corrcoef(*pair)[0, 1])) > ALIKE
                if alike:
                    warning = AdjustmentWarning(kind="alike", count=size, size=size, term=one, level=other)
                    found.append(warning)
    return found
