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

from collections.abc import Iterable

import numpy as np
import pandas as pd

from stepdown.cohort import RELAPSE, Bracket
from stepdown.compare import Design
from stepdown.estimate.context import PER_100_MONTHS, Context, Record, Records
from stepdown.results import HIGHEST, LOWEST
from stepdown.results.reading import TURNBULL
from stepdown.survival import (
    DAYS_PER_MONTH,
    Estimands,
    PiecewiseExponential,
    contrast,
    kaplan_meier,
    piecewise_exponential,
    turnbull,
)
from stepdown.survival.core.fit_warning import quiet


def can_be_estimated(design: Design) -> bool:
    """Return whether relapse days are intervals, and who was free of relapse at the start is known."""
    known = design.readings[0].followup.bracket
    return known is not None and not (design.start and design.interval_spans_landmark)


def interval_rows(context: Context) -> Records:
    """Return the risk by each day, the window and the rates, estimated from intervals.

    Parameters
    ----------
    context : Context
        A reading of a design that `can_be_estimated`.

    Returns
    -------
    list of dict
        `risk` by Turnbull's method (two rows a day, the ends of the range) and by the piecewise-exponential
        model; `window_risk`, `conditional_risk`, `share_of_events_by` and `rate` by the model. Where these
        are the numbers that the study asks for, also the arms' differences and ratios of `risk` and
        `window_risk` by the model.
    """
    known = context.arms.followup.bracket
    if known is None:
        return []
    arm = pd.Categorical.from_codes(context.arms.arm, categories=pd.Index(context.design.labels))
    return [*_turnbull_rows(context, known, arm), *_model_rows(context, known, arm)]


def window_rows(context: Context, found: Iterable[Record]) -> Records:
    """Return the measures of the window as rows: one for each measure and arm."""
    begin, end = context.window
    inside = {"window_start": begin, "window_end": end}
    share = {"window_start": 0, "window_end": context.study.outcome.horizon}
    places: dict[str, Record] = {
        "window_risk": inside | {"estimand": "window_risk"},
        "conditional_risk": inside | {"estimand": "conditional_risk"},
        "share": share | {"estimand": "share_of_events_by"},
    }
    if not begin:  # No one has left before the start: the conditional risk is the window risk.
        del places["conditional_risk"]
    columns: Record = {"cause": "relapse", "statistic": "estimate", "unit": "probability", "time": end}
    made = context.records((row for row in found if row["measure"] in places), columns)
    return [row | places[row["measure"]] for row in made]


def window_contrasts(context: Context, found: Iterable[Record]) -> Records:
    """Return the differences and ratios of the window risk as rows."""
    begin, end = context.window
    keys: Record = {"estimand": "window_risk", "cause": "relapse", "time": end}
    compared = (row for row in found if row["measure"] == "window_risk")
    return context.contrasts(compared, keys | {"window_start": begin, "window_end": end})


def _turnbull_rows(context: Context, known: Bracket, arm: "pd.Categorical[str]") -> Records:
    found = turnbull(known.low, known.high, arm=arm)
    # Within a day relapse comes first: a relapse is counted just before the other events of its day.
    ended = np.where(known.event == RELAPSE, np.maximum(known.days - 0.5, 0.0), known.days)
    others = kaplan_meier(ended, known.event > RELAPSE, arm=arm)
    table = found.risk(*context.days, others=others)
    rows: Records = []
    for row in table.to_dict("records"):
        mine = context.arms.arm == context.design.labels.index(row["arm"])
        for bound, end in ((LOWEST, "conf_low"), (HIGHEST, "conf_high")):
            events = int((mine & (known.high <= row["time"])).sum())
            counts: Record = {"n": int(mine.sum()), "events": events}
            place: Record = {"arm": row["arm"], "time": row["time"], "bound": bound}
            rows.append(context.keys | place | counts | {"estimate": row[end], "note": row["note"]})
    keys: Record = {"estimand": "risk", "cause": "relapse", "statistic": "estimate", "unit": "probability"}
    return [row | keys | {"method": TURNBULL} for row in rows]


def _model_rows(context: Context, known: Bracket, arm: "pd.Categorical[str]") -> Records:
    relapse, others = _models(context, known, arm)
    keys: Record = {"cause": "relapse", "statistic": "estimate", "unit": "probability"}
    risks = relapse.risk(*context.days, others=others)
    rows = context.records(risks.records, keys | {"estimand": "risk"})
    rows += context.contrasts(_contrasts(context, risks), {"estimand": "risk", "cause": "relapse"})
    begin, end = context.window
    windows = relapse.window_risk(begin, end, horizon=context.study.outcome.after_window, others=others)
    rows += window_rows(context, windows.records)
    rows += window_contrasts(context, _contrasts(context, windows))
    rates = [row for row in relapse.hazard().records if (row["start"], row["time"]) in context.bands]
    # Of events known only to lie in an interval the band is not known.
    named = keys | {"estimand": "rate", "unit": PER_100_MONTHS, "events": np.nan}
    for row in context.records(rates, named):
        rows.append(row | {"window_start": row["start"], "window_end": row["time"]})
    return rows


def _contrasts(context: Context, found: Estimands) -> tuple[Record, ...]:
    """Return the contrasts of arms where the study wants its numbers from the intervals themselves."""
    if context.compared and context.study.outcome.interval == "interval":
        return contrast(found).records
    return ()


def _models(
    context: Context, known: Bracket, arm: "pd.Categorical[str]"
) -> tuple[PiecewiseExponential, list[PiecewiseExponential]]:
    """Fit relapse, and all competing events together where there are any."""
    start = context.design.start
    cuts = [start, *context.days]
    entry = np.full(len(known.low), float(start)) if start else None
    per, groups = 100 * DAYS_PER_MONTH, context.arms.followup.shared_cluster

    def fit(low: np.ndarray, high: np.ndarray) -> PiecewiseExponential:
        with quiet():
            return piecewise_exponential(low, high, cuts=cuts, arm=arm, entry=entry, cluster=groups, per=per)

    competing = known.event > RELAPSE
    relapse = fit(known.low, known.high)
    if not competing.any():
        return relapse, []
    return relapse, [fit(known.days, np.where(competing, known.days, np.inf))]
