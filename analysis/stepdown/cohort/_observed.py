"""Until when a discharge was observed, and which competing event ended it.

A discharge is observed from time zero to the end of the last span of `followup` that is reached from
time zero without a gap (a span that starts on the day after another ends leaves none). No span over
time zero means: observed on day 0 only. Absence of follow-up is never read as abstinence.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._link import Link, floats, smallest

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
    reached = spans.groupby("at", sort=False)["stop"].cummax()
    before = reached.groupby(spans["at"], sort=False).shift(fill_value=-1.0)
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
