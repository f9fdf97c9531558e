"""Which contact belongs to which visit.

Visit v, due on day t of a discharge, has the window [t - before, t + after].

- Where the observations hold the day on which a contact was due (`due_day`), it belongs to the visit in whose
  window that day lies (the nearest), whenever it took place; it is inside the window if its own day is.
  Contacts without a due day were not scheduled and belong to no visit.
- Where no observation has a due day, a contact belongs to the visit in whose window its own day lies.

Of two visits equally near the earlier one is meant.

The same visits for everyone: findings at scheduled visits only, as another reading of a study.

Who is in care is tested more often, so that return to use is found sooner there. Counting only what was
found at visits that were due for everyone, inside their windows, takes this difference away, at the price
of dates: a return to use is then dated to the visit that found it.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.linkage import Link, floats, link
from stepdown.cohort.people import People
from stepdown.errors import DesignError
from stepdown.schema import Cohort, Schedule

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
LEAST_SHARE = 0.05
_NOTHING_FOUND = (
    "No scheduled visit found any use, although other findings did, so the outcome cannot be read at common "
    "visits with these data."
)


@dataclass(frozen=True, eq=False)
class Contacts:
    """Observations of some discharges.

    Attributes
    ----------
    row, at : array of int (k,)
        Row of the observations, row of the discharges (rising).
    day : array of float (k,)
        Days since time zero.
    visit : array of int (k,)
        Position of the visit; -1 for none.
    inside : array of bool (k,)
        The day lies in the window of the visit.
    """

    row: Ints
    at: Ints
    day: Floats
    visit: Ints
    inside: Bools


def contacts(cohort: Cohort, table: pd.DataFrame, schedule: Schedule) -> Contacts:
    """Return every observation of the clients with the visit that it belongs to.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    table : DataFrame
        Discharges with `client_id` and `zero`, time zero on the own clock.
    schedule : Schedule
        Visits in days since time zero.
    """
    pairs = link(table, cohort.observations)
    zero = floats(table["zero"])[pairs.at]
    day = floats(cohort.observations["day"])[pairs.row] - zero
    due = _due(cohort, pairs, zero)
    visit = _nearest(day if due is None else due, schedule)
    meant = np.array([0.0, *schedule.visits])[visit + 1] if due is None else due
    with np.errstate(invalid="ignore"):
        inside = (visit >= 0) & (day >= meant - schedule.before) & (day <= meant + schedule.after)
    return Contacts(row=pairs.row, at=pairs.at, day=day, visit=visit, inside=np.asarray(inside, dtype=bool))


def due_schedule(cohort: Cohort, table: pd.DataFrame, *, least_share: float = LEAST_SHARE) -> Schedule:
    """Return the schedule that the due days of the observations show.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    table : DataFrame
        Discharges with `client_id` and `zero`.
    least_share : float
        A due day, in days since the client's last time zero by then, is a visit where at least this share
        of the discharges has it.

    Returns
    -------
    Schedule
        With a window as wide as the contacts were early and late, so that none is outside.

    Raises
    ------
    DesignError
        There is no due day, or none that enough discharges share.
    """
    pairs = link(table, cohort.observations)
    zero = floats(table["zero"])[pairs.at]
    due = _due(cohort, pairs, zero)
    if due is None:
        raise DesignError(
            "No visit schedule is defined. State [schedule] in the cohort file, or map due_day."
        )
    late = floats(cohort.observations["day"])[pairs.row] - zero - due
    rows = pd.DataFrame({"at": pairs.at, "row": pairs.row, "due": due, "late": late})[due >= 0]
    # A contact belongs to the client's last discharge before it was due.
    rows = rows.sort_values(["row", "due"], kind="stable").drop_duplicates("row")
    held = rows.groupby("due")["at"].nunique()
    visits = held.index[held >= least_share * len(table)]
    if visits.empty:
        raise DesignError(
            f"No day after time zero is the due day of at least {least_share:.0%} of {len(table):,} "
            "discharges, so due_day shows no visit schedule. State [schedule] in the cohort file."
        )
    spread = rows.loc[rows["due"].isin(visits), "late"]
    return Schedule(
        visits=tuple(int(visit) for visit in visits),
        before=int(max(0.0, -spread.min())),
        after=int(max(0.0, spread.max())),
    )


def schedule_of(cohort: Cohort, table: pd.DataFrame, schedule: Schedule | None) -> Schedule:
    """Return the schedule given, or the cohort's, or the one that due days show."""
    return schedule or cohort.schedule or due_schedule(cohort, table)


def _due(cohort: Cohort, pairs: Link, zero: Floats) -> Floats | None:
    """Return the days since time zero on which contacts were due; None where no observation has it."""
    if "due_day" not in cohort.observations or not cohort.observations["due_day"].notna().any():
        return None
    return floats(cohort.observations["due_day"])[pairs.row] - zero


def _nearest(day: Floats, schedule: Schedule) -> Ints:
    """Return the position of the nearest visit in whose window a day lies; -1 for none."""
    visits = np.array(sorted(schedule.visits), dtype=float)
    after = (
        np.clip(np.searchsorted(visits, day), 1, len(visits) - 1)
        if len(visits) > 1
        else np.zeros(len(day), int)
    )
    before = np.maximum(after - 1, 0)
    near = np.where(np.abs(day - visits[before]) <= np.abs(visits[after] - day), before, after)
    with np.errstate(invalid="ignore"):
        inside = (day >= visits[near] - schedule.before) & (day <= visits[near] + schedule.after)
    return np.where(inside, near, -1).astype(np.int64)


# Findings about use; deaths, custody, admissions and emergencies do not depend on visits.
OF_USE = ("positive", "negative", "missing", "refused", "inconclusive")


def common_visits(cohort: Cohort, people: People, *, schedule: Schedule | None = None) -> Cohort:
    """Return the cohort with the findings of scheduled visits only; derive the study again from it.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    people : People
        Derived discharges, for their time zero.
    schedule : Schedule, optional
        Visits in days since time zero; those of the cohort, or those that due days show, if left out.

    Returns
    -------
    Cohort
        A finding of use stays where it belongs to a visit of one of the client's discharges and lies in its
        window; where it was made up to time zero (it decides who is eligible, so that the same people
        stay in); and for clients who are not among the people. All other findings stay.

    Raises
    ------
    DesignError
        No visit schedule is defined, or no scheduled visit found any use although other findings did:
        then no one would seem to relapse.
    """
    table = people.table
    seen = contacts(cohort, table, schedule_of(cohort, table, schedule))
    size = len(cohort.observations)
    of_use = cohort.observations["finding"].isin(OF_USE).to_numpy(dtype=bool)
    linked, kept = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    linked[seen.row] = True
    kept[seen.row[seen.inside | (seen.day <= 0)]] = True
    keep = kept | ~linked | ~of_use
    after = np.zeros(size, dtype=bool)
    after[seen.row[seen.day > 0]] = True
    used = after & (cohort.observations["finding"] == "positive").to_numpy(dtype=bool, na_value=False)
    if used.any() and not (used & keep).any():
        raise DesignError(_NOTHING_FOUND)
    return replace(cohort, observations=cohort.observations[keep].reset_index(drop=True))


def visit_findings(cohort: Cohort, people: People, *, after: int, schedule: Schedule | None = None) -> Cohort:
    """Return the cohort with one finding of each scheduled visit, and all findings up to a day.

    Who is tested often has many tests in the window of a visit. Here each visit has one, the nearest to its
    due day, so that everybody is looked at equally often. Where contacts have a due day, all that were due
    count, also those that report an earlier day.

    Parameters
    ----------
    cohort, people, schedule
        As for `common_visits`.
    after : int
        Day since time zero up to which every finding stays, since it decides who is compared.

    Raises
    ------
    DesignError
        As for `common_visits`.
    """
    table = people.table
    plan = schedule_of(cohort, table, schedule)
    seen = contacts(cohort, table, plan)
    size, finding = len(cohort.observations), cohort.observations["finding"]
    of_use = finding.isin(OF_USE).to_numpy(dtype=bool)
    known = finding.isin(OF_USE[:2]).to_numpy(dtype=bool)
    meant = np.array([0.0, *sorted(plan.visits)])[seen.visit + 1]
    due = "due_day" in cohort.observations and cohort.observations["due_day"].notna().any()
    at_visit = (seen.visit >= 0) if due else seen.inside
    held = pd.DataFrame({
        "row": seen.row, "at": seen.at, "visit": seen.visit, "unknown": ~known[seen.row],
        "off": np.abs(seen.day - meant), "day": seen.day,
    })[at_visit & of_use[seen.row]]  # fmt: skip
    if not due:
        held = held.sort_values(["at", "visit", "unknown", "off", "day"], kind="stable")
        held = held.drop_duplicates(["at", "visit"])
    linked, kept, early = (np.zeros(size, dtype=bool) for _ in range(3))
    linked[seen.row] = True
    kept[held["row"]] = True
    early[seen.row[seen.day <= after]] = True
    used = linked & ~early & (finding == "positive").to_numpy(dtype=bool, na_value=False)
    if used.any() and not (used & kept).any():
        raise DesignError(_NOTHING_FOUND)
    keep = kept | early | ~linked | ~of_use
    return replace(cohort, observations=cohort.observations[keep].reset_index(drop=True))
