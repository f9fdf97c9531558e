"""Curves, risks, means and contrasts pooled over imputations, each on a scale suitable for Rubin's rules.

| what | scale |
| --- | --- |
| survival, risks, shares | complementary log-log, g = log(-log(1 - F)) = log(-log S) |
| cumulative hazards, mean numbers of events, rates, ratios | log |
| restricted means, differences | untransformed |

Estimates are transformed with their variance by the delta method, pooled (`pooling.rubin_rules`), and
transformed back: so the pooled risk is not exactly the mean of the risks, its interval stays within 0 and 1,
and limits of F and of 1 - F agree.

An estimate of 0 or 1 has no value on such a scale and no standard error. Where all imputations agree on it,
it is reported without an interval; where only some have it, the mean of the estimates is reported, without an
interval and with a note. Where an imputation has no estimate, there is no pooled one.

References
----------
Marshall A, Altman DG, Holder RL, Royston P (2009), BMC Med Res Methodol 9:57 (scales).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.estimands import Estimands
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import Bools, Floats, check_level, check_results
from stepdown.survival.curves.contrasts import Contrasts
from stepdown.survival.curves.cumulative_hazard import CumulativeHazard
from stepdown.survival.curves.curve_estimates import Curves
from stepdown.survival.pooling.rubin_rules import checked_df, rubin
from stepdown.survival.recurrent.mean_events import ArmEvents, MeanCumulative

PROBABILITIES = ("risk", "window_risk", "conditional_risk", "share")
POSITIVE = ("mean_events", "rate")
KEYS = ("arm", "reference", "measure", "cause", "start", "time", "contrast")
NUMBERS = ("estimate", "std_error", "conf_low", "conf_high", "df", "lambda", "fmi")


@dataclass(frozen=True)
class _Scale:
    """A transformation, its inverse and derivative; `known` returns which numbers it is defined for."""

    there: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    known: Callable[[Floats], Bools]
    falls: bool = False


def _cloglog(risk: Floats) -> Floats:
    return np.log(-np.log1p(-risk))


def _cloglog_back(value: Floats) -> Floats:
    return -np.expm1(-np.exp(value))


def _cloglog_slope(risk: Floats) -> Floats:
    return -1 / ((1 - risk) * np.log1p(-risk))


def _inside(risk: Floats) -> Bools:
    return (risk > 0) & (risk < 1)


RISK = _Scale(_cloglog, _cloglog_back, _cloglog_slope, _inside)
SURVIVAL = _Scale(
    lambda s: np.log(-np.log(s)), lambda g: np.exp(-np.exp(g)), lambda s: 1 / (s * np.log(s)), _inside, True
)
LOG = _Scale(np.log, np.exp, lambda x: 1 / x, lambda x: x > 0)
PLAIN = _Scale(lambda x: x, lambda x: x, np.ones_like, np.isfinite)
SCALES = {"risk": RISK, "survival": SURVIVAL, "log": LOG, "plain": PLAIN}


@dataclass(frozen=True, eq=False, repr=False)
class PooledTable(Plotted):
    """Pooled curves, estimands or contrasts.

    Attributes
    ----------
    table : DataFrame
        The columns that name each estimate (`arm`, `cause`, `time`, ...), then `estimate`, `std_error` (on
        the estimate's own scale), `conf_low`, `conf_high`, `df`, `lambda` (share of the variance due to
        missing data), `fmi` (fraction of missing information), and of contrasts `p`; `note`.
    m : int
        Imputations.
    level : float
        Confidence level.
    """

    table: pd.DataFrame
    m: int
    level: float


@checks_arguments
def pool_curves(
    curves: Sequence[Curves] | Sequence[CumulativeHazard] | Sequence[MeanCumulative],
    *times: float,
    df_complete: float | None = None,
    level: float = 0.95,
) -> PooledTable:
    """Pool the same curves from every imputation at given days.

    Parameters
    ----------
    curves : sequence of Curves, CumulativeHazard or MeanCumulative
        One per imputation, of the same kind and arms.
    *times : float
        Days.
    df_complete, level
        As in `pool`; with clusters and where left out, those of the arm less 1.

    Returns
    -------
    PooledTable
        One row for each arm (and cause) and day.

    Raises
    ------
    EstimateError
        Where there are fewer than two, or they differ in kind, arms or causes.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> curves = [survival.kaplan_meier([3, 5, 8], event) for event in ([1, 0, 1], [1, 1, 0])]
    >>> survival.pool_curves(curves, 5).table["estimate"].round(3).tolist()
    [0.513]
    """
    check_results("curves", curves, (Curves, CumulativeHazard, MeanCumulative), "kaplan_meier and the like")
    kinds = {(type(one), getattr(one, "kind", "")) for one in curves}
    if len(kinds) > 1:
        raise EstimateError("The curves are of different kinds. Pool survival with survival, risk with risk.")
    tables = [one.at(*times) for one in curves]
    scale = LOG
    if kinds and isinstance(curves[0], Curves):
        scale = SURVIVAL if curves[0].kind == "survival" else RISK
    fits = [fit.events if isinstance(fit, ArmEvents) else fit for fit in curves[0].fits] if curves else []
    by_arm = {arm: fit.degrees for arm, fit in zip(curves[0].arms, fits, strict=True)} if curves else {}
    degrees = [by_arm[arm] for arm in tables[0]["arm"]] if tables else []
    return _pooled(tables, lambda _: scale, df_complete, degrees, level)


@checks_arguments
def pool_estimands(
    estimands: Sequence[Estimands] | Sequence[Contrasts],
    *,
    df_complete: float | None = None,
    level: float = 0.95,
) -> PooledTable:
    """Pool the same estimands, or contrasts of arms, from every imputation.

    Parameters
    ----------
    estimands : sequence of Estimands or of Contrasts
        One per imputation.
    df_complete, level
        As in `pool_curves`.

    Returns
    -------
    PooledTable
        One row for each row of the tables given; of contrasts `p` tests a difference of 0 or a ratio of 1.

    Raises
    ------
    EstimateError
        Where there are fewer than two, or they have different arms or measures.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> curves = [survival.kaplan_meier([3, 5, 8], event) for event in ([1, 0, 1], [1, 1, 0])]
    >>> risks = [survival.risk(curve, 5) for curve in curves]
    >>> survival.pool_estimands(risks).table["estimate"].round(3).tolist()
    [0.487]
    """
    check_results("estimands", estimands, (Estimands, Contrasts), "risk, rmst, contrast and the like")
    degrees: list[int] = []
    if estimands and isinstance(estimands[0], Contrasts):
        degrees = list(estimands[0].degrees)
    elif estimands and isinstance(estimands[0], Estimands):
        sample = estimands[0].sample
        by_arm = [sample.cluster_terms(sample.arm == place)[1] for place in range(len(sample.labels))]
        degrees = [by_arm[estimands[0].arms.index(row["arm"])] for row in estimands[0].records]
    return _pooled([one.table for one in estimands], _scale_of, df_complete, degrees, level)


def _scale_of(row: pd.Series) -> _Scale:
    if "contrast" in row:
        return LOG if row["contrast"] == "ratio" else PLAIN
    if row["measure"] in PROBABILITIES:
        return RISK
    return LOG if row["measure"] in POSITIVE else PLAIN


def _pooled(
    tables: list[pd.DataFrame],
    scale_of: Callable[[pd.Series], _Scale],
    df_complete: float | None,
    degrees: list[int],
    level: float,
) -> PooledTable:
    """Pool tables row by row; `degrees` are those of complete data by clusters, 0 for none."""
    check_level(level)
    if len(tables) < 2:
        raise EstimateError(
            "There are fewer than two imputations, so what is missing has no variance. Give two or more."
        )
    full = checked_df(df_complete)
    keys = [name for name in KEYS if name in tables[0]]
    first = tables[0][keys].reset_index(drop=True)
    if not all(first.equals(table.reindex(columns=keys).reset_index(drop=True)) for table in tables):
        raise EstimateError(
            "The imputations have different arms, measures or days. Run the same analysis on each."
        )
    rows = []
    for position in range(len(first)):
        own = float(degrees[position]) if df_complete is None and degrees and degrees[position] else full
        found = [table.iloc[position] for table in tables]
        rows.append({**first.iloc[position], **_row(found, scale_of, own, level)})
    return PooledTable(pd.DataFrame(rows), len(tables), level)


def _row(
    found: list[pd.Series], scale_of: Callable[[pd.Series], _Scale], df_complete: float, level: float
) -> dict[str, object]:
    scale = scale_of(found[0])
    value = np.array([row["estimate"] for row in found], dtype=float)
    se = np.array([row["std_error"] for row in found], dtype=float)
    contrasted = "contrast" in found[0]
    note = _note(found, value, scale)
    if note or not np.any(se > 0):
        # At the start of a curve all is known; elsewhere a note states why there is no interval.
        known = dict.fromkeys(NUMBERS, np.nan) | {"estimate": float(value.mean())}
        if not note:
            known |= {"std_error": 0.0, "conf_low": known["estimate"], "conf_high": known["estimate"]}
        return {**known, **({"p": np.nan} if contrasted else {}), "note": note}
    pooled = _on(scale, value[:, None], se[:, None], df_complete, level).iloc[0]
    if scale is PLAIN and not contrasted:
        # A mean of days is between 0 and the length of its stretch.
        pooled["conf_low"] = max(pooled["conf_low"], 0.0)
        pooled["conf_high"] = min(pooled["conf_high"], float(found[0]["time"] - found[0]["start"]))
    numbers: dict[str, object] = {name: float(pooled[name]) for name in NUMBERS}
    if contrasted and all(np.isnan(row["p"]) for row in found):
        pooled["p"] = np.nan
    cautions = "; ".join(dict.fromkeys(row["note"] for row in found if row["note"]))
    return numbers | ({"p": pooled["p"]} if contrasted else {}) | {"note": cautions}


@checks_arguments
def pool_numbers(
    estimates: ArrayLike,
    errors: ArrayLike,
    *,
    scale: Literal["risk", "survival", "log", "plain"],
    df_complete: float | Floats | None = None,
    level: float = 0.95,
) -> PooledTable:
    """Pool many numbers of one kind, each separately.

    Parameters
    ----------
    estimates, errors : array-like, shape (m, p)
        p numbers and their standard errors from m imputations, all finite.
    scale : {"risk", "survival", "log", "plain"}
        On which Rubin's rules are used: complementary log-log of a risk, or of a survival; log; none. Numbers
        without a value on it (a risk of 0 or 1, a rate of 0) cannot be pooled.
    df_complete, level
        As in `pool`; degrees of freedom may differ by number.

    Returns
    -------
    PooledTable
        One row per number: `estimate`, `std_error`, `conf_low`, `conf_high`, `df`, `lambda`, `fmi`, `p`,
        `note` (why there is no standard error).

    Raises
    ------
    EstimateError
        Where there are fewer than two imputations, a number has no value on the scale, or an error is
        negative.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> pooled = survival.pool_numbers([[0.2], [0.3]], [[0.05], [0.05]], scale="risk")
    >>> pooled.table["estimate"].round(3).tolist()
    [0.246]
    """
    check_level(level)
    if scale not in SCALES:
        raise EstimateError(f"scale must be one of {', '.join(SCALES)}. State what the numbers are.")
    chosen, full = SCALES[scale], _checked_degrees(df_complete)
    try:
        values, se = np.asarray(estimates, dtype=float), np.asarray(errors, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise EstimateError("estimates and errors must be numbers, one row per imputation.") from error
    if values.ndim != 2 or len(values) < 2 or se.shape != values.shape:
        raise EstimateError("estimates and errors must have two rows or more, one per imputation.")
    if not (np.isfinite(values).all() and np.isfinite(se).all() and chosen.known(values).all()):
        raise EstimateError(
            "A number is missing or has no value on the scale. Leave it out of every imputation."
        )
    if (se < 0).any():
        raise EstimateError("errors must not be negative. Give standard errors.")
    return PooledTable(_on(chosen, values, se, full, level), len(values), level)


def _checked_degrees(df_complete: float | Floats | None) -> float | Floats:
    if isinstance(df_complete, np.ndarray):
        return np.array([checked_df(float(one)) for one in df_complete])
    return checked_df(df_complete)


def _on(scale: _Scale, values: Floats, se: Floats, df_complete: float | Floats, level: float) -> pd.DataFrame:
    """Pool numbers of shape (m, p) on a scale, and transform them back."""
    moved, spread = scale.there(values), (se * scale.slope(values)) ** 2
    pooled = rubin(moved, spread, df_complete, level)
    center, low, high = (
        scale.back(pooled[name].to_numpy()) for name in ("estimate", "conf_low", "conf_high")
    )
    back = {
        "estimate": center, "std_error": pooled["std_error"].to_numpy() / np.abs(scale.slope(center)),
        "conf_low": high if scale.falls else low, "conf_high": low if scale.falls else high,
    }  # fmt: skip
    return pooled[["df", "lambda", "fmi", "p", "note"]].assign(**back)[[*NUMBERS, "p", "note"]]


def _note(found: list[pd.Series], value: Floats, scale: _Scale) -> str:
    """Return why there is no interval: the note of the imputations, and in how many of them."""
    notes = [row["note"] for row in found if row["note"] and np.isnan(row["std_error"])]
    if notes:
        several = "" if len(notes) == len(found) else f" (in {len(notes)} of {len(found)} imputations)"
        return f"{notes[0]}{several}"
    if np.any([row["std_error"] > 0 for row in found]) and not np.all(scale.known(value)):
        return "0 or 1 in some imputations: the mean, without an interval"
    return ""
