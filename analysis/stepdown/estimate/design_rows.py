"""From a design to results: which estimands, over which days, in which words.

Whole cohort and comparisons use the same estimators; a comparison adds differences, ratios and the
log-rank test. Where relapse days are only known as intervals, the risk on contact days is reported as the
lowest and the highest value that the intervals allow (`stepdown.cohort`, follow-up), and beside it what can
be estimated from the intervals (`interval_rows`).
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort import RELAPSE
from stepdown.compare import Arms, Design
from stepdown.errors import check_argument
from stepdown.estimate.context import PER_100_MONTHS, Context, Record, Records
from stepdown.estimate.curve_rows import count_rows, curve_rows
from stepdown.estimate.flow_rows import flow_rows
from stepdown.estimate.imputations import pooled
from stepdown.estimate.interval_rows import can_be_estimated, interval_rows, window_contrasts, window_rows
from stepdown.estimate.planning_rows import planning_rows
from stepdown.results import Results, bind
from stepdown.results.reading import FROM_INTERVALS, PLACEBO
from stepdown.study import Study
from stepdown.survival import (
    DAYS_PER_MONTH,
    Curves,
    Estimands,
    aalen_johansen,
    contrast,
    kaplan_meier,
    logrank,
    risk,
    rmst,
    window_hazard,
    window_risk,
)

INTERVAL = "interval"
KAPLAN_MEIER, AALEN_JOHANSEN = "Kaplan-Meier", "Aalen-Johansen"
Parts = list[pd.DataFrame | Records]


def estimate_design(design: Design, study: Study) -> Results:
    """Estimate everything that the study asks of a design.

    Parameters
    ----------
    design : Design
        Whole cohort, or a comparison.
    study : Study
        The protocol.

    Returns
    -------
    Results
        Rows as documented in docs/results.md.
    """
    check_argument("design", design, Design, "Give what design returns.")
    check_argument("study", study, Study, "Give what Study.read returns.")
    parts: Parts = [
        flow_rows(design.flow, analysis=design.key, start=design.start),
        *_of_readings(design, study, _reading_rows),
    ]
    if can_be_estimated(design):
        parts.append(interval_rows(Context(design, study, design.readings[0], FROM_INTERVALS)))
    if design.interval_spans_landmark:
        keys: Record = {
            "analysis": design.key,
            "endpoint": study.outcome.endpoint,
            "estimand": "interval_spans_landmark",
            "time": design.start,
            "window_start": design.start,
            "statistic": "count",
            "unit": "discharges",
        }
        parts.append([keys | {"estimate": design.interval_spans_landmark}])
    return bind(parts)


def estimate_end(design: Design, study: Study) -> Records:
    """Return the risk of relapse by the end of the window, and in the window: a few rows of the design."""
    found: Records = []
    for part in _of_readings(design, study, _end_rows):
        # Imputations that are pooled are a frame.
        found += part.to_dict("records") if isinstance(part, pd.DataFrame) else part  # type: ignore[arg-type]
    if study.outcome.interval == INTERVAL and can_be_estimated(design):
        end = study.outcome.window[1]
        of_intervals = interval_rows(Context(design, study, design.readings[0], FROM_INTERVALS))
        found += [row for row in of_intervals if row["method"] == FROM_INTERVALS and row["time"] == end]
    wanted = ("risk", "window_risk")
    return [row for row in found if row["estimand"] in wanted and row["cause"] == "relapse"]


def _of_readings(design: Design, study: Study, of_reading: Callable[[Design, Study, Arms], Parts]) -> Parts:
    """Return the rows of the readings, imputations pooled; none where the study wants the intervals."""
    if design.imputed:
        smallest = min(_clusters(design.readings[0]))
        found = [of_reading(design, study, arms) for arms in design.readings]
        parts: Parts = [*pooled(found, df_complete=max(smallest - 1.0, 1.0))]
        context = Context(design, study, design.readings[0], "")
        return (
            [*parts, _planned(context, parts)] if of_reading is _reading_rows and context.compared else parts
        )
    if design.readings[0].followup.bound and study.outcome.interval == INTERVAL:
        return []
    return [part for arms in design.readings for part in of_reading(design, study, arms)]


def _planned(context: Context, parts: Parts) -> Records:
    """Return what a difference takes to show, from the pooled risks."""
    rows = [row for part in parts for row in pd.DataFrame(part).to_dict("records")]
    return planning_rows(context, [row for row in rows if row["estimand"] == "risk"])  # type: ignore[misc]


def _clusters(arms: Arms) -> list[int]:
    """Return how many clusters each arm holds."""
    followup = arms.followup
    return [len(np.unique(followup.cluster[arms.arm == arm])) for arm in np.unique(arms.arm)]


def _end_rows(design: Design, study: Study, arms: Arms) -> Parts:
    context, _, curves = _begun(design, study, arms)
    found = _risks(context, curves, (study.outcome.window[1],), cause=RELAPSE)
    return [found if arms.followup.bound else found + _windows(context, curves)]


def _reading_rows(design: Design, study: Study, arms: Arms) -> Parts:
    context, given, curves = _begun(design, study, arms)
    at = arms.followup.at
    days = context.days if at is None else (at,)
    found = _risks(context, curves, tuple(day for day in days if day > design.start))
    if arms.followup.bound:
        return [found]
    planned = planning_rows(context, found) if context.compared and not design.imputed else []
    early = _placebo(context, curves)
    return [found + planned + early, count_rows(context), *_dated_rows(context, given, curves)]


def _begun(design: Design, study: Study, arms: Arms) -> tuple[Context, "_Input", Curves]:
    """Return what all estimates of a reading begin with."""
    given = _Input(design, arms)
    # All imputations use one method, whichever of them holds a competing event.
    like = design.readings if design.imputed else (arms,)
    competing = any(bool((one.followup.event > RELAPSE).any()) for one in like)
    context = Context(design, study, arms, AALEN_JOHANSEN if competing else KAPLAN_MEIER)
    curves = given.incidence() if competing else given.survival(arms.followup.event == RELAPSE)
    return context, given, curves


def _risks(context: Context, curves: Curves, days: tuple[int, ...], *, cause: int | None = None) -> Records:
    risks = risk(curves, *days, cause=cause)
    keys: Record = {"estimand": "risk", "statistic": "estimate", "unit": "probability"}
    found = context.records(context.of_causes(risks.records), keys)
    if context.compared and not context.arms.followup.bound:
        compared = context.of_relapse(contrast(risks).records)
        found += context.contrasts(compared, {"estimand": "risk"})
    return found


def _placebo(context: Context, curves: Curves) -> Records:
    """Return the risks before care could act, of arms known at time zero, where the study names the days."""
    window = context.study.checks.placebo
    if window is None or context.design.start or not context.compared:
        return []
    found = _risks(context, curves, (window.last_day,), cause=RELAPSE)
    return [row | {"estimand": PLACEBO} for row in found]


def _dated_rows(context: Context, given: "_Input", curves: Curves) -> Parts:
    """Return what needs exact days: curves, rates, windows, means and tests."""
    free = given.survival(context.arms.followup.event > 0)
    return [
        curve_rows(context, curves, estimand="risk", method=context.method),
        _event_free_rows(context, free),
        curve_rows(context, free, estimand="event_free", method=KAPLAN_MEIER),
        _median_rows(context, free),
        _rate_rows(context, given),
        _windows(context, curves) + _rmst_rows(context, given),
        *([_test_rows(context, given)] if context.compared else []),
    ]


class _Input:
    """The arrays of one reading, as the engine takes them."""

    def __init__(self, design: Design, arms: Arms) -> None:
        followup = arms.followup
        self.days, self.event, self.entry = followup.days, followup.event, followup.entry
        self.arm = pd.Categorical.from_codes(arms.arm, categories=pd.Index(design.labels))
        # One row a client: independent rows, for which the classical variances hold.
        self.cluster = followup.shared_cluster

    def incidence(self) -> Curves:
        return aalen_johansen(self.days, self.event, arm=self.arm, entry=self.entry, cluster=self.cluster)

    def survival(self, event: NDArray[np.bool_]) -> Curves:
        return kaplan_meier(self.days, event, arm=self.arm, entry=self.entry, cluster=self.cluster)

    def mean(self, start: int, tau: int) -> Estimands:
        return rmst(
            self.days,
            self.event > 0,
            tau=tau,
            start=start,
            arm=self.arm,
            entry=self.entry,
            cluster=self.cluster,
        )


def _event_free_rows(context: Context, free: Curves) -> pd.DataFrame:
    sizes = dict(zip(context.design.labels, np.bincount(context.arms.arm), strict=True))
    table = free.at(*context.days)
    table = table.assign(n=table["arm"].map(sizes))
    keys: Record = {"estimand": "event_free", "statistic": "estimate", "unit": "probability"}
    return context.rows(table, keys | {"method": KAPLAN_MEIER})


def _median_rows(context: Context, free: Curves) -> pd.DataFrame:
    table = free.quantile(0.5)[["arm", "estimate", "conf_low", "conf_high", "note"]]
    unseen = "more than half are still event-free at the end"
    table = table.assign(note=np.where(table["estimate"].notna(), table["note"], unseen))
    keys: Record = {"estimand": "median", "statistic": "estimate", "unit": "days", "method": KAPLAN_MEIER}
    return context.rows(table, keys)


def _rate_rows(context: Context, given: _Input) -> pd.DataFrame:
    """Return the rate of relapse in each band, each followed by the person-days under it."""
    relapse = context.arms.followup.event == RELAPSE
    table = window_hazard(
        given.days, relapse, cuts=(context.design.start, *context.days), arm=given.arm, entry=given.entry,
        cluster=given.cluster, per=100 * DAYS_PER_MONTH,
    ).table  # fmt: skip
    how = "exact Poisson interval" if given.cluster is None else "interval robust to clusters"
    columns: Record = {
        "estimand": "rate",
        "cause": "relapse",
        "time": table["end"],
        "window_start": table["start"],
        "window_end": table["end"],
        "n": table["at_risk"],
        "method": f"events per person-time, {how}",
    }
    rates = context.rows(
        table, columns | {"statistic": "estimate", "unit": PER_100_MONTHS, "estimate": table["rate"]}
    )
    days = context.rows(
        table[["arm"]],
        columns | {"statistic": "person_days", "unit": "days", "estimate": table["person_days"]},
    )
    return pd.concat([rates, days]).sort_index(kind="stable")


def _windows(context: Context, curves: Curves) -> Records:
    begin, end = context.window
    found = window_risk(curves, begin, end, horizon=context.study.outcome.after_window, cause=RELAPSE)
    rows = window_rows(context, context.of_relapse(found.records))
    if context.compared:
        rows += window_contrasts(context, context.of_relapse(contrast(found).records))
    return rows


def _rmst_rows(context: Context, given: _Input) -> Records:
    start, tau = context.design.start, context.study.outcome.window[1]
    found = given.mean(start, tau)
    keys: Record = {"estimand": "rmst", "time": tau, "method": "area under the Kaplan-Meier curve"}
    rows = context.records(found.records, keys | {"statistic": "estimate", "unit": "days"})
    if context.compared:
        rows += context.contrasts(contrast(found).records, keys, unit="days")
    return rows


def _test_rows(context: Context, given: _Input) -> Records:
    event = context.arms.followup.event > 0
    test = logrank(given.days, event, given.arm, entry=given.entry, cluster=given.cluster)
    method = "log-rank test" if given.cluster is None else "log-rank test, robust to clusters"
    numbers = {"statistic": test.statistic, "df": float(test.df), "p_value": test.p}
    found: Records = [{"statistic": name, "estimate": number} for name, number in numbers.items()]
    keys: Record = {"estimand": "logrank", "method": method, "note_code": context.design.caution}
    return context.records(found, keys | {"note": test.note})
