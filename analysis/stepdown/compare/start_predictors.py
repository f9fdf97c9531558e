"""Columns that go with the start of care and not with relapse: left out of an adjustment, and rightly so.

A model of the start that holds them has larger weights and no less bias (Brookhart MA et al. 2006, Am J
Epidemiol 163:1149-1156). A column goes with the start, or with relapse, where it improves a Cox model of it
beside the covariates of the adjustment, by the likelihood-ratio test: of the first start within the grace
period, and of relapse with care as it is received.
"""

import numpy as np
from scipy import special

from stepdown.cohort import People
from stepdown.cohort.followup import baseline_columns
from stepdown.compare.adjustment_warning import AdjustmentWarning
from stepdown.compare.compared_strategies import planned
from stepdown.compare.covariates import adjusted_names, filled, known_by_zero
from stepdown.compare.grace_period.covariate_terms import covariate_terms
from stepdown.errors import DesignError, EstimateError
from stepdown.study import Study, one_start
from stepdown.survival import cox
from stepdown.survival.core.sample import Floats, Ints

GOES, DOES_NOT = 0.001, 0.05
"""p below which a column goes with the start, and above which it does not go with relapse."""
MOST_PEOPLE, RIDGE = 20_000, 1.0


def start_predictors(people: People, study: Study) -> tuple[AdjustmentWarning, ...]:
    """Return the columns known by time zero, and not adjusted for, that go with the start of care alone.

    None where no model can be fitted, as with few relapses, and of plans other than one start of care.

    Parameters
    ----------
    people : People
        Derived discharges; relapses known as intervals count on the latest day.
    study : Study
        With plans of one start of care, and `analysis.adjust`.
    """
    if not one_start(study.plans):
        return ()
    try:
        return _found(people, study)
    except (DesignError, EstimateError):
        return ()


def _found(people: People, study: Study) -> tuple[AdjustmentWarning, ...]:
    given = planned(people.detected, study, name="The comparison")
    every = slice(None, None, -(-len(given.rows) // MOST_PEOPLE))
    rows, event = given.rows[every], given.event[every]
    days, start = given.days[every], given.started[every]
    last = max(one.within for one in given.strategies)
    adjusted = adjusted_names(study)
    known = known_by_zero(people, study, adjusted).iloc[rows]
    base = covariate_terms(filled(known), size=len(rows)).values
    starts, relapses = _Starts(days, start, last), _Relapses(days, event, start)
    before = starts.likelihood(base), relapses.likelihood(base)
    found = []
    for name in baseline_columns(people, study.time_zero.event):
        if name in adjusted:
            continue
        own = covariate_terms(filled(people.table[[name]].iloc[rows]), size=len(rows)).values
        size = own.shape[1]
        if not size:
            continue
        both = np.concatenate([base, own], axis=1)
        tests = (
            2 * (starts.likelihood(both) - before[0]),
            2 * (relapses.likelihood(both) - before[1]),
        )
        p = [float(special.chdtrc(size, max(statistic, 0.0))) for statistic in tests]
        if p[0] < GOES and p[1] > DOES_NOT:
            found.append(AdjustmentWarning(kind="start_alone", count=p[0], size=len(rows), term=name))
    return tuple(found)


class _Starts:
    """The first start of care within the grace period; time counts from 1."""

    def __init__(self, days: Floats, start: Floats, last: int) -> None:
        self.days = np.minimum(np.minimum(start, days), last) + 1
        self.event = (start <= np.minimum(days, last)).astype(np.int64)

    def likelihood(self, columns: Floats) -> float:
        """Return the log likelihood of a model with these columns."""
        return float(cox(self.days, self.event, columns, ridge=RIDGE).loglik)


class _Relapses:
    """Relapse, in care and out of it."""

    def __init__(self, days: Floats, event: Ints, start: Floats) -> None:
        person = np.arange(len(days))
        later = (start > 0) & (start < days)
        self.person = np.concatenate([person, person[later]])
        self.entry = np.concatenate([np.zeros(len(days)), start[later]])
        self.days = np.concatenate([np.where(later, start, days), days[later]])
        self.event = np.concatenate([np.where(later, 0, event == 1), event[later] == 1]).astype(np.int64)
        self.care = np.concatenate([start <= 0, np.ones(int(later.sum()), dtype=bool)]).astype(float)

    def likelihood(self, columns: Floats) -> float:
        """Return the log likelihood of a model with these columns of people."""
        x = np.column_stack([columns[self.person], self.care])
        return float(cox(self.days, self.event, x, entry=self.entry, ridge=RIDGE).loglik)
