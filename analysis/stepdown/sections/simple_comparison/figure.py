"""The ratio of relapse by every way of comparing, observed and with the effect of care switched off."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from stepdown.display.drawing import Picture
from stepdown.display.style import FAINT, INK, POINTS, RIGHT, RULE, SMALL, TEXT, brief, drawing, mark
from stepdown.errors import ResultError
from stepdown.results import Results
from stepdown.results.words import ratio
from stepdown.sections.simple_comparison.read import Ratio, Way, artifact, ways
from stepdown.sections.simple_comparison.text import NAMES

_ROW, _NAMES, _HEAD, _FOOT = 21.0, 168.0, 44.0, 34.0
_TICKS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
_OBSERVED, _WITHOUT, _TRUE = "this cohort", "the same cohort, care without effect", "truth"


def compare_ways(results: Results, *, word: str = "relapse", day: int = 90, width: float = 5.3) -> Picture:
    """Draw the ratio by each way of comparing, observed and without an effect of care.

    Parameters
    ----------
    results : Results
        Results with the analysis "simple_comparison".
    word : str
        The study's word for the event.
    day : int
        Day of the risks.
    width : float
        Inches.

    Returns
    -------
    Picture
        Of each way a filled dot with its interval, under it a hollow square where care has no effect, and a
        vertical mark at the truth where it is known.

    Raises
    ------
    ResultError
        The results hold no such ratio.
    """
    shown = [one for one in ways(results) if one.observed.known or one.without_effect.known]
    if not shown:
        raise ResultError("The results hold no comparison in several ways, so there is no figure.")
    with drawing():
        fig, axes = _sheet(width, rows=len(shown))
        _scale(axes, shown)
        for place, one in enumerate(shown):
            _draw(axes, one, place)
        _names(fig, axes, [NAMES[one.key] for one in shown])
        _key(fig, axes, known=any(one.truth.known for one in shown))
    naive, _ = artifact(results)
    how = f"Risk ratio of {word} by day {day}; 1 is no effect. Lines: 95% confidence intervals."
    title = "What each way of comparing shows, and would show if care had no effect"
    if naive.known:
        title = f"Ever against never shows {ratio(naive.value)} even where care does nothing"
    return Picture(
        figure=fig,
        title=title,
        subtitle=how,
        alt=_alt(shown, word=word, day=day),
    )


def _sheet(width: float, *, rows: int) -> tuple[Figure, Axes]:
    wide, high = width * POINTS, _HEAD + _ROW * rows + _FOOT
    fig = Figure(figsize=(width, high / POINTS), facecolor="white")
    box = (_NAMES / wide, _FOOT / high, (wide - _NAMES - RIGHT) / wide, _ROW * rows / high)
    axes = fig.add_axes(box, facecolor="none")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(colors=INK, color=RULE, labelsize=SMALL)
    axes.set_yticks([])
    axes.set_ylim(rows - 0.5, -0.5)
    return fig, axes


def _scale(axes: Axes, shown: list[Way]) -> None:
    ends = [
        end
        for one in shown
        for number in (one.observed, one.without_effect, one.truth)
        for end in (number.value, *number.ends)
        if math.isfinite(end) and end > 0
    ]
    low, high = min([*ends, 0.7]) / 1.08, max([*ends, 1.5]) * 1.08
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    inside = [tick for tick in _TICKS if low <= tick <= high]
    axes.xaxis.set_major_locator(FixedLocator(inside))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.axvline(1, color=FAINT, linewidth=1)
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    for where, text, side in ((0.0, "◂ fewer with care", "left"), (1.0, "more ▸", "right")):
        axes.annotate(
            text, (where, 0), xycoords="axes fraction", xytext=(0, -20), textcoords="offset points",
            fontsize=SMALL - 1, color=FAINT, ha=side, va="top",
        )  # fmt: skip


def _draw(axes: Axes, one: Way, place: int) -> None:
    for number, shift, look, marker, filled in (
        (one.observed, -0.16, mark(0), "o", True),
        (one.without_effect, 0.16, mark(1), "s", False),
    ):
        if not number.known or number.value <= 0:
            continue
        y = place + shift
        axes.plot(list(number.ends), [y, y], color=look.color, linewidth=1.6)
        face = look.color if filled else "white"
        axes.plot([number.value], [y], marker=marker, markersize=5.5, color=look.color, markerfacecolor=face)
    if one.truth.known:
        axes.plot([one.truth.value] * 2, [place - 0.4, place + 0.08], color=INK, linewidth=1.6)


def _names(fig: Figure, axes: Axes, names: list[str]) -> None:
    wide, high = (size * POINTS for size in fig.get_size_inches())
    top = axes.get_position().y1 * high
    for place, name in enumerate(names):
        text = brief(name, points=_NAMES - 8, size=SMALL)
        y = (top - _ROW * (place + 0.5)) / high
        fig.text(4 / wide, y, text, fontsize=SMALL, color=INK, va="center")


def _key(fig: Figure, axes: Axes, *, known: bool) -> None:
    """Draw the meaning of the signs above the plot."""
    wide, high = (size * POINTS for size in fig.get_size_inches())
    entries = [("o", mark(0), True, _OBSERVED), ("s", mark(1), False, _WITHOUT)]
    for place, (sign, look, filled, text) in enumerate(entries):
        y = high - 14 - 15 * place
        over = fig.add_axes((4 / wide, (y - 6) / high, 20 / wide, 12 / high), facecolor="none")
        over.axis("off")
        over.plot([0], [0], marker=sign, color=look.color, markerfacecolor=look.color if filled else "white")
        fig.text(28 / wide, y / high, text, fontsize=TEXT - 1, color=look.ink, va="center")
    if known:
        fig.text(
            1 - 4 / wide, (high - 14) / high, f"| {_TRUE}", fontsize=TEXT - 1, color=INK, va="center",
            ha="right",
        )  # fmt: skip


def _alt(shown: list[Way], *, word: str, day: int) -> str:
    parts = [f"Ratio of {word} by day {day} with care to without, by way of comparing."]
    for one in shown:
        numbers = [
            f"{_spoken(one.observed)} in this cohort",
            f"{_spoken(one.without_effect)} without an effect",
        ]
        if one.truth.known:
            numbers.append(f"truth {ratio(one.truth.value)}")
        parts.append(f"{NAMES[one.key]}: {', '.join(numbers)}.")
    return " ".join(parts)


def _spoken(number: Ratio) -> str:
    return ratio(number.value) if number.known else "not shown"
