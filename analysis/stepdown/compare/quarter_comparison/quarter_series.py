"""What happened to the discharges of each period: relapse, start of care, and what is known of them.

Relapse counts on the latest day on which it can have begun, where only an interval is known. A risk is
Aalen-Johansen's, with its standard error; the hazard is relapses by person-time in the window; shares are of
those whose days were over at the data cut.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from stepdown.cohort import RELAPSE, People
from stepdown.cohort.clustered_proportions import METHOD, Clusters, share_columns
from stepdown.cohort.followup import KNOWN_STATES, completeness
from stepdown.compare.quarter_comparison.periods import Periods
from stepdown.errors import DesignError
from stepdown.schema import LEVELS, Cohort
from stepdown.study import Study
from stepdown.survival import (
    DAYS_PER_MONTH,
    Estimands,
    aalen_johansen,
    contrast,
    kaplan_meier,
    risk,
    window_hazard,
)
from stepdown.survival.core.fit_warning import quiet
from stepdown.survival.core.sample import Bools, Floats, Ints

CARE_DAYS, CARE_LEVELS = 14, ("php", "iop")
"""Days after discharge by which PHP or IOP is to have started."""
PER_100 = 100 * DAYS_PER_MONTH


@dataclass(frozen=True, eq=False, kw_only=True)
class QuarterSeries:
    """A series by period.

    Attributes
    ----------
    name : str
        "risk", "early_risk", "hazard", "started_care" or "outcome_known".
    scale : str
        "share" of an estimate with a standard error, "rate", or "count" of a plain share.
    start, day : float
        First day that is left out of a window (missing where there is none), and the last day that counts.
    table : DataFrame
        A row a period, in order: `period, estimate, std_error, conf_low, conf_high, n, events, size`, with
        `size` what a chart weighs it by.
    complete : mapping of str to float
        By period, the share of discharges that could have been followed to `day`.
    mature : mapping of str to bool
        By period, whether all could, and the period is over.
    changes : DataFrame
        A row for each pair of `pairs`: `period, reference, estimate, conf_low, conf_high, p`.
    method : str
        Estimator.
    """

    name: str
    scale: Literal["share", "rate", "count"]
    start: float
    day: float
    table: pd.DataFrame
    complete: Mapping[str, float]
    mature: Mapping[str, bool]
    changes: pd.DataFrame
    method: str


def quarter_series(
    people: People,
    cohort: Cohort,
    study: Study,
    periods: Periods,
    *,
    by_month: bool = False,
    judged: bool = True,
    pairs: Sequence[tuple[str, str]] = (),
) -> tuple[QuarterSeries, ...]:
    """Return the series of a study by quarter, or by month.

    Parameters
    ----------
    people : People
        Derived discharges.
    cohort : Cohort
        Valid tables.
    study : Study
        The protocol.
    periods : Periods
        Of the same discharges.
    by_month : bool
        Months in place of quarters.
    judged : bool
        Whether the data can show the study's outcome; without it, care alone.
    pairs : sequence of (period, reference)
        Periods to compare.

    Returns
    -------
    tuple of QuarterSeries
        Those that the data allow.
    """
    given = _Given(people, periods, by_month, tuple(pairs))
    found = [*given.outcome(study)] if judged else []
    if not cohort.services.empty:
        place = [LEVELS.index(level) for level in CARE_LEVELS]
        started = people.first_care[:, place].min(axis=1) <= CARE_DAYS
        found.append(given.share("started_care", started, periods.followed(CARE_DAYS), CARE_DAYS, CARE_DAYS))
    try:
        visits = completeness(cohort, people)
    except DesignError:
        return tuple(found)
    end = study.outcome.window[1]
    visit = int(min(visits.schedule.visits, key=lambda day: (abs(day - end), day)))
    state = visits.at(visit)
    known, due = np.isin(state, KNOWN_STATES), state != "not_due"
    found.append(given.share("outcome_known", known, due, visit, visit + visits.schedule.after))
    return tuple(found)


class _Given:
    """Discharges of known periods."""

    def __init__(
        self, people: People, periods: Periods, by_month: bool, pairs: tuple[tuple[str, str], ...]
    ) -> None:
        self.people, self.periods, self.pairs = people, periods, pairs
        self.label = periods.month if by_month else periods.label
        self.names = periods.names(by_month=by_month)
        self.client = pd.factorize(people.table["client_id"])[0].astype(np.int64)

    def outcome(self, study: Study) -> list[QuarterSeries]:
        """Return the risks by the start and the end of the window, and the hazard in it."""
        rows = self.people.observed & (self.label != "")
        if not rows.any():
            return []
        table, label = self.people.table[rows], self.label[rows].astype(str)
        days, event = table["days"].to_numpy(dtype=float), table["event"].to_numpy()
        cluster = self._cluster(rows)
        start, end = study.outcome.window
        found = []
        with quiet():
            curves = aalen_johansen(days, event, label, cluster=cluster)
            hazard = window_hazard(
                days, event == RELAPSE, label, cuts=[start, end], cluster=cluster, per=PER_100
            )
            for name, day in (("risk", end), ("early_risk", start)):
                if day:
                    risks = risk(curves, day, cause=RELAPSE)
                    kept = risks.table.rename(columns={"arm": "period"})
                    kept = self._risks(kept.assign(size=kept["n"].astype(float)), days, event, label, day)
                    found.append(self._series(name, "share", np.nan, day, day, kept, risks, "Aalen-Johansen"))
        rates = hazard.table.rename(columns={"arm": "period", "rate": "estimate", "at_risk": "n"})
        rates = rates.assign(size=rates["person_days"] / PER_100)
        method = "events per person-time"
        found.append(self._series("hazard", "rate", start, end, end, rates, hazard.estimands, method))
        return found

    def share(self, name: str, hit: Bools, inside: Bools, day: float, needed: float) -> QuarterSeries:
        """Return a share of those inside; `needed` is the day that must be over."""
        use = inside & (self.label != "")
        code = pd.Index(self.names).get_indexer(pd.Index(self.label))
        rows = self.label != ""
        among = Clusters.of(code[rows].astype(np.int64), self.client[rows], len(self.names))
        columns = share_columns(hit[rows], among, inside=use[rows])
        table = pd.DataFrame(columns).assign(period=self.names)
        table = table.rename(columns={"rate": "estimate", "denominator": "n", "numerator": "events"})
        table = table.assign(
            std_error=np.sqrt(
                table["estimate"] * (1 - table["estimate"]) * table["design_effect"] / table["n"]
            ),
            # Clients who count several times make a share less certain: the size allows for them.
            size=table["n"] / table["design_effect"],
        )
        risks = None
        if len(set(self.label[use])) > 1:
            with quiet():
                curves = kaplan_meier(
                    np.where(hit[use], 1.0, 2.0),
                    hit[use],
                    self.label[use].astype(str),
                    cluster=self._cluster(use),
                )
                risks = risk(curves, 1)
        return self._series(name, "count", np.nan, day, needed, table, risks, METHOD)

    def _cluster(self, rows: Bools) -> Ints | None:
        client = self.client[rows]
        return client if len(np.unique(client)) < len(client) else None

    def _risks(
        self, table: pd.DataFrame, days: Floats, event: Ints, label: np.ndarray, day: float
    ) -> pd.DataFrame:
        """Return the risks with all discharges of each period as `n`, and the relapses by the day."""
        hit = (event == RELAPSE) & (days <= day)
        counts = pd.DataFrame({"period": label, "n": 1, "events": hit}).groupby("period").sum()
        own = counts.reindex(table["period"].astype(str))
        return table.assign(
            n=own["n"].to_numpy(), events=own["events"].to_numpy(), size=own["n"].to_numpy(float)
        )

    def _series(
        self,
        name: str,
        scale: Literal["share", "rate", "count"],
        start: float,
        day: float,
        needed: float,
        table: pd.DataFrame,
        compared: Estimands | None,
        method: str,
    ) -> QuarterSeries:
        followed = self.periods.followed(needed)
        complete = {one: float(followed[self.label == one].mean()) for one in self.names}
        columns = ["period", "estimate", "std_error", "conf_low", "conf_high", "n", "events", "size"]
        return QuarterSeries(
            name=name,
            scale=scale,
            start=start,
            day=day,
            table=table[columns].set_axis(range(len(table))),
            complete=complete,
            mature={one: complete[one] == 1 and self.periods.over(one) for one in self.names},
            changes=self._changes(compared),
            method=method,
        )

    def _changes(self, compared: Estimands | None) -> pd.DataFrame:
        found = []
        for period, reference in self.pairs:
            if compared is None or not {period, reference} <= {str(one) for one in compared.arms}:
                continue
            with quiet():
                table = contrast(compared, reference=reference, measures=["difference"]).table
            row = table[table["arm"] == period]
            found.append(row.assign(period=period))
        names = ["period", "reference", "estimate", "conf_low", "conf_high", "p", "note"]
        return pd.concat(found)[names] if found else pd.DataFrame(columns=names)
