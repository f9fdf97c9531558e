"""Control charts of the quarters: small multiples, one above the other."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from stepdown.display.drawing import Picture
from stepdown.display.figure_arguments import checks_figure
from stepdown.display.style import (
    FAINT,
    INK,
    LEFT,
    LETTER,
    LINE,
    POINTS,
    RIGHT,
    RULE,
    SMALL,
    drawing,
    heading,
    mark,
)
from stepdown.errors import ResultError
from stepdown.results import Results
from stepdown.results.words import number
from stepdown.sections.quarters.read import MAIN, Point, heading_of, points, series_names, target, written

_FEWEST_DRAWN = 3
"""Points of a panel; of more than twice as many, at least half."""
_WHOLE = 1e-6
_BODY, _GAP, _TOP, _FOOT = 84.0, 3.6 * LINE, 2.4 * LINE, 1.6 * LINE


@checks_figure()
def quarter_charts(
    results: Results,
    *,
    word: str = "relapse",
    window: tuple[int, int] = (30, 90),
    width: float = 5.3,
) -> Picture:
    """Draw a control chart of each series of the outcome, of care and of follow-up, by quarter.

    Parameters
    ----------
    results : Results
        With the analysis "quarters".
    word : str
        The study's word for the event.
    window : tuple of int
        Days of the window.
    width : float
        Inches.

    Raises
    ------
    ResultError
        The results hold no quarters.
    """
    return _charts(results, word, window, width, by_month=False)


@checks_figure()
def month_charts(
    results: Results,
    *,
    word: str = "relapse",
    window: tuple[int, int] = (30, 90),
    width: float = 5.3,
) -> Picture:
    """Draw the same by month.

    Parameters
    ----------
    results, word, window, width
        As in `quarter_charts`.

    Raises
    ------
    ResultError
        The results hold no months.
    """
    return _charts(results, word, window, width, by_month=True)


def _charts(results: Results, word: str, window: tuple[int, int], width: float, *, by_month: bool) -> Picture:
    held = series_drawn(results, by_month=by_month)
    what = "month" if by_month else "quarter"
    if not held:
        raise ResultError(f"The results hold no series by {what}.")
    with drawing():
        high = _TOP + len(held) * (_BODY + _GAP) - _GAP + _FOOT
        fig = Figure(figsize=(width, high / POINTS), facecolor="white")
        for place, (name, series) in enumerate(held.items()):
            axes = _panel(fig, width * POINTS, high, high - _TOP - _BODY - place * (_BODY + _GAP))
            _draw(axes, name, series, target(results, name))
            heading(axes, heading_of(name, word, window, series[-1].row))
    return Picture(
        figure=fig,
        title=f"Control charts by {what} of discharge",
        subtitle=(
            f"Filled dots: complete {what}s. Hollow dots: provisional ones, which enter no limit. Dashed: "
            "control limits, between which all but about 3 in 1,000 dots lie by chance. Solid gray: the "
            "mean. Orange squares: a signal. Dotted green: the target."
        ),
        alt=" ".join(_told(name, series, word, window) for name, series in held.items()),
        fold="The same by month" if by_month else "",
    )


def series_drawn(results: Results, *, by_month: bool) -> dict[str, tuple[Point, ...]]:
    """Return the series that have a panel: of a public report not those with hardly a point.

    Parameters
    ----------
    results : Results
    by_month : bool
    """
    held = {name: points(results, name, by_month=by_month) for name in series_names(results) if name in MAIN}
    return {
        name: series
        for name, series in held.items()
        if sum(map(_drawn, series)) >= max(min(_FEWEST_DRAWN, len(series)), len(series) / 2, 1)
    }


def _drawn(point: Point) -> bool:
    return bool(np.isfinite(point.row["estimate"]))


def _panel(fig: Figure, wide: float, high: float, bottom: float) -> Axes:
    left = LEFT + 8
    axes = fig.add_axes(
        (left / wide, bottom / high, (wide - left - RIGHT) / wide, _BODY / high), facecolor="none"
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, color=RULE, labelsize=SMALL)
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    return axes


def _draw(axes: Axes, name: str, series: Sequence[Point], aim: float) -> None:
    place = np.arange(len(series), dtype=float)
    value = np.array([point.row["estimate"] for point in series], dtype=float)
    low, center, high = (np.array([getattr(one, end) for one in series]) for end in ("low", "center", "high"))
    blue, orange, green = (mark(number) for number in range(3))
    for ends, style, size in ((low, (0, (4, 2)), 1.1), (high, (0, (4, 2)), 1.1), (center, "-", 0.9)):
        axes.step(place, ends, where="mid", color=FAINT, linestyle=style, linewidth=size)
    if np.isfinite(aim):
        axes.axhline(aim, color=green.color, linestyle=(0, (1, 1.4)), linewidth=1.6)
    hollow = np.array([point.provisional for point in series])
    axes.plot(place, np.where(hollow, np.nan, value), "-", color=blue.color, linewidth=1.1)
    for kind, chosen in (("o", ~hollow), ("o", hollow)):
        face = "white" if chosen is hollow or (chosen == hollow).all() else blue.color
        axes.plot(
            place[chosen], value[chosen], kind, color=blue.color, markersize=5, markerfacecolor=face,
            markeredgewidth=1.3,
        )  # fmt: skip
    for spot, point in enumerate(series):
        if point.signals:
            axes.plot(
                spot, value[spot], "s", color=orange.color, markersize=8, markerfacecolor="none",
                markeredgewidth=1.8,
            )  # fmt: skip
    _scale(axes, name, series, np.concatenate([value, low, high, [aim]]))


def _scale(axes: Axes, name: str, series: Sequence[Point], shown: np.ndarray) -> None:
    known = shown[np.isfinite(shown)]
    if len(known):
        pad = 0.12 * max(float(np.ptp(known)), 1.0 if name == "hazard" else 0.02)
        axes.set_ylim(max(known.min() - pad, -pad / 3), known.max() + pad)
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda at, _: _tick(at) if name == "hazard" else f"{_tick(100 * at)}%")
    )
    axes.set_xlim(-0.5, len(series) - 0.5)
    box = axes.get_position()
    figure = axes.get_figure(root=True)
    each = box.width * (figure.get_size_inches()[0] if figure else 1) * POINTS / len(series)
    every = int(np.ceil((len(series[0].quarter) + 1) * LETTER * SMALL / each))
    spots = list(range(len(series) - 1, -1, -every))
    axes.set_xticks(spots, [series[spot].quarter for spot in spots], fontsize=SMALL)


def _tick(value: float) -> str:
    """Return the label of a tick, with a decimal where it needs one to differ from the next."""
    return number(value, 0 if abs(value - round(value)) < _WHOLE else 1)


def _told(name: str, series: Sequence[Point], word: str, window: tuple[int, int]) -> str:
    whole = [point for point in series if not point.provisional and _drawn(point)]
    title = heading_of(name, word, window, series[-1].row)
    if not whole:
        return f"{title}: no complete period."
    ends = f"from {written(name, whole[0].row['estimate'])} in {whole[0].quarter}"
    ends += f" to {written(name, whole[-1].row['estimate'])} in {whole[-1].quarter}"
    outside = [point.quarter for point in series if point.signals]
    return f"{title}: {ends}; signals: {', '.join(outside) or 'none'}."
