"""Cumulative incidence as steps, with bands, the window shaded and the counts under it."""

import pandas as pd
from matplotlib.axes import Axes

from stepdown.errors import ResultError
from stepdown.plot._alt import alt_text
from stepdown.plot._counts import block, draw
from stepdown.plot._picture import Picture
from stepdown.plot._style import (
    AXIS,
    FAINT,
    LINE,
    OTHERS,
    RIGHT,
    SMALL,
    TEXT,
    Mark,
    brief,
    day_axis,
    drawing,
    heading,
    mark,
    percent_axis,
    room,
    shade,
    sheet,
)
from stepdown.results import Results
from stepdown.results.reading import arms, curve, in_order, landmark, rows_of
from stepdown.results.words import happened, listed

DIRECT = 2  # up to so many arms are labelled at their curves; more get a key


def curves(
    results: Results,
    *,
    analysis: str = "whole_cohort",
    word: str = "relapse",
    since: str = "discharge",
    window: tuple[int, int] = (30, 90),
    width: float = 5.3,
    height: float = 2.9,
) -> Picture:
    """Draw the cumulative incidence of relapse, by arm or of the whole cohort.

    Parameters
    ----------
    results : Results
        Results with estimands `risk` and `at_risk`.
    analysis : str
        Which analysis; one without arms also shows the competing causes, faint.
    word, since : str
        The study's word for the event, and what day 0 is.
    window : tuple of int
        (a, b): days after day a up to day b are shaded.
    width, height : float
        Inches: of the figure, and of the plot without the table under it.

    Returns
    -------
    Picture
        Steps with 95% bands, and under them a table that adds up to everyone in each arm.

    Raises
    ------
    ResultError
        The results hold no curve of this analysis.
    """
    names = arms(results, analysis=analysis)
    found = {name: curve(results, analysis=analysis, cause="relapse", arm=name) for name in names}
    found = {name: frame for name, frame in found.items() if len(frame)}
    if not found:
        raise ResultError(
            f"There is no curve of {analysis!r} in the results. "
            "Where only intervals are known, use plot.bounds."
        )
    told = rows_of(results, analysis=analysis, estimand="risk", cause="relapse")
    days = sorted({int(day) for day in told["time"]} or {int(max(f["time"].max() for f in found.values()))})
    looks = [mark(place) for place in range(len(found))]
    first = (*window, days[-1])
    with drawing():
        blocks = [block(results, analysis=analysis, arm=name, word=word) for name in found]
        key = list(zip(found, looks, strict=True)) if len(found) > DIRECT else []
        fig, axes = sheet(
            width=width,
            head=2.4 * LINE + LINE * len(key),
            body=height * 72,
            foot=AXIS + sum(one.height for one in blocks),
        )
        day_axis(axes, days=days, first=first, last=days[-1], since=since)
        percent_axis(axes, top=max(frame[["value", "high"]].max().max() for frame in found.values()) * 1.12)
        shade(axes, window)
        for frame, look in zip(found.values(), looks, strict=True):
            _steps(axes, frame, look)
        if names == ("",):
            _competing(axes, results, analysis=analysis)
        elif not key:
            _labels(axes, found, looks)
        heading(axes, f"{happened(word).capitalize()} by that day", lines=key)
        draw(axes, blocks, first=first, looks=looks)
    return Picture(
        figure=fig,
        title=f"How fast: share with a {word} since {since}{', by arm' if len(found) > 1 else ''}",
        subtitle=_subtitle(analysis, word, days[-1], found),
        alt=alt_text(results, "curves", analysis=analysis, word=word, since=since, window=window),
    )


def _subtitle(analysis: str, word: str, last: int, found: dict[str, pd.DataFrame]) -> str:
    start = landmark(analysis)
    whom = f"Those still followed and without a {word} at day {start}. " if start else ""
    short = [name or "the cohort" for name, frame in found.items() if frame["time"].max() < last]
    end = f" Follow-up of {listed(short)} ends before day {last}." if short else ""
    return f"{whom}Steps with 95% bands: where the true share may well lie.{end}"


def _steps(axes: Axes, frame: pd.DataFrame, look: Mark) -> None:
    axes.fill_between(
        frame["time"], frame["low"], frame["high"], step="post", color=look.colour, alpha=0.16, linewidth=0
    )
    axes.step(
        frame["time"], frame["value"], where="post", color=look.colour, linestyle=look.dashes, linewidth=2
    )


def _competing(axes: Axes, results: Results, *, analysis: str) -> None:
    told = rows_of(results, analysis=analysis, estimand="risk", statistic="curve")
    others = [cause for cause in in_order(told, "cause") if cause != "relapse"]
    ends: list[tuple[float, str]] = []
    for place, cause in enumerate(others):
        frame = curve(results, analysis=analysis, cause=cause, arm="")
        axes.step(
            frame["time"], frame["value"], where="post", color=FAINT, linewidth=1.1,
            linestyle=OTHERS[place % len(OTHERS)],
        )  # fmt: skip
        ends.append((float(frame["value"].iloc[-1]), cause))
    line = axes.get_ylim()[1] * 1.25 * SMALL / room(axes)[1]
    floor = 0.0
    for value, cause in sorted(ends):
        floor = max(value + 0.3 * line, floor)
        _label(axes, cause, y=floor, colour=FAINT, size=SMALL)
        floor += line


def _labels(axes: Axes, found: dict[str, pd.DataFrame], looks: list[Mark]) -> None:
    """Write each arm at its curve: the higher one above its band, the lower one below."""
    order = sorted(
        zip(found.items(), looks, strict=True), key=lambda item: float(item[0][1]["value"].iloc[-1])
    )
    gap, span = axes.get_ylim()[1] * 0.02, room(axes)[0]
    for place, ((whole, frame), look) in enumerate(order):
        name = brief(whole, points=span)
        if place == len(order) - 1:
            _label(
                axes, name, y=float(frame[["value", "high"]].max().max()) + gap, colour=look.ink, size=TEXT
            )
            continue
        left = axes.get_xlim()[1] * (1 - min(len(name) * 0.56 * TEXT / span, 0.95))
        under = frame.loc[frame["time"] <= left, "low"].dropna()
        y = float(under.iloc[-1]) if len(under) else gap
        _label(axes, name, y=y - gap, colour=look.ink, size=TEXT, va="top")


def _label(axes: Axes, text: str, *, y: float, colour: str, size: float, va: str = "bottom") -> None:
    last = axes.get_xlim()[1]
    shift = RIGHT / 4 * last / room(axes)[0]
    axes.text(last + shift, y, text, color=colour, fontsize=size, ha="right", va=va)
