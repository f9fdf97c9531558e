"""Secondary endpoints as rows of the results."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from stepdown.cohort import Eligible, People
from stepdown.cohort.relapse.daily import refuse_lacking
from stepdown.cohort.secondary import FIRST, abstinent_at, first_session
from stepdown.cohort.secondary.abstinence_by_arm import abstinent_in_readings
from stepdown.compare import Design
from stepdown.errors import DesignError
from stepdown.estimate.context import Record
from stepdown.results.reading import WHOLE
from stepdown.schema import endpoint
from stepdown.sections.secondary.read import (
    ABSTINENT_AT,
    CAME_FIRST,
    ESTIMATE,
    FIRST_SESSION,
    LATEST,
    METHOD,
    NOT_ESTIMATED,
)
from stepdown.study import Study
from stepdown.survival import aalen_johansen

_NUMBERS = ("estimate", "std_error", "conf_low", "conf_high")


def secondary_rows(
    chosen: Eligible, people: People, study: Study, designs: Sequence[Design] = ()
) -> Iterator[Record]:
    """Yield each secondary endpoint that a study asks for, of everyone and by arm, or why it is not shown.

    Arms are those of the comparisons. At a landmark inside intervals of relapse, who is compared is drawn
    with the days where they are imputed, and otherwise not known: a lowest and a highest share are given.

    Parameters
    ----------
    chosen : Eligible
        Eligible discharges, with their cohort.
    people : People
        The same discharges with the outcome of the study.
    study : Study
        The protocol.
    designs : sequence of Design
        The comparisons.
    """
    compared = [one for one in designs if one.labels != ("",)]
    for name in study.outcome.secondary:
        spec = endpoint(name)
        base: Record = {"endpoint": name, "estimand": spec.id}
        try:
            refuse_lacking(chosen.cohort, spec, "as_defined", event=study.time_zero.event)
            for one in (None, *compared):
                yield from (base | row for row in _ROWS[spec.id](chosen, people, study, one))
        except DesignError as error:
            yield base | {"analysis": WHOLE, "statistic": NOT_ESTIMATED, "note": str(error)}


def _arms(people: People, design: Design) -> list[NDArray[np.int64]]:
    """Return the arm of each discharge in each reading; -1 for those that are not compared."""
    found = []
    for reading in design.readings:
        arm = np.full(len(people.table), -1)
        arm[reading.followup.rows] = reading.arm
        found.append(arm)
    return found


def _came_first(chosen: Eligible, people: People, study: Study, design: Design | None) -> Iterator[Record]:
    by_care = study.contrast is not None and isinstance(study.contrast.arms, tuple)
    if design is not None and (by_care or design.start):
        return  # Arms of plans of care differ in their sessions by construction.
    found = first_session(chosen.given, people)
    # From day 0 on, all readings compare the same discharges.
    arm = np.zeros(len(people.table), dtype=np.int64) if design is None else _arms(people, design)[0]
    asked = tuple(sorted({*study.care.days, *study.outcome.times}))
    for place, label in enumerate(("",) if design is None else design.labels):
        kept = people.observed & (arm == place)
        base: Record = {"analysis": WHOLE if design is None else design.key, "arm": label}
        client = people.table["client_id"].to_numpy(dtype=object)[kept]
        for row in _first(found.days[kept], found.cause[kept], client, asked):
            yield base | row | {"method": METHOD if people.exact else LATEST}


def _first(
    days: NDArray[np.float64], cause: NDArray[np.int64], client: NDArray[np.object_], asked: Sequence[int]
) -> Iterator[Record]:
    """Yield the share for whom each event came first, by each day."""
    if not len(days):
        return
    table = aalen_johansen(days, cause, cluster=client).at(*asked)
    # Where something came first for the last person, nothing can come later.
    known = days.max() if (cause[days == days.max()] == 0).any() else np.inf
    for term in CAME_FIRST:
        code = FIRST.index(term)
        rows = table[table["cause"] == code].to_dict("records")
        if not (cause == code).any():
            rows = [{"time": day, "estimate": 0.0} for day in asked if known >= day]
        for row in rows:
            yield {
                "term": term,
                "statistic": ESTIMATE,
                "unit": "probability",
                **{name: row.get(name, np.nan) for name in _NUMBERS},
                "time": row["time"],
                "n": len(days),
                "events": int(((cause == code) & (days <= row["time"])).sum()),
                "note": row.get("note", ""),
            }


def _abstinent(chosen: Eligible, people: People, study: Study, design: Design | None) -> Iterator[Record]:
    labels = ("",) if design is None else design.labels
    found = (
        abstinent_at(chosen.given, people)
        if design is None
        else abstinent_in_readings(chosen.given, people, _arms(people, design), imputed=design.imputed)
    )
    for row in found.to_dict("records"):
        if design is not None and row["visit"] <= design.start:
            continue  # Who is compared depends on what was found by then.
        yield {
            "analysis": WHOLE if design is None else design.key,
            "arm": labels[row["group"]],
            "level": row["rule"],
            "bound": row.get("bound", ""),
            "statistic": ESTIMATE,
            "unit": "probability",
            "method": row["method"],
            "time": row["visit"],
            "estimate": row["rate"],
            "conf_low": row["conf_low"],
            "conf_high": row["conf_high"],
            "n": row["denominator"],
            "events": row["numerator"],
            "note": "" if row["denominator"] else "no one has a result",
        }


_ROWS: dict[str, Callable[[Eligible, People, Study, Design | None], Iterator[Record]]] = {
    FIRST_SESSION: _came_first,
    ABSTINENT_AT: _abstinent,
}
