"""From a cohort and a study to one row a discharge, with the flow."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._eligible import kept
from stepdown.cohort._flow import Flow
from stepdown.cohort._known import declared, refuse_future
from stepdown.cohort._link import floats, link
from stepdown.cohort._observed import Observed, observe
from stepdown.cohort._people import CAUSES, CENSORED, RELAPSE, People
from stepdown.cohort.endpoints import Onset, first_use, used_during_stay
from stepdown.errors import DesignError
from stepdown.schema import MOMENTS, Cohort
from stepdown.study import Study

Floats = NDArray[np.float64]
# A death is told by a finding, or by the reason why a span of follow-up ended.
_DEATHS = (("observations", "finding", "death", "day"), ("followup", "reason", "died", "end_day"))


def derive(cohort: Cohort, study: Study, *, quarter: str | None = None) -> People:
    """Select the discharges of a study and find when each relapsed, or until when it was observed.

    Steps, each counted: time zero known; the eligibility rules in their order; the quarter; the
    client's first or last discharge among these; alive and not in custody at discharge; no
    positive finding during the stay; no relapse on day 0 (where day 0 is excluded).

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    study : Study
        The protocol.
    quarter : str or None
        Keep the discharges of one quarter, such as "2026Q3".

    Returns
    -------
    People

    Raises
    ------
    DesignError
        Eligibility or the quarter reads something known later than time zero, a rule does not fit its
        column, or nobody is left.
    """
    event = study.time_zero.event
    flow = Flow(cohort.discharges, name="All discharges in the data")
    zero_day = flow.table[MOMENTS[event]]
    if zero_day.isna().any():
        flow.keep(f"Day of {event} known", zero_day.notna().to_numpy())
    _eligible(flow, cohort, study)
    if quarter is not None:
        _known_at_zero(flow.table, cohort, "quarter", event=event, use="the choice of a quarter")
        flow.keep(f"Discharged in {quarter}", _in_quarter(flow.table, quarter))
    _episode(flow, study)
    _alive(flow, cohort, event)
    table = flow.table.assign(zero=flow.table[MOMENTS[event]]).reset_index(drop=True)
    flow.table = _followed(table, cohort, study)
    if event == "discharge" and flow.table["during_stay"].any():
        flow.keep("No return to use during the stay", ~flow.table["during_stay"].to_numpy())
    on_zero = ((flow.table["days"] == 0) & (flow.table["event"] == RELAPSE)).to_numpy()
    if study.time_zero.day_zero == "exclude" and on_zero.any():
        flow.keep(f"No {study.outcome.word} on day 0", ~on_zero)
    if flow.table.empty:
        steps = "; ".join(f"{step.name}: {step.discharges:,}" for step in flow.steps)
        raise DesignError(
            f"No discharge is left to analyse. Left after each step: {steps}. Widen the eligibility."
        )
    table = flow.table.drop(columns="during_stay").reset_index(drop=True)
    visits = cohort.schedule.visits if cohort.schedule else ()
    return People(
        table=table,
        services=_services(table, cohort.services),
        flow=flow.steps,
        known=declared(cohort),
        visits=visits,
    )


def _eligible(flow: Flow, cohort: Cohort, study: Study) -> None:
    for step in study.eligibility:
        use = f"eligibility ({step.name})"
        _known_at_zero(flow.table, cohort, step.keep.column, event=study.time_zero.event, use=use)
        flow.keep(step.name, kept(flow.table, step.keep, codes=_codes(cohort, step.keep.column)))


def _known_at_zero(table: pd.DataFrame, cohort: Cohort, column: str, *, event: str, use: str) -> None:
    known = declared(cohort)
    refuse_future(table, column, known=known, event=event, zero=table[MOMENTS[event]], day=0, use=use)


def _codes(cohort: Cohort, column: str) -> tuple[str, ...]:
    found = cohort.column(column)
    return found.codes if found else ()


def _in_quarter(table: pd.DataFrame, quarter: str) -> NDArray[np.bool_]:
    if not table["quarter"].notna().any():
        raise DesignError(
            "The cohort holds no quarter, so none can be chosen. Map `quarter` in the cohort file, or leave "
            "the choice out."
        )
    inside = table["quarter"].eq(quarter).fillna(False).to_numpy(dtype=bool)
    if not inside.any():
        held = ", ".join(sorted(table["quarter"].dropna().unique()))
        raise DesignError(f"No eligible discharge falls in the quarter asked for. Quarters held: {held}.")
    return inside


def _episode(flow: Flow, study: Study) -> None:
    which = study.time_zero.episode
    if which == "all":
        return
    day = flow.table[MOMENTS[study.time_zero.event]]
    order = flow.table.assign(day=day).sort_values(["client_id", "day"], kind="stable")
    chosen = order.drop_duplicates("client_id", keep=which).index
    name = f"{which.capitalize()} eligible discharge of each client"
    flow.keep(name, flow.table.index.isin(chosen))


def _alive(flow: Flow, cohort: Cohort, event: str) -> None:
    """Only at discharge: at admission the reason for leaving is not known yet."""
    if event != "discharge":
        return
    gone = flow.table["discharge_reason"].isin(["died", "incarcerated"]).to_numpy(dtype=bool)
    discharged = floats(flow.table["discharge_day"])
    for table, column, code, day in _DEATHS:
        frame = getattr(cohort, table)
        deaths = frame[(frame[column] == code).to_numpy(dtype=bool, na_value=False)]
        pairs = link(flow.table, deaths)
        by_zero = floats(deaths[day])[pairs.row] <= discharged[pairs.at]
        gone[pairs.at[by_zero]] = True
    if gone.any():
        flow.keep("Alive and not in custody at discharge", ~gone)


def _followed(table: pd.DataFrame, cohort: Cohort, study: Study) -> pd.DataFrame:
    zero = floats(table["zero"])
    findings = link(table, cohort.observations)
    spans = link(table, cohort.followup)
    onset: Onset = first_use(cohort.observations, findings, zero)
    seen = observe(cohort.followup, cohort.observations, spans=spans, findings=findings, zero=zero)
    days, event = outcome(onset.latest, seen, study.outcome.competing)
    early_days, early_event = outcome(onset.earliest, seen, study.outcome.competing)
    # A relapse that was found only after observation ended is not counted, whenever it began.
    unseen = onset.latest > seen.end
    early_days = np.where(unseen, days, early_days)
    early_event = np.where(unseen, event, early_event)
    cut = np.inf if cohort.data_cut is None else float(cohort.data_cut)
    return table.assign(
        days=days,
        event=event,
        days_earliest=early_days,
        event_earliest=early_event,
        died=(event == CENSORED) & (seen.death <= days),
        exact=(days == early_days) & (event == early_event),
        complete=zero + study.outcome.window[1] <= cut,
        during_stay=used_during_stay(cohort.observations, findings, zero, floats(table["admit_day"])),
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


def _services(table: pd.DataFrame, services: pd.DataFrame) -> pd.DataFrame:
    came = services["attended"].fillna(True).to_numpy(dtype=bool)
    attended = services[came]
    pairs = link(table, attended)
    zero = floats(table["zero"])
    end = floats(attended["end_day"])[pairs.row] - zero[pairs.at]
    after = end >= 0
    row, at = pairs.row[after], pairs.at[after]
    start = floats(attended["start_day"])[row] - zero[at]
    return pd.DataFrame(
        {
            "at": at.astype(np.int32),
            "level": attended["level"].iloc[row].reset_index(drop=True),
            "start": start.astype(np.float32),
            "end": end[after].astype(np.float32),
        }
    )
