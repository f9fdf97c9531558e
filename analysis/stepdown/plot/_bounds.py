"""Lowest and highest: what is known where only intervals are known."""

import math

import pandas as pd
from matplotlib.axes import Axes

from stepdown.errors import ResultError
from stepdown.plot._alt import alt_text
from stepdown.plot._picture import Picture
from stepdown.plot._style import AXIS, INK, LINE, SMALL, Mark, drawing, heading, mark, sheet
from stepdown.results import Results
from stepdown.results.reading import arms, landmark, pairs
from stepdown.results.words import happened, percent

ROW = 34.0


def bounds(
    results: Results,
    *,
    analysis: str = "whole_cohort",
    word: str = "relapse",
    since: str = "discharge",
    window: tuple[int, int] = (30, 90),
    width: float = 5.3,
) -> Picture:
    """Draw the range of risks that interval data allow, a row a day.

    Parameters
    ----------
    results : Results
        Results in which every risk stands twice, with methods ending in "lowest" and "highest".
    analysis, word, since, window, width
        As in `curves`; days inside or at the end of the window are in bold.

    Returns
    -------
    Picture
        Thick bars from the lowest to the highest risk; thin lines are 95% limits.

    Raises
    ------
    ResultError
        The results hold no such pairs.
    """
    told = pairs(results, analysis=analysis, estimand="risk", cause="relapse")
    told = told[told["low_value"].notna() & told["high_value"].notna()]
    if told.empty:
        raise ResultError(f"There are no lowest and highest numbers of {analysis!r} in the results.")
    names = [name for name in arms(results, analysis=analysis) if (told["arm"] == name).any()]
    looks = {name: mark(place) for place, name in enumerate(names)}
    days = sorted({float(day) for day in told["time"]})
    start = landmark(analysis)
    whom = f"Those still followed and without a {word} at day {start}. " if start else ""
    with drawing():
        key = list(looks.items()) if names != [""] else []
        fig, axes = sheet(
            width=width,
            head=2 * LINE + LINE * len(key),
            body=ROW * len(days) * max(1.0, 0.7 * len(names)),
            foot=AXIS,
        )
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1.0], ["0%", "25%", "50%", "75%", "100%"])
        axes.set_ylim(len(days) - 0.4, -0.6)
        axes.set_yticks(range(len(days)), [f"{int(day)}" for day in days])
        for text, day in zip(axes.get_yticklabels(), days, strict=True):
            text.set_fontweight("bold" if window[0] <= day <= window[1] else "normal")
        axes.set_xlabel(f"{happened(word).capitalize()} by that day")
        axes.grid(axis="x", color="#e6e6e6", linewidth=0.6)
        axes.set_axisbelow(True)
        for place, name in enumerate(names):
            shift = (place - (len(names) - 1) / 2) * 0.42
            _draw(axes, told[told["arm"] == name], days=days, shift=shift, look=looks[name])
        heading(axes, f"Day since {since}", lines=key)
    return Picture(
        figure=fig,
        title=f"How fast: share with a {word}, lowest and highest{', by arm' if len(names) > 1 else ''}",
        subtitle=f"{whom}Contacts tell only that it happened since the one before. The bars hold every share "
        "that fits the contacts; the thin lines add the 95% limits.",
        alt=alt_text(results, "bounds", analysis=analysis, word=word, since=since, window=window),
    )


def _draw(axes: Axes, told: pd.DataFrame, *, days: list[float], shift: float, look: Mark) -> None:
    for row in told.itertuples():
        y = days.index(float(row.time)) + shift  # type: ignore[arg-type]
        begin, stop = float(row.low_value), float(row.high_value)  # type: ignore[arg-type]
        low, high = float(row.low), float(row.high)  # type: ignore[arg-type]
        low, high = (begin if math.isnan(low) else low), (stop if math.isnan(high) else high)
        axes.plot([low, high], [y, y], color=look.colour, linewidth=1.2)
        axes.plot([begin, stop], [y, y], color=look.colour, linewidth=8, alpha=0.75, solid_capstyle="butt")
        text = f"{percent(begin, 0)} to {percent(stop, 0)}"
        right = high < 0.72
        axes.annotate(
            text,
            (high if right else low, y),
            xytext=(5 if right else -5, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=SMALL,
            color=INK,
        )
