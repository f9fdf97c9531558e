"""Secondary endpoints: sentences and tables."""

from collections.abc import Iterator

import pandas as pd

from stepdown.display.estimates import INTERVAL, interval, known, units
from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis
from stepdown.results.reading import in_order
from stepdown.results.words import count, percent
from stepdown.sections.secondary.read import (
    ABSTINENT_AT,
    CAME_FIRST,
    FIRST_SESSION,
    LATEST,
    shares,
    shares_by_arm,
    why_not,
    withheld_terms,
)

RULES = {"as_defined": "Contacted only", "positive": "Missing = use", "last": "Missing = last result"}
"""Rules for visits without a result, as the table names them."""
_HELD = (
    "Withheld as the comparison is: with the risk of everybody it would give the comparison of those who "
    "ever started care with the others."
)
_CAME = {
    "session": "First session",
    "incarceration": "Incarceration",
    "readmission": "Readmission",
    "death": "Death",
}


def not_estimated(a: Analysis, estimand: str) -> Text | None:
    """Return why a secondary endpoint is not shown; None where it is, or was not asked for."""
    reason = why_not(a.results, estimand)
    return Text((f"{_NAMES[estimand]}: not shown. {reason}",)) if reason else None


def came_first(a: Analysis) -> Table | None:
    """Return what came first after time zero, by day; None where it was not asked for."""
    table = shares(a.results, FIRST_SESSION)
    if table.empty:
        return None
    days = sorted(table["time"].unique())
    rows, held = [], withheld_terms(a.results)
    for term in CAME_FIRST:
        mine = table[table["term"] == term].set_index("time")
        absent = "withheld" if term in held else ""
        cells = (interval(mine.loc[day], percent) if day in mine.index else absent for day in days)
        rows.append((_CAME.get(term, a.wording.relapse.capitalize()), *cells))
    return Table(
        "First session of PHP, IOP or outpatient care, and what came before it",
        ("What came first", *(f"By day {day:.0f}" for day in days)),
        tuple(rows),
        (INTERVAL, *_notes(a, table), *((_HELD,) if held else ())),
    )


def abstinence(a: Analysis) -> Table | None:
    """Return the share abstinent at each visit under each rule; None where it was not asked for."""
    table = shares(a.results, ABSTINENT_AT)
    if table.empty:
        return None
    rules = in_order(table, "level")
    rows = []
    for day, mine in table.groupby("time", sort=True):
        cells = (_share(mine[mine["level"] == rule].iloc[0]) for rule in rules)
        rows.append((f"Day {day:.0f}", *cells))
    return Table(
        "No use in the 30 days up to the contact due",
        ("Visit", *(RULES[rule] for rule in rules)),
        tuple(rows),
        (
            INTERVAL,
            f"In brackets: abstinent of those counted. Left out: {units(a.wording.time_zero)} of clients who "
            "died or were in custody, and visits whose window had not closed by the end of the data.",
            "Missing = use: a visit without a result counts as use. Missing = last result: it takes the "
            "result of the last visit with one. Contacted only: those contacted may differ from the others.",
            *_without_use(a, table[table["level"] == rules[0]]),
        ),
    )


def _without_use(a: Analysis, contacted: pd.DataFrame) -> tuple[str, ...]:
    """Return a caution where no contact found use, as where people are not contacted after it."""
    found = contacted["estimate"].dropna()
    if found.empty or (found < 1).any():
        return ()
    return (
        f"No contact found any use. Where people with a known {a.wording.relapse} are not contacted again, "
        f"the shares of those contacted cannot show it: use the risk of {a.wording.relapse}.",
    )


def came_first_by_arm(a: Analysis) -> Table | None:
    """Return what came first in each arm, by the last day; None where arms are defined by care."""
    table = shares_by_arm(a.results, FIRST_SESSION)
    if table.empty:
        return None
    last = table["time"].max()
    arms = in_order(table, "arm")
    rows = []
    for term in CAME_FIRST:
        mine = table[(table["term"] == term) & (table["time"] == last)].set_index("arm")
        cells = (interval(mine.loc[arm], percent) if arm in mine.index else "" for arm in arms)
        rows.append((_CAME.get(term, a.wording.relapse.capitalize()), *cells))
    return Table(f"What came first by day {last:.0f}, by arm", ("", *arms), tuple(rows), (INTERVAL, _ARMS))


def abstinence_by_arm(a: Analysis) -> Table | None:
    """Return the share abstinent at each visit in each arm; None where no comparison gives arms."""
    table = shares_by_arm(a.results, ABSTINENT_AT)
    if table.empty:
        return None
    rules, rows = in_order(table, "level"), []
    for (day, arm, bound), mine in table.groupby(["time", "arm", "bound"], sort=False):
        cells = (_share(mine[mine["level"] == rule].iloc[0]) for rule in rules)
        rows.append((f"Day {day:.0f}", f"{arm}, {bound}" if bound else str(arm), *cells))
    return Table(
        "No use in the 30 days up to the contact due, by arm",
        ("Visit", "Arm", *(RULES[rule] for rule in rules)),
        tuple(rows),
        (INTERVAL, _ARMS, *([_ENDS.format(word=a.wording.relapse)] if table["bound"].any() else ())),
    )


_ENDS = (
    "Lowest and highest: for some clients it is not known whether the {word} came before the start of the "
    "comparison, so that they are compared or not. Lowest: with those of them who used, without those who "
    "were abstinent; highest: the other way round."
)
_ARMS = "Arms are those of the comparison, not adjusted: the clients of the arms may differ."


def _share(row: pd.Series) -> str:
    if not known(row["estimate"]):
        return interval(row, percent)
    return f"{interval(row, percent)} [{count(row['events'])} of {count(row['n'])}]"


def _notes(a: Analysis, table: pd.DataFrame) -> Iterator[str]:
    counted, word = units(a.wording.time_zero), a.wording.relapse
    yield (
        f"{count(table['n'].iloc[0])} {counted}. Whichever came first counts; of one day, {word}, death, "
        "incarceration and readmission come before a session. Missed sessions do not count. The rest of each "
        "column is those with none of these by that day."
    )
    if (table["method"] == LATEST).any():
        yield (
            f"Where only an interval is known, the {word} is dated to its last day, so that more sessions "
            "come first than if its day were known."
        )
    if not table.loc[table["term"] == "readmission", "events"].any():
        yield "No readmission came first. Where later stays are not recorded, none can be seen."


_NAMES = {FIRST_SESSION: "First session after discharge", ABSTINENT_AT: "Abstinence at the contacts due"}
