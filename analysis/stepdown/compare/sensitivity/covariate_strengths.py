"""How strong the measured covariates are as confounders, on the axes of the E-value.

Each covariate is a set of properties that people have or lack: a flag, each value of a category, a number
above its median. In arm a, n1 people have the property and n0 lack it, F1 and F0 are their risks
(Aalen-Johansen).

    exposure: share with the property in the first arm over that in the last, or its inverse (the larger)
    outcome:  sum_a n1 F1 n0 / n  over  sum_a n0 F0 n1 / n  (Mantel-Haenszel), or its inverse

Without loss that is the Mantel-Haenszel risk ratio of two tables. Of a covariate the property with the
largest bounding factor is reported. Small cells give large ratios by chance, so properties that fewer than
`FEWEST` people of an arm have, or lack, are left out.

*References*: Ding P, VanderWeele TJ (2016), Epidemiology 27:368-377. Mantel N, Haenszel W (1959), J Natl
Cancer Inst 22:719-748.
"""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from stepdown.compare.sensitivity.e_value import explained_away
from stepdown.compare.sensitivity.informative_loss import Copies, risk_if_lost
from stepdown.survival.core.sample import Bools, Floats, Ints

FEWEST = 20


def covariate_strengths(
    covariates: pd.DataFrame, days: Floats, event: Ints, arm: Ints, *, day: int, start: int = 0
) -> pd.DataFrame:
    """Return how many times as frequent each covariate is in an arm, and as likely it makes relapse.

    Parameters
    ----------
    covariates : DataFrame (n rows)
        Numbers, flags and categories; a missing value neither has nor lacks a property.
    days, event : array (n,)
        Last day at risk, and 0, 1 (relapse) or a competing event on it.
    arm : array of int (n,)
        1 in the first arm, 0 in the last.
    day : int
        By which relapse is counted.
    start : int
        Day after which people are at risk.

    Returns
    -------
    DataFrame
        `covariate`, `value` (of a category; "above the median" of a number; "" of a flag), `exposure` and
        `outcome` (at least 1), `factor` (`explained_away`), `n` (people whose value is known), the strongest
        first.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> has, arm = np.tile([True, False], 200), np.repeat([1, 0], 200)
    >>> event = (has & (np.arange(400) % 4 == 0)) | (np.arange(400) % 8 == 1)
    >>> found = covariate_strengths(
    ...     pd.DataFrame({"flag": has}), np.where(event, 5.0, 90.0), event.astype(int), arm, day=90
    ... )
    >>> found[["exposure", "outcome"]].to_numpy().tolist()
    [[1.0, 2.0]]
    """
    rows = []
    for name in covariates:
        known = covariates[name].notna().to_numpy()
        found = [
            (value, strengths)
            for value, has in _properties(covariates[name])
            if (strengths := _strengths(has, known, days, event, arm, day=day, start=start))
        ]
        for value, strengths in sorted(found, key=lambda one: -one[1]["factor"])[:1]:
            rows.append({"covariate": str(name), "value": value, "n": int(known.sum())} | strengths)
    table = pd.DataFrame(rows, columns=["covariate", "value", "exposure", "outcome", "factor", "n"])
    return table.sort_values("factor", ascending=False, kind="stable").reset_index(drop=True)


def _properties(series: pd.Series) -> Iterator[tuple[str, Bools]]:
    """Yield what people have or lack by a covariate, each with its name and who has it."""
    if pd.api.types.is_bool_dtype(series):
        yield "", series.fillna(False).to_numpy(dtype=bool)
    elif pd.api.types.is_numeric_dtype(series):
        values = series.to_numpy(dtype=float, na_value=np.nan)
        if set(np.unique(values[~np.isnan(values)])) <= {0.0, 1.0}:
            yield "", values == 1
        elif not np.isnan(values).all():
            yield "above the median", values > np.nanmedian(values)
    else:
        text = series.astype("string")
        for value in sorted(text.dropna().unique()):
            yield str(value), text.eq(value).fillna(False).to_numpy(dtype=bool)


def _strengths(
    has: Bools, known: Bools, days: Floats, event: Ints, arm: Ints, *, day: int, start: int
) -> dict[str, float]:
    """Return the two strengths of a property and their factor; nothing where a cell is too small."""
    cells = {
        (one, with_it): known & (arm == one) & (has == with_it) for one in (1, 0) for with_it in (True, False)
    }
    many = {key: int(cell.sum()) for key, cell in cells.items()}
    if min(many.values()) < FEWEST:
        return {}
    shares = [many[one, True] / (many[one, True] + many[one, False]) for one in (1, 0)]
    above = below = 0.0
    for one in (1, 0):
        risk = {
            with_it: risk_if_lost(
                Copies(
                    days=days[cells[one, with_it]],
                    event=event[cells[one, with_it]],
                    lost=np.zeros(many[one, with_it], dtype=np.bool_),
                    start=start,
                ),
                1.0,
                day,
            )
            for with_it in (True, False)
        }
        weight = many[one, True] * many[one, False] / (many[one, True] + many[one, False])
        above += risk[True] * weight
        below += risk[False] * weight
    if not (above > 0 and below > 0):
        return {}
    exposure, outcome = (max(one, 1 / one) for one in (shares[0] / shares[1], above / below))
    factor = explained_away(exposure, outcome)
    return {"exposure": exposure, "outcome": outcome, "factor": factor} if math.isfinite(factor) else {}
