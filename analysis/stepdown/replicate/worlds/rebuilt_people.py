"""Drawn people as a checked cohort: many replicates in one, each with its number."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from stepdown.schema import Cohort
from stepdown.sources import from_frames
from stepdown.survival.core.sample import Floats, Ints

STAY, REPLICATE, TRAIT = 28, "replicate", "trait"
"""Days of a rebuilt stay, and the columns of the discharges that a rebuilt cohort has beside its own."""
BEFORE, AFTER = 15, 15
_NEVER = np.inf


@dataclass(frozen=True, eq=False, kw_only=True)
class RebuiltSessions:
    """Sessions of the people of one replicate, one row each.

    Attributes
    ----------
    person : array of int (m,)
        Position of the person.
    day : array (m,)
        Days since discharge.
    kind : array of str (m,)
        Kind of session.
    peer : array of bool (m,)
        Whether the group holds its members to account.
    hours : array (m,)
        Hours.
    """

    person: Ints
    day: Floats
    kind: np.ndarray
    peer: np.ndarray
    hours: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class RebuiltPeople:
    """People of one replicate, days since discharge.

    Attributes
    ----------
    relapse : array (n,)
        Day of relapse, infinity for none.
    trait : array (n,)
        What drives relapse and exposure.
    start, end : array (n,)
        First and last day of care; infinity for none.
    level : str
        Level of that care.
    kind : str
        Kind of its sessions; empty for none stated.
    regained : array of bool (n,)
        Who is abstinent again at the last contact after a relapse.
    discharges : mapping of str to array
        Further columns of the discharges.
    covariates : mapping of str to array
        Columns beyond those of the data model, known at admission.
    sessions : RebuiltSessions or None
        Single sessions, beside the care.
    last : int
        Last day of follow-up, on which everyone is seen.
    """

    relapse: Floats
    trait: Floats
    start: Floats
    end: Floats
    level: str = "iop"
    kind: str = ""
    regained: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    discharges: dict[str, np.ndarray] = field(default_factory=dict)
    covariates: dict[str, np.ndarray] = field(default_factory=dict)
    sessions: RebuiltSessions | None = None
    last: int = 365


def as_cohort(drawn: list[RebuiltPeople]) -> Cohort:
    """Return replicates as one cohort, checked like any other.

    Parameters
    ----------
    drawn : list of RebuiltPeople
        At least one; the column `replicate` of the discharges counts from 0.
    """
    parts = [_frames(one, number) for number, one in enumerate(drawn)]
    tables = {
        name: pd.concat([part[name] for part in parts], ignore_index=True)
        for name in ("discharges", "services", "observations", "followup")
    }
    more = {name: {"from": name, "type": "number", "known": "admission"} for name in drawn[0].covariates}
    return from_frames(
        discharges=tables["discharges"],
        services=tables["services"],
        observations=tables["observations"],
        followup=tables["followup"],
        basis="synthetic",
        clock="day",
        covariates={
            REPLICATE: {"from": REPLICATE, "type": "integer", "known": "admission"},
            TRAIT: {"from": TRAIT, "type": "number", "known": "admission"},
            **more,
        },
        schedule={"visits": [drawn[0].last], "before": BEFORE, "after": AFTER},
    )


def _frames(people: RebuiltPeople, number: int) -> dict[str, pd.DataFrame]:
    size = len(people.relapse)
    ids = np.array([f"r{number:04d}p{place:06d}" for place in range(size)], dtype=object)
    discharges = pd.DataFrame(
        {
            "client_id": ids, "admit_day": 0, "discharge_day": STAY, REPLICATE: number,
            TRAIT: people.trait.round(4), "level": "residential",
        }
        | people.discharges
        | people.covariates
    )  # fmt: skip
    came = np.flatnonzero(np.isfinite(people.start))
    services = pd.DataFrame(
        {
            "client_id": ids[came], "level": people.level, "start_day": STAY + people.start[came].astype(int),
            "end_day": STAY + people.end[came].astype(int), "attended": True,
        }
        | ({"kind": people.kind} if people.kind else {})
    )  # fmt: skip
    if (more := people.sessions) is not None:
        day = STAY + more.day.astype(int)
        single = pd.DataFrame(
            {
                "client_id": ids[more.person], "level": "outpatient", "start_day": day, "end_day": day,
                "attended": True, "kind": more.kind, "peer_accountability": more.peer, "hours": more.hours,
            }
        )  # fmt: skip
        services = pd.concat([services, single], ignore_index=True) if len(services) else single
    found = _findings(people, ids)
    span = pd.DataFrame(
        {"client_id": ids, "start_day": STAY, "end_day": STAY + people.last + AFTER, "reason": "data_cut"}
    )
    return {"discharges": discharges, "services": services, "observations": found, "followup": span}


def _findings(people: RebuiltPeople, ids: np.ndarray) -> pd.DataFrame:
    """Return the day of each relapse, and what is found at the last contact."""
    relapsed = people.relapse <= people.last
    using = relapsed & ~people.regained if len(people.regained) else relapsed
    first = np.flatnonzero(relapsed & (people.relapse < people.last))
    parts = [
        (ids[first], people.relapse[first].astype(int), np.repeat("positive", len(first))),
        (ids, np.repeat(people.last, len(ids)), np.where(using, "positive", "negative")),
    ]
    who, day, finding = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pd.DataFrame({"client_id": who, "day": STAY + day, "finding": finding, "source": "self_report"})


def whole_days(day: Floats) -> Floats:
    """Return exact times as the whole day in which they fall, from day 1 on."""
    return np.asarray(np.maximum(np.ceil(day), 1.0))


def chunks(replicates: int, size: int, *, most: int = 60_000) -> list[Ints]:
    """Return numbers of replicates in groups of at most so many people."""
    each = max(1, most // size)
    return [np.arange(first, min(first + each, replicates)) for first in range(0, replicates, each)]
