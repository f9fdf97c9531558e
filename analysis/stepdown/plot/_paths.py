"""Paths through the levels of care, the most frequent first: a chain of levels over a bar."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from stepdown.errors import ResultError
from stepdown.plot._picture import Picture
from stepdown.plot._style import FAINT, INK, SMALL, TEXT, brief, drawing, page, sheet
from stepdown.results.words import count, listed, percent

ROW, BAR, CHIP = 40.0, 9.0, 15.0
# Fill and ink of each level; the words are in the chips, so that colour only repeats them.
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
    "PHP": "partial hospitalisation",
    "IOP": "intensive outpatient",
    "OP": "outpatient",
}
NO_CARE = "No care recorded"


def paths(table: pd.DataFrame, *, most: int = 8, since: str = "discharge", width: float = 5.3) -> Picture:
    """Draw the most frequent paths.

    Parameters
    ----------
    table : DataFrame
        `path` (levels in order, parted by `>`; empty where no care is recorded) and `discharges`.
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
    total = int(table["discharges"].sum()) if len(table) else 0
    if not total:
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
    told = [f"{_words(path)}: {count(number)} ({percent(number / total)})" for path, number in rows]
    return Picture(
        figure=fig,
        title=f"Paths through care of {count(total)} discharge{'' if total == 1 else 's'}",
        subtitle=f"Levels in order from the night before {since} on; a level that follows itself stands once."
        + (f" {listed(legend)}." if legend else ""),
        alt=f"{'; '.join(told)}.",
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
