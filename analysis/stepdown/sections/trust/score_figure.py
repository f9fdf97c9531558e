"""How alike those who start care on a day are to those who do not, in a score, day by day."""

import numpy as np

from stepdown.display.drawing import Picture, captioned
from stepdown.display.style import FAINT, INK, LINE, RULE, SMALL, drawing, heading, mark, sheet
from stepdown.errors import ResultError
from stepdown.results import Analysis
from stepdown.results.words import count, deviations, uncapitalized
from stepdown.sections.trust.read import scores_by_day

WIDE = 1.959963984540054
_BODY, _FOOT, _TICKS = 130.0, 34.0, 16


def score_plot(
    a: Analysis,
    *,
    analysis: str,
    score: str = "",
    decision: str = "",
    limit: float = 0.1,
    width: float = 5.3,
) -> Picture:
    """Draw the standardized difference of a score on each day on which care can start.

    Parameters
    ----------
    a : Analysis
        An analysis with a comparison that is adjusted for scores that change.
    analysis : str
        Its key.
    score : str
        The instrument; the first if left out.
    decision : str
        Of plans of several steps what is decided, such as "IOP in a week"; the first if left out.
    limit : float
        Lines on both sides of no difference.
    width : float
        Inches.

    Returns
    -------
    Picture
        A ring before and a diamond after weighting, with the range of chance around no difference.

    Raises
    ------
    ResultError
        The results hold no such differences.
    """
    found = scores_by_day(a.results, analysis=analysis)
    known = list(dict.fromkeys(found["term"]))
    if not known or (score and score not in known):
        raise ResultError(f"The results hold no balance by day of {score or 'a score'} in {analysis!r}.")
    score = score or known[0]
    found = found[found["term"] == score]
    found = found[found["level"] == (decision or found["level"].iloc[0])]
    decision = str(found["level"].iloc[0]) if len(found) else ""
    if found.empty:
        raise ResultError(f"The results hold no balance by day of {score} in {analysis!r}.")
    name = a.labels.get(score, score.replace("_", " "))
    days = found["time"].to_numpy(dtype=float)
    before, after, chance = (found[one].to_numpy(dtype=float) for one in ("before", "after", "std_error"))
    with drawing():
        fig, axes = sheet(width=width, head=2 * LINE + 22, body=_BODY, foot=_FOOT)
        top = 1.1 * float(np.nanmax(np.abs([before, after, WIDE * chance])))
        for line in (-limit, limit):
            axes.axhline(line, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.vlines(days, -WIDE * chance, WIDE * chance, color=RULE, linewidth=5, zorder=0)
        axes.plot(
            days, before, linestyle="", marker="o", markersize=5, markerfacecolor="white",
            markeredgecolor=mark(1).color, label="before weighting",
        )  # fmt: skip
        axes.plot(
            days, after, linestyle="", marker="D", markersize=4.5, color=mark(0).color,
            label="after weighting",
        )  # fmt: skip
        axes.set_xlim(days.min() - 0.7, days.max() + 0.7)
        axes.set_ylim(-top, top)
        shown = days[:: -(-len(days) // _TICKS)]
        axes.set_xticks(shown, [f"{day:.0f}" for day in shown])
        axes.tick_params(labelsize=SMALL)
        axes.set_xlabel("Day after time zero", fontsize=SMALL, color=INK)
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 0.98), ncol=2, frameon=False, fontsize=SMALL)
        who = "comes to it" if decision else "starts care"
        heading(axes, f"Who {who} on the day, less who does not, in standard deviations")
    words = "; ".join(
        f"day {day:.0f}, {deviations(raw)} before and {deviations(fair)} after ({count(many)} started)"
        for day, raw, fair, many in zip(days, before, after, found["n"], strict=True)
    )
    worst = int(np.abs(after).argmax())
    at = f" at “{decision}”" if decision else ""
    day = f"of “{decision}”" if decision else "care starts"
    title, subtitle = captioned(
        f"Largest difference in {uncapitalized(name)} after weighting{at}: {deviations(after[worst])} "
        f"standard deviations, on day {days[worst]:.0f}",
        f"Is {uncapitalized(name)} alike on the day {day}?",
        f"Latest {uncapitalized(name)} before the day. Gray bars: what chance gives where nothing differs "
        f"(95%). Dashed lines: {limit:g} standard deviations.",
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=f"Difference in {uncapitalized(name)}: {words}.",
        fold=f"{name[:1].upper()}{name[1:]} by day{f': {decision}' if decision else ''}",
    )
