"""Weeks and courses of intensive outpatient care as events of quality measures.

A course is a spell (`cohort/care/care_sessions.py`): IOP without a pause of more than `gap_days`. A week is
seven days counted from its first session.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.asam_levels import adolescents
from stepdown.cohort.care.care_sessions import WEEK, Spells, Weeks, find_spells, hours_by_day, weeks_of
from stepdown.cohort.care.care_spells import completed, episodes_of, least_hours
from stepdown.cohort.measures.care_record import CareRecord
from stepdown.cohort.measures.index_events import on_days
from stepdown.cohort.measures.leaving_reasons import last_reason
from stepdown.errors import DesignError
from stepdown.schema import LEVELS, Measure

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
EDITION = 4
"""Edition of the ASAM criteria whose least hours are used."""


@dataclass(frozen=True, eq=False)
class Courses:
    """Spells at one level, their weeks, and (by spell) whether the hours for adolescents apply."""

    found: Spells
    weeks: Weeks
    young: Bools


def courses(record: CareRecord, level: str) -> Courses:
    """Return the spells at a level, found once for all measures."""
    return record.once(("courses", level), lambda: _courses(record, level))


def _courses(record: CareRecord, level: str) -> Courses:
    cohort = record.cohort
    found = find_spells(
        cohort.services,
        cohort.discharges,
        data_cut=cohort.data_cut,
        rules=record.rules,
        levels=(LEVELS.index(level),),
    )
    weeks = weeks_of(found, hours_by_day(found, cohort.services))
    young = adolescents(cohort.discharges, rules=record.rules)
    return Courses(found, weeks, found.names.take(found.client).isin(young).to_numpy(dtype=bool))


def weeks_of_care(record: CareRecord, measure: Measure) -> pd.DataFrame:
    """Return the weeks of care at a level as events, day 0 the first day of the week.

    Parameters
    ----------
    record : CareRecord
        Care of the cohort.
    measure : Measure
        Its one level is read.

    Returns
    -------
    DataFrame
        As from `events`, with `part` (the week was cut short), `unknown` (its hours are not known) and `hit`
        (its hours are at least those of the level).
    """
    of = courses(record, measure.denominator.levels[0])
    found, weeks = of.found, of.weeks
    least = least_hours(found, of.young, EDITION, record.rules)[weeks.spell]
    zero = (found.start[weeks.spell] + WEEK * weeks.week).astype(float)
    index = _events(record, found, zero, weeks.spell)
    unknown = np.isnan(weeks.hours) | np.isnan(least)
    return index.assign(part=weeks.days < WEEK, unknown=unknown, hit=~unknown & (weeks.hours >= least))


def ended_courses(record: CareRecord, measure: Measure) -> pd.DataFrame:
    """Return the courses of care at a level as events, day 0 the last day of the course.

    Parameters
    ----------
    record : CareRecord
        Care of the cohort.
    measure : Measure
        Its one level and its rule of completion are read.

    Returns
    -------
    DataFrame
        As from `events`, with `unknown` (completion is not known), `hit` (completed), and the `reason` for
        leaving where an episode among the discharges states one.
    """
    name, level = measure.numerator.completion, measure.denominator.levels[0]
    rule = next((one for one in record.rules.completion if (one.id, one.level) == (name, level)), None)
    if rule is None:
        raise DesignError(
            f"{measure.name} needs the completion rule {name} of {level}, which the rules for levels of care "
            "lack. Add it to the file that the study names under [care]."
        )
    of = courses(record, level)
    hit, known = completed(rule, of.found, of.weeks, of.young, record.cohort.discharges)
    index = _events(record, of.found, of.found.end.astype(float), np.arange(len(of.found)))
    reason = last_reason(record, episodes_of(of.found, record.cohort.discharges), len(index))
    return index.assign(unknown=~known, hit=hit, reason=reason)


def _events(record: CareRecord, found: Spells, zero: Floats, spell: NDArray[np.int64]) -> pd.DataFrame:
    clients = found.names.take(found.client[spell]).to_numpy(dtype=np.int64)
    level = pd.Categorical.from_codes(found.level[spell], categories=pd.Index(LEVELS))
    return on_days(record.cohort, pd.DataFrame({"client_id": clients, "level": level}), zero)
