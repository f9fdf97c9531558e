"""Where people are on each day: shares in each state of care, stacked to everyone."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from stepdown.errors import ResultError
from stepdown.plot._key import capital, key, key_height
from stepdown.plot._picture import Picture
from stepdown.plot._style import (
    AXIS,
    LINE,
    day_axis,
    drawing,
    heading,
    percent_axis,
    sheet,
)  # fmt: skip
from stepdown.results.words import free, happened, listed, percent

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
        Days marked on the axis and told in words, as far as the table reaches.
    width, height : float
        Inches: of the figure, and of the plot.

    Returns
    -------
    Picture
        Steps that hold from a day until the next one. States that nobody is ever in are left out.

    Raises
    ------
    ResultError
        The table has no such arm, or several and none was named.
    """
    arms = list(dict.fromkeys(table["arm"]))
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
        heading(axes, "Share of everyone")
    told = wide.reindex([float(day) for day in shown], method="ffill")
    return Picture(
        figure=fig,
        title=f"Where people are{'' if arm is None else f': {arm}'}",
        subtitle=f"Each day since {since} adds up to everyone; people lost to follow-up are counted as "
        f"those who stayed in the same state. Nobody comes back from a {word}, custody or death here.",
        alt=" ".join(f"Day {int(day)}: {_said(row, word)}." for day, row in told.iterrows()),  # type: ignore[call-overload]
    )


def _name(state: str, word: str) -> str:
    """Say a state as it follows a share."""
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
        colour, pattern = _look(str(state), place)
        axes.fill_between(
            wide.index, below, tops[:, place], step="post", facecolor=colour, hatch=pattern,
            edgecolor="white", linewidth=0.6, zorder=2,
        )  # fmt: skip
        below = tops[:, place]
