"""The risk under every definition of relapse: an estimate and interval a row, the difference beside it."""

import itertools
import math
from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from stepdown.display.drawing import Picture, captioned
from stepdown.display.figure_arguments import checks_figure
from stepdown.display.style import (
    FAINT,
    INK,
    POINTS,
    RIGHT,
    RULE,
    SHADE,
    SMALL,
    TEXT,
    Mark,
    brief,
    drawing,
    mark,
    swatch,
)
from stepdown.errors import ResultError
from stepdown.results import Results
from stepdown.results.reading import landmark
from stepdown.results.words import definition_name, free, happened, listed, percent, points, rule_name
from stepdown.sections.definitions.read import (
    COMPARED,
    Definition,
    Number,
    contrasts,
    definitions,
    others_with_any,
)

ROW, NAMES, GAP, HEAD, FOOT = 15.0, 126.0, 18.0, 34.0, 24.0
# A line of the list: the definition drawn there, if any, and its words.
Line = tuple[Definition | None, str]


@checks_figure()
def compare_definitions(
    results: Results,
    *,
    word: str = "relapse",
    since: str = "discharge",
    window: tuple[int, int] = (30, 90),
    width: float = 5.3,
) -> Picture:
    """Draw the risk by the end of the window, and how the arms differ, under each definition.

    Parameters
    ----------
    results : Results
        Results with the analysis "definitions".
    word, since, window, width
        As in `curves`.

    Returns
    -------
    Picture
        A dot with its 95% interval a row, or a thick bar where only a range is known; the study's own
        definition is a diamond on a shaded row.

    Raises
    ------
    ResultError
        The results hold no comparison of definitions.
    """
    selected = definitions(results)
    if not selected:
        raise ResultError("There is no comparison of definitions in the results.")
    pairs = contrasts(results)
    lines = _lines(selected)
    with drawing():
        key = [("{} compared with {}".format(*pair), mark(place)) for place, pair in enumerate(pairs)]
        key = key if len(pairs) > 1 else []
        fig, boxes = _sheet(width, rows=len(lines), panels=2 if pairs else 1, lines=len(key))
        for axes in boxes:
            _rows(axes, lines)
        _names(fig, boxes[0], lines)
        _risk(boxes[0], lines, day=window[1])
        if pairs:
            _differences(boxes[1], lines, pairs)
        for place, (label, look) in enumerate(key):
            _key(fig, label, look, place=place)
    title, subtitle = captioned(
        _spread(selected, word=word, day=window[1]),
        f"{word.capitalize()} by day {window[1]} under each definition",
        _subtitle(selected, pairs, start=landmark(results, COMPARED), word=word),
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=_alt(selected, pairs, word=word, since=since, day=window[1]),
    )


def _spread(selected: Sequence[Definition], *, word: str, day: int) -> str:
    """State the risk by the study's own definition, and the lowest and highest by others; empty without."""
    own, others = selected[0].risk.value, others_with_any(selected)
    if not others or not math.isfinite(own):
        return ""
    low = percent(min(one.risk.ends[0] for one in others))
    high = percent(max(one.risk.ends[1] for one in others))
    between = low if low == high else f"{low} to {high}"
    return f"{percent(own)} {happened(word)} by day {day} as the study defines it; by others {between}"


def _lines(selected: Sequence[Definition]) -> list[Line]:
    """Return what is on each line: a definition with several rules has a heading of its own."""
    found: list[Line] = []
    for name, group in itertools.groupby(selected, key=lambda one: one.endpoint):
        members = list(group)
        if len(members) == 1:
            found.append((members[0], definition_name(name)))
            continue
        found.append((None, definition_name(name)))
        found += [(one, rule_name(one.rule)) for one in members]
    return found


def _sheet(width: float, *, rows: int, panels: int, lines: int) -> tuple[Figure, list[Axes]]:
    wide, head = width * POINTS, HEAD + ROW * lines
    high = head + ROW * rows + FOOT
    fig = Figure(figsize=(width, high / POINTS), facecolor="white")
    width = (wide - NAMES - RIGHT - GAP * (panels - 1)) / panels
    boxes = []
    for place in range(panels):
        left = (NAMES + place * (width + GAP)) / wide
        axes = fig.add_axes((left, FOOT / high, width / wide, ROW * rows / high), facecolor="none")
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(colors=INK, color=RULE, labelsize=SMALL)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color="#e6e6e6", linewidth=0.6)
        axes.set_axisbelow(True)
        boxes.append(axes)
    return fig, boxes


def _rows(axes: Axes, lines: Sequence[Line]) -> None:
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_yticks([])
    for place, (one, _) in enumerate(lines):
        if one is not None and one.own:
            axes.axhspan(place - 0.5, place + 0.5, color=SHADE, zorder=0, linewidth=0)


def _names(fig: Figure, axes: Axes, lines: Sequence[Line]) -> None:
    wide, high = (size * POINTS for size in fig.get_size_inches())
    top = axes.get_position().y1 * high
    for place, (one, text) in enumerate(lines):
        ruled = one is not None and text != definition_name(one.endpoint)
        x = 12.0 if ruled else 4.0
        width = wide - x if one is None else NAMES - x - 2
        fig.text(
            x / wide,
            (top - ROW * (place + 0.5)) / high,
            brief(text, points=width, size=SMALL),
            fontsize=SMALL,
            color=INK,
            va="center",
            fontweight="bold" if one is not None and one.own else "normal",
        )


def _risk(axes: Axes, lines: Sequence[Line], *, day: int) -> None:
    shown = [one.risk for one, _ in lines if one is not None]
    top = max((end for number in shown for end in _ends(number)), default=0.0)
    axes.set_xlim(0, min(max(top * 1.06, 0.05), 1.03))  # a dot at 100% stays whole
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    for place, (one, _) in enumerate(lines):
        if one is None:
            continue
        if one.risk.events[1] == 0:
            _say(axes, place, "no events")
        elif not _ends(one.risk):
            _say(axes, place, "not shown")
        else:
            _draw(axes, one.risk, y=place, look=mark(0), own=one.own)
    _title(axes, f"Share by day {day}")


def _differences(axes: Axes, lines: Sequence[Line], pairs: Sequence[tuple[str, str]]) -> None:
    shown = [number for one, _ in lines if one is not None for number in one.differences.values()]
    extent = max((abs(end) for number in shown for end in _ends(number)), default=0.05)
    axes.set_xlim(-1.08 * extent, 1.08 * extent)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5]))
    axes.xaxis.set_major_formatter(lambda value, _: points(value).removesuffix(".0"))
    axes.axvline(0, color=FAINT, linewidth=1)
    for place, (one, _) in enumerate(lines):
        if one is None:
            continue
        for turn, pair in enumerate(pairs):
            number = one.differences.get(pair, Number())
            shift = (turn - (len(pairs) - 1) / 2) * 0.5
            if _ends(number) and one.risk.events[1] != 0:
                _draw(axes, number, y=place + shift, look=mark(turn), own=one.own)
    _title(axes, "Difference per 100")
    for side, text, where in ((0.0, "◂ fewer", "left"), (1.0, "more ▸", "right")):
        axes.text(
            side, 1.0, text, transform=axes.transAxes, fontsize=SMALL - 1, color=FAINT, ha=where, va="bottom"
        )


def _draw(axes: Axes, number: Number, *, y: float, look: Mark, own: bool) -> None:
    """Draw a dot with its interval; a thick bar for a range; an empty dot where there is no interval."""
    if number.ranged:
        axes.plot(
            [number.low, number.high], [y, y], color=look.color, linewidth=7, alpha=0.55,
            solid_capstyle="butt",
        )  # fmt: skip
        # However narrow, a range can be seen.
        axes.plot([number.low, number.high], [y, y], linestyle="none", marker="|", color=look.color)
        return
    if number.known:
        axes.plot([number.low, number.high], [y, y], color=look.color, linewidth=1.6)
    axes.plot(
        [number.value],
        [y],
        linestyle="none",
        marker="D" if own else "o",
        markersize=6 if own else 5,
        color=look.color,
        markerfacecolor=look.color if number.known else "white",
    )


def _say(axes: Axes, place: int, text: str) -> None:
    axes.annotate(
        text, (0, place), xytext=(3, 0), textcoords="offset points", fontsize=SMALL - 1, color=FAINT,
        va="center",
    )  # fmt: skip


def _title(axes: Axes, text: str) -> None:
    axes.annotate(
        text, (0, 1), xycoords="axes fraction", xytext=(0, 13), textcoords="offset points", fontsize=TEXT,
        color=INK, va="bottom",
    )  # fmt: skip


def _key(fig: Figure, label: str, look: Mark, *, place: int) -> None:
    wide, high = (size * POINTS for size in fig.get_size_inches())
    y = high - ROW * (place + 1)
    swatch(fig, x=4, y=y + 4, look=look)
    fig.text(
        32 / wide, y / high, brief(label, points=wide - 36, size=SMALL), fontsize=SMALL, color=look.ink,
        va="bottom",
    )  # fmt: skip


def _ends(number: Number) -> list[float]:
    """Return all that must be in the picture; empty where there is nothing to draw."""
    if number.ranged:
        return [number.low, number.high] if number.known else []
    if not math.isfinite(number.value):
        return []
    return [end for end in (number.value, number.low, number.high) if math.isfinite(end)]


def _subtitle(
    selected: Sequence[Definition], pairs: Sequence[tuple[str, str]], *, start: int, word: str
) -> str:
    sentences = "Shaded row with a diamond: the study's own definition. Lines: 95% confidence intervals"
    ranged = any(
        one.risk.ranged or any(number.ranged for number in one.differences.values()) for one in selected
    )
    sentences += ". Thick bars: ranges where only a range is known." if ranged else "."
    if pairs:
        among = f", among people {free(word)} and followed at day {start}" if start else ""
        sentences += f" Difference: {listed(['{} compared with {}'.format(*pair) for pair in pairs])}{among}."
    return sentences


def _alt(
    selected: Sequence[Definition], pairs: Sequence[tuple[str, str]], *, word: str, since: str, day: int
) -> str:
    sentences = [f"{happened(word).capitalize()} by day {day} since {since}."]
    for one in selected:
        own = " (the study's own)" if one.own else ""
        name = f"{definition_name(one.endpoint)}, {rule_name(one.rule)}{own}"
        differences = [one.differences[pair] for pair in pairs if pair in one.differences]
        numbers = [
            _spoken(one.risk, percent),
            *(f"difference {_spoken(two, points)} per 100" for two in differences),
        ]
        none = one.risk.events[1] == 0
        sentences.append(f"{name}: {'no events' if none else ', '.join(numbers)}.")
    return " ".join(sentences)


def _spoken(number: Number, write: Callable[[float], str]) -> str:
    if number.ranged and number.known:
        return f"{write(number.low)} to {write(number.high)}"
    return write(number.value)
