"""Where people are on each day: shares in each state of care, stacked to everyone.

Paths through the levels of care, the most frequent first: a sequence of levels over a bar.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from stepdown.display.drawing import Picture, captioned
from stepdown.display.figure_arguments import checks_figure
from stepdown.display.style import (
    AXIS,
    FAINT,
    INK,
    LINE,
    SMALL,
    TEXT,
    brief,
    capital,
    day_axis,
    drawing,
    heading,
    key,
    key_height,
    page,
    percent_axis,
    sheet,
)
from stepdown.errors import ResultError
from stepdown.results.words import count, free, happened, listed, percent, uncapitalized

# Fill and pattern of each state, from the bottom: care is blue, the more intensive the darker.
_FILLS = {
    "residential": ("#08306b", ""),
    "php": ("#2171b5", ""),
    "iop": ("#6baed6", ""),
    "outpatient": ("#c6dbef", ""),
    "none": ("#f2f2f2", ""),
    "relapsed": ("#e69f00", "////"),
    "incarcerated": ("#a85c8a", "...."),
    "dead": ("#1a1a1a", ""),
}
_WORDS = {
    "residential": "in residential care",
    "php": "in PHP",
    "iop": "in IOP",
    "outpatient": "in outpatient care",
    "incarcerated": "incarcerated first",
    "dead": "died first",
}
_OTHERS = ("#009e73", "#56b4e9", "#cc79a7", "#999999")


@checks_figure("arm", "state", "time", "estimate")
def occupancy(
    table: pd.DataFrame,
    *,
    arm: str | None = None,
    word: str = "relapse",
    since: str = "discharge",
    days: tuple[int, ...] = (30, 90, 180, 365),
    width: float = 5.3,
    height: float = 3.0,
) -> Picture:
    """Draw the share of people in each state by day.

    Parameters
    ----------
    table : DataFrame
        `arm, state, time, estimate` (share), the states of a day adding up to 1, in the order in which
        they are stacked from below.
    arm : str or None
        Which arm; needed where there are several.
    word, since : str
        The study's word for the event, and what day 0 is.
    days : tuple of int
        Days marked on the axis and described in the text for screen readers, as far as the table reaches.
    width, height : float
        Inches: of the figure, and of the plot.

    Returns
    -------
    Picture
        Steps that hold from a day until the next one. States without anyone are left out.

    Raises
    ------
    ResultError
        The table has no such arm, or several and none was named.
    """
    arms = list(dict.fromkeys(table["arm"]))
    if not isinstance(arm, str | None):
        raise ResultError(f"arm is of type {type(arm).__name__}. Give its label.")
    if (arm is None and len(arms) > 1) or (arm is not None and arm not in arms):
        raise ResultError("Name one arm of the table. Arms: " + ", ".join(map(str, arms)) + ".")
    mine = table[table["arm"] == (arms[0] if arm is None else arm)].dropna(subset=["estimate"])
    if mine.empty or mine["time"].max() <= 0:
        raise ResultError("There is no share of any state beyond day 0 in the table.")
    wide = mine.pivot(index="time", columns="state", values="estimate")
    order = [state for state in dict.fromkeys(mine["state"]) if (wide[state] > 0).any()]
    wide = wide[order]
    last = float(wide.index.max())
    shown = [day for day in days if day < last] + [round(last)]
    with drawing():
        above = key_height(len(order))
        fig, axes = sheet(width=width, head=2.4 * LINE + above, body=height * 72, foot=AXIS)
        day_axis(axes, days=shown, first=(0, *shown), last=last, since=since)
        percent_axis(axes, top=1.0)
        axes.set_ylim(0, 1)
        _areas(axes, wide)
        looks = {state: _look(state, place) for place, state in enumerate(order)}
        key(axes, [(capital(_name(state, word)), *looks[state]) for state in reversed(order)])
        heading(axes, "Share of discharges")
    selected = wide.reindex([float(day) for day in shown], method="ffill")
    title, subtitle = captioned(
        _on_first_day(selected, word, arm),
        f"Level of care by day{'' if arm is None else f': {arm}'}",
        f"Shares on each day since {since} add up to 100%. Assumes that people lost to follow-up had the "
        f"same course as people followed in the same state. {word.capitalize()}, custody and death end "
        "follow-up.",
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=" ".join(f"Day {int(day)}: {_said(row, word)}." for day, row in selected.iterrows()),  # type: ignore[call-overload]
    )


def _on_first_day(selected: pd.DataFrame, word: str, arm: str | None) -> str:
    """State who was in no care on the first day marked; empty where that is nobody."""
    day = selected.index[0]
    if "none" not in selected or not selected["none"].iloc[0] > 0:
        return ""
    on = f"n day {day:.0f}, {percent(selected['none'].iloc[0])} were {_name('none', word)}"
    return f"O{on}" if arm is None else f"{arm}: o{on}"


def _name(state: str, word: str) -> str:
    """State a state as it follows a share."""
    own = {"none": f"{free(word)} and in no care", "relapsed": happened(word)}
    return {**_WORDS, **own}.get(state, state)


def _said(row: pd.Series, word: str) -> str:
    seen = row[row >= 0.0005]
    return listed([f"{percent(share)} {_name(str(state), word)}" for state, share in seen.items()])


def _look(state: str, place: int) -> tuple[str, str]:
    return _FILLS.get(state, (_OTHERS[place % len(_OTHERS)], ""))


def _areas(axes: Axes, wide: pd.DataFrame) -> None:
    tops = np.cumsum(wide.to_numpy(), axis=1)
    below = np.zeros(len(wide))
    for place, state in enumerate(wide):
        color, pattern = _look(str(state), place)
        axes.fill_between(
            wide.index, below, tops[:, place], step="post", facecolor=color, hatch=pattern,
            edgecolor="white", linewidth=0.6, zorder=2,
        )  # fmt: skip
        below = tops[:, place]


ROW, BAR, CHIP = 40.0, 9.0, 15.0
# Fill and ink of each level; the words are in the chips, so that color only repeats them.
_CHIPS = {
    "WM": ("#4d4d4d", "white"),
    "RES": ("#08306b", "white"),
    "PHP": ("#2171b5", "white"),
    "IOP": ("#6baed6", INK),
    "OP": ("#c6dbef", INK),
}
_LEVELS = {
    "WM": "withdrawal management",
    "RES": "residential",
    "PHP": "partial hospitalization",
    "IOP": "intensive outpatient",
    "OP": "outpatient",
}
NO_CARE = "No care recorded"
_SUM = "Those shown add up to {}: counts are rounded, and rare paths are not shown."


@checks_figure("path", "discharges")
def paths(table: pd.DataFrame, *, most: int = 8, since: str = "discharge", width: float = 5.3) -> Picture:
    """Draw the most frequent paths.

    Parameters
    ----------
    table : DataFrame
        `path` (levels in order, parted by `>`; empty where no care is recorded), `discharges` and, where
        rare paths are left out, `total`: all discharges.
    most : int
        Rows to draw; the paths beyond are drawn as one row together.
    since : str
        What day 0 is.
    width : float
        Inches.

    Returns
    -------
    Picture
        The whole length of a bar is everyone.

    Raises
    ------
    ResultError
        The table holds no discharges.
    """
    shown = int(table["discharges"].sum()) if len(table) else 0
    total = int(table["total"].iloc[0]) if shown and "total" in table else shown
    if not shown:
        raise ResultError("There are no discharges in the table of paths.")
    ranked = table.sort_values("discharges", ascending=False, kind="stable")
    head, rest = ranked.iloc[:most], ranked.iloc[most:]
    rows = list(zip(head["path"].astype(str), head["discharges"].astype(int), strict=True))
    other = f"{count(len(rest))} other path{'' if len(rest) == 1 else 's'}"
    if len(rest):
        rows.append((other, int(rest["discharges"].sum())))
    with drawing():
        fig, axes = sheet(width=width, head=6, body=ROW * len(rows), foot=6)
        box = axes.get_position()
        axes.set_position((0.012, box.y0, 0.976, box.height))
        axes.set_xlim(0, 1)
        axes.set_ylim(len(rows), 0)
        axes.set_axis_off()
        for place, (path, number) in enumerate(rows):
            _row(axes, place, path, number=number, total=total)
    seen = {level for path, _ in rows for level in path.split(">") if level in _LEVELS}
    legend = [f"{short} {name}" for short, name in _LEVELS.items() if short in seen]
    selected = [f"{_words(path)}: {count(number)} ({percent(number / total)})" for path, number in rows]
    path, number = rows[0]
    named = _words(path) if path else uncapitalized(NO_CARE)
    title, subtitle = captioned(
        f"{percent(number / total)} take the most frequent path: {named}",
        f"Paths through care of {count(total)} discharge{'' if total == 1 else 's'}",
        f"Levels of care in order, starting on the night before {since}; consecutive stays in one level "
        "count once."
        + (f" {listed(legend)}." if legend else "")
        + (f" {_SUM.format(count(shown))}" if shown != total else ""),
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=f"{'; '.join(selected)}.",
    )


def _words(path: str) -> str:
    return " then ".join(path.split(">")) if path else NO_CARE


def _row(axes: Axes, place: int, path: str, *, number: int, total: int) -> None:
    _, wide, _ = page(axes)
    points = wide * axes.get_position().width
    text = f"{count(number)} ({percent(number / total)})"
    axes.text(1, place + 0.32, text, ha="right", va="center", fontsize=TEXT, color=INK)
    space = points - 7 * len(text)
    chips = path.split(">")
    if set(chips) <= set(_CHIPS) and _long(chips) <= space:
        _chain(axes, place, chips, points=points)
    else:
        words = brief(path.replace(">", " > ") or NO_CARE, points=space)
        axes.text(0, place + 0.32, words, ha="left", va="center", fontsize=TEXT, color=INK)
    axes.barh(place + 0.75, number / total, height=BAR / ROW, color="#0072b2", left=0, zorder=2)
    axes.barh(place + 0.75, 1, height=BAR / ROW, color="#ececec", left=0, zorder=1)


def _width(chip: str) -> float:
    return 9.0 + 7.2 * len(chip)


def _long(chips: list[str]) -> float:
    return sum(_width(chip) + 12 for chip in chips)


def _chain(axes: Axes, place: int, chips: list[str], *, points: float) -> None:
    x = 1.0
    for number, chip in enumerate(chips):
        fill, ink = _CHIPS[chip]
        high, wide = CHIP / ROW, _width(chip)
        if number:
            axes.text(
                (x + 5) / points, place + 0.32, "›", ha="center", va="center", fontsize=TEXT, color=FAINT
            )
            x += 11
        box = FancyBboxPatch(
            (x / points, place + 0.32 - high / 2), wide / points, high,
            boxstyle="round,pad=0,rounding_size=0.006", facecolor=fill, edgecolor=INK, linewidth=0.5,
        )  # fmt: skip
        axes.add_patch(box)
        axes.text(
            (x + wide / 2) / points, place + 0.33, chip, ha="center", va="center", fontsize=SMALL, color=ink
        )
        x += wide
