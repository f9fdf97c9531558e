"""Figures of relapse: cumulative incidence, rates by period, and ranges where only intervals are known.

Under a cumulative incidence curve is a table of people at risk, events, competing events and censored
(`at_risk_table`).
"""

import math
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from stepdown.display.drawing import Picture, captioned
from stepdown.display.estimates import estimate
from stepdown.display.figure_arguments import checks_figure
from stepdown.display.style import (
    AXIS,
    FAINT,
    INK,
    LINE,
    OTHERS,
    RIGHT,
    SMALL,
    TEXT,
    Mark,
    axes_size,
    brief,
    day_axis,
    drawing,
    heading,
    mark,
    percent_axis,
    shade,
    sheet,
)
from stepdown.errors import ResultError
from stepdown.results import Results
from stepdown.results.reading import (
    arms,
    bounded,
    curve,
    has_unadjusted,
    in_order,
    is_adjusted,
    landmark,
    pairs,
    refuse_withheld,
    rows_of,
)
from stepdown.results.words import days_of, free, happened, listed, number, percent, plural
from stepdown.sections.relapse.at_risk_table import block, competing_first, draw, leave_space
from stepdown.sections.relapse.figure_titles import range_title, rates_title, risks_title

Kind = Literal["curves", "hazard", "bounds"]


@checks_figure(kinds=Kind)
def alt_text(
    results: Results,
    kind: Kind,
    *,
    analysis: str = "whole_cohort",
    word: str = "relapse",
    since: str = "discharge",
    window: tuple[int, int] = (30, 90),
) -> str:
    """Describe a figure by its numbers.

    Parameters
    ----------
    results : Results
        What the figure shows.
    kind : {"curves", "hazard", "bounds"}
        Which figure.
    analysis, word, since, window
        As in the figure.

    Returns
    -------
    str
        Sentences for those who cannot see it.
    """
    describe = {"curves": _curves, "hazard": _hazard, "bounds": _bounds}[kind]
    parts = []
    for arm in arms(results, analysis=analysis):
        sentences = describe(results, analysis, arm, word, since, window)
        parts.append(f"{arm}: {sentences}" if arm else f"{sentences[:1].upper()}{sentences[1:]}")
    return " ".join(f"{part}." for part in parts)


def _told(frame: pd.DataFrame, window: tuple[int, int]) -> pd.DataFrame:
    """Keep the window's edges and the last day that is known."""
    frame = frame.dropna(subset=["estimate"])
    return frame[frame["time"].isin([*window, frame["time"].max()])]


def _curves(results: Results, analysis: str, arm: str, word: str, since: str, window: tuple[int, int]) -> str:
    selected = _told(rows_of(results, analysis=analysis, estimand="risk", cause="relapse", arm=arm), window)
    sentences = [f"{estimate(row, percent)} by day {row['time']:.0f}" for _, row in selected.iterrows()]
    start = landmark(results, analysis)
    whom = f" among people {free(word)} and followed at day {start}" if start else ""
    return f"cumulative incidence of {word} since {since}{whom}: {listed(sentences)}"


def _hazard(results: Results, analysis: str, arm: str, word: str, since: str, window: tuple[int, int]) -> str:
    selected = rows_of(results, analysis=analysis, estimand="rate", arm=arm).dropna(subset=["estimate"])
    sentences = [
        f"{number(row['estimate'])} on days {days_of(row['window_start'], row['window_end'])}"
        for _, row in selected.iterrows()
    ]
    whom = free(word).removeprefix("still ")
    return f"new {plural(word)} per 100 {whom} people per month: {listed(sentences)}"


def _bounds(results: Results, analysis: str, arm: str, word: str, since: str, window: tuple[int, int]) -> str:
    selected = pairs(results, analysis=analysis, estimand="risk", cause="relapse")
    selected = selected[(selected["arm"] == arm) & selected["lowest"].notna() & selected["highest"].notna()]
    sentences = [
        f"between {percent(row.lowest)} and {percent(row.highest)} by day {int(row.time)}"  # type: ignore[arg-type]
        for row in selected.itertuples()
    ]
    return f"share with a {word} since {since}, lowest to highest: {listed(sentences)}"


_PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.3}
DIRECT = 2  # up to so many arms are labeled at their curves; more get a key


@checks_figure()
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
    refuse_withheld(results, analysis=analysis)
    # Days of pooled trials count from the day of each.
    since = "the day of the trial" if analysis == "sequential_trials" else since
    names = arms(results, analysis=analysis)
    found = {name: curve(results, analysis=analysis, cause="relapse", arm=name) for name in names}
    found = {name: frame for name, frame in found.items() if len(frame)}
    if not found:
        raise ResultError(
            f"There is no curve of {analysis!r} in the results. "
            "Where only intervals are known, use figures.bounds."
        )
    selected = rows_of(results, analysis=analysis, estimand="risk", cause="relapse")
    days = sorted(
        {int(day) for day in selected["time"]} or {int(max(f["time"].max() for f in found.values()))}
    )
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
        leave_space(axes, blocks)
        day_axis(axes, days=days, first=first, last=days[-1], since=since)
        percent_axis(
            axes, top=max(frame[["estimate", "conf_high"]].max().max() for frame in found.values()) * 1.12
        )
        shade(axes, window)
        fair = is_adjusted(results, analysis=analysis)
        for (name, frame), look in zip(found.items(), looks, strict=True):
            if fair:
                _unadjusted(axes, results, look, analysis=analysis, arm=name)
            _steps(axes, frame, look, joined=fair)
        if names == ("",):
            _competing(axes, results, analysis=analysis)
        elif not key:
            _labels(axes, found, looks)
        heading(axes, f"{happened(word).capitalize()} by that day", lines=key)
        draw(axes, blocks, first=first, looks=looks)
    title, subtitle = captioned(
        risks_title(results, analysis=analysis, word=word, day=window[1]),
        f"{'Adjusted cumulative' if fair else 'Cumulative'} incidence of {word} since {since}"
        f"{', by arm' if len(found) > 1 else ''}",
        _subtitle(landmark(results, analysis), word, days[-1], found)
        + (competing_first(results, analysis=analysis) if any(one.competing for one in blocks) else "")
        + (_of_adjusted(results, analysis) if fair else ""),
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=alt_text(results, "curves", analysis=analysis, word=word, since=since, window=window),
    )


def _subtitle(start: int, word: str, last: int, found: dict[str, pd.DataFrame]) -> str:
    whom = f"People still followed and without a {word} at day {start}. " if start else ""
    short = [name or "the cohort" for name, frame in found.items() if frame["time"].max() < last]
    end = f" Follow-up of {listed(short)} ends before day {last}." if short else ""
    return f"{whom}Shaded bands: 95% confidence intervals.{end}"


def _of_adjusted(results: Results, analysis: str) -> str:
    faint = " Faint lines: not adjusted." if has_unadjusted(results, analysis=analysis) else ""
    table = results.table
    without = table[
        (table["analysis"] == analysis) & (table["statistic"] == "curve") & (table["population"] != "")
        & table["conf_low"].isna() & (table["note"] != "")
    ]  # fmt: skip
    broken = "".join(f" No band on some days: {note}." for note in in_order(without, "note"))
    return f"{faint}{broken}"


def _unadjusted(axes: Axes, results: Results, look: Mark, *, analysis: str, arm: str) -> None:
    """Draw the curve of an arm as it is, faint, behind the adjusted one."""
    table = results.table
    frame = table[
        (table["analysis"] == analysis) & (table["estimand"] == "risk") & (table["statistic"] == "curve")
        & (table["cause"] == "relapse") & (table["arm"] == arm) & (table["population"] == "")
    ]  # fmt: skip
    axes.step(frame["time"], frame["estimate"], where="post", color=look.color, linewidth=1, alpha=0.45)


def _steps(axes: Axes, frame: pd.DataFrame, look: Mark, *, joined: bool = False) -> None:
    """Draw a curve with its band, as steps, or as points `joined` by lines."""
    axes.fill_between(
        frame["time"],
        frame["conf_low"],
        frame["conf_high"],
        step=None if joined else "post",
        color=look.color,
        alpha=0.16,
        linewidth=0,
    )
    axes.plot(
        frame["time"], frame["estimate"], drawstyle="default" if joined else "steps-post", color=look.color,
        linestyle=look.dashes, linewidth=2,
    )  # fmt: skip


def _competing(axes: Axes, results: Results, *, analysis: str) -> None:
    selected = rows_of(results, analysis=analysis, estimand="risk", statistic="curve")
    others = [cause for cause in in_order(selected, "cause") if cause != "relapse"]
    ends: list[tuple[float, str]] = []
    for place, cause in enumerate(others):
        frame = curve(results, analysis=analysis, cause=cause, arm="")
        axes.step(
            frame["time"], frame["estimate"], where="post", color=FAINT, linewidth=1.1,
            linestyle=OTHERS[place % len(OTHERS)],
        )  # fmt: skip
        ends.append((float(frame["estimate"].iloc[-1]), cause))
    line = axes.get_ylim()[1] * 1.25 * SMALL / axes_size(axes)[1]
    floor = 0.0
    for value, cause in sorted(ends):
        floor = max(value + 0.3 * line, floor)
        _label(axes, cause, y=floor, color=FAINT, size=SMALL)
        floor += line


def _labels(axes: Axes, found: dict[str, pd.DataFrame], looks: list[Mark]) -> None:
    """Write each arm at its curve: the higher one above its band, the lower one below."""
    order = sorted(
        zip(found.items(), looks, strict=True), key=lambda item: float(item[0][1]["estimate"].iloc[-1])
    )
    gap, span = axes.get_ylim()[1] * 0.02, axes_size(axes)[0]
    for place, ((whole, frame), look) in enumerate(order):
        name = brief(whole, points=span)
        if place == len(order) - 1:
            _label(
                axes,
                name,
                y=float(frame[["estimate", "conf_high"]].max().max()) + gap,
                color=look.ink,
                size=TEXT,
            )
            continue
        left = axes.get_xlim()[1] * (1 - min(len(name) * 0.56 * TEXT / span, 0.95))
        # A report under disclosure rules has curves without a band.
        under = frame.loc[frame["time"] <= left, ["estimate", "conf_low"]].min(axis=1).dropna()
        y = float(under.iloc[-1]) if len(under) else gap
        _label(axes, name, y=y - gap, color=look.ink, size=TEXT, va="top")


def _label(axes: Axes, text: str, *, y: float, color: str, size: float, va: str = "bottom") -> None:
    last = axes.get_xlim()[1]
    shift = RIGHT / 4 * last / axes_size(axes)[0]
    # A faint line or another curve may cross the label.
    axes.text(last + shift, y, text, color=color, fontsize=size, ha="right", va=va, bbox=_PAPER)


@checks_figure()
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
        Results with estimand `rate`; the bands run from `window_start` to `window_end`.
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
    refuse_withheld(results, analysis=analysis)
    selected = rows_of(results, analysis=analysis, estimand="rate")
    selected = selected[selected["estimate"].notna()]
    if selected.empty or bounded(results, analysis=analysis):
        raise ResultError(f"There is no single rate by band of {analysis!r} in the results.")
    names = [name for name in arms(results, analysis=analysis) if (selected["arm"] == name).any()]
    looks = [mark(place) for place in range(len(names))]
    days = sorted({int(stop) for stop in selected["window_end"]})
    key = list(zip(names, looks, strict=True)) if names != [""] else []
    with drawing():
        fig, axes = sheet(width=width, head=2.4 * LINE + LINE * len(key), body=height * 72, foot=AXIS)
        day_axis(axes, days=days, first=(0, *window, days[-1]), last=days[-1], since=since)
        axes.set_ylim(0, float(np.nanmax(selected["conf_high"])) * 1.08)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
        axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
        shade(axes, window)
        for place, (name, look) in enumerate(zip(names, looks, strict=True)):
            _draw(
                axes,
                selected[selected["arm"] == name],
                look,
                at=(place + 1) / (len(names) + 1),
                show_step=not key,
            )
        heading(
            axes,
            f"New {plural(word)} per 100 {free(word).removeprefix('still ')} people per month",
            lines=key,
        )
    title, subtitle = captioned(
        rates_title(results, analysis=analysis, word=word, last=window[1]),
        f"Rate of new {plural(word)} among {free(word).removeprefix('still ')} people",
        "One line per period; boxes are exact 95% confidence intervals.",
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=alt_text(results, "hazard", analysis=analysis, word=word, since=since, window=window),
    )


def _draw(axes: Axes, selected: pd.DataFrame, look: Mark, *, at: float, show_step: bool) -> None:
    for row in selected.itertuples():
        begin, stop = float(row.window_start), float(row.window_end)  # type: ignore[arg-type]
        value, low, high = (float(getattr(row, name)) for name in ("estimate", "conf_low", "conf_high"))
        axes.fill_between([begin, stop], [low] * 2, [high] * 2, color=look.color, alpha=0.16, linewidth=0)
        axes.plot(
            [begin, stop], [value] * 2, color=look.color, linestyle=look.dashes, linewidth=2.4,
            solid_capstyle="butt",
        )  # fmt: skip
        middle = begin + (stop - begin) * at
        if not show_step:
            axes.plot([middle] * 2, [low, high], color=look.color, linewidth=1)
        else:
            text = number(value)
            axes.annotate(
                text,
                (begin, value),
                xytext=(2, 2),
                textcoords="offset points",
                fontsize=SMALL,
                color=look.ink,
            )


ROW = 34.0


@checks_figure()
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
        Results in which every risk has two values, with methods ending in "lowest" and "highest".
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
    refuse_withheld(results, analysis=analysis)
    selected = pairs(results, analysis=analysis, estimand="risk", cause="relapse")
    selected = selected[selected["lowest"].notna() & selected["highest"].notna()]
    if selected.empty:
        raise ResultError(f"There are no lowest and highest numbers of {analysis!r} in the results.")
    names = [name for name in arms(results, analysis=analysis) if (selected["arm"] == name).any()]
    looks = {name: mark(place) for place, name in enumerate(names)}
    days = sorted({float(day) for day in selected["time"]})
    start = landmark(results, analysis)
    whom = f"People still followed and without a {word} at day {start}. " if start else ""
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
            _draw_bounds(axes, selected[selected["arm"] == name], days=days, shift=shift, look=looks[name])
        heading(axes, f"Day since {since}", lines=key)
    title, subtitle = captioned(
        range_title(results, analysis=analysis, word=word, day=window[1]),
        f"Lowest and highest share with a {word}{', by arm' if len(names) > 1 else ''}",
        f"{whom}Contacts show that it happened since the previous contact, but not on which day. Bars: every "
        "share that agrees with the contacts. Thin lines: 95% confidence limits of both ends.",
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=alt_text(results, "bounds", analysis=analysis, word=word, since=since, window=window),
    )


def _draw_bounds(axes: Axes, selected: pd.DataFrame, *, days: list[float], shift: float, look: Mark) -> None:
    for row in selected.itertuples():
        y = days.index(float(row.time)) + shift  # type: ignore[arg-type]
        begin, stop = float(row.lowest), float(row.highest)  # type: ignore[arg-type]
        low, high = float(row.conf_low), float(row.conf_high)  # type: ignore[arg-type]
        low, high = (begin if math.isnan(low) else low), (stop if math.isnan(high) else high)
        axes.plot([low, high], [y, y], color=look.color, linewidth=1.2)
        axes.plot([begin, stop], [y, y], color=look.color, linewidth=8, alpha=0.75, solid_capstyle="butt")
        text = f"{percent(begin)} to {percent(stop)}"
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
