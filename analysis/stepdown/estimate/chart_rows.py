"""The control chart of a series of quarters or months as rows: limits, runs and signals."""

from collections.abc import Iterator, Sequence

import numpy as np

from stepdown.control_charts import ControlChart
from stepdown.estimate.context import Record

LIMIT, SIGNAL, RUNS = "series_limit", "series_signal", "series_runs"
NOT_ESTIMATED = "not_estimated"
ALL_ALIKE = "all complete quarters are at 0%, or all at 100%"


def quarter_of(label: str) -> str:
    """Return the quarter of a period.

    Examples
    --------
    >>> quarter_of("2026-05"), quarter_of("2026Q3")
    ('2026Q2', '2026Q3')
    """
    return label if "Q" in label else f"{label[:4]}Q{(int(label[5:]) + 2) // 3}"


def period_keys(label: str, by_month: bool) -> Record:
    """Return the keys of a period: its quarter, and of a month its name.

    Examples
    --------
    >>> period_keys("2026-05", True)
    {'quarter': '2026Q2', 'level': '2026-05'}
    """
    return {"quarter": quarter_of(label), "level": label if by_month else ""}


def chart_rows(
    keys: Record, chart: ControlChart, labels: Sequence[str], *, by_month: bool = False
) -> Iterator[Record]:
    """Yield the limits, runs and signals of a chart.

    Parameters
    ----------
    keys : dict
        What all rows of the series have.
    chart : ControlChart
    labels : sequence of str
        Its periods.
    by_month : bool
        Whether they are months.

    Examples
    --------
    >>> from stepdown.control_charts import p_chart
    >>> labels = [f"2025-0{month}" for month in range(1, 8)]
    >>> chart = p_chart([10, 9, 11, 10, 8, 12, 20], [50] * 7, counted=[True] * 6 + [False])
    >>> first = next(chart_rows({"term": "risk"}, chart, labels, by_month=True))
    >>> first["quarter"], first["level"], round(float(first["conf_low"]), 4), first["n"]
    ('2025Q1', '2025-01', 0.0303, 6)
    """
    shared = keys | {"subgroup": chart.rules}
    held = [chart.held(part) for part in range(len(chart.widening))]
    for place, label in enumerate(labels):
        if np.isfinite(chart.high[place]):
            yield shared | period_keys(label, by_month) | {
                "estimand": LIMIT, "statistic": "limit", "method": chart.kind,
                "estimate": chart.center[place], "conf_low": chart.low[place],
                "conf_high": chart.high[place], "n": held[chart.part[place]],
            }  # fmt: skip
    for part, many in enumerate(held):
        first = labels[int(np.argmax(chart.part == part))]
        span = {"window_start": np.nan, "window_end": np.nan, "unit": ""}
        whole: Record = {"level": "months" if by_month else ""}
        where = shared | span | (period_keys(first, by_month) if len(held) > 1 else whole)
        if many < chart.needed:
            what = "months" if by_month else "quarters"
            yield where | {
                "estimand": LIMIT, "statistic": NOT_ESTIMATED, "n": many, "estimate": chart.needed,
                "note": f"{chart.needed} complete {what} are needed for limits; there are {many}",
            }  # fmt: skip
        elif not np.isfinite(chart.high[chart.part == part]).any():
            yield where | {
                "estimand": LIMIT, "statistic": NOT_ESTIMATED, "n": many, "note": ALL_ALIKE,
            }  # fmt: skip
        elif chart.rules == "three_sigma" and not by_month:
            runs = chart.runs(part)
            row = (
                shared
                | span
                | {"estimand": RUNS, "quarter": first if len(held) > 1 else "", "n": runs.useful}
            )
            for level, seen, limit in (
                ("longest", runs.longest, runs.longest_limit),
                ("crossings", runs.crossings, runs.crossings_limit),
            ):
                yield row | {"method": level, "statistic": "observed", "estimate": seen}
                yield row | {"method": level, "statistic": "limit", "estimate": limit}
    for signal in chart.signals:
        for place in signal.points:
            yield shared | period_keys(labels[place], by_month) | {
                "estimand": SIGNAL, "statistic": "observed", "method": signal.rule,
                "estimate": chart.value[place],
            }  # fmt: skip
