"""Sites: sentences and the table."""

import math
from collections.abc import Iterator, Sequence

from stepdown.display.estimates import interval
from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis
from stepdown.results.words import NOT_SHOWN, count, listed, number, percent, plural, ratio, uncapitalized
from stepdown.sections.sites.read import (
    CASE_MIX,
    FEW_SITES,
    LEVELS,
    SiteRow,
    dispersion,
    of_sites,
    refusal,
    site_rows,
)

MOST = 3
"""Sites that are named."""
_NOT_ENOUGH = "not enough people"


def finding(a: Analysis) -> str:
    """Return how many sites lie outside the control limits."""
    shown = [row for row in site_rows(a.results) if row.shown]
    if refusal(a.results) or not shown:
        return "Sites are not compared: the section gives the reason."
    outside = sum(bool(row.place) for row in shown)
    if len(shown) == 1:
        return f"One site is shown, {'outside' if outside else 'within'} the 95% control limits."
    verb = "lies" if outside == 1 else "lie"
    return f"{outside} of {len(shown)} sites {verb} outside the 95% control limits."


def found(a: Analysis) -> Text:
    """State which sites lie outside the control limits, and what a rank is worth."""
    why = refusal(a.results)
    if why:
        return Text((f"Sites are not compared: {why}",))
    rows = site_rows(a.results)
    shown = [row for row in rows if row.shown]
    if not shown:
        return Text((f"None of the {len(rows)} sites has enough people to be shown.",))
    sentences = [_expected(a), *_outside(a, shown), *_spread(a), *_few(shown), *_ranks(shown), *_hidden(rows)]
    return Text(tuple(sentences))


def table(a: Analysis) -> Table | None:
    """Return observed and expected relapses, their ratio, risk and rank of each site; None without sites."""
    rows = site_rows(a.results)
    if not any(row.shown for row in rows):
        return None
    word, day = plural(a.wording.relapse), a.wording.window[1]
    columns = (
        "Site",
        "Discharges",
        "Observed",
        "Expected",
        "Observed over expected",
        "After chance",
        f"Rank of {sum(row.shown for row in rows)}",
        f"Risk by day {day}",
    )
    notes = (
        "In parentheses: 95% confidence interval; of a rank, the 95% range of the ranks that chance allows. "
        "After chance: the ratio after chance is allowed for (empirical Bayes). Rank 1 has the fewest "
        f"{word} for its case mix. Risk: not adjusted for case mix; people lost to follow-up are taken to "
        "have the risk of those followed at the same site.",
    )
    cells = tuple(_line(row) for row in rows)
    return Table(
        f"Sites: {word} by day {day}", columns, cells, notes, fold=f"All {len(rows)} sites in a table"
    )


def _line(row: SiteRow) -> tuple[str, ...]:
    if not row.shown:
        return (row.site, "", "", "", f"{NOT_SHOWN}: {_NOT_ENOUGH}", "", "", "")
    where = f" ({'above' if row.above else 'below'} the {row.place} limits)" if row.place else ""
    return (
        f"{row.site}{where}",
        count(row.ratio["n"]),
        count(row.ratio["events"]),
        number(row.expected),
        interval(row.ratio, ratio),
        ratio(row.shrunken),
        _rank(row),
        interval(row.risk, percent),
    )


def _rank(row: SiteRow, level: str = "", of: str = "") -> str:
    low, high = (count(row.rank[name]) for name in ("conf_low", "conf_high"))
    return f"{row.rank['estimate']:g}{of} ({level}{low}\u00a0to\u00a0{high})"


def _expected(a: Analysis) -> str:
    names = [
        uncapitalized(a.labels.get(term, term.replace("_", " ")))
        for term in of_sites(a.results, CASE_MIX)["term"]
    ]
    same = f"the same {listed(names)}" if names else "as much follow-up"
    return (
        f"Expected {plural(a.wording.relapse)} are those that people with {same} had at all sites taken "
        "together. A ratio above 1 means more than expected, a ratio below 1 fewer. What else differs "
        "between the people of the sites is not allowed for."
    )


def _outside(a: Analysis, shown: Sequence[SiteRow]) -> Iterator[str]:
    size = len(shown)
    beyond = [row for row in shown if row.place]
    chance = size * 0.05
    about = "fewer than 1" if chance < 0.95 else f"about {chance:.0f}"
    by_chance = f"Were all sites alike, {about} of {size} would lie outside by chance alone."
    all_of = "Both" if size == 2 else f"All {size}"
    if not beyond and size == 1:
        yield "The one site with enough people to be shown lies within the 95% control limits."
        return
    if not beyond:
        yield (
            f"{all_of} sites lie within the 95% control limits: the differences between them are no larger "
            f"than chance explains. {by_chance}"
        )
        return
    far = [row for row in beyond if row.place == LEVELS[-1]]
    are = "sites lies" if len(beyond) == 1 else "sites lie"
    named = listed([_named(a, row) for row in sorted(beyond, key=_distance)[:MOST]])
    more = f", and {len(beyond) - MOST} others" if len(beyond) > MOST else ""
    yield f"{len(beyond)} of {size} {are} outside the 95% control limits: {named}{more}. {by_chance}"
    if far:
        yield (
            f"Outside the 99.8% limits {'lies' if len(far) == 1 else 'lie'} "
            f"{listed([f'site {row.site}' for row in far])}: chance alone puts 1 site in 500 there. Look for "
            "the reason: first in the data, then in the people, then in the care."
        )


def _distance(row: SiteRow) -> float:
    return -abs(math.log(max(float(row.ratio["estimate"]), 1e-9)))


def _named(a: Analysis, row: SiteRow) -> str:
    many = row.ratio["events"]
    word = a.wording.relapse if many == 1 else plural(a.wording.relapse)
    low, high = (ratio(row.ratio[name]) for name in ("conf_low", "conf_high"))
    where = "above" if row.above else "below"
    return (
        f"site {row.site}, {where} them ({count(many)} {word}, {number(row.expected)} expected; ratio "
        f"{ratio(row.ratio['estimate'])}, 95% CI {low} to {high})"
    )


def _spread(a: Analysis) -> Iterator[str]:
    size, spread = dispersion(a.results)
    if spread > 0:
        yield (
            "Sites differ by more than chance explains (over-dispersion "
            f"{number(size)} where 1 is chance). The control limits are widened by that much; the reason may "
            "be what is not known of the people."
        )


def _few(shown: Sequence[SiteRow]) -> Iterator[str]:
    if len(shown) < FEW_SITES:
        yield (
            f"With fewer than {FEW_SITES} sites no p-value of a difference between sites is given. Intervals "
            "that allow for sites are by t on one degree of freedom fewer than there are sites. Few sites "
            "cannot show more."
        )


def _ranks(shown: Sequence[SiteRow]) -> Iterator[str]:
    ranked = sorted(shown, key=lambda row: float(row.rank["estimate"]))
    if ranked[0].rank["estimate"] == ranked[-1].rank["estimate"]:
        return
    named = [
        f"site {row.site} is {_rank(row, '95% ', f' of {len(shown)}')}" for row in (ranked[0], ranked[-1])
    ]
    yield f"Ranks are uncertain: {listed(named)}, where 1 has the fewest for its case mix."


def _hidden(rows: Sequence[SiteRow]) -> Iterator[str]:
    hidden = sum(not row.shown for row in rows)
    if hidden:
        sites = "1 site is" if hidden == 1 else f"{hidden} sites are"
        reason = next(str(row.ratio["status_reason"]) for row in rows if not row.shown)
        yield f"{sites} not shown: {reason}."
