"""Sites in a funnel plot, and as a caterpillar plot: ratios with their intervals, from low to high."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from stepdown.display.drawing import Picture, captioned
from stepdown.display.figure_arguments import checks_figure
from stepdown.display.style import (
    AXIS,
    FAINT,
    INK,
    LINE,
    SMALL,
    TEXT,
    drawing,
    heading,
    mark,
    sheet,
)
from stepdown.errors import ResultError
from stepdown.results import Results
from stepdown.results.words import count, listed, plural, ratio
from stepdown.sections.sites.read import LEVELS, SiteRow, funnel, site_rows

ROW, BODY = 16.0, 230.0
_DASHES = {LEVELS[0]: (0, (4, 2)), LEVELS[1]: "-"}


def _shown(results: Results) -> list[SiteRow]:
    found = [row for row in site_rows(results) if row.shown]
    if not found:
        raise ResultError("The results hold no site with enough people.")
    return found


@checks_figure()
def site_funnel(
    results: Results, *, word: str = "relapse", days: Sequence[int] = (90,), width: float = 5.3
) -> Picture:
    """Draw observed over expected events of each site against the expected number, with control limits.

    Parameters
    ----------
    results : Results
        With the analysis "sites".
    word : str
        The study's word for the event.
    days : sequence of int
        Last day that counts.
    width : float
        Inches.

    Raises
    ------
    ResultError
        No site has enough people.
    """
    sites = _shown(results)
    with drawing():
        fig, axes = sheet(width=width, head=2.4 * LINE, body=BODY, foot=AXIS)
        tops = [_limits(axes, results, level) for level in LEVELS]
        _points(axes, sites)
        ratios = [float(row.ratio["estimate"]) for row in sites]
        axes.set_ylim(0, 1.06 * max(*tops, *ratios))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel(f"Expected {plural(word)} by day {days[-1]}", fontsize=TEXT, color=INK)
        heading(axes, f"Observed over expected {plural(word)}")
    outside = [row for row in sites if row.place]
    said = "; ".join(f"site {row.site} {ratio(row.ratio['estimate'])}" for row in outside) or "none"
    verb = "lies" if len(outside) == 1 else "lie"
    title, subtitle = captioned(
        f"{len(outside)} of {len(sites)} sites {verb} outside the 95% control limits"
        if len(sites) > 1
        else "",
        "Sites and control limits",
        (
            "Each dot is a site. Sites like the others lie between the dashed lines (95%) or the solid lines "
            "(99.8%) except by chance. Named: sites outside the dashed lines (open squares)."
        ),
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=f"{count(len(sites))} sites. Outside the 95% limits: {said}.",
    )


def _limits(axes: Axes, results: Results, level: str) -> float:
    lines = funnel(results, level)
    for end in ("conf_low", "conf_high"):
        axes.plot(lines["events"], lines[end], color=FAINT, linestyle=_DASHES[level], linewidth=1.2)
    # The widest limits of small sites would press all dots together.
    return float(np.quantile(lines["conf_high"], 0.9))


def _points(axes: Axes, sites: Sequence[SiteRow]) -> None:
    axes.axhline(1, color=INK, linewidth=0.8)
    blue, orange = mark(0).color, mark(1).color
    for row in sites:
        x, y = row.expected, float(row.ratio["estimate"])
        if not row.place:
            axes.plot(x, y, "o", color=blue, markersize=5)
            continue
        axes.plot(x, y, "s", color=orange, markersize=7, markerfacecolor="white", markeredgewidth=1.8)
        axes.annotate(row.site, (x, y), xytext=(6, 3), textcoords="offset points", fontsize=SMALL, color=INK)


@checks_figure()
def site_ratios(
    results: Results, *, word: str = "relapse", days: Sequence[int] = (90,), width: float = 5.3
) -> Picture:
    """Draw observed over expected events of each site with its interval, from low to high.

    Parameters
    ----------
    results, word, days, width
        As in `site_funnel`.

    Raises
    ------
    ResultError
        No site has enough people.
    """
    sites = sorted(_shown(results), key=lambda row: (float(row.ratio["estimate"]), row.site))
    with drawing():
        fig, axes = sheet(width=width, head=2.4 * LINE, body=ROW * len(sites) + 8, foot=AXIS)
        box = axes.get_position()
        axes.set_position((box.x0 + 0.06, box.y0, box.width - 0.06, box.height))
        axes.set_ylim(len(sites) - 0.5, -0.5)
        axes.set_yticks(range(len(sites)), [row.site for row in sites], fontsize=SMALL)
        axes.axvline(1, color=INK, linewidth=0.8)
        color, shrunken = mark(0).color, mark(1).color
        for place, row in enumerate(sites):
            axes.plot(
                [row.ratio["conf_low"], row.ratio["conf_high"]], [place, place], color=color, linewidth=1.6
            )
            axes.plot(row.ratio["estimate"], place, "o", color=color, markersize=5)
            axes.plot(row.shrunken, place, "D", color=shrunken, markersize=4, markerfacecolor="white")
        axes.set_xlim(left=0)
        axes.set_xlabel(f"Observed over expected {plural(word)} by day {days[-1]}", fontsize=TEXT, color=INK)
        heading(axes, "Site")
    ends = [f"{ratio(row.ratio['estimate'])} at site {row.site}" for row in (sites[0], sites[-1])]
    title, subtitle = captioned(
        f"Observed over expected {plural(word)}: {listed(ends)}" if len(sites) > 1 else "",
        "Observed over expected, site by site",
        (
            "Dots with lines: observed over expected with its 95% confidence interval. Open diamonds: the "
            "ratio after chance is allowed for. Where the lines of two sites overlap, their order may be "
            "chance."
        ),
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=f"From {' to '.join(ends)}; {count(len(sites))} sites.",
        fold="The sites from the lowest to the highest ratio",
    )
