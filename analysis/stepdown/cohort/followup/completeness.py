"""Who was due, contacted, refused, lost, dead or in custody at each visit.

At each visit every discharge is in exactly one state, the first of `MEANINGS` that applies.

Due are all but `not_due`. The follow-up rate is contacted / (due - dead - incarcerated): people who could not
be contacted are not eligible. The outcome is known of all who were contacted, in or out of the window, or had
relapsed, died or been taken into custody. Intervals: `stepdown.cohort._proportion`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.clustered_proportions import METHOD, Clusters, proportions
from stepdown.cohort.followup.visits import Contacts, contacts, schedule_of
from stepdown.cohort.linkage import floats, link, smallest
from stepdown.cohort.observation_end import data_end, first_death
from stepdown.cohort.people import RELAPSE, People
from stepdown.schema import Cohort, Schedule

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

MEANINGS = {
    "not_due": "the window of the visit ends after the data cut, so no one can be missed yet (also where the "
    "contact was made early: else only the willing would count)",
    "contacted": "a contact of this visit inside its window, with a usable finding (positive, negative or "
    "inconclusive) from urine, from self-report, or from a source that is not stated",
    "dead": "died by the end of the window",
    "incarcerated": "taken into custody by the end of the window, and no contact since",
    "out_of_window": "a contact of this visit outside its window",
    "relapsed": "not contacted, but the relapse is known and had happened by the end of the window",
    "refused": "refused the contact, or withdrew by the end of the window",
    "lost": "lost or moved by the end of the window",
    "missed": "none of these: due, and it is unknown why there was no contact",
}
"""The states, each with what it means; the first that applies is the one."""
STATES = tuple(MEANINGS)
USABLE = ("positive", "negative", "inconclusive")
SOURCES = ("urine", "self_report")
KNOWN_STATES = ("contacted", "dead", "incarcerated", "out_of_window", "relapsed")
"""States in which the outcome is known."""
_NOT_ELIGIBLE = ("not_due", "dead", "incarcerated")
_WITHDREW, _LOST = 1, 2
_LEFT = {_WITHDREW: ("withdrew",), _LOST: ("lost", "moved")}


@dataclass(frozen=True, eq=False, kw_only=True)
class Completeness:
    """Follow-up at each visit.

    Attributes
    ----------
    table : DataFrame
        One row a visit: `visit` (day since time zero), `discharges`, one column for each state (they add up
        to `discharges`), `due`, `eligible`, `clients` (eligible), `rate, low, high` (contacted of eligible),
        `known, known_low, known_high` (outcome known, of due). Rates are missing where no one is eligible.
    states : DataFrame
        One row a discharge and visit, in the order of `People.table` within each visit: `row`, `visit`,
        `state`, `day` (of the contact; missing where there was none).
    schedule : Schedule
        The visits and their windows.
    method : str
        How the intervals are made.
    """

    table: pd.DataFrame
    states: pd.DataFrame
    schedule: Schedule
    method: str = METHOD

    def at(self, visit: int) -> NDArray[np.object_]:
        """Return the states at one visit, in the order of `People.table`; KeyError for another day."""
        chosen = self.states[self.states["visit"] == visit]
        if chosen.empty:
            raise KeyError(visit)
        return np.asarray(chosen["state"].astype("object"), dtype=object)


def completeness(
    cohort: Cohort,
    people: People,
    *,
    schedule: Schedule | None = None,
    sources: tuple[str, ...] = SOURCES,
    data_cut: int | None = None,
    level: float = 0.95,
) -> Completeness:
    """Return, for every visit, who was due, contacted, and why the others were not.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    people : People
        Derived discharges.
    schedule : Schedule, optional
        Visits in days since time zero; those of the cohort, or those that due days show, if left out.
    sources : tuple of str
        Sources of observations that are a contact with the client.
    data_cut : int, optional
        Last day that the data could show, on the own clock; that of the cohort if left out.
    level : float
        Confidence level.

    Returns
    -------
    Completeness

    Raises
    ------
    DesignError
        No visit schedule is defined.
    """
    table = people.table
    plan = schedule_of(cohort, table, schedule)
    plan = Schedule(visits=tuple(sorted(plan.visits)), before=plan.before, after=plan.after)
    facts = _Facts(cohort, table, plan, sources, data_end(cohort, table, data_cut=data_cut))
    client = pd.factorize(table["client_id"])[0].astype(np.int64)
    among = Clusters.of(np.zeros(len(table), dtype=np.int64), client, 1)
    states, rows = [], []
    for number, visit in enumerate(plan.visits):
        state, day = facts.states(number, visit)
        named = pd.Categorical.from_codes(state, categories=pd.Index(STATES))
        states.append(
            pd.DataFrame({"row": np.arange(len(table)), "visit": visit, "state": named, "day": day})
        )
        rows.append({"visit": visit} | _summary(state, among, level))
    every = pd.concat(states, ignore_index=True)
    return Completeness(table=pd.DataFrame(rows), states=every, schedule=plan)


class _Facts:
    """What is known of each discharge, in days since time zero."""

    def __init__(
        self, cohort: Cohort, table: pd.DataFrame, plan: Schedule, sources: tuple[str, ...], end: Floats
    ) -> None:
        zero = floats(table["zero"])
        self.cohort, self.plan, self.size = cohort, plan, len(table)
        self.end = end - zero
        self.death = first_death(cohort, table) - zero
        self.relapse = np.where(table["event"] == RELAPSE, floats(table["days"]), np.inf)
        self.seen: Contacts = contacts(cohort, table, plan)
        finding, source = cohort.observations["finding"], cohort.observations["source"]
        by_person = (source.isna() | source.isin(sources)).to_numpy(dtype=bool)
        self.usable = (finding.isin(USABLE).to_numpy(dtype=bool) & by_person)[self.seen.row]
        self.refusal, self.custody = (
            finding.isin([name]).to_numpy(dtype=bool)[self.seen.row] for name in ("refused", "incarceration")
        )
        spans = link(table, cohort.followup)
        stop = floats(cohort.followup["end_day"])[spans.row] - zero[spans.at]
        order = np.lexsort((stop, spans.at))
        order = order[stop[order] >= 0]
        self.at, self.stop = spans.at[order], stop[order]
        self.start = floats(cohort.followup["start_day"])[spans.row[order]] - zero[self.at]
        reason = cohort.followup["reason"]
        why = np.zeros(len(reason), dtype=np.int64)
        for code, names in _LEFT.items():
            why[reason.isin(names).to_numpy(dtype=bool)] = code
        self.why = why[spans.row[order]]

    def states(self, number: int, visit: int) -> tuple[Ints, Floats]:
        """Return the state of each discharge at a visit, by its place in `STATES`, and the contact's day."""
        close = visit + self.plan.after
        here = self.seen.visit == number
        inside = self._first(here & self.seen.inside & self.usable)
        outside = self._first(here & ~self.seen.inside & self.usable)
        left = self._left(close)
        true = {
            "not_due": close > self.end,
            "contacted": np.isfinite(inside),
            "dead": self.death <= close,
            "incarcerated": self._in_custody(close),
            "out_of_window": np.isfinite(outside),
            "relapsed": self.relapse <= close,
            "refused": np.isfinite(self._first(here & self.refusal)) | (left == _WITHDREW),
            "lost": left == _LOST,
        }
        others = len(STATES) - 1
        state = np.select([true[name] for name in STATES[:-1]], range(others), default=others)
        contacted, outside_then = (state == STATES.index(name) for name in ("contacted", "out_of_window"))
        return state, np.where(contacted, inside, np.where(outside_then, outside, np.nan))

    def _first(self, which: Bools) -> Floats:
        return smallest(self.seen.at[which], self.seen.day[which], self.size)

    def _last(self, which: Bools) -> Floats:
        return -smallest(self.seen.at[which], -self.seen.day[which], self.size)

    def _in_custody(self, close: int) -> Bools:
        by_then = (self.seen.day >= 0) & (self.seen.day <= close)
        taken = self._last(self.custody & by_then)
        return np.asarray(np.isfinite(taken) & (self._last(self.usable & by_then) <= taken), dtype=bool)

    def _left(self, close: int) -> Ints:
        """Return why the last span of follow-up begun by a day had ended by then; 0 if it had not."""
        begun = np.flatnonzero(self.start <= close)
        at = self.at[begun]
        last = begun[np.append(at[1:] != at[:-1], True)[: len(at)]]
        ended = last[self.stop[last] <= close]
        why = np.zeros(self.size, dtype=np.int64)
        why[self.at[ended]] = self.why[ended]
        return why


def _among(state: Ints, names: Sequence[str]) -> Bools:
    """Return which states are among those named."""
    return np.array([name in names for name in STATES])[state]


def _summary(state: Ints, among: Clusters, level: float) -> dict[str, float]:
    counts = dict(zip(STATES, np.bincount(state, minlength=len(STATES)).tolist(), strict=True))
    due, eligible = ~_among(state, ["not_due"]), ~_among(state, _NOT_ELIGIBLE)
    contacted = proportions(_among(state, ["contacted"]), among, inside=eligible, level=level).iloc[0]
    known = proportions(_among(state, KNOWN_STATES), among, inside=due, level=level).iloc[0]
    return {
        "discharges": len(state),
        **counts,
        "due": int(due.sum()),
        "eligible": int(eligible.sum()),
        "clients": int(contacted["clients"]),
        "rate": contacted["rate"],
        "conf_low": contacted["conf_low"],
        "conf_high": contacted["conf_high"],
        "known": known["rate"],
        "known_low": known["conf_low"],
        "known_high": known["conf_high"],
    }
