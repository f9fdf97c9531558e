"""Secondary endpoints as rows of the results."""

from collections.abc import Callable, Iterator

import numpy as np

from stepdown.cohort import Eligible, People
from stepdown.cohort.relapse.daily import refuse_lacking
from stepdown.cohort.secondary import FIRST, abstinent_at, first_session
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


def secondary_rows(chosen: Eligible, people: People, study: Study) -> Iterator[Record]:
    """Yield each secondary endpoint that a study asks for, or why it cannot be estimated.

    Parameters
    ----------
    chosen : Eligible
        Eligible discharges, with their cohort.
    people : People
        The same discharges with the outcome of the study.
    study : Study
        The protocol.
    """
    for name in study.outcome.secondary:
        spec = endpoint(name)
        base: Record = {"analysis": WHOLE, "endpoint": name, "estimand": spec.id}
        try:
            refuse_lacking(chosen.cohort, spec, "as_defined", event=study.time_zero.event)
            yield from (base | one for one in _ROWS[spec.id](chosen, people, study))
        except DesignError as error:
            yield base | {"statistic": NOT_ESTIMATED, "note": str(error)}


def _came_first(chosen: Eligible, people: People, study: Study) -> Iterator[Record]:
    kept = people.observed
    found = first_session(chosen.given, people)
    days, cause = found.days[kept], found.cause[kept]
    client = people.table["client_id"].to_numpy(dtype=object)[kept]
    asked = tuple(sorted({*study.care.days, *study.outcome.times}))
    table = aalen_johansen(days, cause, cluster=client).at(*asked)
    for term in CAME_FIRST:
        code = FIRST.index(term)
        rows = table[table["cause"] == code].to_dict("records")
        if not (cause == code).any():
            rows = [{"time": day, "estimate": 0.0} for day in asked if days.max() >= day]
        for row in rows:
            yield {
                "term": term,
                "statistic": ESTIMATE,
                "unit": "probability",
                "method": METHOD if people.exact else LATEST,
                **{name: row.get(name, np.nan) for name in _NUMBERS},
                "time": row["time"],
                "n": len(days),
                "events": int(((cause == code) & (days <= row["time"])).sum()),
                "note": row.get("note", ""),
            }


def _abstinent(chosen: Eligible, people: People, study: Study) -> Iterator[Record]:
    for row in abstinent_at(chosen.given, people).to_dict("records"):
        yield {
            "level": row["rule"],
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


_ROWS: dict[str, Callable[[Eligible, People, Study], Iterator[Record]]] = {
    FIRST_SESSION: _came_first,
    ABSTINENT_AT: _abstinent,
}
