"""Relapses per 100 person-months, band by band: when the risk is highest."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from stepdown.errors import ResultError
from stepdown.plot._alt import alt_text
from stepdown.plot._picture import Picture
from stepdown.plot._style import AXIS, LINE, SMALL, Mark, day_axis, drawing, heading, mark, shade, sheet
from stepdown.results import Results
from stepdown.results.reading import arms, bounded, rows_of
from stepdown.results.words import free, number, plural


def hazard(
    results: Results,
    *,
    analysis: str = "whole_cohort",
    word: str = "relapse",
    since: str = "discharge",
    window: tuple[int, int] = (30, 90),
    width: float = 5.3,
    height: float = 2.6,
) -> Picture:
    """Draw the rate of relapse in each band of days, with exact intervals.

    Parameters
    ----------
    results : Results
        Results with estimand `rate`; the bands are its terms ("31-60").
    analysis, word, since, window, width, height
        As in `curves`.

    Returns
    -------
    Picture
        Level lines a band, with 95% boxes.

    Raises
    ------
    ResultError
        The results hold no rate of this analysis, or every rate twice (use `bounds`).
    """
    told = rows_of(results, analysis=analysis, estimand="rate")
    told = told[told["value"].notna()]
    if told.empty or bounded(results, analysis=analysis):
        raise ResultError(f"There is no single rate by band of {analysis!r} in the results.")
    names = [name for name in arms(results, analysis=analysis) if (told["arm"] == name).any()]
    looks = [mark(place) for place in range(len(names))]
    edges = [_band(term) for term in told["term"]]
    days = sorted({stop for _, stop in edges})
    key = list(zip(names, looks, strict=True)) if names != [""] else []
    with drawing():
        fig, axes = sheet(width=width, head=2.4 * LINE + LINE * len(key), body=height * 72, foot=AXIS)
        day_axis(axes, days=days, first=(0, *window, days[-1]), last=days[-1], since=since)
        axes.set_ylim(0, float(np.nanmax(told["high"])) * 1.08)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
        axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
        shade(axes, window)
        for place, (name, look) in enumerate(zip(names, looks, strict=True)):
            _draw(axes, told[told["arm"] == name], look, at=(place + 1) / (len(names) + 1), say=not key)
        heading(
            axes,
            f"New {plural(word)} per 100 {free(word)} per month",
            lines=key,
        )
    return Picture(
        figure=fig,
        title=f"When: new {plural(word)} a month among those {free(word)}",
        subtitle="One line for each period; the boxes are exact 95% intervals, where the true rate may "
        "well lie.",
        alt=alt_text(results, "hazard", analysis=analysis, word=word, since=since, window=window),
    )


def _band(term: str) -> tuple[int, int]:
    """Return the edges (a, b] of a band: (30, 60) for "31-60", (0, 30) for "0-30"."""
    begin, stop = (int(part) for part in term.split("-"))
    return max(begin - 1, 0), stop


def _draw(axes: Axes, told: pd.DataFrame, look: Mark, *, at: float, say: bool) -> None:
    for row in told.itertuples():
        begin, stop = _band(str(row.term))
        value, low, high = (float(getattr(row, name)) for name in ("value", "low", "high"))
        axes.fill_between([begin, stop], [low] * 2, [high] * 2, color=look.colour, alpha=0.16, linewidth=0)
        axes.plot(
            [begin, stop], [value] * 2, color=look.colour, linestyle=look.dashes, linewidth=2.4,
            solid_capstyle="butt",
        )  # fmt: skip
        middle = begin + (stop - begin) * at
        if not say:
            axes.plot([middle] * 2, [low, high], color=look.colour, linewidth=1)
        else:
            text = number(value, 0 if value >= 9.95 else 1)
            axes.annotate(
                text,
                (begin, value),
                xytext=(2, 2),
                textcoords="offset points",
                fontsize=SMALL,
                color=look.ink,
            )
