"""Quarters of a public report: changes and control charts from published points alone."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from stepdown.control_charts import ControlChart, p_chart, standard_error_chart
from stepdown.estimate.chart_rows import chart_rows
from stepdown.release.belonging_rows import Row
from stepdown.release.released_numbers import Numbers, interval
from stepdown.release.rounding import Interval, Z, released_difference, released_p_value
from stepdown.results import rows as complete_rows

_QUARTERS, _POINT, _CHANGE = "quarters", "series", "change"
_CHART = ("series_limit", "series_signal", "series_runs")
_KEYS = ("analysis", "endpoint", "term", "time", "window_start", "window_end", "unit")
_TOO_FEW = "too few complete quarters have numbers that are shown"
_COUNTED = "Wilson"
"""Method of shares of a fixed number of people."""


def chart_numbers(rows: Sequence[Row], shown: Sequence[Row]) -> tuple[dict[int, Numbers | None], list[Row]]:
    """Return the numbers of changes by place, with charts left out there; and the rows of charts.

    Parameters
    ----------
    rows, shown : sequence of dict
        All rows with their true numbers, and with the published ones.
    """
    found: dict[int, Numbers | None] = {}
    points: dict[tuple[object, ...], Row] = {
        (row["term"], row["level"], row["quarter"]): row
        for row in shown
        if row["analysis"] == _QUARTERS and row["estimand"] == _POINT and row["statistic"] == "estimate"
    }
    for place, row in enumerate(rows):
        if row["analysis"] == _QUARTERS and row["estimand"] in _CHART:
            found[place] = {}
        elif row["estimand"] == _CHANGE and row["statistic"] in ("difference", "p_value"):
            pair = (points.get((row["term"], "", row[name])) for name in ("quarter", "reference"))
            found[place] = _change(row, [_interval(one) for one in pair if one is not None])
    made = complete_rows(list(_charts(rows, points))).table.to_dict("records")
    return found, made  # type: ignore[return-value]


def _interval(point: Row) -> Interval:
    """Return a point with its standard error: that of a rate from its interval, which is one of a ratio."""
    value, error, low, high = (
        _number(point[one]) for one in ("estimate", "std_error", "conf_low", "conf_high")
    )
    if not math.isfinite(error) and low > 0 and math.isfinite(high):
        error = value * math.log(high / low) / (2 * Z)
    return value, error, low, high


def _change(row: Row, pair: list[Interval]) -> Numbers | None:
    if len(pair) < 2 or not all(math.isfinite(one[0]) and math.isfinite(one[1]) for one in pair):
        return None
    found = released_difference(*pair)
    if row["statistic"] == "difference":
        return interval(found)
    return {"estimate": released_p_value(math.erfc(abs(found[0]) / found[1] / math.sqrt(2)))}


def _charts(rows: Sequence[Row], points: Mapping[tuple[object, ...], Row]) -> Iterator[dict[str, object]]:
    limits = [row for row in rows if row["analysis"] == _QUARTERS and row["estimand"] in _CHART]
    series: dict[tuple[object, bool], list[Row]] = {}
    for (term, level, _), point in points.items():
        series.setdefault((term, level != ""), []).append(point)
    for (term, by_month), found in series.items():
        name = "level" if by_month else "quarter"
        found = sorted(found, key=lambda one: str(one[name]))
        own = [one for one in limits if one["term"] == term and (one["level"] != "") == by_month]
        if own:
            labels = [str(one[name]) for one in found]
            chart = _chart(found, _starts(own, labels, name), str(own[0]["subgroup"]))
            keys = {key: found[0][key] for key in _KEYS}
            for row in chart_rows(keys, chart, labels, by_month=by_month):
                yield row | {"note": _TOO_FEW} if row["statistic"] == "not_estimated" else row


def _starts(limits: Sequence[Row], labels: Sequence[str], name: str) -> list[int]:
    """Return where limits start anew: where the center moves, or a part of the series is named."""
    centers = {str(row[name]): row["estimate"] for row in limits if row["statistic"] == "limit"}
    named = {str(row[name]) for row in limits if row["estimand"] == "series_runs"}
    named |= {str(row[name]) for row in limits if row["statistic"] == "not_estimated"}
    found = [place for place, label in enumerate(labels) if label in named and place]
    last: object = None
    for place, label in enumerate(labels):
        if label in centers:
            if last is not None and centers[label] != last:
                found.append(place)
            last = centers[label]
    return sorted(set(found))


def _chart(points: Sequence[Row], starts: list[int], rules: str) -> ControlChart:
    value, error = (np.array([_interval(one)[place] for one in points]) for place in (0, 1))
    size = np.array([_number(one["n"]) for one in points])
    counted = np.array([one["variant"] == "" for one in points]) & np.isfinite(value)
    rate = points[0]["unit"] != "probability"
    if not rate:
        with np.errstate(divide="ignore", invalid="ignore"):
            effective = np.where(error > 0, value * (1 - value) / error**2, size)
        size = np.minimum(np.nan_to_num(size), np.nan_to_num(effective))
    if points[0]["method"] == _COUNTED:
        events = np.nan_to_num(value) * size
        return p_chart(np.minimum(events, size), size, counted=counted, starts=starts, rules=rules)
    return standard_error_chart(
        value, error, np.full(len(value), np.inf) if rate else size, scale="rate" if rate else "share",
        counted=counted & np.isfinite(error), starts=starts, rules=rules,
    )  # fmt: skip


def _number(value: object) -> float:
    return float(value)  # type: ignore[arg-type]
