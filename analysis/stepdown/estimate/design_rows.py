"""From a design to results: which estimands, over which days, in which words.

Whole cohort and comparisons use the same estimators; a comparison adds differences, ratios and the
log-rank test. Where relapse days are only known as intervals, the risk on contact days is told as the lowest
and the highest value that the intervals allow (`stepdown.cohort`, follow-up), and beside it what can be
estimated from the intervals (`interval_rows`).
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort import CAUSES, RELAPSE
from stepdown.compare import Arms, Design
from stepdown.estimate.context import PER_100_MONTHS, Context, Record, bands, sentence
from stepdown.estimate.curve_rows import count_rows, curve_rows, risk_rows
from stepdown.estimate.flow_rows import flow_records
from stepdown.estimate.imputations import pooled
from stepdown.estimate.interval_rows import WINDOW, can_be_estimated, interval_rows
from stepdown.results import Results, rows
from stepdown.results.reading import FROM_INTERVALS
from stepdown.results.words import days_of
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
        Rows as described in docs/architecture.md, section 6.
    """
    records: list[Record] = list(flow_records(design.flow, analysis=design.key))
    records.extend(_of_readings(design, study, _reading_rows))
    if can_be_estimated(design):
        records.extend(interval_rows(Context(design, study, design.readings[0], FROM_INTERVALS)))
    if design.straddle:
        records.append(
            {
                "analysis": design.key,
                "endpoint": study.outcome.endpoint,
                "estimand": "straddle",
                "time": design.start,
                "statistic": "count",
                "unit": "discharges",
                "estimate": design.straddle,
            }
        )
    return rows(records)


def estimate_end(design: Design, study: Study) -> Iterator[Record]:
    """Yield the risk by the end of the window, and the window, of every reading: a few rows of `estimate`."""
    yield from _of_readings(design, study, _end_rows)
    if study.outcome.interval == INTERVAL and can_be_estimated(design):
        context = Context(design, study, design.readings[0], FROM_INTERVALS)
        for one in interval_rows(context):
            if (one["method"], one["time"]) == (FROM_INTERVALS, study.outcome.window[1]):
                yield one


def _of_readings(
    design: Design, study: Study, tell: Callable[[Design, Study, Arms], Iterator[Record]]
) -> Iterator[Record]:
    """Yield what the readings tell, imputations pooled; nothing where the study wants the intervals."""
    if design.imputed:
        smallest = min(_clusters(design.readings[0]))
        told = [list(tell(design, study, arms)) for arms in design.readings]
        yield from pooled(told, df_complete=max(smallest - 1.0, 1.0))
    elif not (design.readings[0].followup.bound and study.outcome.interval == INTERVAL):
        for arms in design.readings:
            yield from tell(design, study, arms)


def _clusters(arms: Arms) -> list[int]:
    """Return how many clusters each arm holds."""
    followup = arms.followup
    return [len(np.unique(followup.cluster[arms.arm == arm])) for arm in np.unique(arms.arm)]


def _end_rows(design: Design, study: Study, arms: Arms) -> Iterator[Record]:
    context, _, curves = _begun(design, study, arms)
    yield from _risks(context, curves, (study.outcome.window[1],))
    if not arms.followup.bound:
        yield from _window_rows(context, curves)


def _reading_rows(design: Design, study: Study, arms: Arms) -> Iterator[Record]:
    context, given, curves = _begun(design, study, arms)
    days = study.outcome.times if arms.followup.at is None else (arms.followup.at,)
    yield from _risks(context, curves, tuple(day for day in days if day > design.start))
    if not arms.followup.bound:
        yield from count_rows(context)
        yield from _dated_rows(context, given, curves)


def _begun(design: Design, study: Study, arms: Arms) -> tuple[Context, "_Input", Curves]:
    """Return what all estimates of a reading begin with."""
    given = _Input(design, arms)
    # Imputations are told by one method, whichever of them holds a competing event.
    like = design.readings if design.imputed else (arms,)
    competing = any(bool((one.followup.event > RELAPSE).any()) for one in like)
    context = Context(design, study, arms, AALEN_JOHANSEN if competing else KAPLAN_MEIER)
    curves = given.incidence() if competing else given.survival(arms.followup.event == RELAPSE)
    return context, given, curves


def _risks(context: Context, curves: Curves, days: tuple[int, ...]) -> Iterator[Record]:
    risks = risk(curves, *days)
    compared = context.compared and not context.arms.followup.bound
    yield from risk_rows(context, risks.table, contrasts=contrast(risks).table if compared else None)


def _dated_rows(context: Context, given: "_Input", curves: Curves) -> Iterator[Record]:
    """Yield what needs exact days: curves, hazards, windows, means and tests."""
    free = given.survival(context.arms.followup.event > 0)
    yield from curve_rows(context, curves, estimand="risk", method=context.method)
    yield from _event_free_rows(context, free)
    yield from curve_rows(context, free, estimand="event_free", method=KAPLAN_MEIER)
    yield from _median_rows(context, free)
    yield from _rate_rows(context, given)
    yield from _window_rows(context, curves)
    yield from _rmst_rows(context, given)
    if context.compared:
        yield from _test_rows(context, given)


class _Input:
    """The arrays of one reading, as the engine takes them."""

    def __init__(self, design: Design, arms: Arms) -> None:
        followup = arms.followup
        self.days, self.event, self.entry = followup.days, followup.event, followup.entry
        self.arm = pd.Categorical.from_codes(arms.arm, categories=pd.Index(design.labels))
        # One row a client: independent rows, for which the classical variances hold.
        alone = len(np.unique(followup.cluster)) == len(followup.cluster)
        self.cluster = None if alone else followup.cluster

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


def _event_free_rows(context: Context, free: Curves) -> Iterator[Record]:
    days = [day for day in context.study.outcome.times if day > context.design.start]
    sizes = dict(zip(context.design.labels, np.bincount(context.arms.arm), strict=True))
    for _, row in free.at(*days).iterrows():
        yield context.record(
            estimand="event_free",
            arm=row["arm"],
            time=row["time"],
            statistic="estimate",
            unit="probability",
            estimate=row["estimate"],
            std_error=row["std_error"],
            conf_low=row["conf_low"],
            conf_high=row["conf_high"],
            n=sizes[row["arm"]],
            events=row["events"],
            note=row["note"],
            method=KAPLAN_MEIER,
        )


def _median_rows(context: Context, free: Curves) -> Iterator[Record]:
    for _, row in free.quantile(0.5).iterrows():
        yield context.record(
            estimand="median",
            arm=row["arm"],
            statistic="estimate",
            unit="days",
            estimate=row["estimate"],
            conf_low=row["conf_low"],
            conf_high=row["conf_high"],
            note="" if pd.notna(row["estimate"]) else "more than half are still event-free at the end",
            method=KAPLAN_MEIER,
        )


def _rate_rows(context: Context, given: _Input) -> Iterator[Record]:
    named = bands(context.study, context.design.start)
    cuts = sorted({day for band in named for day in band})
    relapse = context.arms.followup.event == RELAPSE
    table = window_hazard(
        given.days, relapse, cuts=cuts, arm=given.arm, entry=given.entry, cluster=given.cluster,
        per=100 * DAYS_PER_MONTH,
    ).table  # fmt: skip
    how = "exact Poisson interval" if given.cluster is None else "interval robust to clusters"
    for _, row in table.iterrows():
        keys = {
            "estimand": "rate",
            "cause": "relapse",
            "term": named[int(row["start"]), int(row["end"])],
            "time": row["end"],
            "arm": row["arm"],
            "n": row["at_risk"],
            "method": f"events per person-time, {how}",
        }
        yield context.record(
            **keys,
            statistic="estimate",
            unit=PER_100_MONTHS,
            estimate=row["rate"],
            std_error=row["std_error"],
            conf_low=row["conf_low"],
            conf_high=row["conf_high"],
            events=row["events"],
            note=row["note"],
        )
        yield context.record(**keys, statistic="person_days", unit="days", estimate=row["person_days"])


def _window_rows(context: Context, curves: Curves) -> Iterator[Record]:
    outcome = context.study.outcome
    begin, end = max(outcome.window[0], context.design.start), outcome.window[1]
    found = window_risk(curves, begin, end, horizon=outcome.horizon)
    table = found.table if "cause" in found.table else found.table.assign(cause=RELAPSE)
    term = f"days {days_of(begin, end)}"
    if not begin:  # Nobody has left before the start: the conditional risk is the window risk.
        table = table[table["measure"] != "conditional_risk"]
    for _, row in table[table["cause"] == CAUSES["relapse"]].iterrows():
        share = row["measure"] == "share"
        yield context.number(
            row,
            estimand=WINDOW[row["measure"]],
            cause="relapse",
            term=f"of {outcome.horizon} days" if share else term,
            time=end,
            statistic="estimate",
            unit="probability",
        )
    if not context.compared:
        return
    compared = contrast(found).table
    compared = compared if "cause" in compared else compared.assign(cause=RELAPSE)
    keep = (compared["measure"] == "window_risk") & (compared["cause"] == CAUSES["relapse"])
    for _, row in compared[keep].iterrows():
        unit = "probability" if row["contrast"] == "difference" else "ratio"
        yield context.contrasted(row, estimand="window_risk", cause="relapse", term=term, time=end, unit=unit)


def _rmst_rows(context: Context, given: _Input) -> Iterator[Record]:
    start, tau = context.design.start, context.study.outcome.window[1]
    found = given.mean(start, tau)
    keys = {"estimand": "rmst", "term": f"after day {start}" if start else "", "time": tau}
    method = "area under the Kaplan-Meier curve"
    for _, row in found.table.iterrows():
        yield context.number(row, **keys, statistic="estimate", unit="days") | {"method": method}
    if context.compared:
        for _, row in contrast(found).table.iterrows():
            unit = "days" if row["contrast"] == "difference" else "ratio"
            yield context.contrasted(row, **keys, unit=unit) | {"method": method}


def _test_rows(context: Context, given: _Input) -> Iterator[Record]:
    event = context.arms.followup.event > 0
    test = logrank(given.days, event, given.arm, entry=given.entry, cluster=given.cluster)
    method = "log-rank test" if given.cluster is None else "log-rank test, robust to clusters"
    numbers = {"statistic": test.statistic, "df": float(test.df), "p_value": test.p}
    notes = (context.design.warning, sentence(test.note))
    warning = " ".join(note for note in notes if note)
    for statistic, value in numbers.items():
        yield context.record(
            estimand="logrank", statistic=statistic, estimate=value, method=method, note=warning
        )
