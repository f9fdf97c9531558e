"""Multi-state shares and interval-censored times beside R survival and lifelines."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from stepdown import survival
from stepdown.docs.agreement._data import Reference
from stepdown.docs.agreement._line import Line

MULTI_STATE: dict[str, dict[str, str]] = {
    "plain": {},
    "weighted": {"weights": "weight"},
    "sites": {"weights": "weight", "cluster": "site"},
}
MULTI_STATE_WORDS = {"plain": "", "weighted": ", weights", "sites": ", weights, sites as clusters"}


def state_lines(reference: Reference) -> Iterator[Line]:
    """Yield shares in each state and mean times."""
    rows = pd.read_csv(reference.folder / "multi_state.csv")
    r = reference.r("multi_state")
    columns = [rows[name] for name in ("start", "stop", "from", "to", "id")]
    for case, names in MULTI_STATE.items():
        theirs = r[case]
        given: dict[str, Any] = {name: rows[column] for name, column in names.items()}
        found = survival.multi_state(*columns, states=theirs["states"], **given)
        at, mean = found.at(*r["days"]), found.mean_time(63)
        words = MULTI_STATE_WORDS[case]
        yield Line(name=f"share in each state{words}", ours=at["estimate"], r=np.ravel(theirs["estimate"]))
        yield Line(name="its standard error", ours=at["se"], r=np.ravel(theirs["se"]))
        yield Line(name=f"mean time in each state{words}", ours=mean["estimate"], r=theirs["mean"])
        yield Line(name="its standard error", ours=mean["se"], r=theirs["mean_se"])


def interval_lines(reference: Reference) -> Iterator[Line]:
    """Yield Turnbull's curve and the parametric fits, which lifelines does for us."""
    data = pd.read_csv(reference.folder / "intervals.csv").replace("Inf", math.inf).astype(float)
    r, models = reference.r("turnbull"), reference.r("parametric")
    for case, given in (("plain", {}), ("weights", {"weights": data["weight"]})):
        found = survival.turnbull(data["low"], data["high"], **given)
        at = found.at(*r[case]["time"])
        words = ", weights" if given else ""
        yield Line(
            name=f"risk by Turnbull's method{words}", ours=at["estimate"], r=1 - np.array(r[case]["survival"])
        )
    for model, theirs in models["interval"].items():
        fit = survival.parametric(data["low"], data["high"], models=(model,))
        yield Line(
            name=f"log likelihood, {model}, intervals",
            ours=[fit.summary.loc[model, "loglik"]],
            r=[theirs["loglik"]],
        )
        risks = fit.risk(30, 90).query("measure == 'window_risk'")
        yield Line(name="risk over (30, 90]", ours=risks["estimate"], r=[theirs["risk"]])
