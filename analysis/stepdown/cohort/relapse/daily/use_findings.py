"""Endpoints that look at use: `first_use@1`, `two_positives@1`, `regular_use@1`, `seven_days@1`.

Rules that need more than one finding look at days from day 1 on, as the week grid does: whether somebody
had an onset on day 0 would else be known only later, and could not decide who is in.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from stepdown.cohort.linkage import floats, smallest
from stepdown.cohort.relapse.daily.contacts import Contacts, contacts
from stepdown.cohort.relapse.daily.evidence import Given, Onset

Floats = NDArray[np.float64]


def first_use(given: Given, missing: str, parameters: Mapping[str, int]) -> Onset:
    """Return the first positive finding: on one of the days min(begin) .. min(day) over all of them.

    What was found after observation ended is left out: it would move the day of what was found before.
    """
    return given.once(("first_use", missing), lambda: _first_use(given, missing))


def _first_use(given: Given, missing: str) -> Onset:
    found = contacts(given, missing, first_day=given.first_day)
    used = found.positives(until=given.seen.end if found.end is None else found.end)
    return Onset(
        earliest=smallest(used.at, used.begin, given.size),
        latest=smallest(used.at, used.day, given.size),
        confirmed=smallest(used.at, used.known, given.size),
        end=used.end,
    )


def two_positives(given: Given, missing: str, parameters: Mapping[str, int]) -> Onset:
    """Return the first two positive contacts in a row."""
    return _run(contacts(given, missing, first_day=1), given.size, count=2)


def regular_use(given: Given, missing: str, parameters: Mapping[str, int]) -> Onset:
    """Return the first `days` days of use that lie within `in_days` days."""
    return _days_of_use(given, missing, count=parameters["days"], within=parameters["in_days"])


def seven_days(given: Given, missing: str, parameters: Mapping[str, int]) -> Onset:
    """Return the first `days` days of use in a row."""
    return _days_of_use(given, missing, count=parameters["days"], within=parameters["days"])


def _days_of_use(given: Given, missing: str, *, count: int, within: int) -> Onset:
    found = contacts(given, missing, first_day=1, source="self_report", dated=True)
    return _run(found.positives(), given.size, count=count, within=within)


def _run(found: Contacts, size: int, *, count: int, within: float = np.inf) -> Onset:
    """Return the first `count` positive contacts in a row that lie within so many days."""
    first = np.arange(max(len(found.at) - count + 1, 0))
    last = first + count - 1
    positive = np.r_[0, np.cumsum(found.positive)]
    hit = positive[last + 1] - positive[first] == count
    hit &= (found.at[first] == found.at[last]) & (found.day[last] - found.day[first] < within)
    first, last = first[hit], last[hit]
    confirmed = smallest(found.at[first], np.maximum(found.known[first], found.known[last]), size)
    # Dated by the first of each discharge: what is said of a later one carries no information about when this
    # began.
    at, where = np.unique(found.at[first], return_index=True)
    first = first[where]
    return Onset(
        earliest=smallest(at, found.begin[first], size),
        latest=smallest(at, found.day[first], size),
        confirmed=confirmed,
        end=found.end,
    )


def used_during_stay(given: Given) -> NDArray[np.bool_]:
    """Return which discharges have a positive finding after the day of admission and before time zero.

    A positive finding on the day of admission, or earlier, is why people come; one without a known
    day of admission cannot be distinguished from it, and is not counted.
    """
    return given.once("used_during_stay", lambda: _used_during_stay(given))


def _used_during_stay(given: Given) -> NDArray[np.bool_]:
    admit = floats(given.table["admit_day"])
    table, pairs, zero = given.cohort.observations, given.findings, given.zero
    positive = (table["finding"] == "positive").to_numpy(dtype=bool, na_value=False)[pairs.row]
    row, at = pairs.row[positive], pairs.at[positive]
    day = floats(table["day"])[row]
    during = (day > admit[at]) & (day < zero[at])
    found = np.zeros(len(zero), dtype=bool)
    found[at[during]] = True
    return found
