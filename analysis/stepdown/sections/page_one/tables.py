"""The key numbers of page one."""

from collections.abc import Iterator

import pandas as pd

from stepdown.display.estimates import interval, known, units
from stepdown.display.text_and_tables import Table
from stepdown.results import Analysis
from stepdown.results.reading import WHOLE, bounded
from stepdown.results.table import WITHHELD
from stepdown.results.words import NOT_SHOWN, count, happened, percent, quarters_before
from stepdown.sections.page_one import read

Row = tuple[str, str, str]
_NOTE = "In parentheses: 95% confidence interval (CI)."
_BOOKED = "Appointment booked before discharge"
_PROVISIONAL = "maturity=provisional"
_SO_FAR = "*"
_LATEST_NOTE = (
    "Where contacts show only an interval, a relapse counts on the last day on which it can have begun."
)
_NOT_YET = "not yet"
_PROVISIONAL_NOTE = (
    "* Provisional: some discharges lack the days at the data cut. “Quarter by quarter” has the intervals."
)


def key_numbers(a: Analysis) -> Table:
    """Return what a reader of one page needs: how many, how well known, the risks, and the start of care."""
    rows = (*_people(a), *_risks(a), *_care(a))
    return Table("Key numbers", ("Measure", "Result", "Counted among"), rows, (_NOTE,), compact=True)


def _people(a: Analysis) -> Iterator[Row]:
    day, counted = a.wording.window[1], units(a.wording.time_zero)
    if chosen := read.selected(a.results):
        first, last = chosen
        yield f"{counted.capitalize()} included", count(last), f"{count(first)} in the data"
    row = read.known(a.results, day=day)
    if row is not None:
        among = f"{count(row['n'])} with {day} days before the data cut" if known(row["n"]) else ""
        yield f"Outcome known by day {day}", percent(row["estimate"]), among


def _risks(a: Analysis) -> Iterator[Row]:
    words, results = a.wording, a.results
    done, counted = happened(words.relapse).capitalize(), f"included {units(words.time_zero)}"
    for _, row in read.risks(results, days=words.window).iterrows():
        yield f"{done} by day {row['time']:.0f}", interval(row, percent), counted
        yield from _bounds(a, row["time"])
    for _, row in read.risk_ranges(results, days=words.window).iterrows():
        ends = f"{percent(row['lowest'])} to {percent(row['highest'])}"
        yield f"{done} by day {row['time']:.0f}, lowest to highest", ends, counted
        yield from _bounds(a, row["time"])
    for _, row in read.estimated_risks(results, days=words.window).iterrows():
        name, assumed = f"{done} by day {row['time']:.0f}, estimated", "being contacted is unrelated to"
        yield name, interval(row, percent), f"if {assumed} {words.relapse}"


def _bounds(a: Analysis, day: float) -> Iterator[Row]:
    """Yield the best and the worst case, in one row."""
    best, worst, lost = (read.bound(a.results, statistic=one, day=day) for one in ("none", "all", "lost"))
    if best is None or worst is None or lost is None or not known(best["estimate"], worst["estimate"]):
        return
    ends = f"{percent(best['estimate'])} to {percent(worst['estimate'])}"
    many = f"if none or all of {count(lost['estimate'])} lost to follow-up"
    yield f"Best to worst case, day {day:.0f}", ends, f"{many} {happened(a.wording.relapse)}"


def _care(a: Analysis) -> Iterator[Row]:
    booked, event = read.booked(a.results), a.wording.time_zero
    if booked is None:
        yield _BOOKED, NOT_SHOWN, "not recorded, or not asked for"
    else:
        yield _BOOKED, *_share(booked, "residential stays")
    if a.wording.waits:
        return
    started = read.started(a.results)
    for _, row in started.iterrows():
        yield f"Started IOP or PHP within {row['time']:.0f} days", *_share(row, units(event))
    if started.empty:
        reason = read.why_no_care(a.results) or "The results hold no care."
        yield f"Started IOP or PHP after {event}", NOT_SHOWN, reason


def _share(row: pd.Series, whom: str) -> tuple[str, str]:
    """Return a share with its interval, and of how many; or why it is not shown."""
    if not known(row["estimate"]):
        return NOT_SHOWN, str(row["note"])
    return interval(row, percent), f"{count(row['n'])} {whom}"


def quarters_beside(a: Analysis) -> Table | None:
    """Return the quarter reported beside the four before it; None in a report of all quarters."""
    lead = a.wording.quarter
    found = read.in_quarters(a.results, quarter=lead) if lead else pd.DataFrame()
    if found.empty:
        return None
    quarters = sorted(set(found["quarter"]), reverse=True)
    counts = [read.discharges_of(a.results, quarter=one) for one in quarters]
    # A public report holds no number of a quarter that is not complete.
    missing = _NOT_YET if a.wording.released else ""
    rows = [(units(a.wording.time_zero).capitalize(), *(count(one) if known(one) else "" for one in counts))]
    rows = rows if any(map(known, counts)) else []
    for name, row in _series(a, found):
        mine = found[found["term"] == row["term"]].set_index("quarter")
        rows.append((name, *(_value(mine.loc[one]) if one in mine.index else missing for one in quarters)))
    others = f" and {quarters_before(len(quarters) - 1)}" if len(quarters) > 1 else ""
    notes = [_PROVISIONAL_NOTE] if any(cell.endswith(_SO_FAR) for row in rows for cell in row) else []
    notes += [_LATEST_NOTE] if bounded(a.results, analysis=WHOLE) else []
    return Table(f"{lead}{others}", ("", *quarters), tuple(rows), tuple(notes))


def _series(a: Analysis, found: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Yield the name and a row of each series that page one shows, in order."""
    done = happened(a.wording.relapse).capitalize()
    first = found.drop_duplicates("term").set_index("term", drop=False)
    booked = [term for term in first.index if term.partition("@")[0] == read.BOOKED]
    for term, name in (
        ("risk", f"{done} by day"), ("early_risk", f"{done} by day"),
        ("outcome_known", "Contact made or outcome known, day"), *((term, _BOOKED) for term in booked[-1:]),
        ("started_care", "Started IOP or PHP within"),
    ):  # fmt: skip
        if term in first.index:
            row = first.loc[term]
            day = "" if name == _BOOKED else f" {row['time']:.0f}"
            yield f"{name}{day}{' days' if name.endswith('within') else ''}", row


def _value(row: pd.Series) -> str:
    if not known(row["estimate"]):
        return _NOT_YET if row["variant"] == _PROVISIONAL and row["status"] != WITHHELD else NOT_SHOWN
    return f"{percent(row['estimate'])}{_SO_FAR if row['variant'] == _PROVISIONAL else ''}"
