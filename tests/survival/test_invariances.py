"""What must change no number: order and types of rows, unit of time, scale of weights, copies, entries of 0.

Every estimator under every law that it can know, on random cohorts with ties, weights over four orders of
magnitude, clusters that span arms, and late entries.
"""

from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from stepdown import survival
from stepdown.errors import EstimateError
from support_size import quick_or_long
from tools.agreement import plain_forms

pytestmark = pytest.mark.slow

TIMES = (3, 7, 10)
# Copies and splits change how many clusters there are: laws hold for the plain forms.
engine = SimpleNamespace(
    **{name: getattr(survival, name) for name in survival.__all__}
    | {name: getattr(plain_forms, name) for name in plain_forms.__all__}
)
law = settings(max_examples=quick_or_long(2, 4), deadline=None)
seeds = st.integers(0, 10**6)


def cohort(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(50, 80))
    days = rng.integers(1, 13, size).astype(float)
    days[:2] = 13  # somebody of each arm is watched to the end
    return {
        "days": days,
        "event": rng.integers(0, 3, size),
        "arm": np.where(np.arange(size) % 2, "a", "b"),
        "entry": np.minimum(rng.integers(0, 4, size), days - 1) * (rng.random(size) < 0.3),
        "weights": 2.0 ** rng.integers(-6, 7, size),
        "cluster": rng.integers(0, 15, size),
        "id": np.arange(size),
        "z": rng.normal(size=size).round(3),
    }


@dataclass(frozen=True)
class Case:
    """An estimator: rows of numbers from a cohort, what it takes, and whether it uses no days or numbers of people."""

    read: object
    takes: tuple[str, ...] = ("weights", "cluster", "entry")
    unit: bool = True

    def of(self, c, unit=1.0, leave=()):
        given = {name: c[name] for name in self.takes if name not in leave}
        return self.read(c, given, unit).reset_index(drop=True)


def reason(note):
    """A note without the cautions that state how many clusters or people there are."""
    parts = [part for part in note.split("; ") if "clusters" not in part and "fewer than 10" not in part]
    return "; ".join(parts)


def shown(table, *numbers):
    found = table[[name for name in ("arm", "cause", "note") if name in table] + list(numbers)]
    return found.assign(note=found["note"].map(reason)) if "note" in found else found


def curve(function, every, c, given, unit):
    event = c["event"] if every else c["event"] > 0
    table = function(c["days"], event, arm=c["arm"], **given).at(*(unit * day for day in TIMES))
    return shown(table, "estimate", "std_error")


def ends(c):
    return np.where(c["event"] > 0, c["days"], np.inf)


def started(c):
    return np.maximum(c["days"] - np.where(c["z"] > 0, 0, c["days"] / 4), c["entry"])


def mean_of(function, event, c, given, unit):
    table = function(c["days"], event(c), tau=9 * unit, arm=c["arm"], **given).table
    return shown(
        table.assign(estimate=table["estimate"] / unit, std_error=table["std_error"] / unit),
        "estimate",
        "std_error",
    )


def windows(c, given, unit):
    curves = engine.aalen_johansen(c["days"], c["event"], arm=c["arm"], **given)
    table = engine.window_risk(curves, 3 * unit, 7 * unit, horizon=10 * unit).table
    return shown(table, "estimate", "std_error")


def differences(c, given, unit):
    curves = engine.aalen_johansen(c["days"], c["event"], arm=c["arm"], **given)
    return shown(engine.contrast(engine.risk(curves, 7 * unit)).table, "estimate", "std_error")


def rates(c, given, unit):
    cuts = [0, 3 * unit, 8 * unit, 13 * unit]
    table = engine.window_hazard(c["days"], c["event"] > 0, cuts=cuts, arm=c["arm"], per=unit, **given).table
    return shown(table.assign(estimate=table["rate"]), "estimate", "std_error")


def chi_square_of(function, c, given, unit):
    found = function(c, given)
    return pd.DataFrame({"statistic": [found.statistic]})


def coefficients(fit):
    return fit.summary.assign(estimate=fit.summary["coef"])[["estimate", "std_error"]]


def covariates(c):
    return np.column_stack([c["arm"] == "a", c["z"]]).astype(float)


def regression(c, given, unit, correction="none"):
    fit = engine.cox(
        c["days"], c["event"] == 1, covariates(c), ties="breslow", correction=correction, **given
    )
    curves = fit.predict([[0, 0], [1, 1]], [3 * unit, 7 * unit])
    if correction != "none":
        return coefficients(fit)
    return pd.concat([coefficients(fit), curves[["estimate", "std_error"]]])


def subdistribution(c, given, unit):
    fit = engine.fine_gray(c["days"], c["event"], covariates(c), cause=1, **given)
    curves = fit.predict([[0, 0], [1, 1]], [3 * unit, 7 * unit])
    return pd.concat([coefficients(fit), curves[["estimate", "std_error"]]])


def people(c, given, unit):
    table = engine.mean_cumulative(c["days"], c["event"] > 0, id=c["id"], arm=c["arm"], **given)
    return shown(table.at(*(unit * day for day in TIMES)), "estimate", "std_error")


def recurrent(c, given, unit):
    return coefficients(
        engine.andersen_gill(c["days"], c["event"] > 0, covariates(c), id=c["id"], ties="breslow", **given)
    )


def by_window(c, given, unit):
    cuts = [0, 5 * unit, 13 * unit]
    table = engine.window_hazard_ratios(
        c["days"], c["event"] > 0, covariates(c), cuts=cuts, ties="breslow", **given
    ).table
    return table.assign(estimate=table["coef"])[["estimate", "std_error"]]


def proportional(c, given, unit):
    fit = engine.cox(c["days"], c["event"] > 0, covariates(c), ties="breslow", **given)
    return engine.proportional_hazards(fit, transform="rank").table[["statistic"]]


def masses(c, given, unit):
    table = engine.turnbull(started(c), ends(c), arm=c["arm"], **given).at(*(unit * day for day in TIMES))
    return shown(table, "conf_low", "conf_high")


def banded(c, given, unit):
    fit = engine.piecewise_exponential(
        started(c), ends(c), cuts=[0, 4 * unit, 8 * unit], arm=c["arm"], per=unit, **given
    )
    parts = [fit.rates.assign(estimate=fit.rates["rate"]), fit.risk(3 * unit, 10 * unit).table]
    return pd.concat([shown(part, "estimate", "std_error") for part in parts])


def pseudo(c, given, unit):
    kinds = {"risk": 1.0, "rmtl": unit, "rmst": unit}
    values = [
        engine.pseudo_values(
            c["days"], c["event"], times=[4 * unit, 9 * unit], estimand=kind, strata=c["arm"],
            cause=None if kind == "rmst" else 1,
        ).values / size
        for kind, size in kinds.items()
    ]  # fmt: skip
    return pd.DataFrame({"sum": np.concatenate([value.T @ c["z"] for value in values])})


def states(c, given, unit):
    start = given.pop("entry", np.zeros(len(c["days"])))
    to = np.array([None, "out", "dead"], dtype=object)[c["event"]]
    table = engine.multi_state(
        start, c["days"], ["in"] * len(to), to, c["id"], arm=c["arm"], correction="none", **given
    )
    return shown(table.at(*(unit * day for day in TIMES)), "estimate", "std_error")


def smooth(c, given, unit):
    table = engine.smooth_hazard(
        c["days"], c["event"] > 0, bandwidth=4, arm=c["arm"], correction="none", **given
    ).table
    return shown(table, "estimate", "std_error")


CASES = {
    "kaplan_meier": Case(partial(curve, engine.kaplan_meier, False)),
    "nelson_aalen": Case(partial(curve, engine.nelson_aalen, False)),
    "aalen_johansen": Case(partial(curve, engine.aalen_johansen, True)),
    "rmst": Case(partial(mean_of, engine.rmst, lambda c: c["event"] > 0)),
    "rmtl": Case(partial(mean_of, engine.rmtl, lambda c: c["event"])),
    "window_risk": Case(windows),
    "contrast": Case(differences),
    "window_hazard": Case(rates),
    "logrank": Case(
        partial(chi_square_of, lambda c, given: engine.logrank(c["days"], c["event"] > 0, c["arm"], **given))
    ),
    "gray": Case(
        partial(chi_square_of, lambda c, given: engine.gray(c["days"], c["event"], c["arm"], rho=1)), takes=()
    ),
    "cox": Case(regression),
    "cox, few clusters": Case(partial(regression, correction="md")),
    "fine_gray": Case(subdistribution),
    "andersen_gill": Case(recurrent),
    "mean_cumulative": Case(people),
    "window_hazard_ratios": Case(by_window),
    "proportional_hazards": Case(proportional),
    "turnbull": Case(masses, takes=("weights",)),
    "piecewise_exponential": Case(banded),
    "pseudo_values": Case(pseudo, takes=()),
    "multi_state": Case(states),
    "smooth_hazard": Case(smooth, unit=False),
}
everyone = pytest.mark.parametrize("name", CASES)


def those(test):
    return pytest.mark.parametrize("name", [name for name, case in CASES.items() if test(case)])


def assert_same_table(one, other, rtol=1e-7):
    assert len(one) == len(other)
    pd.testing.assert_frame_equal(one, other, rtol=rtol, atol=1e-9, check_dtype=False)
    assume(
        one.select_dtypes("number").notna().any(axis=None)
    )  # a cohort with too few events is uninformative


@everyone
@law
@given(seeds)
def test_order_and_types_of_rows(name, seed):
    c = cohort(seed)
    order = np.random.default_rng(seed).permutation(len(c["days"]))
    moved = {column: values[order] for column, values in c.items()}
    index = np.random.default_rng(seed + 1).permutation(len(order))
    typed = moved | {
        "days": pd.Series(moved["days"].astype(np.int16), index=index).to_numpy(),
        "event": moved["event"].astype(np.int8),
        "arm": pd.Categorical(moved["arm"]),
        "weights": moved["weights"].astype(np.float32),
        "entry": pd.Series(moved["entry"], index=index),
        "cluster": np.array([f"site {code:02d}" for code in moved["cluster"]], dtype=object),
    }
    assert_same_table(CASES[name].of(c), CASES[name].of(moved))
    assert_same_table(CASES[name].of(c), CASES[name].of(typed))


@those(lambda case: case.unit)
@law
@given(seeds, st.sampled_from([7.0, 1 / 7, 24 * 3600.0]))
def test_unit_of_time(name, seed, unit):
    c = cohort(seed)
    other = c | {column: c[column] * unit for column in ("days", "entry")}
    assert_same_table(CASES[name].of(c), CASES[name].of(other, unit))


@those(lambda case: "weights" in case.takes)
@law
@given(seeds, st.sampled_from([1e-6, 3.0, 1e5]))
def test_scale_of_weights(name, seed, scale):
    c = cohort(seed)
    assert_same_table(CASES[name].of(c), CASES[name].of(c | {"weights": c["weights"] * scale}))


@those(lambda case: "cluster" in case.takes and case.unit)
@law
@given(seeds)
def test_copies_within_clusters(name, seed):
    c = cohort(seed)
    # (Of few-cluster corrections the leverage of a cluster stays too, and multi-state people are their rows.)
    copied = {column: np.concatenate([values, values]) for column, values in c.items()}
    copied["id"] = np.arange(len(copied["days"]))
    assert_same_table(CASES[name].of(c), CASES[name].of(copied))


@those(lambda case: "cluster" in case.takes and case.unit)
@law
@given(seeds)
def test_copies_of_clusters_halve_the_variance(name, seed):
    if name == "cox, few clusters":
        return
    c = cohort(seed)
    copied = {column: np.concatenate([values, values]) for column, values in c.items()}
    copied["id"] = np.arange(len(copied["days"]))
    copied["cluster"] = np.concatenate([c["cluster"], c["cluster"] + 100])
    one, other = CASES[name].of(c), CASES[name].of(copied)
    factors = {"std_error": np.sqrt(2), "statistic": 0.5}
    assert_same_table(
        one,
        other.assign(**{column: other[column] * factors[column] for column in factors if column in other}),
    )


@those(lambda case: "entry" in case.takes)
@law
@example(1_000_000)  # a daily hazard so uncertain that its upper limit is infinite
@given(seeds)
def test_entry_0_is_no_entry(name, seed):
    c = cohort(seed)
    c["entry"] = np.zeros(len(c["days"]))
    assert_same_table(CASES[name].of(c), CASES[name].of(c, leave=("entry",)))


@pytest.mark.parametrize(
    "name",
    ["nelson_aalen", "rmst", "rmtl", "window_risk", "window_hazard", "mean_cumulative", "turnbull",
     "piecewise_exponential", "multi_state", "smooth_hazard", "kaplan_meier"],
)  # fmt: skip
@law
@given(seeds)
def test_an_arm_alone_is_its_part_of_the_whole(name, seed):
    c = cohort(seed)
    alone = {column: values[c["arm"] == "a"] for column, values in c.items()}
    whole = CASES[name].of(c)
    assert_same_table(whole[whole["arm"] == "a"].reset_index(drop=True), CASES[name].of(alone))


@law
@given(seeds)
def test_curves_rise(seed):
    c = cohort(seed)
    days = np.arange(1, 13)
    w = {name: c[name] for name in ("weights", "cluster", "entry")}
    hazard = engine.nelson_aalen(c["days"], c["event"] > 0, **w).at(*days)["estimate"]
    mean = engine.mean_cumulative(c["days"], c["event"] == 1, id=c["id"], terminal=c["event"] == 2, **w)
    fit = engine.fine_gray(c["days"], c["event"], c["z"], cause=1, **w).predict([[0.5]], days)["estimate"]
    bounds = engine.turnbull(started(c), ends(c), weights=c["weights"]).at(*days)
    banded = engine.piecewise_exponential(started(c), ends(c), cuts=[0, 5], **w).risk(*days).table["estimate"]
    for values in (hazard, mean.at(*days)["estimate"], fit, bounds["conf_low"], bounds["conf_high"], banded):
        assert (np.diff(values) >= -1e-12).all()
    for risk in (fit, bounds["conf_low"], bounds["conf_high"], banded):
        assert risk.between(0, 1).all()


@law
@given(seeds)
def test_risks_of_all_causes_and_freedom_from_them_add_up_to_one(seed):
    c = cohort(seed)
    w = {name: c[name] for name in ("weights", "cluster", "entry")}
    causes = [
        engine.piecewise_exponential(
            c["days"], np.where(c["event"] == cause, c["days"], np.inf), cuts=[0, 5], **w
        )
        for cause in (1, 2)
    ]
    any_cause = engine.piecewise_exponential(c["days"], ends(c), cuts=[0, 5], **w).risk(9).table["estimate"]
    parts = [causes[k].risk(9, others=[causes[1 - k]]).table["estimate"] for k in (0, 1)]
    np.testing.assert_allclose(parts[0] + parts[1], any_cause, rtol=1e-9)


def test_one_cause_gives_the_rows_of_that_cause() -> None:
    days, event, arm = [3, 5, 5, 8, 9, 12, 2, 7], [1, 2, 0, 1, 2, 0, 1, 1], list("aababbab")
    curves = engine.aalen_johansen(days, event, arm)
    for whole, single in (
        (engine.risk(curves, 5, 8), engine.risk(curves, 5, 8, cause=2)),
        (engine.window_risk(curves, 3, 8, horizon=9), engine.window_risk(curves, 3, 8, horizon=9, cause=2)),
    ):
        expected = whole.table[whole.table["cause"] == 2].reset_index(drop=True)
        pd.testing.assert_frame_equal(single.table, expected, check_exact=True)
    with pytest.raises(EstimateError, match=r"cause must be one of those of the curves: 1, 2\."):
        engine.risk(curves, 5, cause=3)
