"""Two figures: every analysis of the same question, and the causes that would explain the difference."""

import itertools
import math
from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from stepdown.display.drawing import Picture, captioned
from stepdown.display.estimates import estimate, interval
from stepdown.display.figure_arguments import checks_figure
from stepdown.display.style import (
    AXIS,
    FAINT,
    INK,
    LINE,
    POINTS,
    RIGHT,
    RULE,
    SHADE,
    SMALL,
    TEXT,
    brief,
    drawing,
    mark,
    sheet,
)
from stepdown.errors import ResultError
from stepdown.results import Results
from stepdown.results.words import count, plural, points, ratio, value_name
from stepdown.sections.sensitivity.names import analysis_name, heading, in_order
from stepdown.sections.sensitivity.read import (
    STRENGTH_NEEDED,
    ArmDifference,
    CovariateStrength,
    OtherAnalysis,
    covariate_strengths,
    e_values,
    of_pair,
    other_analyses,
)
from stepdown.sections.sensitivity.text import NO_DIFFERENCE, has_no_side, lines_of, same_side

ROW, NAMES, HEAD, FOOT = 15.0, 208.0, 32.0, 24.0
# A line of the list: its words, the analyses drawn there, and whether it is a heading.
Line = tuple[str, tuple[OtherAnalysis, ...], bool]


@checks_figure()
def every_analysis(
    results: Results,
    *,
    arm: str,
    reference: str,
    word: str = "relapse",
    window: tuple[int, int] = (30, 90),
    width: float = 5.3,
) -> Picture:
    """Draw the difference between two arms by every analysis, under headings of what each varies.

    Parameters
    ----------
    results : Results
        Results with the analysis "sensitivity".
    arm, reference : str
        Labels of the arms.
    word, window, width
        As in `curves`.

    Returns
    -------
    Picture
        A dot with its 95% interval a row, empty without an interval; the main result is a diamond on a shaded
        row. Analyses without a number are named.

    Raises
    ------
    ResultError
        The results hold no analyses of these arms.
    """
    mine = [
        one
        for one in other_analyses(results)
        if (one.answer.arm, one.answer.reference) in ((arm, reference), ("", ""))
    ]
    primary = next((one.answer for one in mine if one.kind == "primary"), None)
    if primary is None:
        raise ResultError("The results hold no other analyses of these arms.")
    lines = _lines(mine, word)
    with drawing():
        fig, axes = _sheet(width, rows=len(lines))
        _scale(axes, [one.answer for one in mine], primary)
        for place, (_, members, _) in enumerate(lines):
            _draw_line(axes, place, members)
        _names(fig, axes, lines)
    title, subtitle = captioned(
        _agreement(mine, primary),
        "Every analysis of the same question",
        (
            f"Difference in {plural(word)} per 100 by day {window[1]}, “{arm}” compared with “{reference}”. "
            "Shaded row with a diamond: the main result. Lines: 95% confidence intervals; empty dots have "
            "none."
        ),
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=_alt(mine, word),
    )


def _agreement(mine: Sequence[OtherAnalysis], primary: ArmDifference) -> str:
    """State how many analyses have the sign of the main result; empty where none has a number."""
    shown = [line for line in lines_of(mine, counted=True) if any(one.answer.known for one in line)]
    if not shown or has_no_side(primary):
        return ""
    agree = sum(all(same_side(one.answer, primary) for one in line if one.answer.known) for line in shown)
    return f"{agree} of {len(shown)} other analyses point{'s' if agree == 1 else ''} the same way"


def _strength(results: Results, pair: ArmDifference) -> str:
    """State the E-value; empty where there is none."""
    key = next((one.value for one in other_analyses(results) if one.kind == "primary"), "")
    point, _ = e_values(results, key, pair)
    if not math.isfinite(point) or point < NO_DIFFERENCE:
        return ""
    return f"Something unrecorded would have to be {ratio(point)}-fold, both ways, to explain the difference"


def _lines(mine: Sequence[OtherAnalysis], word: str) -> list[Line]:
    """Return what is on each line; those that leave out a site, and those not adjusted, share one each."""
    found: list[Line] = []

    for (title, counted), group in itertools.groupby(
        in_order(mine), key=lambda one: (heading(one.kind, word, adjusted=one.counted), one.counted)
    ):
        members = list(group)
        if title:
            found.append((title, (), True))
        if not counted:
            known = sum(one.answer.known for one in members)
            rest = f", {count(len(members) - known)} without a number" if known < len(members) else ""
            found.append((f"{count(known)} together{rest}", tuple(members), False))
            continue
        sites = tuple(one for one in members if one.kind == "site")
        found += [(analysis_name(one, word), (one,), False) for one in members if one.kind != "site"]
        if sites:
            found.append((f"Without one of {count(len(sites))} sites", sites, False))
    return found


def _sheet(width: float, *, rows: int) -> tuple[Figure, Axes]:
    wide, high = width * POINTS, HEAD + ROW * rows + FOOT
    fig = Figure(figsize=(width, high / POINTS), facecolor="white")
    box = (NAMES / wide, FOOT / high, (wide - NAMES - RIGHT) / wide, ROW * rows / high)
    axes = fig.add_axes(box, facecolor="none")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(colors=INK, color=RULE, labelsize=SMALL)
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    return fig, axes


def _scale(axes: Axes, answers: Sequence[ArmDifference], primary: ArmDifference) -> None:
    ends = [end for one in answers if one.known for end in (one.estimate, one.low, one.high)]
    shown = [0.0, *(end for end in ends if math.isfinite(end))]
    margin = 0.06 * max(max(shown) - min(shown), 0.02)
    axes.set_xlim(min(shown) - margin, max(shown) + margin)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5]))
    axes.xaxis.set_major_formatter(lambda value, _: points(value).removesuffix(".0"))
    axes.axvline(0, color=INK, linewidth=1)
    axes.axvline(primary.estimate, color=FAINT, linewidth=0.8, linestyle=(0, (3, 2)))
    axes.annotate(
        "Difference per 100", (0, 1), xycoords="axes fraction", xytext=(0, 14), textcoords="offset points",
        fontsize=TEXT, color=INK, va="bottom",
    )  # fmt: skip
    # The words stand where no difference is, so that they hold wherever it lies on the axis.
    for text, x, where in (("◂ fewer", -3, "right"), ("more ▸", 3, "left")):
        axes.annotate(
            text, (0, 1), xycoords=("data", "axes fraction"), xytext=(x, 2), textcoords="offset points",
            fontsize=SMALL - 1, color=FAINT, ha=where, va="bottom",
        )  # fmt: skip


def _draw_line(axes: Axes, place: int, members: Sequence[OtherAnalysis]) -> None:
    """Draw the analyses of a line; several are dots without their intervals."""
    shown = [one for one in members if one.answer.known]
    if members and not shown:
        axes.annotate(
            "no number", (0, place), xytext=(3, 0), textcoords="offset points", fontsize=SMALL - 1,
            color=FAINT, va="center",
        )  # fmt: skip
    for one in shown:
        answer, alone = one.answer, len(members) == 1
        main = one.kind == "primary"
        if main:
            axes.axhspan(place - 0.5, place + 0.5, color=SHADE, zorder=0, linewidth=0)
        bounded = math.isfinite(answer.low) and math.isfinite(answer.high)
        color = mark(0).color
        if bounded and alone:
            axes.plot([answer.low, answer.high], [place, place], color=color, linewidth=1.6)
        axes.plot(
            [answer.estimate], [place], linestyle="none", marker="D" if main else "o",
            markersize=6 if main else 5 if alone else 4, color=color,
            markerfacecolor=color if bounded and alone else "white",
        )  # fmt: skip


def _names(fig: Figure, axes: Axes, lines: Sequence[Line]) -> None:
    wide, high = (size * POINTS for size in fig.get_size_inches())
    top = axes.get_position().y1 * high
    for place, (text, members, ruled) in enumerate(lines):
        main = any(one.kind == "primary" for one in members)
        x = 4.0 if ruled or main else 12.0
        fig.text(
            x / wide, (top - ROW * (place + 0.5)) / high,
            brief(text, points=(wide if ruled else NAMES) - x - 2, size=SMALL), fontsize=SMALL,
            color=FAINT if ruled else INK, va="center", fontweight="bold" if main else "normal",
        )  # fmt: skip


def _alt(mine: Sequence[OtherAnalysis], word: str) -> str:
    sentences = []
    for one in mine:
        answer = one.answer
        if not answer.known:
            size = "no number"
        elif math.isfinite(answer.low):
            size = interval(answer.row, points).replace("\u00a0", " ")
        else:
            size = estimate(answer.row, points)
        plain = "" if one.counted else ", not adjusted"
        sentences.append(f"{analysis_name(one, word)}{plain}: {size}")
    return f"{'. '.join(sentences)}."


MOST, LEAST = 10.0, 1.0


@checks_figure()
def unrecorded_causes(
    results: Results,
    *,
    arm: str,
    reference: str,
    word: str = "relapse",
    labels: Mapping[str, str] | None = None,
    width: float = 5.3,
) -> Picture | None:
    """Draw how strong an unrecorded cause would have to be, with the recorded characteristics beside it.

    Parameters
    ----------
    results : Results
        Results with the analysis "sensitivity".
    arm, reference : str
        Labels of the arms.
    word : str
        The study's word for the event.
    labels : mapping of str to str, optional
        Names of the covariates.
    width : float
        Inches.

    Returns
    -------
    Picture or None
        A curve on and beyond which the difference would be explained, a second one for the confidence
        interval, and a numbered dot for each characteristic. None where there is no ratio.
    """
    pair = ArmDifference(arm=arm, reference=reference)
    rows = of_pair(results, STRENGTH_NEEDED, pair)
    if rows.empty:
        return None
    strengths = covariate_strengths(results, pair)
    curves = {
        end: part.assign(level=part["level"].astype(float)).dropna(subset="estimate")
        for end, part in rows.groupby("statistic", sort=False)
    }
    with drawing():
        names = [
            f"{place} {_name(one.covariate, one.value, labels)}" for place, one in enumerate(strengths, 1)
        ]
        fig, axes = sheet(width=width, head=LINE * (2 + len(names)) + 8, body=200.0, foot=AXIS)
        _both_scales(axes)
        axes.set_xlabel("Times as frequent in one group", fontsize=TEXT, color=INK)
        for place, end in enumerate(one for one in ("estimate", "limit") if one in curves):
            _curve(axes, curves[end]["level"].tolist(), curves[end]["estimate"].tolist(), place, end)
        for place, one in enumerate(strengths, 1):
            x, y = min(one.exposure, MOST), min(one.outcome, MOST)
            axes.plot([x], [y], marker="o", markersize=4, color=INK, linestyle="none", clip_on=False)
            axes.annotate(str(place), (x, y), xytext=(3, 2), textcoords="offset points", fontsize=SMALL)
        _list(fig, axes, names, f"Times as high a risk of a {word}")
    title, subtitle = captioned(
        _strength(results, pair),
        "How strong something unrecorded would have to be",
        (
            "Solid curve: on it and beyond it, the whole difference would be explained. Dashed curve: the "
            "confidence interval would reach zero. Dots: what was recorded, each as strong as it is."
        ),
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        fold="How strong something unrecorded would have to be, as a figure",
        alt=_causes_alt(curves.get("estimate"), strengths, labels, word),
    )


def _both_scales(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    ticks = (1, 1.5, 2, 3, 5, 10)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xlim(LEAST, MOST)
    axes.set_ylim(LEAST, MOST)


def _curve(axes: Axes, across: list[float], up: list[float], place: int, end: str) -> None:
    """Draw a curve through its points and their mirror images: the formula is the same in both strengths."""
    both = sorted({(x, y) for x, y in zip(across, up, strict=True)} | set(zip(up, across, strict=True)))
    look = mark(place)
    axes.plot(
        [x for x, _ in both], [y for _, y in both], color=look.color, linewidth=1.8,
        linestyle="-" if end == "estimate" else (0, (5, 2)),
    )  # fmt: skip


def _name(covariate: str, value: str, labels: Mapping[str, str] | None) -> str:
    name = (labels or {}).get(covariate, covariate.replace("_", " ").capitalize())
    text = value_name(covariate, value)
    return f"{name}, {text}" if text == "above the median" else f"{name}: {text}" if text else name


def _list(fig: Figure, axes: Axes, names: Sequence[str], title: str) -> None:
    wide, high = (size * POINTS for size in fig.get_size_inches())
    for place, name in enumerate(names):
        y = high - 4 - LINE * (place + 1)
        fig.text(4 / wide, y / high, brief(name, points=wide - 8, size=SMALL), fontsize=SMALL, color=INK)
    top = axes.get_position().y1 * high + 8
    fig.text(4 / wide, top / high, title, fontsize=TEXT, color=INK, va="bottom")


def _causes_alt(
    curve: pd.DataFrame | None,
    strengths: Sequence[CovariateStrength],
    labels: Mapping[str, str] | None,
    word: str,
) -> str:
    sentences = []
    for x, y in zip(curve["level"], curve["estimate"], strict=True) if curve is not None else ():
        sentences.append(f"{ratio(x)} times as frequent: {ratio(y)} times as likely")
    for one in strengths:
        name = _name(one.covariate, one.value, labels)
        sentences.append(f"{name}: {ratio(one.exposure)} and {ratio(one.outcome)}")
    return f"What explains the difference in {plural(word)}: {'. '.join(sentences)}."
