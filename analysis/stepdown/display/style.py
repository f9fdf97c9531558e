"""How every figure looks: Okabe-Ito colors, line styles beside them, text that a phone can show.

A key of filled boxes above a plot, in two columns.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter
from matplotlib.transforms import blended_transform_factory

from stepdown.results.words import window_name

POINTS = 72.0
TEXT, SMALL = 10.0, 9.0
INK, FAINT, RULE, SHADE = "#1a1a1a", "#595959", "#b8b8b8", "#fdf0c4"
LEFT, RIGHT, LINE, AXIS = 36.0, 16.0, 14.0, 38.0
DIGIT = 0.64  # width of a digit of the widest font we expect, in text heights
LETTER = 0.62  # the same of a letter

Dashes = Literal["-"] | tuple[float, tuple[float, ...]]


@dataclass(frozen=True)
class Mark:
    """Look of one arm: line color (3:1 on white), text color (4.5:1) and dashes."""

    color: str
    ink: str
    dashes: Dashes


MARKS = (
    Mark("#0072b2", "#005a8e", "-"),
    Mark("#d55e00", "#a84a00", (0, (5, 2))),
    Mark("#009e73", "#00704f", (0, (1, 1.4))),
    Mark("#a85c8a", "#8a4470", (0, (6, 2, 1, 2))),
)
OTHERS: tuple[Dashes, ...] = ((0, (4, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), "-")


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with the library's own defaults, whatever the user's settings; they come back after."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "font.family": "DejaVu Sans",
                "font.size": TEXT,
                "text.color": INK,
                "text.parse_math": False,  # a label may hold dollar signs
                "axes.edgecolor": RULE,
            }
        )
        yield


def brief(text: str, *, points: float, size: float = TEXT) -> str:
    """Return a label shortened to a width; the tables give it in full."""
    most = max(int(points / (LETTER * size)), 4)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def mark(place: int) -> Mark:
    """Return the look of the arm at a place of the reading order."""
    return MARKS[place % len(MARKS)]


def sheet(*, width: float, head: float, body: float, foot: float) -> tuple[Figure, Axes]:
    """Return a figure of `width` inches with one plot of `body` points between a head and a foot."""
    height = head + body + foot
    fig = Figure(figsize=(width, height / POINTS), facecolor="white")
    wide = width * POINTS
    box = (LEFT / wide, foot / height, (wide - LEFT - RIGHT) / wide, body / height)
    axes = fig.add_axes(box, facecolor="none")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, color=RULE, labelsize=TEXT)
    return fig, axes


def forest_sheet(*, width: float, rows: int, row: float, names: float, head: float) -> tuple[Figure, Axes]:
    """Return a new figure for a forest plot: rows from the top, with space for their names on the left.

    Parameters
    ----------
    width : float
        Inches.
    rows : int
        Number of rows; the first is at 0.
    row, names, head : float
        Height of a row, width of the names and height above the rows, in points.
    """
    wide, body = width * POINTS, row * rows
    high = head + body + AXIS
    fig = Figure(figsize=(width, high / POINTS), facecolor="white")
    axes = fig.add_axes((names / wide, AXIS / high, (wide - names - RIGHT) / wide, body / high))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(colors=INK, color=RULE, labelsize=SMALL)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    return fig, axes


def page(axes: Axes) -> tuple[Figure, float, float]:
    """Return the figure of a plot with its width and height in points."""
    fig = axes.get_figure(root=True)
    assert fig is not None, "every plot of the package is in a figure"
    wide, high = fig.get_size_inches()
    return fig, float(wide) * POINTS, float(high) * POINTS


def axes_size(axes: Axes) -> tuple[float, float]:
    """Return the width and height of a plot in points."""
    _, wide, high = page(axes)
    box = axes.get_position()
    return box.width * wide, box.height * high


def day_axis(axes: Axes, *, days: Sequence[int], first: Collection[int], last: float, since: str) -> None:
    """Give an axis the days at which results are reported; days that would touch give way."""
    axes.set_xlim(0, last)
    shown = spaced([0, *days], widths=[len(str(day)) for day in [0, *days]], first=first, axes=axes)
    axes.set_xticks(shown, [str(day) for day in shown])
    axes.set_xlabel(f"Days since {since}", fontsize=TEXT, color=INK)


def percent_axis(axes: Axes, *, top: float) -> None:
    """Give the upright axis percentages from 0 to a round number above `top`."""
    step = next(step for step in (0.05, 0.1, 0.2, 0.25) if step * 5 >= min(top, 1.0) or step == 0.25)
    axes.set_ylim(0, min(step * (int(top / step) + 1), 1.0))
    axes.set_yticks([tick * step for tick in range(round(axes.get_ylim()[1] / step) + 1)])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)


def shade(axes: Axes, window: tuple[int, int]) -> None:
    """Shade the window and name it at its top."""
    axes.axvspan(*window, color=SHADE, zorder=0, linewidth=0)
    transform = blended_transform_factory(axes.transData, axes.transAxes)
    axes.text(
        sum(window) / 2, 1.0, window_name(window), transform=transform, fontsize=SMALL - 1, color=INK,
        ha="center", va="bottom",
    )  # fmt: skip


def heading(axes: Axes, text: str, *, lines: Sequence[tuple[str, Mark]] = ()) -> None:
    """Write what the upright axis shows above it, and a key of arms under that."""
    fig, wide, high = page(axes)
    top = axes.get_position().y1 * high + 16 + LINE * len(lines)
    fig.text(4 / wide, top / high, text, fontsize=TEXT, color=INK, va="bottom")
    for place, (label, look) in enumerate(lines):
        swatch(fig, x=4, y=top - LINE * (place + 1) + 4, look=look)
        fig.text(
            32 / wide, (top - LINE * (place + 1)) / high, brief(label, points=wide - 36), fontsize=TEXT,
            color=look.ink, va="bottom",
        )  # fmt: skip


def swatch(fig: Figure, *, x: float, y: float, look: Mark) -> None:
    """Draw a short piece of an arm's line, at points from the lower left."""
    wide, high = (size * POINTS for size in fig.get_size_inches())
    line = mpl.lines.Line2D(
        [x / wide, (x + 22) / wide], [y / high, y / high], color=look.color, linestyle=look.dashes,
        linewidth=2, transform=fig.transFigure, figure=fig,
    )  # fmt: skip
    fig.add_artist(line)


def spaced(days: Sequence[int], *, widths: Sequence[int], first: Collection[int], axes: Axes) -> list[int]:
    """Return the days whose labels (of so many digits) do not touch; the `first` ones are kept first."""
    per_day = axes_size(axes)[0] / axes.get_xlim()[1]
    half = {day: width * DIGIT * SMALL / 2 + 1.5 for day, width in zip(days, widths, strict=True)}
    order = sorted(half, key=lambda day: (day not in first, days.index(day)))
    kept: list[int] = []
    for day in order:
        if all(abs(day - other) * per_day >= half[day] + half[other] for other in kept):
            kept.append(day)
    return sorted(kept)


_BOX = 12.0


def key_height(entries: int) -> float:
    """Return the height of a key in points."""
    return 1.3 * LINE * ((entries + 1) // 2)


def key(axes: Axes, entries: Sequence[tuple[str, str, str]]) -> None:
    """Write (label, fill, pattern) from the top of the figure down, the first column first."""
    fig, wide, high = page(axes)
    rows = (len(entries) + 1) // 2
    for place, (label, color, pattern) in enumerate(entries):
        x = 4 + (wide / 2) * (place // rows)
        y = high - 4 - 1.3 * LINE * (place % rows) - _BOX
        for fill, hatch, rim in ((color, pattern, "white"), ("none", "", INK)):
            box = Rectangle(
                (x / wide, y / high), _BOX / wide, _BOX / high, facecolor=fill, hatch=hatch, edgecolor=rim,
                linewidth=0.6, transform=fig.transFigure,
            )  # fmt: skip
            fig.add_artist(box)
        fig.text((x + _BOX + 5) / wide, (y + 1) / high, label, fontsize=SMALL, va="bottom")


def capital(text: str) -> str:
    """Return a text that begins with a capital."""
    return f"{text[:1].upper()}{text[1:]}"
