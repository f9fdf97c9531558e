"""From a cohort and a study to one row a discharge, with the flow.

Who is eligible, and how the discharges link to the other tables, does not depend on what counts as relapse.
It is found once (`eligible`), and each definition of relapse begins there (`with_outcome`).
"""

import re
from dataclasses import dataclass, replace
from types import NoneType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.episodes import still_in_care
from stepdown.cohort.care.level_calendar import STEP_DOWN_LEVELS
from stepdown.cohort.care.received_care import LinkedCare
from stepdown.cohort.derived_once import DerivedOnce
from stepdown.cohort.eligibility import declared, kept, refuse_future
from stepdown.cohort.linkage import floats, link
from stepdown.cohort.observation_end import first_death
from stepdown.cohort.outcome_days import followed, linked
from stepdown.cohort.people import RELAPSE, Flow, NobodyLeftError, People, Step
from stepdown.cohort.relapse.daily.applicability import refuse_lacking
from stepdown.cohort.relapse.daily.evidence import Given
from stepdown.cohort.scores import scores_of
from stepdown.errors import DesignError, check_argument
from stepdown.schema import LEVELS, MOMENTS, Cohort
from stepdown.study import Study

QUARTER = re.compile(r"[0-9]{4}Q[1-4]")


@dataclass(frozen=True, eq=False, kw_only=True)
class Eligible:
    """The eligible discharges of a study, before any definition of relapse is applied.

    Attributes
    ----------
    given : Given
        The discharges, linked to the tables of their cohort.
    first_care : array of float (discharges, levels)
        As in `People`.
    flow : tuple of Step
        From all discharges to these.
    """

    given: Given
    first_care: NDArray[np.float64]
    flow: tuple[Step, ...]

    @property
    def cohort(self) -> Cohort:
        """All tables."""
        return self.given.cohort

    def observing(self, cohort: Cohort) -> "Eligible":
        """Return the same discharges with other findings of use; all else in the cohort must be the same."""
        findings = link(self.given.table, cohort.observations)
        return replace(self, given=replace(self.given, cohort=cohort, findings=findings))


def derive(cohort: Cohort, study: Study, *, quarter: str | None = None) -> People:
    """Select the discharges of a study and find when each relapsed, or until when it was observed.

    Steps, each counted: time zero known; where a discharge is time zero, the end of residential care or
    withdrawal management (stays in step-down care leave, unless eligibility reads `level`; no other stay
    follows within `time_zero.max_gap_days`); the eligibility rules in their order; the
    quarter; the client's first discharge among these; alive and not in custody at discharge; no
    positive finding during the stay; no relapse on day 0 (where day 0 is excluded).

    With time zero at admission or randomization, findings up to day 0 are where the client starts: they
    are no relapse, and they take no one out. (To leave out whoever used between admission and
    randomization would undo the randomized comparison.)

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
        column, the cohort lacks what the endpoint needs, or no one is left (NobodyLeftError).
    """
    _check_kinds(cohort, study, quarter)
    _refuse_outcome(cohort, study)
    return with_outcome(eligible(cohort, study, quarter=quarter), study)


def _check_kinds(cohort: Cohort, study: Study, quarter: str | None) -> None:
    check_argument("cohort", cohort, Cohort, "Give what load or from_frames returns.")
    check_argument("study", study, Study, "Give what Study.read returns.")
    check_argument("quarter", quarter, (str, NoneType), 'Give text, such as "2026Q3".')


def eligible(
    cohort: Cohort, study: Study, *, quarter: str | None = None, each_quarter: bool = False
) -> Eligible:
    """Select the discharges of a study: the steps of `derive` that do not depend on the outcome.

    Parameters
    ----------
    cohort, study, quarter
        As for `derive`.
    each_quarter : bool
        Select in every quarter as `quarter` does in one: a client's first discharge of each.

    Raises
    ------
    DesignError
        Eligibility or the quarter reads something known later than time zero, or a rule does not fit its
        column.
    """
    _check_kinds(cohort, study, quarter)
    event = study.time_zero.event
    flow = Flow(cohort.discharges, name="All discharges in the data")
    zero_day = flow.table[MOMENTS[event]]
    if zero_day.isna().any():
        flow.keep(f"Day of {event} known", zero_day.notna().to_numpy())
    _residential(flow, study)
    _ended(flow, cohort, study)
    _eligible(flow, cohort, study)
    if quarter is not None:
        _known_at_zero(flow.table, cohort, "quarter", event=event, use="the choice of a quarter")
        _keep_quarter(flow, quarter)
    _episode(flow, study, each_quarter=each_quarter)
    _alive(flow, cohort, event)
    table = flow.table.assign(zero=flow.table[MOMENTS[event]]).reset_index(drop=True)
    given = linked(table, cohort, event=event)
    return Eligible(given=given, first_care=_first_care(given), flow=flow.steps)


def with_outcome(chosen: Eligible, study: Study) -> People:
    """Find when each eligible discharge relapsed, or until when it was observed.

    Parameters
    ----------
    chosen : Eligible
        From `eligible`, for a study that differs in nothing but its outcome.
    study : Study
        The protocol.

    Raises
    ------
    DesignError
        The cohort lacks what the endpoint needs, or no one is left.
    """
    event, cohort = study.time_zero.event, chosen.cohort
    _refuse_outcome(cohort, study, known=chosen.given)
    table, uncertain = followed(chosen.given, study)
    flow = Flow(table, after=chosen.flow)
    if event == "discharge" and flow.table["during_stay"].any():
        flow.keep("No return to use during the stay", ~flow.table["during_stay"].to_numpy())
    on_zero = ((flow.table["days"] == 0) & (flow.table["event"] == RELAPSE)).to_numpy()
    if study.time_zero.day_zero == "exclude" and on_zero.any():
        flow.keep(f"No {study.outcome.word} on day 0", ~on_zero)
    if flow.table.empty:
        steps = "; ".join(f"{step.name}: {step.discharges:,}" for step in flow.steps)
        raise NobodyLeftError(
            f"No discharge is left to analyze. Left after each step: {steps}. Widen the eligibility.",
            flow.steps,
        )
    kept_rows = flow.table.index.to_numpy()
    table = flow.table.drop(columns="during_stay").reset_index(drop=True)
    visits = cohort.schedule.visits if cohort.schedule else ()
    return People(
        table=table,
        first_care=chosen.first_care[kept_rows],
        flow=flow.steps,
        known=declared(cohort),
        visits=visits,
        uncertain=None if uncertain is None or table["exact"].all() else uncertain.select(kept_rows),
        scores=scores_of(table, cohort, study.instruments) if study.instruments else None,
        care=_care(chosen.given, kept_rows) if study.reads_care else None,
    )


def _refuse_outcome(cohort: Cohort, study: Study, *, known: DerivedOnce | None = None) -> None:
    outcome = study.outcome
    refuse_lacking(cohort, outcome.spec, outcome.missing, event=study.time_zero.event, known=known)


def _residential(flow: Flow, study: Study) -> None:
    """Leave out stays in step-down care, unless the study itself says which levels it starts from.

    They are where people go after residential care; their end is not the end that the question is about.
    """
    if study.time_zero.event != "discharge" or any(step.keep.column == "level" for step in study.eligibility):
        return
    step_down = flow.table["level"].isin(STEP_DOWN_LEVELS).to_numpy(dtype=bool)
    if step_down.any():
        flow.keep("Left residential care or withdrawal management", ~step_down)


def _ended(flow: Flow, cohort: Cohort, study: Study) -> None:
    """Leave out transfers and stays that went on: they are not the end of residential care."""
    if study.time_zero.event != "discharge":
        return
    gap = study.time_zero.max_gap_days
    goes_on = still_in_care(cohort.discharges, flow.table.index.to_numpy(), max_gap_days=gap)
    if goes_on.any():
        flow.keep(f"Not followed by another stay within {gap} day{'' if gap == 1 else 's'}", ~goes_on)


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


def _keep_quarter(flow: Flow, quarter: str) -> None:
    if not QUARTER.fullmatch(quarter):
        raise DesignError('The quarter asked for has another form than a quarter. Write it like "2026Q3".')
    named = flow.table["quarter"]
    if not named.notna().any() and len(named):
        raise DesignError(
            "No discharge has a quarter, so none can be chosen. Map `quarter` in the cohort file, or leave "
            "the choice out."
        )
    flow.keep(f"Discharged in {quarter}", named.eq(quarter).fillna(False).to_numpy(dtype=bool))
    if flow.table.empty and len(named):
        held = ", ".join(sorted(named.dropna().unique()))
        raise NobodyLeftError(
            f"No eligible discharge falls in the quarter asked for. Quarters held: {held}.", flow.steps
        )


def _episode(flow: Flow, study: Study, *, each_quarter: bool) -> None:
    which = study.time_zero.episode
    if which == "all":
        return
    day = flow.table[MOMENTS[study.time_zero.event]]
    order = flow.table.assign(day=day).sort_values(["client_id", "day"], kind="stable")
    within = ["client_id", "quarter"] if each_quarter else ["client_id"]
    chosen = order.drop_duplicates(within, keep=which).index
    name = f"{which.capitalize()} eligible discharge of each client{' and quarter' if each_quarter else ''}"
    flow.keep(name, flow.table.index.isin(chosen))


def _alive(flow: Flow, cohort: Cohort, event: str) -> None:
    """Only at discharge: at admission the reason for leaving is not known yet."""
    if event != "discharge":
        return
    discharged = floats(flow.table["discharge_day"])
    reason = flow.table["discharge_reason"].isin(["died", "incarcerated"]).to_numpy(dtype=bool)
    gone = reason | (first_death(cohort, flow.table) <= discharged)
    taken = cohort.observations
    taken = taken[(taken["finding"] == "incarceration").to_numpy(dtype=bool, na_value=False)]
    pairs = link(flow.table, taken)
    # Only that very day: whoever was in custody before it may have been free again.
    gone[pairs.at[floats(taken["day"])[pairs.row] == discharged[pairs.at]]] = True
    if gone.any():
        flow.keep("Alive and not in custody at discharge", ~gone)


def _first_care(given: Given) -> NDArray[np.float64]:
    """Return the first day of care after time zero by discharge and level; infinity for none."""
    after = _care_after(given)
    first = np.full((given.size, len(LEVELS)), np.inf)
    np.minimum.at(first, (after.at, after.level), after.start)
    return first


def _care_after(given: Given) -> LinkedCare:
    """Return the care that goes on after time zero, the episode that is itself time zero left out."""
    care, own = given.care, _own_episode(given)
    mine = (care.episode >= 0) & (care.episode == own[care.at])
    return care.select((care.end >= 0) & (care.level >= 0) & ~mine)


def _care(given: Given, kept: NDArray[np.int64]) -> pd.DataFrame:
    """Return the care after time zero of some discharges: their `row`, `level`, `start`, `end`, `hours`."""
    after, services = _care_after(given), given.cohort.services
    hours = floats(services["hours"]) if "hours" in services else np.full(len(services), np.nan)
    place = np.full(given.size, -1)
    place[kept] = np.arange(len(kept))
    found = pd.DataFrame(
        {
            "row": place[after.at],
            "level": after.level,
            "start": after.start,
            "end": after.end,
            "hours": np.where(after.service >= 0, np.append(hours, np.nan)[after.service], np.nan),
        }
    )
    found = found[found["row"] >= 0]
    return found.sort_values(["row", "start", "level"], kind="stable", ignore_index=True)


def _own_episode(given: Given) -> NDArray[np.int64]:
    """Return the position of each discharge in the table of all, where it is itself an episode; -1 elsewhere.

    An episode in PHP, IOP or outpatient care that is time zero is not the care that followed it.
    """
    table, every = given.table, given.cohort.discharges
    own = np.full(len(table), -1, dtype=np.int64)
    rows = np.flatnonzero(table["level"].isin(STEP_DOWN_LEVELS).to_numpy(dtype=bool))
    if len(rows):
        keys = [
            pd.MultiIndex.from_frame(one[["client_id", "episode_id"]]) for one in (every, table.iloc[rows])
        ]
        own[rows] = keys[0].get_indexer(keys[1])
    return own
