"""The table under a curve (KMunicate): who is still followed, who relapsed, who left, adding up to all."""

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Transform, blended_transform_factory

from stepdown.plot._style import FAINT, INK, LINE, SMALL, TEXT, Mark, brief, page, spaced, swatch
from stepdown.results import Results
from stepdown.results.reading import in_order, rows_of
from stepdown.results.words import count, free, happened

GAP = 8.0
BOLD = 7.0  # width of a bold letter in points
_FIRST = {"death": "died", "incarceration": "incarcerated"}


@dataclass(frozen=True, eq=False)
class Block:
    """The counts of one arm: a row of numbers a label, days across."""

    arm: str
    rows: dict[str, pd.Series]

    def title(self, *, points: float) -> str:
        """Return the arm and how many discharges it starts with, in so many points."""
        starts = [series.iloc[0] for series in self.rows.values()][:1]
        number = f" ({count(float(starts[0]))})" if starts else ""
        return brief(self.arm, points=points - BOLD * len(number)) + number

    @property
    def height(self) -> float:
        """Height in points."""
        return 2 * LINE * len(self.rows) + (LINE if self.arm else 0) + GAP


def block(results: Results, *, analysis: str, arm: str, word: str) -> Block:
    """Return the counts of an arm; rows of which every number is zero are left out, but for the first two."""
    labels = {
        "at_risk": f"Still followed and {free(word)}",
        "events": happened(word).capitalize(),
        "competing": _first(results, analysis=analysis),
        "censored": "Follow-up ended",
    }
    rows = {}
    for statistic, label in labels.items():
        told = rows_of(results, analysis=analysis, estimand="at_risk", statistic=statistic, arm=arm)
        series = told.set_index("time")["value"].dropna()
        if statistic in ("at_risk", "events") or (series > 0).any():
            rows[label] = series
    return Block(arm, {label: series for label, series in rows.items() if len(series)})


def _first(results: Results, *, analysis: str) -> str:
    """Name the events that came first in the words of the causes that the study counts."""
    causes = in_order(rows_of(results, analysis=analysis, estimand="risk"), "cause")
    words = [_FIRST.get(cause, cause) for cause in causes if cause != "relapse"]
    return f"{' or '.join(words) or 'another event'} first".capitalize()


def draw(axes: Axes, blocks: list[Block], *, first: tuple[int, ...], looks: list[Mark]) -> None:
    """Draw the counts under the axis, aligned with its days."""
    fig, wide, high = page(axes)
    across = blended_transform_factory(axes.transData, fig.transFigure)
    top = sum(one.height for one in blocks)
    for one, look in zip(blocks, looks, strict=True):
        line = top - GAP
        days = _columns(axes, one, first=first) if one.rows else []
        if one.arm:
            swatch(fig, x=4, y=line - LINE + 4, look=look)
            fig.text(
                32 / wide, (line - LINE) / high, one.title(points=wide - 36), fontsize=TEXT,
                color=look.ink, va="bottom", fontweight="bold",
            )  # fmt: skip
            line -= LINE
        for label, series in one.rows.items():
            fig.text(4 / wide, (line - LINE) / high, label, fontsize=SMALL, color=FAINT, va="bottom")
            line -= 2 * LINE
            _numbers(axes, series, y=line / high, days=days, across=across)
        top -= one.height


def _columns(axes: Axes, one: Block, *, first: tuple[int, ...]) -> list[int]:
    """Return the days for which every row of the block has room."""
    days = [int(day) for day in next(iter(one.rows.values())).index]
    widths = [max(len(f"{series.get(day, 0):.0f}") for series in one.rows.values()) for day in days]
    return spaced(days, widths=widths, first=first, axes=axes)


def _numbers(axes: Axes, series: pd.Series, *, y: float, days: list[int], across: Transform) -> None:
    for day in days:
        if day in series.index:
            axes.text(
                day, y, f"{series[day]:.0f}", fontsize=SMALL, color=INK, ha="center", va="bottom",
                transform=across, clip_on=False,
            )  # fmt: skip
