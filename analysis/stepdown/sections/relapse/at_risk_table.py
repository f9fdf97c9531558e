"""The table under a cumulative incidence curve in KMunicate form, each label beside its numbers.

People at risk, events, competing events and censored, which add up to everyone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Transform, blended_transform_factory

from stepdown.display.style import (
    DIGIT,
    FAINT,
    INK,
    LINE,
    SMALL,
    TEXT,
    Mark,
    axes_size,
    brief,
    page,
    spaced,
    swatch,
)
from stepdown.results import Results
from stepdown.results.reading import in_order, rows_of
from stepdown.results.words import count, happened

GAP, HALF = 8.0, 12.0
"""Space after the counts of an arm; half the width of a number of four digits; points."""
BOLD = 7.0  # width of a bold letter in points
_COMPETING = "Competing"


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
        return LINE * len(self.rows) + (LINE if self.arm and self.rows else 0) + GAP

    @property
    def names(self) -> float:
        """Width of the labels beside the numbers, in points."""
        return max((DIGIT * SMALL * len(label) for label in self.rows), default=0.0) + 4

    @property
    def competing(self) -> bool:
        """Whether competing events are counted."""
        return _COMPETING in self.rows


def block(results: Results, *, analysis: str, arm: str, word: str) -> Block:
    """Return the counts of an arm; rows of which every number is zero are left out, but for the first two."""
    labels = {
        "at_risk": "At risk",
        "events": happened(word).capitalize(),
        "competing": _COMPETING,
        "censored": "Censored",
    }
    rows = {}
    for statistic, label in labels.items():
        selected = rows_of(results, analysis=analysis, estimand="at_risk", statistic=statistic, arm=arm)
        series = selected.set_index("time")["estimate"].dropna()
        if statistic in ("at_risk", "events") or (series > 0).any():
            rows[label] = series
    return Block(arm, {label: series for label, series in rows.items() if len(series)})


def draw(axes: Axes, blocks: list[Block], *, first: tuple[int, ...], looks: list[Mark]) -> None:
    """Draw the counts under the axis, aligned with its days."""
    fig, wide, high = page(axes)
    across = blended_transform_factory(axes.transData, fig.transFigure)
    top = sum(one.height for one in blocks)
    for one, look in zip(blocks, looks, strict=True):
        line = top - GAP
        days = _columns(axes, one, first=first) if one.rows else []
        if one.arm and one.rows:
            swatch(fig, x=4, y=line - LINE + 4, look=look)
            fig.text(
                32 / wide, (line - LINE) / high, one.title(points=wide - 36), fontsize=TEXT,
                color=look.ink, va="bottom", fontweight="bold",
            )  # fmt: skip
            line -= LINE
        for label, series in one.rows.items():
            fig.text(4 / wide, (line - LINE) / high, label, fontsize=SMALL, color=FAINT, va="bottom")
            line -= LINE
            _numbers(axes, series, y=line / high, days=days, across=across)
        top -= one.height


def _columns(axes: Axes, one: Block, *, first: tuple[int, ...]) -> list[int]:
    """Return the days for which every row of the block has space, beside its label too."""
    _, wide, _ = page(axes)
    left, per_day = axes.get_position().x0 * wide, axes_size(axes)[0] / axes.get_xlim()[1]
    days = [int(day) for day in next(iter(one.rows.values())).index]
    days = [day for day in days if left + day * per_day >= one.names + HALF]
    widths = [max(len(count(series.get(day, 0))) for series in one.rows.values()) for day in days]
    return spaced(days, widths=widths, first=first, axes=axes)


def _numbers(axes: Axes, series: pd.Series, *, y: float, days: list[int], across: Transform) -> None:
    for day in days:
        if day in series.index:
            axes.text(
                day, y, count(series[day]), fontsize=SMALL, color=INK, ha="center", va="bottom",
                transform=across, clip_on=False,
            )  # fmt: skip


def competing_first(results: Results, *, analysis: str) -> str:
    """Return a sentence that names the competing events."""
    causes = in_order(rows_of(results, analysis=analysis, estimand="risk"), "cause")
    others = [cause for cause in causes if cause not in ("", "relapse")]
    return f" Competing: {' or '.join(others) or 'another event'} first."


def leave_space(axes: Axes, blocks: Sequence[Block]) -> None:
    """Leave space on the left for the labels of the counts."""
    _, wide, _ = page(axes)
    if not any(one.rows for one in blocks):
        return
    box = axes.get_position()
    left = max(max(one.names for one in blocks) + HALF, box.x0 * wide) / wide
    axes.set_position((left, box.y0, box.x1 - left, box.height))
