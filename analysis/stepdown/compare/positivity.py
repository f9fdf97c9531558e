"""Values, pairs of values and chances that keep people out of a group."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from stepdown.compare.adjustment_warning import AdjustmentWarning
from stepdown.compare.grace_period.covariate_terms import covariate_terms
from stepdown.compare.known_arms.propensity import fit_propensity
from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Floats, Ints

FEWEST_ALIKE = 10
"""People with a value below which it may be chance that none of them is in a group."""
MOST_NAMED = 5
RARE, MANY, BY_CHANCE = 0.02, 0.05, 0.05
"""A small chance; a large share; how probable an empty pair may be in one of all pairs looked at."""


def positivity_warnings(
    given: pd.DataFrame, filled: pd.DataFrame, group: Ints, labels: tuple[str, ...]
) -> list[AdjustmentWarning]:
    """Return which people are in no case in a group, or hardly could have been in it.

    Values of categories and flags with which nobody is in a group, then pairs of them, both with the most
    people first; then how many had a small chance by all characteristics at once. A pair is named where
    neither value is, and where the chances of its people, by a model without interactions, make it
    improbable that none of them is in the group, at 5% over all pairs looked at.

    Parameters
    ----------
    given : DataFrame (n rows)
        Covariates as they are, with missing values.
    filled : DataFrame (n rows)
        What the models see.
    group : array of int (n,)
        Position in `labels`.
    labels : tuple of str
        The groups.

    Returns
    -------
    list of AdjustmentWarning
        Of the kinds `never`, `never_together` and `extreme`.
    """
    values = {str(name): _texts(given[name]) for name in given if _of_few_values(given[name])}
    codes = {name: pd.factorize(texts, sort=True) for name, texts in values.items()}
    found = sorted(_values(codes, group, labels), key=lambda one: -one.count)[:MOST_NAMED]
    chance = _chances(filled, group, len(labels))
    if chance is None:
        return found
    pairs = sorted(_pairs(codes, group, labels, chance), key=lambda one: -one.count)[:MOST_NAMED]
    many = int((chance.min(axis=1) < RARE).sum())
    extreme = [AdjustmentWarning(kind="extreme", count=many, size=len(group))]
    return [*found, *pairs, *(extreme if many > MANY * len(group) else [])]


def _of_few_values(series: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(series) or series.nunique() <= 2


def _texts(series: pd.Series) -> pd.Series:
    return series.astype("object").where(series.notna(), "missing").astype(str)


def _chances(filled: pd.DataFrame, group: Ints, arms: int) -> Floats | None:
    """Return the chance of each group (n, arms) by all covariates without interactions, if it can be had."""
    terms = covariate_terms(filled, size=len(filled))
    try:
        return fit_propensity(group, terms.values, terms.penalty, arms=arms).chance
    except EstimateError:
        return None


Codes = dict[str, tuple[Ints, pd.Index]]


def _values(codes: Codes, group: Ints, labels: tuple[str, ...]) -> Iterator[AdjustmentWarning]:
    for name, (code, values) in codes.items():
        counts = _counts(code, len(values), group, len(labels))
        for at, arm in np.argwhere((counts == 0) & (counts.sum(axis=1) >= FEWEST_ALIKE)[:, None]):
            yield AdjustmentWarning(
                kind="never", count=int(counts[at].sum()), size=len(group), term=name, level=str(values[at]),
                arm=labels[arm],
            )  # fmt: skip


def _pairs(codes: Codes, group: Ints, labels: tuple[str, ...], chance: Floats) -> Iterator[AdjustmentWarning]:
    """Yield of each two covariates and group the least probable pair of values with nobody in the group."""
    none_of, looked = {}, 0
    stays_out = np.log1p(-np.minimum(chance, 1 - 1e-12))
    for one, other in combinations(codes, 2):
        (first, values), (second, others) = codes[one], codes[other]
        # Only pairs that occur: of two columns of thousands of values most do not.
        both, pair = pd.factorize(first * len(others) + second, sort=True)
        counts = _counts(both, len(pair), group, len(labels))
        size = counts.sum(axis=1)
        looked += int((size >= FEWEST_ALIKE).sum()) * len(labels)
        # What a value alone explains is named with the value.
        alone = _counts(first, len(values), group, len(labels))
        alone_other = _counts(second, len(others), group, len(labels))
        open_to = (alone > 0)[pair // len(others)] & (alone_other > 0)[pair % len(others)]
        empty = (counts == 0) & (size >= FEWEST_ALIKE)[:, None] & open_to
        for arm, label in enumerate(labels):
            cells = np.flatnonzero(empty[:, arm])
            if len(cells):
                log_chance = np.bincount(both, weights=stays_out[:, arm], minlength=len(counts))
                at = int(cells[log_chance[cells].argmin()])
                none_of[one, other, label] = (float(log_chance[at]), int(size[at]), int(pair[at]))
    for (one, other, label), (by_chance, many, at) in none_of.items():
        if by_chance < np.log(BY_CHANCE / looked):
            value, other_value = divmod(at, len(codes[other][1]))
            yield AdjustmentWarning(
                kind="never_together", count=many, size=len(group), term=one, arm=label, other=other,
                level=str(codes[one][1][value]), other_level=str(codes[other][1][other_value]),
            )  # fmt: skip


def _counts(code: Ints, values: int, group: Ints, arms: int) -> Ints:
    """Return the people with each value in each group (values, arms)."""
    return np.bincount(code * arms + group, minlength=values * arms).reshape(values, arms)
