"""Curves, means and window measures compared with R survival and lifelines."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from tools.agreement import plain_forms as survival
from tools.agreement.agreement_line import Line
from tools.agreement.reference_data import ARMS, CASES, WORDS, Reference

SHOWN_ARM, SHOWN_DAY, TAU = "A", 18, 24


def curve_lines(reference: Reference) -> Iterator[Line]:
    """Yield Kaplan-Meier, Aalen-Johansen and Nelson-Aalen, each case with its standard errors."""
    cohort, r = reference.cohort, reference.r("cohort")
    hazards = reference.r("hazard")
    for case in CASES:
        key = f"_{case}" if case else ""
        given = reference.given(case)
        curves = survival.kaplan_meier(cohort["day"], cohort["cause"] > 0, arm=cohort["arm"], **given)
        table = _after_start(curves.table)
        theirs = [r[f"km{key}"][arm] for arm in ARMS]
        place = _place(theirs)
        estimate, se = lifelines_km(cohort, given)
        yield _line(
            f"Kaplan-Meier, {WORDS[case]}", table["estimate"], _all(theirs, "estimate"), place, estimate
        )
        yield _line("its standard error", table["std_error"], _known(theirs, "std_error"), place, se)
    for case in CASES:
        key = f"_{case}" if case else ""
        curves = survival.aalen_johansen(
            cohort["day"], cohort["cause"], arm=cohort["arm"], **reference.given(case)
        )
        table = _after_start(curves.table).query("cause == 1")
        theirs = [r[f"aj{key}"][arm] for arm in ARMS]
        place = _place(theirs)
        one = [part["estimate"]["1"] for part in theirs], [part["std_error"]["1"] for part in theirs]
        peer = lifelines_aj(cohort) if not case else (None, None)
        yield _line(f"Aalen-Johansen, {WORDS[case]}", table["estimate"], _flat(one[0]), place, peer[0])
        yield _line("its standard error", table["std_error"], _zero_is_none(_flat(one[1])), place, peer[1])
    for case in CASES:
        found = survival.nelson_aalen(
            cohort["day"], cohort["cause"] > 0, arm=cohort["arm"], **reference.given(case)
        )
        theirs = [hazards[case or "plain"][arm] for arm in ARMS]
        table = _after_start(found.table)
        place = _place(theirs)
        yield _line(f"Nelson-Aalen, {WORDS[case]}", table["estimate"], _all(theirs, "estimate"), place, None)
        yield _line("its standard error", table["std_error"], _known(theirs, "std_error"), place, None)


def mean_lines(reference: Reference) -> Iterator[Line]:
    """Yield restricted means, time lost, window measures, a risk difference and rates."""
    cohort, r = reference.cohort, reference.r("cohort")
    for case, name in (("", "rmst24"), ("entry", "rmst24_entry"), ("all", "rmst24_all")):
        given = reference.given(case)
        if case == "all":
            del given["entry"]
        found = survival.rmst(cohort["day"], cohort["cause"] > 0, tau=TAU, arm=cohort["arm"], **given).table
        theirs = np.array([r[name][arm] for arm in ARMS])
        words = "weights, sites as clusters" if case == "all" else WORDS[case]
        peer = lifelines_rmst(cohort) if not case else (None, None)
        yield _line(f"RMST({TAU}), {words}", found["estimate"], theirs[:, 0], 0, peer[0])
        yield _line("its standard error", found["std_error"], theirs[:, 1], 0, peer[1])
    lost = survival.rmtl(cohort["day"], cohort["cause"], tau=TAU, arm=cohort["arm"]).table
    lost = lost.sort_values(["arm", "cause"])
    for column, name in (
        ("estimate", f"time lost to each cause by day {TAU}"),
        ("std_error", "its standard error"),
    ):
        yield _line(name, lost[column], _flat([r["rmtl24"][arm][column] for arm in ARMS]), 0, None)
    curves = survival.aalen_johansen(cohort["day"], cohort["cause"], arm=cohort["arm"])
    for measure, words in (
        ("window_risk", "F(24) - F(9)"), ("conditional_risk", "risk over (9, 24], given day 9"),
        ("share", "share of F(24) by day 9"),
    ):  # fmt: skip
        span = (
            survival.window_risk(curves, 2, 9, horizon=24)
            if measure == "share"
            else survival.window_risk(curves, 9, 24)
        )
        table = span.table.query("measure == @measure and cause == 1")
        theirs = np.array([r["window"][arm][measure] for arm in ARMS])
        yield _line(words, table["estimate"], theirs[:, 0], 0, None)
        yield _line("its standard error", table["std_error"], theirs[:, 1], 0, None)
    weighted = survival.kaplan_meier(
        cohort["day"],
        cohort["cause"] > 0,
        arm=cohort["arm"],
        weights=cohort["weight"],
        cluster=cohort["site"],
    )
    contrast = survival.contrast(survival.risk(weighted, 24), reference="B", measures=["difference"]).table
    row = contrast[contrast["arm"] == "A"].iloc[0]
    yield _line(
        "risk difference by day 24, sites that span arms, and its standard error",
        [row["estimate"], row["std_error"]], r["risk_difference"], 0, None,
    )  # fmt: skip


def lifelines_km(cohort: pd.DataFrame, given: dict[str, Any]) -> tuple[float | None, float | None]:
    """Return lifelines' curve of one arm on one day, and the standard error that its variance gives."""
    if "cluster" in given:
        return None, None  # It takes no clusters.
    from lifelines import KaplanMeierFitter

    mine = cohort["arm"] == SHOWN_ARM
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = KaplanMeierFitter().fit(
            cohort["day"][mine], cohort["cause"][mine] > 0,
            entry=given["entry"][mine] if "entry" in given else None,
            weights=given["weights"][mine] if "weights" in given else None,
        )  # fmt: skip
    estimate = float(fit.predict(SHOWN_DAY))
    # Its interval is exp(-exp(log(-log S) ± z sqrt(V) / log S)); V is held in a private table.
    return estimate, estimate * float(np.sqrt(fit._cumulative_sq_.loc[:SHOWN_DAY].iloc[-1].item()))


def lifelines_aj(cohort: pd.DataFrame) -> tuple[float, float]:
    """Return lifelines' incidence, whose ties are moved at random (one seed)."""
    from lifelines import AalenJohansenFitter

    mine = cohort["arm"] == SHOWN_ARM
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = AalenJohansenFitter(seed=1).fit(cohort["day"][mine], cohort["cause"][mine], event_of_interest=1)
    # Days are moved by less than half a day, so everything up to the day is before the middle of the next.
    day = SHOWN_DAY + 0.5
    variance = fit.variance_[fit.variance_.index <= day].iloc[-1].item()
    return float(fit.predict(day)), float(np.sqrt(variance))


def lifelines_rmst(cohort: pd.DataFrame) -> tuple[float, float]:
    """Return lifelines' restricted mean, and the root of what it calls its variance."""
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    mine = cohort["arm"] == SHOWN_ARM
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = KaplanMeierFitter().fit(cohort["day"][mine], cohort["cause"][mine] > 0)
        mean, variance = restricted_mean_survival_time(fit, t=TAU, return_variance=True)
    return float(mean), float(np.sqrt(variance))


def _line(name: str, ours: object, r: object, shown: int, lifelines: float | None) -> Line:
    return Line(name=name, ours=ours, r=r, shown=shown, lifelines=lifelines)  # type: ignore[arg-type]


def _after_start(table: pd.DataFrame) -> pd.DataFrame:
    """R's tables have no row for the start."""
    return table[table["time"] > 0]


def _place(theirs: list[dict[str, list[float]]]) -> int:
    return theirs[0]["time"].index(SHOWN_DAY)


def _flat(parts: list[list[float]]) -> list[float]:
    return [value for part in parts for value in part]


def _all(theirs: list[dict[str, list[float]]], name: str) -> list[float]:
    return _flat([part[name] for part in theirs])


def _known(theirs: list[dict[str, list[float]]], name: str) -> list[float]:
    return _zero_is_none(_all(theirs, name))


def _zero_is_none(values: list[Any]) -> list[float]:
    """R writes 0, or nothing, where there is no spread; ours has none."""
    numbers = np.array([value if isinstance(value, int | float) else np.nan for value in values])
    return list(np.where(np.abs(numbers) < 1e-8, np.nan, numbers))
