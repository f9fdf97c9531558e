"""Clone-censor-weight as rows of the results."""

import numpy as np
import pandas as pd

from stepdown.cohort import People
from stepdown.compare import CloneCensorWeight, compare_strategies
from stepdown.results import ADJUSTED
from stepdown.study import DesignChoice, Study

METHOD = "clone-censor-weight, doubly robust"
_BESIDE = (("weighted", "estimator=weighted"), ("g_formula", "estimator=g_formula"), ("uncapped", "cap=none"))


def clone_censor_rows(people: People, study: Study, choice: DesignChoice) -> pd.DataFrame:
    """Return the risks under both strategies, their difference, and what the estimate rests on.

    Parameters
    ----------
    people, study
        As for `compare_strategies`.
    choice : DesignChoice
        A design "clone_censor_weight".

    Returns
    -------
    DataFrame
        Rows as documented in docs/results.md; the estimates by other ways have a `variant`.

    Raises
    ------
    DesignError
        As for `compare_strategies`.
    """
    found = compare_strategies(people, study, choice)
    labels = dict(zip(("start", "no_start"), study.labels, strict=True))
    table = found.table
    contrast = (table["strategy"] == "difference").to_numpy()
    days = table["estimand"] == "rmst"
    keys = {"analysis": choice.key, "population": "everyone", "endpoint": study.outcome.endpoint}
    rows = pd.DataFrame({
        "estimand": table["estimand"],
        "cause": np.where(days, "", "relapse"),
        "arm": table["strategy"].map(labels).where(~contrast, study.labels[0]),
        "reference": np.where(contrast, study.labels[1], ""),
        "time": table["time"],
        "window_start": table["window_start"],
        "window_end": np.where(table["estimand"] == "window_risk", table["time"], np.nan),
        "statistic": np.where(contrast, "difference", "estimate"),
        "unit": np.where(days, "days", "probability"),
        "estimate": table["estimate"],
        "std_error": table["std_error"],
        "conf_low": table["conf_low"],
        "conf_high": table["conf_high"],
        "method": METHOD,
        "note": table["note"],
        "note_code": np.where(contrast, ADJUSTED, ""),
    }).assign(**keys)  # fmt: skip
    beside = [
        rows.assign(
            variant=variant, estimate=table[column], std_error=np.nan, conf_low=np.nan, conf_high=np.nan,
            note="", note_code="",
        )
        for column, variant in _BESIDE
    ]  # fmt: skip
    return pd.concat([rows, _support(found, study, keys), *beside], ignore_index=True)


def _support(found: CloneCensorWeight, study: Study, keys: dict[str, str]) -> pd.DataFrame:
    """Return how much each strategy's estimate rests on: people, effective size, weights."""
    rows = []
    for label, (_, row) in zip(study.labels, found.diagnostics.iterrows(), strict=True):
        for estimand, column, unit in (
            ("effective_size", "effective_size", "people"),
            ("strategy_followed", "people", "discharges"),
            ("largest_weight", "largest_weight", "ratio"),
            ("weights_capped", "capped", "probability"),
        ):
            rows.append({"arm": label, "estimand": estimand, "unit": unit, "estimate": float(row[column])})
    return pd.DataFrame(rows).assign(**keys, statistic="estimate", time=study.outcome.horizon, method=METHOD)
