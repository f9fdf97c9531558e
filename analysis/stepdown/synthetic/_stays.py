"""Stays as rows of `discharges`, and the second stays of some clients."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa

from stepdown.schema import LEVELS
from stepdown.synthetic._arrays import NOTHING, Ints
from stepdown.synthetic._clients import ABSENT, Clients, declared
from stepdown.synthetic._covariates import DAYS
from stepdown.synthetic._process import NEVER, Paths
from stepdown.synthetic._rates import HORIZON, OUTPATIENT

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
    """Return which clients come back: alive and at liberty after a year, with time for another stay."""
    wanted = int(len(clients) * RETURNING / (1 + RETURNING))
    kept = np.arange(len(clients)) < len(clients) - wanted
    room = clients.day + HORIZON + _APART + _LONGEST < DAYS - _SPREAD
    able = np.nonzero(kept & room & (paths.gone == NEVER))[0]
    return np.sort(rng.permutation(able)[:wanted])


def second_stays(clients: Clients, paths: Paths, rng: np.random.Generator, *, back: Ints) -> Clients:
    """Return the second stays of some clients: the same people, a later discharge, another handoff.

    Parameters
    ----------
    clients, paths : Clients, Paths
        All first stays; the handoff comes from the last of them, which give way to these.
    rng : Generator
        Source of chance.
    back : array of int
        Who comes back.
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
        Days of discharge on the own clock.
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
