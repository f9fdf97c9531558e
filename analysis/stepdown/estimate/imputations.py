"""One answer from several imputations: where days are drawn from intervals, every number is pooled.

Each imputation is estimated as if its days had been observed, and the numbers are pooled by Rubin's rules, on
the complementary log-log scale (probabilities), the log scale (rates, ratios) or as they are (days,
differences), with Barnard and Rubin's degrees of freedom for as many clusters as the smallest arm has. Where
the intervals are those of Student's t on degrees of freedom of their own, as of weighted estimates, these are
read off the intervals and are those of complete data.
Curves are pooled day by day; the median is read off the pooled curve; the log-rank test is pooled by rule D2
from its chi-squares. Counts are means over the imputations.

A number on which all imputations agree is reported as it is: nothing in it was drawn. One that some
imputations cannot give an interval to (no events, say) is reported as the mean, without an interval. What
only some imputations report, such as a warning of an adjustment, is the mean of theirs.

How days are drawn: `stepdown.cohort.impute`.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from stepdown.estimate.context import PER_100_MONTHS, Records
from stepdown.results import FLOATS, KEY, NUMBERS, bind
from stepdown.survival import first_time, pool_numbers, pool_tests

Floats = NDArray[np.float64]
Scale = Literal["risk", "survival", "log", "plain"]
NO_EVENTS = "no events by then"
_SPREAD = ("estimate", "std_error", "conf_low", "conf_high")
_COUNTS = ("n", "events")
# What only the imputations that lack something report.
_OF_SOME = ("adjustment_warning", "few_clusters", "quarters_for_interval", "score_balance")
_NOTES = ("note_code", "note")
_TOLERANCE, _LEVEL = 1e-12, 0.95


def pooled(
    imputations: Sequence[Sequence[pd.DataFrame | Records]], *, df_complete: float, by_interval: bool = False
) -> list[pd.DataFrame]:
    """Return one row for the rows of the same key in every imputation.

    Parameters
    ----------
    imputations : sequence of sequence of DataFrame or list of dict
        Rows of the results, of two imputations or more.
    df_complete : float
        Most degrees of freedom that complete data would have.
    by_interval : bool
        Whether each number has degrees of freedom of its own, which its interval shows.

    Returns
    -------
    list of DataFrame
        In the order of the imputations; methods end in "20 imputations pooled".
    """
    tables = [bind(frames).table for frames in imputations]
    curves = _together([table[table["statistic"] == "curve"] for table in tables])
    numbers = [table[(table["statistic"] != "curve") & ~table["estimand"].isin(_APART)] for table in tables]
    selected = [_pooled(part, df_complete, by_interval=by_interval) for part in (numbers, curves)]
    selected[1] = selected[1][selected[1]["estimate"].notna()]
    found = [*selected, _median(tables[0], selected[1]), _test(tables)]
    return [_named(part, len(tables)) for part in found]


UNSEEN = "more than half are still event-free at the end"
_APART = ("median", "logrank")


def _together(curves: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return curves of every imputation on the days of any, each reaching as far as its people."""
    line = [name for name in KEY if name not in FLOATS]
    days = {
        key: np.unique(part["time"].to_numpy(dtype=float))
        for key, part in pd.concat(curves).groupby(line, sort=False)
    }
    return [
        pd.concat([_line(part, days[key]) for key, part in table.groupby(line, sort=False)])
        if len(table)
        else table
        for table in curves
    ]


def _line(steps: pd.DataFrame, days: Floats) -> pd.DataFrame:
    """Return a step curve on more days: the last value holds, no one leaves between two steps."""
    steps = steps.set_index("time")
    held = steps.reindex(days, method="ffill")
    held["n"] = steps["n"].reindex(days, method="bfill")
    held["events"] = steps["events"].reindex(days, fill_value=0.0)
    held.loc[days > steps.index.max(), [*_SPREAD, *_COUNTS]] = np.nan
    return held.rename_axis("time").reset_index()[[*KEY, *NUMBERS, *_NOTES]]


def _pooled(tables: list[pd.DataFrame], df_complete: float, *, by_interval: bool) -> pd.DataFrame:
    keys = pd.concat([table[list(KEY)] for table in tables]).drop_duplicates(ignore_index=True)
    if keys.empty:
        return tables[0]
    place = keys.assign(place=np.arange(len(keys)))
    laid = [
        place.merge(table, on=list(KEY), how="left", sort=False).set_index("place").reindex(place["place"])
        for table in tables
    ]
    given = {name: np.stack([one[name].to_numpy(dtype=float) for one in laid]) for name in NUMBERS}
    # A cause that an imputation does not hold has no risk there.
    absent = np.stack([one["note"].isna().to_numpy() for one in laid])
    unseen = absent & (keys["estimand"] == "risk").to_numpy()
    given["estimate"] = np.where(unseen, 0.0, given["estimate"])
    given["events"] = np.where(unseen, 0.0, given["events"])
    degrees = np.full(len(keys), df_complete)
    if by_interval:
        degrees = np.fmin(degrees, _own_degrees(given, (keys["statistic"] == "ratio").to_numpy()))
    numbers = _numbers(keys, given, degrees)
    notes = np.where(unseen, NO_EVENTS, np.stack([one["note"].fillna("").to_numpy() for one in laid]))
    warning = [_warning(list(notes[:, at]), given["std_error"][:, at]) for at in range(len(keys))]
    codes = np.stack([one["note_code"].fillna("").to_numpy() for one in laid]).max(axis=0)
    selected = keys.assign(**numbers, note_code=codes, note=warning)
    # Of a number that all imputations agree on, nothing is left to say of imputations.
    return selected.assign(same=_same(given))


def _same(given: dict[str, Floats]) -> NDArray[np.bool_]:
    """Return of which numbers all imputations agree."""
    with np.errstate(invalid="ignore"):
        alike = [
            ((one == one[0]) | (np.isnan(one) & np.isnan(one[0]))).all(axis=0)
            for one in (given[name] for name in _SPREAD)
        ]
    result: NDArray[np.bool_] = np.logical_and.reduce(alike)
    return result


def _own_degrees(given: dict[str, Floats], ratio: NDArray[np.bool_]) -> Floats:
    """Return the degrees of freedom of the t intervals of numbers; NaN where they have none.

    The half width over the standard error, of ratios on the log scale, is the quantile of t.
    """
    value, se, high = given["estimate"], given["std_error"], given["conf_high"]
    with np.errstate(divide="ignore", invalid="ignore"):
        quantile = np.where(ratio, np.log(high / value) * value / se, (high - value) / se)
        widest = np.where(np.isfinite(quantile).all(axis=0), quantile.mean(axis=0), np.nan)
        return np.asarray(special.stdtridf((1 + _LEVEL) / 2, widest))


def _numbers(keys: pd.DataFrame, given: dict[str, Floats], df_complete: Floats) -> dict[str, Floats]:
    value, se = given["estimate"], given["std_error"]
    out = {name: np.full(len(keys), np.nan) for name in NUMBERS}
    out["estimate"] = value.mean(axis=0)
    some = keys["estimand"].isin(_OF_SOME).to_numpy()
    out["estimate"][some] = np.nanmean(value[:, some], axis=0)
    for name in _COUNTS:
        known = ~np.isnan(given[name]).all(axis=0)
        out[name][known] = np.nanmean(given[name][:, known], axis=0)
    same = _same(given)
    for name in ("std_error", "conf_low", "conf_high"):
        out[name][same] = given[name][0, same]
    out["estimate"][same] = value[0, same]
    whole = np.isfinite(value).all(axis=0) & np.isfinite(se).all(axis=0) & ~same
    scales = np.array([_scale(row) for row in keys.to_dict("records")])
    for scale in ("risk", "survival", "log", "plain"):
        mine = whole & (scales == scale) & _has_place(scale, value)
        if not mine.any():
            continue
        found = pool_numbers(value[:, mine], se[:, mine], scale=scale, df_complete=df_complete[mine]).table
        for name, column in (
            ("estimate", "estimate"),
            ("std_error", "std_error"),
            ("conf_low", "conf_low"),
            ("conf_high", "conf_high"),
        ):
            out[name][mine] = found[column].to_numpy()
    return _within(keys, out)


def _has_place(scale: str, value: Floats) -> NDArray[np.bool_]:
    highest = 1 - _TOLERANCE if scale in ("risk", "survival") else np.inf
    inside = (value > _TOLERANCE) & (value < highest)
    everywhere: NDArray[np.bool_] = np.logical_and.reduce(inside)
    return everywhere | (scale == "plain")


def _within(keys: pd.DataFrame, out: dict[str, Floats]) -> dict[str, Floats]:
    """Keep a mean of days between 0 and the length of its stretch."""
    mean = ((keys["estimand"] == "rmst") & (keys["statistic"] == "estimate")).to_numpy()
    start = keys["window_start"].to_numpy(dtype=float)
    out["conf_low"][mean] = np.maximum(out["conf_low"][mean], 0.0)
    out["conf_high"][mean] = np.minimum(
        out["conf_high"][mean], (keys["time"].to_numpy(dtype=float) - start)[mean]
    )
    return out


def _scale(row: Mapping[Hashable, Any]) -> Scale | Literal["none"]:
    if row["statistic"] == "difference" or row["estimand"] == "rmst":
        return "log" if row["statistic"] == "ratio" else "plain"
    if row["statistic"] == "ratio" or (row["unit"], row["statistic"]) == (PER_100_MONTHS, "estimate"):
        return "log"
    if row["unit"] != "probability":
        return "none"
    return "survival" if row["estimand"] == "event_free" else "risk"


def _warning(texts: list[str], se: Floats) -> str:
    """Return what all imputations state; where only some have no interval, that it is so in some."""
    if len(set(texts)) == 1:
        return texts[0]
    lost = [text for text, one in zip(texts, se, strict=True) if np.isnan(one) and text] or texts
    return f"{max(lost, key=len)} in some imputations"


def _median(first: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Read the median off the pooled curve, its limits off those of the curve."""
    selected = first[first["estimand"] == "median"]
    curves = found[(found["estimand"] == "event_free") & (found["statistic"] == "curve")]
    read: list[dict[str, object]] = []
    for arm, caution in zip(selected["arm"], selected["note"], strict=True):
        curve = curves[curves["arm"] == arm]
        days = curve["time"].to_numpy(dtype=float)
        columns = {
            name: 1 - curve[name].to_numpy(dtype=float) for name in ("estimate", "conf_low", "conf_high")
        }
        numbers = {name: first_time(days, column, 0.5) for name, column in columns.items()}
        reached_half = np.isfinite(numbers["estimate"])
        kept = "" if caution == UNSEEN else caution
        read.append(numbers | {"note": kept if reached_half else UNSEEN})
    found = pd.DataFrame(read, index=selected.index, columns=["estimate", "conf_low", "conf_high", "note"])
    return selected.drop(columns=found.columns).join(found)


def _test(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Pool the log-rank test from its statistics."""
    found = [table[table["estimand"] == "logrank"].set_index("statistic") for table in tables]
    selected = found[0].copy()
    if selected.empty:
        return selected.reset_index()
    values = np.array([one["estimate"]["statistic"] for one in found], dtype=float)
    numbers = dict.fromkeys(("statistic", "df", "p_value"), np.nan)
    if np.isfinite(values).all():
        test = pool_tests(values, int(selected["estimate"]["df"]))
        numbers = {"statistic": test.statistic, "df": float(test.df), "p_value": test.p}
    else:
        lost = int(np.argmax(~np.isfinite(values)))
        selected["note"] = found[lost]["note"].to_numpy()
    selected["estimate"] = pd.Series(numbers)
    return selected.reset_index().assign(method=selected["method"].to_numpy() + " by rule D2")


def _named(found: pd.DataFrame, size: int) -> pd.DataFrame:
    """Name in the method what was pooled; the interval of a pooled rate is no exact one."""
    same = found["same"].eq(True) if "same" in found else pd.Series(False, index=found.index)
    rate = (found["estimand"] == "rate") & ~same
    method = found["method"].mask(rate, "events per person-time")
    return found.assign(method=method.where(method == "", method + f", {size} imputations pooled"))
