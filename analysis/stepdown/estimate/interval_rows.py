"""Estimates where relapse days are only known as intervals.

They stand beside the lowest and the highest (`outcome.interval = "bounds"`), or are the numbers that the
study asks for ("interval").

Two estimators take the intervals as they are. Turnbull's gives the share that relapsed by each day without a
model, as a range where the intervals do not settle it. The piecewise-exponential model takes the rate of
relapse to be the same within each band of the report, and so gives one number with an interval for every day.

Competing events: both treat them as the end of what is seen of relapse, and put them back into the risk with
their own curve or rates, so that the risk is that of relapse before any of them, as elsewhere in the results.
Both take contacts to be unrelated to relapse, and competing events to be as frequent after a relapse that is
not found yet as before it.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from stepdown.cohort import RELAPSE, Bracket
from stepdown.compare import Design
from stepdown.estimate.context import PER_100_MONTHS, Context, Record, bands
from stepdown.results.reading import FROM_INTERVALS, RANGE_FROM, RANGE_TO
from stepdown.results.words import days_of
from stepdown.survival import (
    DAYS_PER_MONTH,
    Estimands,
    PiecewiseExponential,
    contrast,
    kaplan_meier,
    piecewise_exponential,
    turnbull,
)

WINDOW = {"window_risk": "window_risk", "conditional_risk": "conditional_risk", "share": "share_by"}


def can_be_estimated(design: Design) -> bool:
    """Tell whether relapse days are intervals, and who was free of relapse at the start of the design."""
    known = design.readings[0].followup.bracket
    return known is not None and not (design.start and design.straddle)


def interval_rows(context: Context) -> Iterator[Record]:
    """Yield the risk by each day, the window and the rates, estimated from intervals.

    Parameters
    ----------
    context : Context
        A reading of a design that `can_be_estimated`.

    Yields
    ------
    dict
        Rows for the results: `risk` by Turnbull's method (two rows a day, the ends of the range) and by the
        piecewise-exponential model; `window_risk`, `conditional_risk`, `share_by` and `rate` by the model.
        Where these are the numbers that the study asks for, also the arms' differences and ratios of `risk`
        and `window_risk` by the model.
    """
    known = context.arms.followup.bracket
    if known is None:
        return
    arm = pd.Categorical.from_codes(context.arms.arm, categories=pd.Index(context.design.labels))
    days = [day for day in context.study.outcome.times if day > context.design.start]
    yield from _turnbull_rows(context, known, arm, days)
    yield from _model_rows(context, known, arm, days)


def _turnbull_rows(
    context: Context, known: Bracket, arm: "pd.Categorical[str]", days: list[int]
) -> Iterator[Record]:
    found = turnbull(known.low, known.high, arm=arm)
    # Within a day relapse comes first: a relapse is gone just before the other events of its day.
    gone = np.where(known.event == RELAPSE, np.maximum(known.days - 0.5, 0.0), known.days)
    others = kaplan_meier(gone, known.event > RELAPSE, arm=arm)
    for _, row in found.risk(*days, others=others).iterrows():
        mine = context.arms.arm == context.design.labels.index(row["arm"])
        for method, end in ((RANGE_FROM, "conf_low"), (RANGE_TO, "conf_high")):
            yield context.record(
                estimand="risk",
                cause="relapse",
                arm=row["arm"],
                time=row["time"],
                statistic="estimate",
                unit="probability",
                estimate=row[end],
                n=int(mine.sum()),
                events=int((mine & (known.high <= row["time"])).sum()),
                method=method,
                note=row["note"],
            )


def _model_rows(
    context: Context, known: Bracket, arm: "pd.Categorical[str]", days: list[int]
) -> Iterator[Record]:
    relapse, others = _models(context, known, arm)
    keys = {"cause": "relapse", "statistic": "estimate", "unit": "probability"}
    method = {"method": FROM_INTERVALS}
    risks = relapse.risk(*days, others=others)
    for _, row in risks.table.iterrows():
        yield context.number(row, **keys, estimand="risk", time=row["time"]) | method
    for row in _contrasts(context, risks):
        told = {"estimand": "risk", "cause": "relapse", "time": row["time"], "unit": _unit(row)}
        yield context.contrasted(row, **told) | method
    outcome = context.study.outcome
    begin, end = max(outcome.window[0], context.design.start), outcome.window[1]
    windows = relapse.window_risk(begin, end, horizon=outcome.horizon, others=others)
    table = windows.table
    if not begin:  # Nobody has left before the start: the conditional risk is the window risk.
        table = table[table["measure"] != "conditional_risk"]
    for _, row in table.iterrows():
        share = row["measure"] == "share"
        term = f"of {outcome.horizon} days" if share else f"days {days_of(begin, end)}"
        yield context.number(row, **keys, estimand=WINDOW[row["measure"]], term=term, time=end) | method
    for row in _contrasts(context, windows):
        if row["measure"] == "window_risk":
            told = {"estimand": "window_risk", "term": f"days {days_of(begin, end)}", "time": end}
            yield context.contrasted(row, **told, cause="relapse", unit=_unit(row)) | method
    for (start, stop), term in bands(context.study, context.design.start).items():
        bands_of = relapse.hazard().table
        for _, row in bands_of[(bands_of["start"] == start) & (bands_of["time"] == stop)].iterrows():
            # Of events known only to lie in an interval nobody knows the band.
            number = row.to_frame().T.assign(events=np.nan).iloc[0]
            rate = keys | {"unit": PER_100_MONTHS}
            yield context.number(number, **rate, estimand="rate", term=term, time=stop) | method


def _contrasts(context: Context, found: Estimands) -> Iterator[pd.Series]:
    """Yield the contrasts of arms where the study wants its numbers from the intervals themselves."""
    if context.compared and context.study.outcome.interval == "interval":
        for _, row in contrast(found).table.iterrows():
            yield row


def _unit(row: pd.Series) -> str:
    return "probability" if row["contrast"] == "difference" else "ratio"


def _models(
    context: Context, known: Bracket, arm: "pd.Categorical[str]"
) -> tuple[PiecewiseExponential, list[PiecewiseExponential]]:
    """Fit relapse, and all competing events together where there are any."""
    start = context.design.start
    cuts = [start, *(day for day in context.study.outcome.times if day > start)]
    entry = np.full(len(known.low), float(start)) if start else None
    cluster = context.arms.followup.cluster
    alone = len(np.unique(cluster)) == len(cluster)
    per, groups = 100 * DAYS_PER_MONTH, None if alone else cluster

    def fit(low: np.ndarray, high: np.ndarray) -> PiecewiseExponential:
        return piecewise_exponential(low, high, cuts=cuts, arm=arm, entry=entry, cluster=groups, per=per)

    competing = known.event > RELAPSE
    relapse = fit(known.low, known.high)
    if not competing.any():
        return relapse, []
    return relapse, [fit(known.days, np.where(competing, known.days, np.inf))]
