"""Attrition diagram: who was in the data, who left at each step, who was compared, what became of them."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from stepdown.display.drawing import Picture, captioned
from stepdown.display.estimates import known
from stepdown.display.style import FAINT, INK, LINE, POINTS, RULE, TEXT, drawing, mark
from stepdown.errors import ResultError
from stepdown.results import Results
from stepdown.results.words import NOT_SHOWN, count, listed, plural, uncapitalized
from stepdown.sections.comparison.read import (
    DEPARTED,
    FOLLOWED,
    LOST,
    OTHER_EVENT,
    RELAPSED,
    Fate,
    SelectionStep,
    fates_by_day,
    fates_of_copies,
    grace_period,
    steps_of,
)

_GAP, _PAD, _MARGIN = 16.0, 5.0, 4.0
_LETTER = 0.56  # mean width of a letter in lines that break, in text heights


@dataclass(frozen=True, kw_only=True)
class _Box:
    """A box with lines of text; its place is points from the left and the width."""

    lines: tuple[str, ...]
    left: float
    width: float
    color: str = RULE

    @property
    def height(self) -> float:
        return len(self.lines) * LINE + 2 * _PAD


def attrition(
    results: Results, *, analysis: str, word: str = "relapse", day: int = 90, width: float = 5.3
) -> Picture:
    """Draw the way from all discharges to the groups of one comparison, and what became of each.

    Parameters
    ----------
    results : Results
        With the steps of the selection and of the comparison.
    analysis : str
        Key of a comparison, such as "landmark_14".
    word : str
        The study's word for the event.
    day : int
        Day up to which groups are followed in the diagram.
    width : float
        Inches.

    Returns
    -------
    Picture
        Boxes from above; beside them those who left. Of copies of everybody under each plan, what became of
        them by the end of its grace period.

    Raises
    ------
    ResultError
        The results hold no steps.
    """
    common, own = steps_of(results, analysis=""), steps_of(results, analysis=analysis)
    if not common:
        raise ResultError("The results hold no steps of a selection, so there is no diagram.")
    copies = fates_of_copies(results, analysis=analysis)
    fates = copies or fates_by_day(results, analysis=analysis, day=day)
    ends = {fate.arm: grace_period(results, analysis=analysis, arm=fate.arm) for fate in copies}
    wide = width * POINTS - 2 * _MARGIN
    stages = [
        (_counted(common[0].kept, "discharges in the data"), _left(common)),
        (_counted(common[-1].kept, "discharges included"), _left(own, first=True)),
    ]
    if own:
        stages.append((_counted(own[-1].kept, "discharges compared"), ()))
    said = [_fate(fate, word=word, day=ends.get(fate.arm, day), copies=bool(copies)) for fate in fates]
    alt = [stage for stage, _ in stages]
    alt += [line for _, lines in stages for line in lines] + ["; ".join(lines) for lines in said]
    with drawing():
        fig = _draw(stages, said, wide)
    below = "a copy of everybody under each plan" if copies else f"the groups up to day {day}"
    kept = [common[0].kept, common[-1].kept, *([own[-1].kept] if own else [])]
    compared = f", {count(kept[-1])} compared" if own else ""
    title, subtitle = captioned(
        f"Of {count(kept[0])} discharges {count(kept[1])} are included{compared}" if known(*kept) else "",
        "From all discharges to the groups compared",
        f"On the right, those who did not meet a condition. Below, {below}.",
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=f"{listed(alt)}.",
    )


def _left(steps: Sequence[SelectionStep], *, first: bool = False) -> tuple[str, ...]:
    """Return how many left at each step; the first step of all is where everybody is."""
    counted = steps if first else steps[1:]
    return tuple(
        f"{_counted(step.removed, 'did not meet')}: {uncapitalized(step.name)}"
        for step in counted
        if step.removed
    )


def _counted(many: float, what: str) -> str:
    """Return "3 copies", or "copies (number not shown)"."""
    return f"{count(many)} {what}" if known(many) else f"{what} (number {NOT_SHOWN})"


def _fate(fate: Fate, *, word: str, day: int, copies: bool) -> tuple[str, ...]:
    counts = fate.counts
    if copies:
        done = "did all that the plan asks by" if fate.reasons else "followed the plan through"
        return (
            fate.arm,
            _counted(fate.size, "copies"),
            _counted(counts.get(FOLLOWED, 0), f"{done} day {day}"),
            _counted(counts.get(DEPARTED, 0), "departed from it, and count no longer"),
            *(f"– {_counted(many, f'with {reason}')}" for reason, many in fate.reasons.items()),
            _counted(counts.get(RELAPSED, 0), f"had a {word} before either"),
            _counted(counts.get(OTHER_EVENT, 0), "died or went into custody before"),
            _counted(counts.get(LOST, 0), "were lost to follow-up before"),
        )
    many = counts.get(RELAPSED, 0)
    return (
        fate.arm,
        _counted(fate.size, "discharges"),
        _counted(many, f"{word if many == 1 else plural(word)} by day {day}"),
        _counted(counts.get(OTHER_EVENT, 0), "died or went into custody"),
        _counted(counts.get(LOST, 0), f"not followed to day {day}"),
        _counted(counts.get(FOLLOWED, 0), f"followed to day {day} without either"),
    )


def _wrapped(lines: Sequence[str], width: float) -> tuple[str, ...]:
    most = max(int((width - 2 * _PAD) / (_LETTER * TEXT)), 8)
    return tuple(part for line in lines for part in textwrap.wrap(line, most, break_long_words=True))


def _draw(
    stages: Sequence[tuple[str, tuple[str, ...]]], groups: Sequence[tuple[str, ...]], wide: float
) -> Figure:
    """Draw stages under one another, those who left on their right, and the groups side by side below."""
    main, side = 0.46 * wide, 0.48 * wide
    placed: list[tuple[_Box, float]] = []
    lines: list[tuple[float, float, float, float]] = []
    down, middle = _MARGIN, main / 2
    for place, (text, left) in enumerate(stages):
        box = _Box(lines=_wrapped((text,), main), left=0, width=main, color=INK)
        placed.append((box, down))
        bottom = down + box.height
        if left:
            away = _Box(lines=_wrapped(left, side), left=wide - side, width=side)
            top = bottom + _GAP / 2
            placed.append((away, top))
            lines.append((middle, top + away.height / 2, wide - side, top + away.height / 2))
            bottom = top + away.height - _GAP / 2
        if place < len(stages) - 1 or groups:
            lines.append((middle, down + box.height, middle, bottom + _GAP))
        down = bottom + _GAP
    each = (wide - _GAP * (len(groups) - 1)) / len(groups) if groups else 0.0
    boxes = [
        _Box(lines=_wrapped(text, each), left=place * (each + _GAP), width=each, color=mark(place).color)
        for place, text in enumerate(groups)
    ]
    if boxes:
        centers = [box.left + box.width / 2 for box in boxes]
        lines.append((min(middle, *centers), down, max(middle, *centers), down))
        lines += [(center, down, center, down + _GAP / 2) for center in centers]
        placed += [(box, down + _GAP / 2) for box in boxes]
        down += _GAP / 2 + max(box.height for box in boxes)
    return _figure(placed, lines, wide + 2 * _MARGIN, down + _MARGIN)


def _figure(
    placed: Sequence[tuple[_Box, float]],
    lines: Sequence[tuple[float, float, float, float]],
    wide: float,
    high: float,
) -> Figure:
    fig = Figure(figsize=(wide / POINTS, high / POINTS), facecolor="white")

    def x(points: float) -> float:
        return (points + _MARGIN) / wide

    def y(points: float) -> float:
        return 1 - points / high

    for x1, y1, x2, y2 in lines:
        fig.add_artist(Line2D([x(x1), x(x2)], [y(y1), y(y2)], color=FAINT, linewidth=1))
    for box, top in placed:
        patch = Rectangle(
            (x(box.left), y(top + box.height)), box.width / wide, box.height / high, facecolor="white",
            edgecolor=box.color, linewidth=1.2, transform=fig.transFigure,
        )  # fmt: skip
        fig.add_artist(patch)
        for place, line in enumerate(box.lines):
            fig.text(
                x(box.left + _PAD), y(top + _PAD + LINE * place), line, fontsize=TEXT, color=INK, va="top"
            )
    return fig
