"""Who was due, contacted, refused, lost, dead or in custody at each visit.

At each visit every discharge is in exactly one state, the first of `MEANINGS` that applies.

Due are all but `not_due`. The follow-up rate is contacted / (due - dead - incarcerated): people who could not
be contacted are not eligible. The outcome is known of all who were contacted, in or out of the window, or had
relapsed, died or been taken into custody. Intervals: `stepdown.cohort._proportion`.
"""

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
_KNOWN = ("contacted", "dead", "incarcerated", "out_of_window", "relapsed")
_NOT_ELIGIBLE = ("not_due", "dead", "incarcerated")


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
        states.append(
            pd.DataFrame({"row": np.arange(len(table)), "visit": visit, "state": state, "day": day})
        )
        rows.append({"visit": visit} | _summary(state, among, level))
    every = pd.concat(states, ignore_index=True)
    every["state"] = pd.Categorical(every["state"], categories=list(STATES))
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
        finding = cohort.observations["finding"].astype("object").to_numpy()[self.seen.row]
        source = cohort.observations["source"].astype("object").to_numpy()[self.seen.row]
        by_person = pd.isna(source) | np.isin(source.astype(str), sources)
        self.usable = np.isin(finding.astype(str), USABLE) & by_person
        self.refusal = finding == "refused"
        self.custody = finding == "incarceration"
        spans = link(table, cohort.followup)
        self.spans = pd.DataFrame(
            {
                "at": spans.at,
                "start": floats(cohort.followup["start_day"])[spans.row] - zero[spans.at],
                "stop": floats(cohort.followup["end_day"])[spans.row] - zero[spans.at],
                "reason": cohort.followup["reason"].astype("object").to_numpy()[spans.row],
            }
        ).query("stop >= 0")

    def states(self, number: int, visit: int) -> tuple[NDArray[np.object_], Floats]:
        """Return the state of each discharge at a visit, and the day of the contact."""
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
            "refused": np.isfinite(self._first(here & self.refusal)) | (left == "withdrew"),
            "lost": (left == "lost") | (left == "moved"),
        }
        state = np.select([true[name] for name in STATES[:-1]], STATES[:-1], default=STATES[-1])
        day = np.where(state == "contacted", inside, np.where(state == "out_of_window", outside, np.nan))
        return state.astype(object), day

    def _first(self, which: Bools) -> Floats:
        return smallest(self.seen.at[which], self.seen.day[which], self.size)

    def _last(self, which: Bools) -> Floats:
        return -smallest(self.seen.at[which], -self.seen.day[which], self.size)

    def _in_custody(self, close: int) -> Bools:
        by_then = (self.seen.day >= 0) & (self.seen.day <= close)
        taken = self._last(self.custody & by_then)
        return np.asarray(np.isfinite(taken) & (self._last(self.usable & by_then) <= taken), dtype=bool)

    def _left(self, close: int) -> NDArray[np.object_]:
        """Return why the last span of follow-up begun by a day had ended by then; empty if it had not."""
        spans = self.spans[self.spans["start"] <= close].sort_values(["at", "stop"], kind="stable")
        last = spans.drop_duplicates("at", keep="last")
        ended = last[last["stop"] <= close]
        why = np.full(self.size, "", dtype=object)
        why[ended["at"].to_numpy()] = ended["reason"].fillna("").to_numpy()
        return why


def _summary(state: NDArray[np.object_], among: Clusters, level: float) -> dict[str, float]:
    names = state.astype(str)
    counts = {name: int((names == name).sum()) for name in STATES}
    due, eligible = names != "not_due", ~np.isin(names, _NOT_ELIGIBLE)
    contacted = proportions(names == "contacted", among, inside=eligible, level=level).iloc[0]
    known = proportions(np.isin(names, _KNOWN), among, inside=due, level=level).iloc[0]
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
