"""How alike the groups are before and after weighting (love plot)."""

import numpy as np
import pandas as pd

from stepdown.display.drawing import Picture, captioned
from stepdown.display.style import (
    FAINT,
    INK,
    LINE,
    POINTS,
    RULE,
    SMALL,
    TEXT,
    brief,
    drawing,
    heading,
    mark,
    sheet,
)  # fmt: skip
from stepdown.errors import ResultError
from stepdown.results import Analysis
from stepdown.results.words import deviations, listed, percent, uncapitalized
from stepdown.sections.trust.read import balance, equipoise, propensity

NAMES, ROW = 150.0, 15.0


def love_plot(
    a: Analysis, *, analysis: str, limits: tuple[float, ...] = (0.1, 0.2), width: float = 5.3
) -> Picture:
    """Draw the largest standardized difference of each characteristic, before and after weighting.

    Parameters
    ----------
    a : Analysis
        An analysis with an adjusted comparison.
    analysis : str
        Its key.
    limits : tuple of float
        Lines that are drawn.
    width : float
        Inches.

    Returns
    -------
    Picture
        A ring before and a dot after weighting, a row a characteristic, from the most different on.

    Raises
    ------
    ResultError
        The comparison is not weighted.
    """
    found = balance(a.results, analysis=analysis)
    if not (found["before"].notna() & found["after"].notna()).any():
        raise ResultError(f"The results hold no balance of {analysis!r}: it is not weighted.")
    largest = found.assign(before=found["before"].abs(), after=found["after"].abs())
    largest = largest.groupby("term", sort=False)[["before", "after"]].max()
    largest = largest.replace(np.inf, np.nan).dropna().sort_values("before", kind="stable", ascending=False)
    names = [a.labels.get(str(term), str(term).replace("_", " ")) for term in largest.index]
    with drawing():
        fig, axes = sheet(width=width, head=2 * LINE + 6, body=ROW * len(largest), foot=34.0)
        box, wide = axes.get_position(), width * POINTS
        axes.set_position((NAMES / wide, box.y0, (wide - NAMES - 16) / wide, box.height))
        axes.set_ylim(len(largest) - 0.5, -0.5)
        axes.set_yticks(range(len(largest)), [brief(name, points=NAMES - 6, size=SMALL) for name in names])
        axes.tick_params(axis="y", length=0, labelsize=SMALL)
        for limit in limits:
            axes.axvline(limit, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
        rows = range(len(largest))
        axes.hlines(rows, largest["after"], largest["before"], color=RULE, linewidth=1)
        axes.plot(
            largest["before"], rows, linestyle="", marker="o", markersize=6, markerfacecolor="white",
            markeredgecolor=mark(1).color, label="before weighting",
        )  # fmt: skip
        axes.plot(
            largest["after"], rows, linestyle="", marker="D", markersize=5, color=mark(0).color,
            label="after weighting",
        )  # fmt: skip
        axes.set_xlim(0, max(1.05 * float(largest.to_numpy().max()), 0.25))
        axes.set_xlabel("Largest difference, standard deviations", fontsize=TEXT, color=INK)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncol=2, frameon=False, fontsize=SMALL)
    finding = ""
    if len(largest):
        worst = str(largest["after"].idxmax())
        name = uncapitalized(a.labels.get(worst, worst.replace("_", " ")))
        most = deviations(float(largest["after"].max()))
        finding = f"Largest difference after weighting: {most} standard deviations, in {name}"
    title, subtitle = captioned(
        finding,
        "How alike the groups are, before and after weighting",
        f"Dashed lines: {listed([f'{limit:g}' for limit in limits])} standard deviations. Of a category the "
        "value that differs most.",
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=f"{'; '.join(_words(largest, names))}.",
        fold="How alike the groups are",
    )


def overlap_plot(a: Analysis, *, analysis: str, width: float = 5.3) -> Picture:
    """Draw how the people of two groups spread over the chance of the first group.

    Parameters
    ----------
    a : Analysis
        An analysis with an adjusted comparison of two groups known on a first day.
    analysis : str
        Its key.
    width : float
        Inches.

    Returns
    -------
    Picture
        Bars of the first group upward, and of the other downward: where one has none, there is no overlap.

    Raises
    ------
    ResultError
        The results hold no chances of that comparison.
    """
    found = propensity(a.results, analysis=analysis)
    if not found.notna().to_numpy().any():
        raise ResultError(f"The results hold no chances of the groups of {analysis!r}.")
    first, other = (str(name) for name in found.columns)
    with drawing():
        fig, axes = sheet(width=width, head=2 * LINE + 16, body=130.0, foot=34.0)
        places = (np.arange(len(found)) + 0.5) / len(found)
        for place, (name, sign) in enumerate(((first, 1), (other, -1))):
            look = mark(place)
            axes.bar(
                places, sign * found[name], width=0.9 / len(found), color=look.color,
                hatch="" if sign > 0 else "////", edgecolor="white", linewidth=0.6,
            )  # fmt: skip
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
        most = float(np.nanmax(found.to_numpy()))
        axes.set_ylim(-1.1 * most, 1.1 * most)
        axes.set_yticks([-most, 0, most], [f"{most:.0%}", "0%", f"{most:.0%}"])
        axes.set_xlabel(f"Chance of “{brief(first, points=200)}”", fontsize=TEXT, color=INK)
        heading(axes, "Share of the group: upward the first, downward (hatched) the other", lines=[])
    shares = [
        f"chance {level}: {percent(mine, 0)} and {percent(theirs, 0)}"
        for level, mine, theirs in zip(found.index, found[first], found[other], strict=True)
    ]
    either = [
        f"{percent(share, 0)} of “{name}”" for name, share in equipoise(a.results, analysis=analysis).items()
    ]
    title, subtitle = captioned(
        f"{listed(either)} could have gone either way" if either else "",
        f"Who could have gone either way: “{first}” and “{other}”",
        "Each bar: the share of the group with that chance, given what is adjusted for.",
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=f"{first} and {other}, share by chance of the first: {'; '.join(shares)}.",
        fold="Overlap of the groups",
    )


def _words(largest: pd.DataFrame, names: list[str]) -> list[str]:
    return [
        f"{uncapitalized(name)} {deviations(before)} before and {deviations(after)} after"
        for name, before, after in zip(names, largest["before"], largest["after"], strict=True)
    ]
