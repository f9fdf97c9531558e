"""Effects in subgroups as a forest plot, and the hazard by dose of care."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stepdown.display.drawing import Picture, captioned
from stepdown.display.estimates import estimate
from stepdown.display.figure_arguments import checks_figure
from stepdown.display.style import (
    AXIS,
    FAINT,
    INK,
    LINE,
    POINTS,
    SMALL,
    TEXT,
    brief,
    drawing,
    forest_sheet,
    heading,
    mark,
    sheet,
)  # fmt: skip
from stepdown.errors import ResultError
from stepdown.results import Results
from stepdown.results.reading import contrasts_of
from stepdown.results.words import listed, number, points, ratio, uncapitalized, value_name
from stepdown.sections.subgroups.read import (
    SO_FAR,
    Subgroup,
    compared_arms,
    dose_curve,
    interactions,
    of_subgroups,
)
from stepdown.sections.subgroups.text import ALPHA

ROW, NAMES, HEAD = 15.0, 150.0, 10.0
_WHOLE = 1e-9
# A line: a heading, a group, or everybody.
Entry = tuple[str, Subgroup | None]


@checks_figure()
def forest(
    results: Results, labels: dict[str, str], *, arm: str, analysis: str, width: float = 5.3
) -> Picture:
    """Draw the difference in risk in each group with its interval, under one another.

    Parameters
    ----------
    results : Results
        With the analysis "subgroups".
    labels : dict of str to str
        Labels of columns.
    arm : str
        The arm that is compared with the reference.
    analysis : str
        Key of the primary comparison, whose effect for everybody is drawn on top.
    width : float
        Inches.

    Raises
    ------
    ResultError
        No group of this arm has enough people.
    """
    groups = of_subgroups(results, arm)
    if not any(one.shown for one in groups):
        raise ResultError("The results hold no subgroup with enough people.")
    lines = _lines(groups, labels)
    day = float(groups[0].effect["time"])
    overall = contrasts_of(results, analysis=analysis)
    overall = overall[
        (overall["estimand"] == "risk") & (overall["time"] == day) & (overall["arm"] == arm)
    ].dropna(subset=["conf_low", "conf_high"])
    with drawing():
        fig, axes = forest_sheet(
            width=width, rows=len(lines) + len(overall[:1]), row=ROW, names=NAMES, head=HEAD
        )
        place = 0
        for _, row in overall[:1].iterrows():
            _interval(axes, place, row["estimate"], row["conf_low"], row["conf_high"], everybody=True)
            _name(fig, axes, place, "Everybody", bold=True)
            place += 1
        for text, one in lines:
            _name(fig, axes, place, text, bold=one is None, indent=one is not None)
            if one is not None:
                _group(axes, place, one)
            place += 1
        axes.axvline(0, color=INK, linewidth=0.8)
        low, high = axes.get_xlim()
        ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
        whole = all(abs(100 * tick - round(100 * tick)) < _WHOLE for tick in ticks)
        axes.set_xticks(ticks, [points(tick, 0 if whole else 1) for tick in ticks])
        axes.set_xlim(low, high)
        axes.set_xlabel(f"Difference in risk by day {day:.0f} (percentage points)", fontsize=SMALL, color=INK)
    shown = [one for one in groups if one.shown]
    said = "; ".join(
        f"{labels.get(one.column, one.column)}, {one.level.replace('_', ' ')}: {estimate(one.effect, points)}"
        for one in shown
    )
    title, subtitle = captioned(
        _tested(results, labels, arm),
        f"Effect by group: {arm}",
        (
            f"Squares with lines: difference in risk from “{groups[0].effect['reference']}” with its 95% "
            "confidence interval. Open diamonds: the difference after chance is allowed for."
        ),
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=f"Differences in percentage points. {said}.",
    )


def _tested(results: Results, labels: dict[str, str], arm: str) -> str:
    """State whether the effect differs between groups; empty where that is not tested."""
    tests = interactions(results, arm)
    if tests.empty:
        return ""
    apart = [uncapitalized(labels.get(str(name), str(name))) for name in tests.index[tests < ALPHA]]
    found = (
        f"he effect differs by {listed(apart)}" if apart else "here is no evidence that the effect differs"
    )
    return f"T{found}" if len(compared_arms(results)) == 1 else f"{arm}: t{found}"


def _lines(groups: Sequence[Subgroup], labels: dict[str, str]) -> list[Entry]:
    found: list[Entry] = []
    before = ""
    for one in groups:
        if one.column != before:
            found.append((labels.get(one.column, one.column.replace("_", " ").capitalize()), None))
        before = one.column
        found.append((value_name(one.column, one.level), one))
    return found


def _name(
    fig: Figure, axes: Axes, place: int, text: str, *, bold: bool = False, indent: bool = False
) -> None:
    wide, high = (size * POINTS for size in fig.get_size_inches())
    y = (high - HEAD - ROW * (place + 0.5)) / high
    x = 14.0 if indent else 4.0
    short = brief(text, points=(wide if bold else NAMES) - x - 4, size=SMALL)
    fig.text(
        x / wide, y, short, fontsize=SMALL, color=INK, va="center",
        fontweight="bold" if bold else "normal",
    )  # fmt: skip


def _group(axes: Axes, place: int, one: Subgroup) -> None:
    if not one.shown:
        axes.text(
            0.5, place, one.reason, transform=axes.get_yaxis_transform(),
            fontsize=SMALL, color=FAINT, ha="center", va="center",
        )  # fmt: skip
        return
    row = one.effect
    _interval(axes, place, row["estimate"], row["conf_low"], row["conf_high"])
    if not math.isnan(one.shrunken):
        axes.plot(one.shrunken, place, "D", color=mark(1).color, markersize=4.5, markerfacecolor="white")


def _interval(
    axes: Axes, place: int, middle: float, low: float, high: float, *, everybody: bool = False
) -> None:
    color = INK if everybody else mark(0).color
    axes.plot([low, high], [place, place], color=color, linewidth=1.6)
    axes.plot(middle, place, "s", color=color, markersize=5.5)


@checks_figure()
def dose_hazard(
    results: Results,
    *,
    word: str = "relapse",
    measure: str = "weeks",
    so_far: bool = False,
    fold: bool = False,
    width: float = 5.3,
) -> Picture:
    """Draw the hazard ratio by dose of care with its pointwise 95% band.

    Parameters
    ----------
    results : Results
        With the analysis "dose".
    word : str
        The study's word for the event.
    measure : str
        "weeks" or "hours".
    so_far : bool
        By the care so far (marginal structural model) instead of the care up to the landmark.
    fold : bool
        Whether the figure is folded in a report.
    width : float
        Inches.

    Raises
    ------
    ResultError
        The results hold no doses.
    """
    curve = dose_curve(results, measure, SO_FAR if so_far else "")
    if not curve["estimate"].notna().any():
        raise ResultError("The results hold no hazard by dose of care.")
    start = curve["window_start"].iloc[0]
    until = "so far" if so_far else f"by day {start:.0f}"
    with drawing():
        fig, axes = sheet(width=width, head=2.4 * LINE, body=170, foot=AXIS)
        axes.fill_between(
            curve["dose"], curve["conf_low"], curve["conf_high"], color=mark(0).color, alpha=0.18, linewidth=0
        )
        axes.plot(curve["dose"], curve["estimate"], color=mark(0).color, linewidth=2)
        axes.axhline(1, color=INK, linewidth=0.8)
        axes.set_ylim(0, min(float(curve["conf_high"].max()) * 1.05, 4.0))
        axes.set_xlim(0, float(curve["dose"].max()))
        axes.set_xlabel(f"{measure.capitalize()} of care {until}", fontsize=TEXT, color=INK)
        heading(axes, f"Hazard ratio of {word} against no care")
    ends = [
        f"{number(row['dose'])} {measure}: {ratio(row['estimate'])}"
        for _, row in curve.iloc[[10, -1]].iterrows()
    ]
    name = "Hazard by dose of care so far" if so_far else "Hazard by dose of care"
    against = (
        "Against no care so far, by the marginal structural model," if so_far else "Against no care by then,"
    )
    last = curve.iloc[-1]
    title, subtitle = captioned(
        f"With {number(last['dose'])} {measure} of care {until}, {ratio(last['estimate'])} times the hazard "
        "with none",
        name,
        f"{against} with a pointwise 95% band. 1: no difference.",
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=f"Hazard ratios against no care. {'; '.join(ends)}.",
        fold=f"{name}, in {measure}" if fold else "",
    )
