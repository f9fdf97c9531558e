"""Figures of claims about a whole cohort: shares, timing, gaps, and levels of care."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from stepdown.cohort.secondary import FIRST
from stepdown.cohort.secondary.abstinent_at import shares_at
from stepdown.compare import design
from stepdown.compare.designs import whole
from stepdown.errors import DesignError, EstimateError
from stepdown.estimate import estimate_design
from stepdown.estimate.time_varying_rows import time_varying_rows
from stepdown.replicate.claim import Claim
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.estimate_of_claim import FIGURE, ClaimEstimate, estimate_of
from stepdown.replicate.ratio_limits import ratio_of_shares
from stepdown.schema import read_care_rules
from stepdown.study import Study
from stepdown.survival import aalen_johansen, risk
from stepdown.survival.core.confidence_intervals import normal_quantile

YEAR, QUARTER, MONTH, GAP = 365, 90, 30, 7
"""Days; a gap is more than 7 days from discharge to the appointment, or no appointment."""
_Z = normal_quantile(0.95)


def _rows(derived: DerivedClaim, study: Study | None = None) -> pd.DataFrame:
    study = study or derived.study
    return estimate_design(whole(derived.people, study), study).table


def _row(table: pd.DataFrame, estimand: str, day: int, statistic: str = "estimate") -> pd.Series:
    found = table[
        (table["estimand"] == estimand) & (table["time"] == day) & (table["statistic"] == statistic)
        & table["cause"].isin(["relapse", ""])
    ]  # fmt: skip
    if found.empty:
        raise DesignError(
            f"The results have no {estimand.replace('_', ' ')} by day {day}. Add the day to "
            "outcome.times of the study."
        )
    return found.iloc[0]


def share_with_relapse(claim: Claim, derived: DerivedClaim) -> Iterator[ClaimEstimate]:
    """Yield the cumulative incidence of relapse, of abstinence 1 minus it, by the day of the claim."""
    day = claim.day or derived.study.outcome.horizon
    one = _row(_rows(derived), "risk", day)
    value, low, high = (float(one[name]) for name in ("estimate", "conf_low", "conf_high"))
    if claim.outcome == "abstinence":
        value, low, high = 1 - value, 1 - high, 1 - low
    yield estimate_of(FIGURE, (value, low, high), len(derived.people.table))
    if claim.outcome == "abstinence":
        yield from _at_contact(derived, day)


def _at_contact(derived: DerivedClaim, day: int) -> Iterator[ClaimEstimate]:
    """Yield the share without use in the 30 days up to the contact, under each rule for missed ones."""
    try:
        found = shares_at(derived.visits, derived.people, np.zeros(len(derived.people.table), dtype=np.int64))
    except DesignError as error:
        yield ClaimEstimate(quantity="abstinent_at_contact", value=math.nan, note=str(error))
        return
    for row in found[(found["visit"] == day) & (found["denominator"] > 0)].to_dict("records"):
        limits = (float(row["rate"]), float(row["conf_low"]), float(row["conf_high"]))
        yield estimate_of(f"abstinent_missing_{row['rule']}", limits, int(row["denominator"]))


def share_of_relapses(claim: Claim, derived: DerivedClaim) -> Iterator[ClaimEstimate]:
    """Yield the share of the relapses of a year that come by day 90, and that of the recorded ones."""
    table = _rows(derived)
    day = claim.day or QUARTER
    one = _row(table, "share_of_events_by", day)
    limits = (float(one["estimate"]), float(one["conf_low"]), float(one["conf_high"]))
    yield estimate_of(FIGURE, limits, len(derived.people.table))
    early, year = (float(_row(table, "risk", when)["events"]) for when in (day, YEAR))
    if year:
        yield ClaimEstimate(quantity="share_of_recorded", value=early / year, n=int(year))


def timing_of_relapse(claim: Claim, derived: DerivedClaim) -> Iterator[ClaimEstimate]:
    """Yield the rate of 90 days over that of the rest of the year, and of days 31-90 over days 0-30."""
    del claim
    size = len(derived.people.table)
    last = derived.study.outcome.horizon
    early, late = _rates(derived, (QUARTER, last))
    yield estimate_of(FIGURE, ratio_of_shares(early, late), size)
    first, second, *_ = _rates(derived, (MONTH, QUARTER, last))
    yield estimate_of("peak_ratio", ratio_of_shares(second, first), size)


def _rates(derived: DerivedClaim, days: tuple[int, ...]) -> list[tuple[float, float]]:
    study = derived.study.replace(times=days, window=(MONTH, QUARTER))
    table = _rows(derived, study)
    found = table[(table["estimand"] == "rate") & (table["statistic"] == "estimate")]
    rates = [(float(a), float(b)) for a, b in zip(found["estimate"], found["std_error"], strict=True)]
    if len(rates) != len(days) or min(rate for rate, _ in rates) <= 0:
        raise EstimateError("A period has no relapse, so there is no ratio of rates.")
    return rates


def gap_share(claim: Claim, derived: DerivedClaim) -> Iterator[ClaimEstimate]:
    """Yield the share of the dropout before a first session that goes with a gap of more than 7 days.

    With x and y the dropout without and with a gap, and w the share without: 1 - x / (w x + (1 - w) y).
    """
    table = derived.people.table
    gap = (table["appointment_day"] - table["discharge_day"]).to_numpy(dtype=float, na_value=np.inf)
    soon, found = (gap >= 0) & (gap <= GAP), derived.first
    day = claim.day or MONTH
    if soon.all() or not soon.any():
        raise EstimateError(
            "Everybody has an appointment within 7 days, or nobody, so there is no comparison."
        )
    curves = aalen_johansen(found.days, found.cause, arm=np.where(soon, "soon", "gap"))
    rows = risk(curves, day, cause=FIRST.index("session")).table
    (come, come_error), (late, late_error) = (
        (float(row["estimate"]), float(row["std_error"]))
        for row in (rows[rows["arm"].astype(str) == name].iloc[0] for name in ("soon", "gap"))
    )
    x, y, w = 1 - come, 1 - late, float(soon.mean())
    every = w * x + (1 - w) * y
    if every <= 0:
        raise EstimateError("Nobody drops out before a first session, so there is no share of dropout.")
    # Derivatives of 1 - x / every by x and y.
    by_x, by_y = -(1 - w) * y / every**2, (1 - w) * x / every**2
    wide = _Z * math.hypot(by_x * come_error, by_y * late_error)
    value = 1 - x / every
    yield estimate_of(FIGURE, (value, value - wide, value + wide), len(table))
    yield ClaimEstimate(quantity="share_exposed", value=w, n=len(table))
    yield ClaimEstimate(quantity="dropout_without_gap", value=x, n=int(soon.sum()))
    yield ClaimEstimate(quantity="dropout_with_gap", value=y, n=int((~soon).sum()))


def difference_of_levels(claim: Claim, derived: DerivedClaim) -> Iterator[ClaimEstimate]:
    """Yield the difference in the risk of relapse between discharges from two levels of care."""
    day = claim.day or derived.study.outcome.horizon
    made = design(derived.people, derived.study)
    table = estimate_design(made, derived.study).table
    row = _row(table, "risk", day, "difference")
    limits = (float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"]))
    yield estimate_of(FIGURE, limits, len(made.readings[0].arm))
    for name, label in zip(("outcome_exposed", "outcome_others"), made.labels, strict=True):
        one = _row(table[table["arm"] == label], "risk", day)
        yield ClaimEstimate(quantity=name, value=float(one["estimate"]), n=int(one["n"]))


def hazard_of_care(claim: Claim, derived: DerivedClaim) -> Iterator[ClaimEstimate]:
    """Yield the hazard ratio of days in care, by a Cox model and by a marginal structural one."""
    del claim
    choices = [] if derived.study.analysis is None else list(derived.study.analysis.designs)
    choice = next((one for one in choices if one.design == "time_varying"), None)
    if choice is None:
        raise DesignError('The study has no design "time_varying". Add it to analysis.secondary.')
    cohort, people = derived.chosen.cohort, derived.people
    rows = time_varying_rows(people, derived.study, choice, cohort=cohort, rules=read_care_rules(None))
    rows = rows[(rows["estimand"] == "hazard_ratio") & (rows["term"] == "in this care")]
    names = {
        "": FIGURE,
        "estimator=marginal_structural": "marginal_structural",
        "adjusted=none": "unadjusted",
    }
    for variant, quantity in names.items():
        for row in rows[rows["variant"] == variant].to_dict("records"):
            limits = (float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"]))
            yield estimate_of(quantity, limits, len(people.table))
