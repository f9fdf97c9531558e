"""When each discharge relapsed, or until when it was observed: an endpoint against competing events."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.linkage import floats, link
from stepdown.cohort.observation_end import Observed, observe
from stepdown.cohort.people import CAUSES, CENSORED, RELAPSE, Uncertain
from stepdown.cohort.relapse.daily.dating import dated, shares
from stepdown.cohort.relapse.daily.definition_dispatch import onset
from stepdown.cohort.relapse.daily.evidence import Given, Onset
from stepdown.cohort.relapse.daily.use_findings import used_during_stay
from stepdown.schema import Cohort
from stepdown.study import Study

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def followed(given: Given, study: Study) -> tuple[pd.DataFrame, Uncertain | None]:
    """Return discharges with their follow-up, as `People.table` describes it, and what is imputed.

    Parameters
    ----------
    given : Given
        Discharges, from `linked`.
    study : Study
        The protocol.

    Returns
    -------
    table : DataFrame
        Also `during_stay`: a positive finding between admission and time zero.
    uncertain : Uncertain or None
        What days are imputed from, where the study imputes them.
    """
    asked = study.outcome
    table, cut = given.table, given.cohort.data_cut
    found = onset(asked.spec, given, missing=asked.missing, parameters=asked.settings)
    seen = given.seen if found.end is None else replace(given.seen, end=found.end)
    found = _only(found, ~_unseen(found, seen, asked.competing))
    imputed = asked.interval == "imputed"
    uncertain = _uncertain(found, table, seen, study) if imputed else None
    later = found.confirmed > found.latest
    spread = (found.earliest, found.latest)
    found = dated(found, asked.interval)
    days, event = outcome(found.latest, seen, asked.competing)
    early_days, early_event = outcome(found.earliest, seen, asked.competing)
    sure_days, sure_event = outcome(found.confirmed, seen, asked.competing)
    outcomes: dict[str, Floats | Bools | NDArray[np.int64]] = {
        "days": days,
        "event": event,
        "confirmed": np.where(event == RELAPSE, found.confirmed, np.nan),
        "confirmed_later": (event == RELAPSE) & later,
        "onset_earliest": np.where(event == RELAPSE, spread[0], np.nan),
        "onset_latest": np.where(event == RELAPSE, spread[1], np.nan),
        "days_earliest": early_days,
        "event_earliest": early_event,
        "days_confirmed": sure_days,
        "event_confirmed": sure_event,
        "died": (event == CENSORED) & (seen.death <= days),
        "exact": (days == early_days) & (event == early_event),
        "complete": given.zero + asked.window[1] <= (np.inf if cut is None else float(cut)),
        "during_stay": used_during_stay(given),
    }
    return pd.concat([table, pd.DataFrame(outcomes, index=table.index)], axis=1), uncertain


def _uncertain(found: Onset, table: pd.DataFrame, seen: Observed, study: Study) -> Uncertain:
    days, event = outcome(np.full(len(table), np.inf), seen, study.outcome.competing)
    share, mass = shares(table, seed=study.seed, imputations=study.outcome.imputations)
    return Uncertain(
        earliest=found.earliest, latest=found.latest, days=days, event=event, share=share, mass=mass
    )


def linked(table: pd.DataFrame, cohort: Cohort, *, event: str) -> Given:
    """Link discharges to the tables of their cohort.

    Parameters
    ----------
    table : DataFrame
        Discharges with `zero`, index 0..n-1.
    cohort : Cohort
        All tables.
    event : str
        A value of `time_zero.event`.
    """
    findings, zero = link(table, cohort.observations), floats(table["zero"])
    spans = link(table, cohort.followup)
    return Given(
        table=table,
        cohort=cohort,
        findings=findings,
        spans=spans,
        seen=observe(cohort.followup, cohort.observations, spans=spans, findings=findings, zero=zero),
        first_day=0 if event == "discharge" else 1,
    )


def _unseen(found: Onset, seen: Observed, competing: tuple[str, ...]) -> Bools:
    """Return whose relapse was not confirmed while it could be.

    A relapse that was found only after observation ended is not counted, whenever it began. One that
    takes more than one finding is not counted either where a competing event came before the last.
    """
    rival = np.minimum(seen.death, seen.incarceration if "incarceration" in competing else np.inf)
    waits = np.isfinite(found.latest) & (found.confirmed > found.latest)
    return (found.confirmed > seen.end) | (waits & (rival < found.confirmed))


def _only(found: Onset, keep: Bools) -> Onset:
    return replace(
        found,
        earliest=np.where(keep, found.earliest, np.inf),
        latest=np.where(keep, found.latest, np.inf),
        confirmed=np.where(keep, found.confirmed, np.inf),
    )


def outcome(relapse: Floats, seen: Observed, competing: tuple[str, ...]) -> tuple[Floats, NDArray[np.int64]]:
    """Return the day on which each discharge leaves the risk set, and why.

    Within one day relapse comes first, then death, then incarceration, then the end of observation.
    A death that is not a competing event ends observation.

    Parameters
    ----------
    relapse : array (discharges,)
        Day of relapse, infinity for none.
    seen : Observed
        End of observation and competing events.
    competing : tuple of str
        Which of death and incarceration compete.

    Returns
    -------
    days : array of float
    event : array of int
        0 censored, 1 relapse, 2 death, 3 incarceration.
    """
    end = seen.end if "death" in competing else np.minimum(seen.end, seen.death)
    rivals = {"relapse": relapse, "death": seen.death, "incarceration": seen.incarceration}
    days, event = end.copy(), np.full(len(end), CENSORED)
    for name in ("incarceration", "death", "relapse"):
        if name != "relapse" and name not in competing:
            continue
        sooner = rivals[name] <= days
        days = np.where(sooner, rivals[name], days)
        event = np.where(sooner, CAUSES[name], event)
    return days, event
