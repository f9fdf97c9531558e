"""What an adjustment cannot do with the data given, as counts."""

from dataclasses import replace
from typing import TypeVar

import numpy as np
import pandas as pd

from stepdown.compare.adjustment_warning import AdjustmentWarning
from stepdown.compare.covariates import AdjustedFor
from stepdown.compare.grace_period.comparison import CloneCensorWeight
from stepdown.compare.grace_period.covariate_terms import covariate_terms
from stepdown.compare.known_arms import ArmComparison
from stepdown.compare.known_arms.propensity import fit_propensity
from stepdown.compare.refitting import of_discharges
from stepdown.compare.score_balance import named_balance
from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Bools, Ints

FEWEST_IN_LEVEL = 10
"""People with a value below which it may be chance that none of them is in a group."""
MOST_NAMED = 5
ALIKE, RARE, MANY, HEAVY = 0.99, 0.02, 0.05, 0.1
"""Correlation of columns that hold the same information; a small chance; a large share; a heavy person."""


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
    found = [*_of_columns(given, drawn), *_never(given.iloc[kept], group[kept], labels)]
    return (*found, *_extreme(filled.iloc[kept], group[kept], len(labels)))


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


def _never(given: pd.DataFrame, group: Ints, labels: tuple[str, ...]) -> list[AdjustmentWarning]:
    """Return values of categories and flags with which nobody is in a group, the most frequent first."""
    found = []
    for name in given:
        series = given[name]
        if pd.api.types.is_numeric_dtype(series) and series.nunique() > 2:
            continue
        texts = series.astype("object").where(series.notna(), "missing").astype(str)
        codes, values = pd.factorize(texts, sort=True)
        counts = np.zeros((len(values), len(labels)), dtype=np.int64)
        np.add.at(counts, (codes, group), 1)
        for value, of_groups in zip(values, counts, strict=True):
            size = int(of_groups.sum())
            if size >= FEWEST_IN_LEVEL:
                found += [
                    AdjustmentWarning(
                        kind="never", count=size, size=len(group), term=str(name), level=str(value), arm=label
                    )
                    for label, many in zip(labels, of_groups, strict=True)
                    if not many
                ]
    return sorted(found, key=lambda one: -one.count)[:MOST_NAMED]


def _extreme(filled: pd.DataFrame, group: Ints, arms: int) -> list[AdjustmentWarning]:
    terms = covariate_terms(filled, size=len(filled))
    try:
        chance = fit_propensity(group, terms.values, terms.penalty, arms=arms).chance
    except EstimateError:
        return []
    many = int((chance.min(axis=1) < RARE).sum())
    if many <= MANY * len(group):
        return []
    return [AdjustmentWarning(kind="extreme", count=many, size=len(group))]
