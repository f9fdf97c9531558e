"""Result of each contact due: one bar a visit, of everyone who was due."""

import pandas as pd
from matplotlib.axes import Axes

from stepdown.display.drawing import Picture, captioned
from stepdown.display.figure_arguments import checks_figure
from stepdown.display.style import (
    AXIS,
    INK,
    LINE,
    RULE,
    SMALL,
    TEXT,
    capital,
    drawing,
    key,
    key_height,
    sheet,
)
from stepdown.errors import ResultError
from stepdown.results import Results
from stepdown.results.reading import readable
from stepdown.results.words import count, listed, percent
from stepdown.sections.followup.read import KNOWN, NOT_DUE, state_name, visits

ROW = 34.0
# Fill and pattern; where the outcome is known the pattern is none.
_LOOKS = {
    "contacted": ("#0072b2", ""),
    "out_of_window": ("#56b4e9", ""),
    "relapsed": ("#d55e00", ""),
    "dead": ("#333333", ""),
    "incarcerated": ("#999999", ""),
    "refused": ("#f0e442", "////"),
    "lost": ("#e69f00", "\\\\\\\\"),
    "missed": ("#ececec", "...."),
}


@checks_figure()
def followup_shares(
    results: Results, *, word: str = "relapse", since: str = "discharge", width: float = 5.3
) -> Picture:
    """Draw the result of the contacts due at each visit.

    Parameters
    ----------
    results : Results
        With rows of the estimand `visit`.
    word, since : str
        The study's word for the event, and what day 0 is.
    width : float
        Inches.

    Returns
    -------
    Picture
        Visits at which no one was due are left out.

    Raises
    ------
    ResultError
        No one was due at any visit.
    """
    selected = visits(results)
    due = selected.drop(columns=NOT_DUE, errors="ignore")
    due = due[due.sum(axis=1) > 0] if len(due) else due
    if due.empty:
        raise ResultError("The results hold no visit at which anybody was due.")
    order = [state for state in _LOOKS if state in due and (due[state] > 0).any()]
    total = due[order].sum(axis=1)
    shares = due[order].div(total, axis=0)
    with drawing():
        head = key_height(len(order)) + LINE
        fig, axes = sheet(width=width, head=head, body=ROW * len(due), foot=AXIS)
        _bars(axes, shares, total)
        key(axes, [(capital(state_name(state, word)), *_LOOKS[state]) for state in order])
    sentences = [
        f"Day {day:.0f}, {count(many)} due: "
        + listed([f"{percent(row[state])} {state_name(state, word)}" for state in order if row[state] > 0])
        for (_, row), day, many in zip(shares.iterrows(), shares.index, total, strict=True)
    ]
    title, subtitle = captioned(
        _least_known(results, [float(day) for day in due.index]),
        "Result of contacts due",
        f"Each bar is everyone due that many days after {since}. Patterned segments: outcome unknown. People "
        f"with a known {word} were not contacted.",
    )
    return Picture(
        figure=fig,
        title=title,
        subtitle=subtitle,
        alt=f"{'. '.join(sentences)}.",
    )


def _least_known(results: Results, days: list[float]) -> str:
    """State at which visit the fewest outcomes are known; empty where that is not in the results."""
    table = readable(results)
    found = table[
        (table["estimand"] == KNOWN) & (table["analysis"] == "") & (table["statistic"] == "estimate")
        & table["time"].isin(days)
    ].dropna(subset=["estimate"])  # fmt: skip
    if found.empty:
        return ""
    least = found.sort_values("estimate", kind="stable").iloc[0]
    at = f"on day {least['time']:.0f}"
    if len(found) == 1:
        return f"The outcome is known for {percent(least['estimate'])} {at}"
    return f"The outcome is known for at least {percent(least['estimate'])} at every visit: fewest {at}"


def _bars(axes: Axes, shares: pd.DataFrame, total: pd.Series) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(len(shares), 0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_yticks([])
    ticks = (0, 0.25, 0.5, 0.75, 1)
    axes.set_xticks(ticks, [f"{tick:.0%}" for tick in ticks])
    axes.set_xlabel("Share of those due", fontsize=TEXT, color=INK)
    labels = [f"Day {day:.0f} ({count(many)} due)" for day, many in total.items()]
    for place, (_, row) in enumerate(shares.iterrows()):
        axes.text(0, place + 0.3, labels[place], fontsize=SMALL, color=INK, ha="left", va="center")
        left = 0.0
        for state, share in row.items():
            color, pattern = _LOOKS[str(state)]
            axes.barh(
                place + 0.72, share, height=0.42, left=left, facecolor=color, hatch=pattern,
                edgecolor="white" if not pattern else RULE, linewidth=0.6,
            )  # fmt: skip
            left += share
