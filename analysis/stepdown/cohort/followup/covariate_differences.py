"""How those contacted differ from those not contacted: standardized differences of what was known before.

Number: d = (m1 - m0) / sqrt((s1^2 + s0^2) / 2), with sample variances, among those whose value is known.
Level of a category (a missing value is a level of its own): the same with s^2 = p (1 - p).
Category as a whole, with p1, p0 the shares of all its levels but one (Yang and Dalton):

    d = sqrt((p1 - p0)' S^-1 (p1 - p0)),   S = (S1 + S0) / 2,   S_g = diag(p_g) - p_g p_g',

which does not depend on the level left out, and for two levels is the absolute value of the first formula.
Where the spread is 0 and the groups differ, d is infinite.

References
----------
Austin PC (2009), Stat Med 28:3083-3107. Yang D, Dalton JE (2012), SAS Global Forum, paper 335.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.eligibility import late_rows
from stepdown.cohort.followup.completeness import Completeness
from stepdown.cohort.people import People
from stepdown.errors import DesignError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
MISSING = "missing"
_LABELS = ("client_id", "episode_id", "quarter")
# Spread below which it is rounding.
_ROUNDING = 1e-12


def contacted_differences(
    people: People,
    found: Completeness,
    *,
    columns: tuple[str, ...] | None = None,
    event: str = "discharge",
) -> pd.DataFrame:
    """Compare those contacted with those not contacted, visit by visit.

    Parameters
    ----------
    people : People
        Derived discharges.
    found : Completeness
        Their states. Compared are `contacted` against all others who were eligible: out of the window,
        relapsed, refused, lost or missed. Those not due, dead or in custody are left out.
    columns : tuple of str, optional
        Columns of `People.table`; all that are known by time zero if left out.
    event : str
        The event that is time zero.

    Returns
    -------
    DataFrame
        `visit` before the columns of `standardized_differences`, whose group 1 is those contacted.

    Raises
    ------
    DesignError
        A column is not there, or is known later than time zero.
    """
    chosen = baseline_columns(people, event) if columns is None else columns
    late = _late(people, event)
    for name in chosen:
        if late.get(people.known.get(name, ""), True):
            raise DesignError(
                f"`{name}` is not known by time zero for everyone, so it is no baseline covariate. Leave "
                "it out."
            )
    parts = []
    for visit in found.schedule.visits:
        state = pd.Series(found.at(visit))
        eligible = ~state.isin(["not_due", "dead", "incarcerated"]).to_numpy()
        values = people.table.loc[eligible, list(chosen)]
        part = standardized_differences(values, (state == "contacted").to_numpy()[eligible])
        parts.append(part.assign(visit=visit))
    table = pd.concat(parts, ignore_index=True)
    return table[["visit", *(name for name in table if name != "visit")]]


def standardized_differences(values: pd.DataFrame, group: Bools) -> pd.DataFrame:
    """Return standardized differences between two groups.

    Parameters
    ----------
    values : DataFrame (n rows)
        Numbers are compared by their means; flags, categories and texts by the shares of their levels.
    group : array of bool (n,)
        True for group 1.

    Returns
    -------
    DataFrame
        `covariate`; `level`, empty for the row of the whole; `n1, n0` (with a known value; for levels all of
        the group); `value1, value0` (mean or share; missing for a category as a whole); `difference`.
        Missing where a group is empty.
    """
    parts = [_covariate(str(name), values[name], np.asarray(group, dtype=bool)) for name in values]
    columns = ["covariate", "level", "n1", "n0", "value1", "value0", "difference"]
    return pd.DataFrame([row for part in parts for row in part], columns=columns)


def baseline_columns(people: People, event: str) -> tuple[str, ...]:
    """Return the columns known by time zero that are neither labels nor days and not the same for all."""
    table, late = people.table, _late(people, event)
    return tuple(
        name
        for name, known in people.known.items()
        if name in table
        and name not in _LABELS
        and not name.endswith("_day")
        and not late[known]
        and table[name].nunique(dropna=False) > 1
    )


def _late(people: People, event: str) -> dict[str, bool]:
    """Return whether what is known at each moment is known only after time zero, for anyone."""
    table = people.table
    return {
        known: bool(late_rows(table, known, event=event, zero=table["zero"], day=0))
        for known in dict.fromkeys(people.known.values())
    }


def _covariate(name: str, values: pd.Series, group: Bools) -> list[dict[str, object]]:
    number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if number:
        return _number(name, values.to_numpy(dtype=float, na_value=np.nan), group)
    codes, different = pd.factorize(values)
    names = [_text(value) for value in different]
    levels = sorted(set(names))
    # One past the names for those that are missing, whose code is -1.
    place = np.array([*(levels.index(name) for name in names), len(levels)], dtype=np.int64)[codes]
    if (codes < 0).any():
        levels = [*levels, MISSING]
    n1, n0 = int(group.sum()), int((~group).sum())
    p1, p0 = (_shares(place[rows], max(len(levels), 1)) for rows in (group, ~group))
    whole = {"covariate": name, "level": "", "n1": n1, "n0": n0, "value1": np.nan, "value0": np.nan}
    rows: list[dict[str, object]] = [whole | {"difference": multilevel(p1, p0)}]
    return rows + [_level(name, level, n1, n0, a, b) for level, a, b in zip(levels, p1, p0, strict=False)]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)


def _number(name: str, values: Floats, group: Bools) -> list[dict[str, object]]:
    known = ~np.isnan(values)
    one, other = values[group & known], values[~group & known]
    enough = len(one) > 1 and len(other) > 1
    pooled = (one.var(ddof=1) + other.var(ddof=1)) / 2 if enough else np.nan
    m1, m0 = _mean(one), _mean(other)
    whole = {"covariate": name, "level": "", "n1": len(one), "n0": len(other), "value1": m1, "value0": m0}
    rows: list[dict[str, object]] = [whole | {"difference": in_deviations(m1 - m0, pooled)}]
    if not known.all():
        n1, n0 = int(group.sum()), int((~group).sum())
        rows.append(_level(name, MISSING, n1, n0, _mean(~known[group]), _mean(~known[~group])))
    return rows


def _level(name: str, level: str, n1: int, n0: int, p1: float, p0: float) -> dict[str, object]:
    spread = (p1 * (1 - p1) + p0 * (1 - p0)) / 2
    row = {"covariate": name, "level": level, "n1": n1, "n0": n0, "value1": p1, "value0": p0}
    return row | {"difference": in_deviations(p1 - p0, spread)}


def multilevel(p1: Floats, p0: Floats) -> float:
    """Return Yang and Dalton's difference of two lists of shares, each adding up to 1."""
    gap = (p1 - p0)[:-1]
    if np.isnan(gap).any() or not len(gap):
        return np.nan if np.isnan(p1 - p0).any() else 0.0
    spread = sum(np.diag(p[:-1]) - np.outer(p[:-1], p[:-1]) for p in (p1, p0)) / 2
    inverse = np.linalg.pinv(spread, rcond=_ROUNDING, hermitian=True)
    if not np.allclose(spread @ inverse @ gap, gap, rtol=0, atol=1e-9):
        # They differ where neither group varies, such as a level that is all of one and none of the other.
        return np.inf
    return float(np.sqrt(gap @ inverse @ gap))


def _shares(place: Ints, levels: int) -> Floats:
    """Return the share at each level; missing where there is nobody."""
    return np.bincount(place, minlength=levels) / (len(place) or np.nan)


def _mean(values: Floats | Bools) -> float:
    return float(np.mean(values)) if len(values) else np.nan


def in_deviations(gap: float, variance: float) -> float:
    """Return a difference in standard deviations; where nothing varies 0, or infinite if there is one.

    Examples
    --------
    >>> in_deviations(1.0, 4.0), in_deviations(0.0, 0.0), in_deviations(-1.0, 0.0)
    (0.5, 0.0, -inf)
    """
    if np.isnan(gap) or np.isnan(variance):
        return np.nan
    if variance < _ROUNDING:
        return 0.0 if abs(gap) < _ROUNDING else float(np.copysign(np.inf, gap))
    return float(gap / np.sqrt(variance))
