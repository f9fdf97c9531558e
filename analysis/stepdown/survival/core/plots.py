"""Quick plots of fits and results; the only module of the engine that imports matplotlib, when called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stepdown.errors import EstimateError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KEYS = ("arm", "cause", "measure", "term", "contrast", "reference", "start", "end", "time")
"""Columns that name a row, in the order in which a label names them."""


def plot_curves(table: pd.DataFrame, ax: Axes | None, *, step: bool, ylabel: str) -> Axes:
    """Draw one line with its interval for each arm (and cause) of a table by `time`."""
    if "time" not in table or table.empty:
        raise EstimateError("There is nothing to draw: no estimate. See the warnings of the result.")
    axes = _axes(ax)
    keys = [name for name in ("arm", "cause", "state") if name in table]
    groups = table.groupby(keys, sort=False) if keys else [((), table)]
    for key, rows in groups:
        label = ", ".join(map(str, key))
        style = "steps-post" if step else "default"
        (line,) = axes.plot(rows["time"], rows["estimate"], label=label, drawstyle=style)
        axes.fill_between(
            rows["time"].to_numpy(dtype=float), rows["conf_low"].to_numpy(dtype=float),
            rows["conf_high"].to_numpy(dtype=float), step="post" if step else None, alpha=0.2,
            color=line.get_color(), linewidth=0,
        )  # fmt: skip
    axes.set_xlabel("Days since time zero")
    axes.set_ylabel(ylabel)
    axes.legend(frameon=False)
    return axes


def plot_intervals(
    table: pd.DataFrame, ax: Axes | None, *, columns: tuple[str, str, str], xlabel: str
) -> Axes:
    """Draw one point with its interval for each row; hazard ratios on a log axis, with a line at 1."""
    axes = _axes(ax)
    rows = table.reset_index() if table.index.name else table
    labels = [
        ", ".join(_named(row)) for row in rows[[name for name in KEYS if name in rows]].to_dict("records")
    ]
    estimate, low, high = (rows[name].to_numpy(dtype=float) for name in columns)
    place = np.arange(len(rows))[::-1]
    drawn = np.isfinite(estimate) & (estimate > 0 if "ratio" in columns[0] else True)
    axes.plot(estimate[drawn], place[drawn], "o")
    axes.hlines(place[drawn], low[drawn], high[drawn])
    axes.set_yticks(place, labels)
    if "ratio" in columns[0]:
        axes.set_xscale("log")
        axes.axvline(1.0, color="grey", linewidth=0.8)
    axes.set_xlabel(xlabel)
    return axes


def _named(row: dict[object, object]) -> list[str]:
    return [f"{value:g}" if isinstance(value, float) else str(value) for value in row.values()]


def _axes(ax: Axes | None) -> Axes:
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes as Drawn

    if isinstance(ax, Drawn):
        return ax
    if ax is not None:
        raise EstimateError(
            f"ax is of type {type(ax).__name__}. Give the axes of a matplotlib figure, or nothing."
        )
    result: Axes = plt.subplots(layout="constrained")[1]
    return result
