"""A page for each site: its own measures against all sites, and its place in the funnel; nothing of another.

All sites together minus a site is the others: where these are one site, or few discharges, the page leaves
out all sites together. No rank is given, and control limits only at the site's own size: a curve of limits
ends at the smallest and the largest site.
"""

import html
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from stepdown.display.drawing import Picture
from stepdown.display.estimates import interval, known
from stepdown.display.facts import Facts
from stepdown.display.style import AXIS, FAINT, INK, LINE, SMALL, TEXT, drawing, heading, mark, sheet
from stepdown.display.text_and_tables import LAB_STYLE, Table, Text
from stepdown.report.page import banner_of, framed
from stepdown.report.report_folder import SITES
from stepdown.results import Analysis
from stepdown.results.reading import in_order
from stepdown.results.words import NOT_SHOWN, count, number, percent, plural, ratio, uncapitalized
from stepdown.sections.quality.read import ESTIMATE, MEASURES, RATE
from stepdown.sections.sites.read import LEVELS, LIMIT, SiteRow, of_sites, refusal, site_rows

FEWEST, OTHERS = 11, 2
"""Discharges below which nothing is shown, and how many other sites all sites together must hold."""
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,40}")
_FEW = f"fewer than {FEWEST}"
_FILES = "This page holds numbers of one site. The report of all sites is another file."


def site_pages(a: Analysis) -> dict[str, bytes]:
    """Return a page for each site of a report, by the name of its file.

    Parameters
    ----------
    a : Analysis
        What the report shows; of a public report, what was released.

    Returns
    -------
    dict of str to bytes
        "sites/01.html" for the site "01"; a site whose code is no plain name is numbered in the order of the
        results. Empty where the results hold no rates by site.
    """
    rates = _rates(a)
    sites = [str(site) for site in in_order(rates[rates["site"] != ""], "site")]
    names: dict[str, str] = {}
    for place, site in enumerate(sites, 1):
        plain = _PLAIN.fullmatch(site) and site.lower() not in {one.lower() for one in names.values()}
        names[site] = site if plain else f"site-{place}"
    return {f"{SITES}/{names[site]}.html": _page(a, site, rates).encode() for site in sites}


def _rates(a: Analysis) -> pd.DataFrame:
    table = a.results.table
    mine = (table["analysis"] == MEASURES) & (table["estimand"] == RATE) & (table["statistic"] == ESTIMATE)
    return pd.DataFrame(table[mine & (table["quarter"] == "")])


def _page(a: Analysis, site: str, rates: pd.DataFrame) -> str:
    banner, _ = banner_of(a.wording.released)
    row = next((one for one in site_rows(a.results) if one.site == site), None)
    place = [] if row is None or not row.shown or not _limits(a, row) else [_position(a, row)]
    parts: list[Text | Facts | Table | Picture] = [
        Text((a.wording.title,), kind="study"), _head(a), _answer(a, site, row), *place,
        _measures(a, site, rates),
    ]  # fmt: skip
    body = "\n".join(part._repr_html_().replace(LAB_STYLE, "") for part in parts)
    if not a.wording.released:
        body = body.replace("<figcaption>", f'<figcaption><span class="sd-internal">{_mark(banner)}</span> ')
    title = f"Site {site}: relapse after residential treatment"
    return framed(
        f"<h1>{html.escape(title)}</h1>\n{body}", title=title, released=a.wording.released,
        files_beside=_FILES,
    )  # fmt: skip


def _mark(banner: str) -> str:
    return banner.partition(":")[0]


def _head(a: Analysis) -> Facts:
    """Return the program and the data cut; counts of all discharges are not those of the site."""
    kept = ("Program", "Discharged", "Data cut")
    return Facts(
        tuple((name, (a.wording.header[name],)) for name in kept if name in a.wording.header), "line"
    )


def _answer(a: Analysis, site: str, row: SiteRow | None) -> Text:
    """State where the site lies in the funnel, or why that is not shown."""
    word, day = plural(a.wording.relapse), a.wording.window[1]
    if row is None:
        waits = uncapitalized(a.wording.waits)
        why = refusal(a.results) or waits or "the results hold no comparison of sites."
        return Text((f"This site is not compared with what is expected: {why}",), kind="answer")
    if not row.shown:
        heading_ = f"Site {site} has too few people for a comparison"
        return Text((f"It is not shown: {row.ratio['status_reason']}.",), heading=heading_, kind="answer")
    where = f"{'above' if row.above else 'below'} the {row.place}" if row.place else f"within the {LEVELS[0]}"
    found = (
        f"{count(row.ratio['events'])} {word} by day {day} among {count(row.ratio['n'])} discharges; "
        f"{number(row.expected)} would be expected of people like these. Observed over expected: "
        f"{interval(row.ratio, ratio)}, in parentheses the 95% confidence interval."
    )
    meaning = (
        "That is more than chance explains: look for the reason first in the data, then in the people, then "
        "in the care."
        if row.place
        else "That is no more than chance explains."
    )
    risk = f"Risk by day {day}, not adjusted for who the people are: {interval(row.risk, percent)}."
    return Text((found, meaning, risk), heading=f"Site {site} lies {where} control limits", kind="answer")


def _measures(a: Analysis, site: str, rates: pd.DataFrame) -> Table | Text:
    """Return the site's own rates beside those of all sites together; a small site has none."""
    words = {one.name: one.label for one in a.wording.measures}
    own_rates = rates[(rates["site"] == site) & ~rates["endpoint"].isin(_of_weeks(a))]
    if not (own_rates["n"] >= FEWEST).any():
        return Text((f"Its quality measures are not shown: each counts {_FEW}.",))
    together = _together(rates, site)
    rows = []
    for _, own in own_rates.iterrows():
        measure, day = str(own["endpoint"]), float(own["time"])
        name = words.get(measure, measure)
        whole = together.get((measure, day))
        few = not known(own["n"]) or own["n"] < FEWEST
        hidden = f"{NOT_SHOWN}: {_FEW}" if known(own["n"]) else NOT_SHOWN
        rows.append(
            (
                f"{name}, {day:.0f} days" if day else name,
                hidden if few else count(own["n"]),
                "" if few else interval(own, percent),
                NOT_SHOWN if whole is None else percent(float(whole["estimate"])),
            )
        )
    return Table(
        f"Quality measures of site {site}, all quarters",
        ("Measure", "Counted", "This site", "All sites"),
        tuple(rows),
        (
            "In parentheses: 95% confidence interval. Not adjusted for who the people are. A rate of fewer "
            f"than {FEWEST} is not shown. All sites: not shown where it would give away the rate of another "
            f"site; at least {OTHERS} other sites with {FEWEST} or more are needed. Measures that count "
            "weeks are left out: many weeks can be those of few people.",
        ),
        compact=True,
    )  # fmt: skip


def _of_weeks(a: Analysis) -> set[str]:
    return {one.name for one in a.wording.measures if one.weeks}


def _together(rates: pd.DataFrame, site: str) -> dict[tuple[str, float], pd.Series]:
    """Return the rates of all sites together that do not give another site away."""
    found = {}
    for (measure, day), mine in rates.groupby(["endpoint", "time"], sort=False):
        whole = mine[(mine["site"] == "") & mine["estimate"].notna()]
        others = mine[(mine["site"] != "") & (mine["site"] != site)]
        if len(whole) == 1 and (others["n"] >= FEWEST).sum() >= OTHERS:
            found[str(measure), float(str(day))] = whole.iloc[0]
    return found


def _limits(a: Analysis, row: SiteRow) -> dict[str, tuple[float, float]]:
    limits = of_sites(a.results, LIMIT)
    own = limits[limits["site"] == row.site].set_index("level")
    return {
        level: (float(own["conf_low"][level]), float(own["conf_high"][level]))
        for level in LEVELS
        if level in own.index and np.isfinite([own["conf_low"][level], own["conf_high"][level]]).all()
    }


def _position(a: Analysis, row: SiteRow) -> Picture:
    """Draw the ratio of the site between the control limits of its size."""
    limits, word = _limits(a, row), plural(a.wording.relapse)
    value = float(row.ratio["estimate"])
    with drawing():
        fig, axes = sheet(width=5.3, head=2.4 * LINE, body=3.2 * LINE, foot=AXIS)
        for level, (low, high) in limits.items():
            wide = 5.0 if level == LEVELS[0] else 1.6
            axes.plot([low, high], [0, 0], color=FAINT, linewidth=wide, solid_capstyle="butt")
            axes.annotate(
                level, (high, 0), xytext=(0, 6), textcoords="offset points", fontsize=SMALL, color=INK,
                ha="right",
            )  # fmt: skip
        axes.axvline(1, color=INK, linewidth=0.8)
        color = mark(1 if row.place else 0).color
        axes.plot(value, 0, "s" if row.place else "o", color=color, markersize=8)
        axes.set_yticks([])
        axes.set_ylim(-1, 1)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"Observed over expected {word}", fontsize=TEXT, color=INK)
        heading(axes, f"Site {row.site}")
    ends = _spans(limits)
    return Picture(
        figure=fig,
        title="Where the site lies between the control limits of its size",
        subtitle="Thick line: 95% limits. Thin line: 99.8% limits. Sites like all sites together lie outside "
        "the thick line 1 time in 20 by chance.",
        alt=f"Observed over expected {ratio(value)}. {'. '.join(ends)}.",
    )


def _spans(limits: dict[str, tuple[float, float]]) -> Sequence[str]:
    return [f"{level} limits {ratio(low)} to {ratio(high)}" for level, (low, high) in limits.items()]
