"""Negative controls by the design of the primary comparison, and the interval that they calibrate."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from stepdown.checks.empirical_calibration import FEWEST, calibrated, systematic_error
from stepdown.checks.gate_verdicts import TWO_SIDED
from stepdown.cohort import People
from stepdown.compare import design
from stepdown.compare.negative_controls import with_negative_exposure, with_negative_outcome
from stepdown.compare.sensitivity import unadjusted, up_to_window
from stepdown.errors import StepdownError
from stepdown.estimate.adjusted_rows import adjusted_rows, clone_censor_rows, trial_rows
from stepdown.estimate.context import Record
from stepdown.estimate.design_rows import estimate_end
from stepdown.results import Results, bind
from stepdown.results.reading import CALIBRATED, NEGATIVE_CONTROLS
from stepdown.schema import Cohort
from stepdown.sections.trust.read import EXPOSURE, NOT_ESTIMATED, OUTCOME
from stepdown.study import Study

_KEPT = ("statistic", "unit", "estimate", "std_error", "conf_low", "conf_high", "note", "method")


def control_rows(
    cohort: Cohort,
    people: People,
    study: Study,
    found: Results,
    *,
    progress: Callable[[str], None],
) -> Iterator[Record]:
    """Yield the risk ratio of each negative control, and the calibrated ratio of the primary comparison.

    Parameters
    ----------
    cohort, people, study
        The tables, the derived discharges and the protocol.
    found : Results
        Rows of the primary comparison among others, before gates.
    progress : callable
        Called with the name of each step as it begins.
    """
    if study.analysis is None:
        return
    base = up_to_window(study)
    outcomes: list[Record] = []
    for one in study.checks.negative_outcomes:
        progress(f"Comparing negative controls: {one.label}")
        swapped = partial(
            with_negative_outcome, people, cohort, one, landmark=study.analysis.primary.day is not None
        )
        outcomes += _compared(lambda made=swapped: (made(), base), OUTCOME, one.label)  # type: ignore[misc]
    yield from outcomes
    for exposure in study.checks.negative_exposures:
        column = cohort.column(exposure.column)
        label = exposure.column if column is None else column.label
        progress(f"Comparing negative controls: {label}")
        varied = partial(with_negative_exposure, base, exposure, label)
        yield from _compared(lambda made=varied: (people, made()), EXPOSURE, label)  # type: ignore[misc]
    if study.checks.negative_outcomes:
        yield from _calibrated(outcomes, found, study)


def _compared(given: Callable[[], tuple[People, Study]], kind: str, label: str) -> Iterator[Record]:
    """Yield the risks, their difference and ratio of one control, or why there are none."""
    keys: Record = {"analysis": NEGATIVE_CONTROLS, "estimand": "negative_control", "term": kind}
    keys |= {"level": label}
    try:
        people, study = given()
        day, rows = study.outcome.window[1], _rows(people, study)
    except StepdownError as error:
        yield keys | {"statistic": NOT_ESTIMATED, "note": str(error)}
        return
    mine = rows[
        (rows["estimand"] == "risk") & (rows["time"] == day) & (rows["variant"] == "") & (rows["bound"] == "")
        & rows["cause"].isin(["relapse", ""]) & rows["statistic"].isin(["estimate", "difference", "ratio"])
    ]  # fmt: skip
    for row in mine.to_dict("records"):
        yield keys | {"arm": row["arm"], "reference": row["reference"], "time": day} | {
            name: row[name] for name in _KEPT
        }  # fmt: skip


def _rows(people: People, study: Study) -> pd.DataFrame:
    """Return the rows of the primary comparison of a study, adjusted where it is."""
    assert study.analysis is not None
    choice = study.analysis.primary
    if choice.design == "clone_censor_weight":
        return bind([clone_censor_rows(people, study, choice, predictors=False, curve=False)]).table
    if choice.design == "sequential_trials":
        return bind([trial_rows(people, study, choice)]).table
    made = design(people, study, choice=choice)
    if unadjusted(study.analysis):
        return bind([estimate_end(made, study)]).table
    return bind([adjusted_rows(people, made, study, curve=False)]).table


def _calibrated(outcomes: Sequence[Record], found: Results, study: Study) -> Iterator[Record]:
    """Yield the calibrated risk ratio of the primary comparison, or why there is none."""
    day = study.outcome.window[1]
    keys: Record = {"analysis": NEGATIVE_CONTROLS, "estimand": CALIBRATED, "time": day}
    shown = found.table
    primary = shown[
        (shown["estimand"] == "risk") & (shown["time"] == day) & (shown["variant"] == "")
        & (shown["statistic"] == "ratio") & (shown["bound"] == "")
        & (shown["analysis"] == (study.analysis.primary.key if study.analysis else ""))
    ]  # fmt: skip
    about = primary[primary["population"] != ""]
    primary = about if len(about) else primary
    for (arm, reference), mine in primary.groupby(["arm", "reference"], sort=False):
        named = keys | {"arm": arm, "reference": reference}
        row = mine.iloc[0].to_dict()
        controls = [
            one for one in outcomes
            if (one.get("statistic"), one.get("arm"), one.get("reference")) == ("ratio", arm, reference)
            and math.isfinite(one["conf_low"])
        ]  # fmt: skip
        if len(controls) < FEWEST or not math.isfinite(row["conf_low"]):
            yield named | {
                "statistic": NOT_ESTIMATED, "n": len(controls),
                "note": f"An empirically calibrated interval needs {FEWEST} negative outcomes with an "
                f"interval, and there are {len(controls)}: from fewer the error of the design is too "
                "uncertain.",
            }  # fmt: skip
            continue
        error = systematic_error(
            [math.log(one["estimate"]) for one in controls], [log_error(one) for one in controls]
        )
        ratio = calibrated(math.log(row["estimate"]), log_error(row), error)
        named |= {"n": len(controls)}
        yield named | {
            "statistic": "ratio", "unit": "ratio", "estimate": ratio.ratio, "conf_low": ratio.low,
            "conf_high": ratio.high,
        }  # fmt: skip
        yield named | {"statistic": "p_value", "estimate": ratio.p}
        yield named | {"statistic": "mean", "unit": "log ratio", "estimate": error.mean}
        yield named | {"statistic": "sd", "unit": "log ratio", "estimate": error.spread}


def log_error(row: Mapping[Any, Any]) -> float:
    """Return the standard error of the logarithm of a ratio, from its interval."""
    return math.log(row["conf_high"] / row["conf_low"]) / (2 * TWO_SIDED)
