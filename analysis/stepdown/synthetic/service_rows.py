"""Rows of `services` from what happened: sessions, or spans of care.

PHP meets on five days of each seven since the first session, IOP on three, outpatient care on one. The
first session of IOP or PHP is attended by definition: it is the start. Later ones are missed with a chance
that rises with the client's hazard of dropping out. A missed appointment is a row that was not attended.
Services are recorded up to the data cut and up to loss to follow-up.

Also stays as rows of `discharges`, and the second stays of some clients.
"""

import datetime as dt
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stepdown.schema import LEVELS, SERVICES
from stepdown.synthetic.arrays import NOTHING, Columns, Ints, stack
from stepdown.synthetic.baseline_covariates import DAYS
from stepdown.synthetic.clients import ABSENT, Clients, declared
from stepdown.synthetic.course import NEVER, Paths
from stepdown.synthetic.transition_rates import EARLY_OUTPATIENT, HORIZON, INTENSIVE, OUTPATIENT, PHP, Rates

Form = Literal["sessions", "spans"]

_PHP, _IOP, _OUTPATIENT = (LEVELS.index(level) for level in ("php", "iop", "outpatient"))
# Level of care by state; -1 for no care.
_LEVEL = np.full(10, -1, dtype=np.int8)
_LEVEL[PHP] = _PHP
_LEVEL[list(INTENSIVE[1:])] = _IOP
_LEVEL[[EARLY_OUTPATIENT, OUTPATIENT]] = _OUTPATIENT
_KINDS = SERVICES["kind"].codes
_GROUP, _INDIVIDUAL = _KINDS.index("group"), _KINDS.index("individual")
_MODALITIES = SERVICES["modality"].codes
# Sessions a week, by level.
_A_WEEK = {_PHP: 5, _IOP: 3, _OUTPATIENT: 1}


def level_of_state(state: npt.NDArray[np.integer]) -> npt.NDArray[np.int8]:
    """Return the level of care of each state, by its place in `LEVELS`; -1 for no care."""
    return np.asarray(_LEVEL[state])


def services(
    clients: Clients,
    paths: Paths,
    rates: Rates,
    *,
    until: Ints,
    rng: np.random.Generator,
    form: Form = "sessions",
) -> Columns:
    """Return the rows of `services`, days since discharge.

    Parameters
    ----------
    clients, paths, rates : Clients, Paths, Rates
        The clients, what happened to them, and their rates.
    until : array of int
        Last day on which services of a client are recorded.
    rng : Generator
        Generator.
    form : {"sessions", "spans"}
        One row a session, or one a spell at a level of care.

    Returns
    -------
    dict of arrays
        `person` (position of the client) and the columns; hours in quarters of an hour.
    """
    level = level_of_state(paths.state.T)
    level[np.arange(HORIZON + 1) > until[:, None]] = -1
    made = _sessions(clients, paths, level) if form == "sessions" else _spans(level)
    _add_hours(made, clients)
    miss = np.clip(0.08 + 6 * rates.dropout, 0.0, 0.4)[made["person"]]
    chance = rng.random(len(miss))
    first = made["start_day"] == paths.started[made["person"]]
    made["attended"] = (first | (chance >= miss) | (form == "spans")).astype(np.int64)
    return _in_order(stack([made, _missed_appointments(clients, paths, until=until)]), clients, rng)


def _sessions(clients: Clients, paths: Paths, level: npt.NDArray[np.int8]) -> Columns:
    days = np.arange(HORIZON + 1, dtype=np.int16)
    offset = (clients.day % 7).astype(np.int16)
    anchor = np.where(paths.started == NEVER, offset, paths.started).astype(np.int16)
    in_week = (days - anchor[:, None]) % 7
    meets = (level == _PHP) & (in_week < 5)
    meets |= (level == _IOP) & ((in_week == 0) | (in_week == 2) | (in_week == 4))
    meets |= (level == _OUTPATIENT) & ((days + offset[:, None]) % 7 == 0)
    person, day = np.nonzero(meets)
    at = level[person, day].astype(np.int64)
    kind = np.where((at == _OUTPATIENT) | (in_week[person, day] == 4), _INDIVIDUAL, _GROUP)
    return {"person": person, "level": at, "start_day": day, "end_day": day, "kind": kind}


def _spans(level: npt.NDArray[np.int8]) -> Columns:
    edge = np.full((len(level), 1), -1, dtype=np.int8)
    change = np.diff(level, axis=1, prepend=edge, append=edge) != 0
    person, day = np.nonzero(change[:, :-1] & (level >= 0))
    _, last = np.nonzero(change[:, 1:] & (level >= 0))
    return {
        "person": person,
        "level": level[person, day].astype(np.int64),
        "start_day": day,
        "end_day": last,
        "kind": np.full(len(person), _GROUP),
    }


def _add_hours(made: Columns, clients: Clients) -> None:
    a_session = np.zeros(len(LEVELS), dtype=np.int64)
    a_session[[_IOP, _OUTPATIENT]] = 12, 4
    at, days = made["level"], made["end_day"] - made["start_day"] + 1
    of_php = np.where(clients.site[made["person"]] % 2 == 0, 16, 20)
    quarters = np.where(at == _PHP, of_php, a_session[at])
    a_week = np.zeros(len(LEVELS), dtype=np.int64)
    a_week[list(_A_WEEK)] = list(_A_WEEK.values())
    sessions = np.where(days == 1, 1, np.maximum(days * a_week[at] // 7, 1))
    made["hours"] = quarters * sessions


def _missed_appointments(clients: Clients, paths: Paths, *, until: Ints) -> Columns:
    due = clients.appointment
    missed = (due >= 0) & (paths.started != due) & (due <= until) & (due < paths.removal)
    person = np.nonzero(missed)[0]
    day = due[person]
    return {
        "person": person,
        "level": np.full(len(person), _IOP),
        "start_day": day,
        "end_day": day,
        "kind": np.full(len(person), _INDIVIDUAL),
        "hours": np.full(len(person), 4),
        "attended": np.zeros(len(person), dtype=np.int64),
    }


def _in_order(rows: Columns, clients: Clients, rng: np.random.Generator) -> Columns:
    order = np.lexsort((rows["start_day"], rows["person"]))
    ordered = {name: values[order] for name, values in rows.items()}
    virtual = rng.random(len(clients)) < np.where(clients.flags["rural"], 0.4, 0.1)
    modality = np.where(virtual, _MODALITIES.index("virtual"), _MODALITIES.index("in_person"))
    ordered["modality"] = modality[ordered["person"]]
    return ordered


RETURNING = 0.04  # share of clients with a second stay
_APART = 7  # days from the end of the first year to the second admission, at least
_LONGEST = 60
_WAIT = 60.0  # mean further days
_SPREAD = 90  # days that are left for those, at least

_OWN_HANDOFF = (
    "referred",
    "appointment_scheduled",
    "intake_started",
    "warm_handoff",
    "records_transferred",
    "contact_named",
)


def returning(clients: Clients, paths: Paths, rng: np.random.Generator) -> Ints:
    """Return the clients who return: alive and at liberty after a year, with time for another stay."""
    wanted = int(len(clients) * RETURNING / (1 + RETURNING))
    kept = np.arange(len(clients)) < len(clients) - wanted
    enough_days = clients.day + HORIZON + _APART + _LONGEST < DAYS - _SPREAD
    able = np.nonzero(kept & enough_days & (paths.removal == NEVER))[0]
    return np.sort(rng.permutation(able)[:wanted])


def second_stays(clients: Clients, paths: Paths, rng: np.random.Generator, *, back: Ints) -> Clients:
    """Return the second stays of some clients: the same people, a later discharge, another handoff.

    Parameters
    ----------
    clients, paths : Clients, Paths
        All first stays; the handoff comes from the last of them, which these replace.
    rng : Generator
        Generator.
    back : array of int
        Clients who return.
    """
    same = clients.take(back)
    other = clients.take(np.arange(len(clients) - len(back), len(clients)))
    earliest = same.day + HORIZON + _APART + _LONGEST
    wait = rng.exponential(_WAIT, size=len(back)).astype(np.int64)
    day = earliest + wait % (DAYS - earliest)
    flags = {**same.flags, **{name: other.flags[name] for name in _OWN_HANDOFF}}
    flags["same_team"] = other.flags["same_team"] & same.sites.own_iop[same.site]
    flags["prior_relapse"] = same.flags["prior_relapse"] | (paths.relapse[back] < NEVER)
    numbers = {**same.numbers, "prior_treatments": same.numbers["prior_treatments"] + 1}
    numbers["age"] = same.numbers["age"] + (day - same.day + 180) // 365
    went = paths.started[back] < NEVER
    finished = (paths.state[:, back] == OUTPATIENT).any(axis=0)
    names = [declared("prior_iop").index(name) for name in ("completed", "dropped_out")]
    prior = np.where(went, np.where(finished, *names), same.codes["prior_iop"])
    return replace(
        same,
        day=day,
        stay=other.stay,
        plan=other.plan,
        appointment=other.appointment,
        entry=other.entry,
        flags=flags,
        numbers=numbers,
        codes={**same.codes, "prior_iop": prior},
    )


def discharge_columns(clients: Clients, *, day: Ints) -> dict[str, Ints]:
    """Return the columns of `discharges` but for the texts.

    Parameters
    ----------
    clients : Clients
        The stays.
    day : array of int
        Days of discharge since 1970-01-01.
    """
    columns = {
        "site": clients.site,
        "admit_day": day - clients.stay,
        "discharge_day": day,
        "level": np.full(len(clients), LEVELS.index("residential")),
        "appointment_day": np.where(clients.appointment == ABSENT, NOTHING, day + clients.appointment),
        "plan_started_day": day - clients.stay + clients.plan,
        **clients.codes,
        **clients.flags,
        **clients.numbers,
    }
    return {name: values.astype(np.int64) for name, values in columns.items()}


def quarters(day: Ints) -> pa.Array:
    """Return the calendar quarters of days since 1970-01-01, such as 2026Q3."""
    known, position = np.unique(day, return_inverse=True)
    dates = [dt.date(1970, 1, 1) + dt.timedelta(days=int(one)) for one in known]
    labels = pa.array([f"{date.year}Q{(date.month + 2) // 3}" for date in dates])
    return labels.take(pa.array(position))
