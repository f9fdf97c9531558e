"""Up to which day the data could show something about a client.

The day of death, from whichever table holds it.

Until when a discharge was observed, and which competing event ended it.

A discharge is observed from time zero to the end of the last span of `followup` that connects to
time zero without a gap (a span that starts on the day after another ends leaves none). No span over
time zero means: observed on day 0 only. Absence of follow-up is never read as abstinence.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.linkage import Link, floats, link, smallest
from stepdown.schema import Cohort


def data_end(cohort: Cohort, rows: pd.DataFrame, *, data_cut: int | None = None) -> NDArray[np.float64]:
    """Return the last day that the data could show about the client of each row, on the own clock.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    rows : DataFrame
        With `client_id`.
    data_cut : int, optional
        The data cut; that of the cohort if left out.

    Returns
    -------
    array of float (rows,)
        The data cut. Where none is stated (days need not be dates), the end of the client's last follow-up
        that the data cut ended; infinity for clients without such an end: it is unknown.
    """
    cut = cohort.data_cut if data_cut is None else data_cut
    if cut is not None:
        return np.full(len(rows), float(cut))
    ended = (cohort.followup["reason"] == "data_cut").to_numpy(dtype=bool, na_value=False)
    spans = cohort.followup[ended]
    pairs = link(rows, spans)
    end = np.full(len(rows), -np.inf)
    np.maximum.at(end, pairs.at, floats(spans["end_day"])[pairs.row])
    return np.where(np.isfinite(end), end, np.inf)


def due_until(cohort: Cohort, spans: Link, zero: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the last day since time zero by which a contact can have been due.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    spans : Link
        Follow-up by discharge.
    zero : array of float (discharges,)
        Time zero on the own clock.

    Returns
    -------
    array of float (discharges,)
        The end of the client's last follow-up that the data cut ended, where that is before the data cut
        of the cohort: what would have come later cannot be in the data. Infinity where it is unknown.
    """
    ended = (cohort.followup["reason"] == "data_cut").to_numpy(dtype=bool, na_value=False)
    use = ended[spans.row]
    cut = np.full(len(zero), -np.inf)
    np.maximum.at(cut, spans.at[use], floats(cohort.followup["end_day"])[spans.row[use]])
    cut[np.isinf(cut)] = np.inf
    if cohort.data_cut is not None:
        cut = np.minimum(cut, cohort.data_cut)
    return np.asarray(cut - zero, dtype=np.float64)


# A death is reported by a finding, or by the reason why a span of follow-up ended.
DEATHS = (("observations", "finding", "death", "day"), ("followup", "reason", "died", "end_day"))


def first_death(cohort: Cohort, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return the day on which the client of each row died, on the own clock; infinity for none known.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    rows : DataFrame
        With `client_id`.

    Returns
    -------
    array of float (rows,)
    """
    found = np.full(len(rows), np.inf)
    for table, column, code, day in DEATHS:
        frame = getattr(cohort, table)
        deaths = frame[(frame[column] == code).to_numpy(dtype=bool, na_value=False)]
        pairs = link(rows, deaths)
        found = np.minimum(found, smallest(pairs.at, floats(deaths[day])[pairs.row], len(rows)))
    return found


Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Observed:
    """Days since time zero, by discharge; infinity for an event that was not seen."""

    end: Floats
    death: Floats
    incarceration: Floats


def observed_until(followup: pd.DataFrame, pairs: Link, zero: Floats) -> tuple[Floats, Floats]:
    """Return the last observed day and the day of a death that ended observation.

    Parameters
    ----------
    followup : DataFrame
        Canonical spans.
    pairs : Link
        Spans by discharge.
    zero : array (discharges,)
        Time zero on the own clock.

    Returns
    -------
    end, died : arrays (discharges,)
        Days since time zero; `died` is infinity where the span did not end by death.
    """
    start = floats(followup["start_day"])[pairs.row] - zero[pairs.at]
    stop = floats(followup["end_day"])[pairs.row] - zero[pairs.at]
    use = stop >= 0
    spans = pd.DataFrame({"at": pairs.at[use], "start": start[use], "stop": stop[use]})
    spans["died"] = (followup["reason"] == "died").to_numpy(dtype=bool, na_value=False)[pairs.row][use]
    spans = spans.sort_values(["at", "start", "stop"], kind="stable")
    furthest = spans.groupby("at", sort=False)["stop"].cummax()
    before = furthest.groupby(spans["at"], sort=False).shift(fill_value=-1.0)
    joined = (spans["start"] <= before + 1).groupby(spans["at"], sort=False).cummin().astype(bool)
    spans = spans[joined]
    end = np.zeros(len(zero))
    np.maximum.at(end, spans["at"].to_numpy(), spans["stop"].to_numpy())
    dead = spans[spans["died"]]
    last = dead["stop"].to_numpy() == end[dead["at"].to_numpy()]
    died = np.full(len(zero), np.inf)
    died[dead["at"].to_numpy()[last]] = dead["stop"].to_numpy()[last]
    return end, died


def competing_days(observations: pd.DataFrame, pairs: Link, zero: Floats, finding: str) -> Floats:
    """Return the first day, on or after time zero, on which a finding was made; infinity for none."""
    hit = (observations["finding"] == finding).to_numpy(dtype=bool, na_value=False)[pairs.row]
    row, at = pairs.row[hit], pairs.at[hit]
    day = floats(observations["day"])[row] - zero[at]
    return smallest(at[day >= 0], day[day >= 0], len(zero))


def observe(
    followup: pd.DataFrame, observations: pd.DataFrame, *, spans: Link, findings: Link, zero: Floats
) -> Observed:
    """Return until when each discharge was observed, and its competing events."""
    end, died = observed_until(followup, spans, zero)
    death = np.minimum(died, competing_days(observations, findings, zero, "death"))
    return Observed(
        end=end,
        death=death,
        incarceration=competing_days(observations, findings, zero, "incarceration"),
    )
