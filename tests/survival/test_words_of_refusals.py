"""Exact words in which the engine refuses what it cannot estimate, where no other test states them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from stepdown import survival
from stepdown.errors import EstimateError
from stepdown.survival.core.fit_warning import FitWarning
from stepdown.survival.cox_model.summary import _search
from stepdown.survival.interval_censored.piecewise_fit import NOT_CONVERGED

DAYS, EVENT = np.array([3, 5, 5, 8, 9, 12] * 2), np.array([1, 1, 0, 1, 0, 0] * 2)
ARM, X = np.array(list("aababb") * 2), np.array([1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1])
TWO = pd.DataFrame({"x": X, "z": np.arange(12) % 5})
LOW, HIGH = DAYS - 2, np.where(EVENT, DAYS, np.inf)
WEIGHTS, CLUSTER = np.linspace(1, 2, 12), np.arange(12) // 2
CURVES = survival.kaplan_meier(DAYS, EVENT, ARM)
RISKS = survival.risk(CURVES, 5)
CONTRASTS = survival.contrast(RISKS)
FIT, LARGE = survival.cox(DAYS, EVENT, TWO[["x"]]), survival.cox(DAYS, EVENT, TWO)
RARE = np.array([1] + [0] * 11)
MOVES = {
    "start": np.zeros(12),
    "stop": DAYS,
    "state_from": ["in"] * 12,
    "state_to": ["out"] * 12,
    "id": range(12),
}


def monotone() -> survival.CoxFit:
    with pytest.warns(FitWarning, match="x1 has no finite estimate"):
        return survival.cox(DAYS, np.where(RARE, 0, EVENT), RARE)


def refused(call) -> str:
    with pytest.raises(EstimateError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: survival.cox(DAYS, EVENT, X, ties=5),
            "ties must be text. Give one of its choices in quotes.",
        ),
        (lambda: survival.cox(DAYS, EVENT, X, firth="yes"), "firth must be True or False."),
        (lambda: survival.size_for_risks([0.5], 0.2), "risk must be one number."),
        (
            lambda: survival.contrast(RISKS, reference=["a"]),
            "reference must be one label, as text or a number.",
        ),
        (lambda: survival.contrast(RISKS, reference=pd.NA), "reference is missing. Give a label."),
        (lambda: survival.contrast(RISKS, measures=5), "measures must be a list of values."),
        (
            lambda: survival.bootstrap(CURVES, times=pd.Series([5], dtype="category"), seed=1),
            "times holds categories or dates, not numbers. Convert it to numbers first.",
        ),
        (
            lambda: survival.cox(DAYS, EVENT, {"x": X}),
            "X is not a table of rows and covariates. Give a frame, an array or a list of rows.",
        ),
        (
            lambda: survival.kaplan_meier({"a": 1}, EVENT),
            "days is not a column of values. Give one value per row, as a list, an array or a series.",
        ),
        (
            lambda: survival.kaplan_meier(DAYS, EVENT, [object()] * 12),
            "arm holds values that are neither numbers nor text. Give one number or text per row.",
        ),
    ],
)
def test_words_about_arguments(call, words):
    assert refused(call) == words


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: survival.kaplan_meier(DAYS, EVENT, ARM, cluster=CLUSTER, correction="z"),
            'correction must be "t" or "none". The default is t.',
        ),
        (
            lambda: survival.risk(FIT, 5),
            "curves is not a result of kaplan_meier or aalen_johansen. Give what it returns.",
        ),
        (
            lambda: survival.pool_fits([CURVES]),
            "fits must be a list of results of cox, andersen_gill or fine_gray.",
        ),
        (
            lambda: survival.bootstrap(CURVES, times=[5], seed=1, replicates=10_000_001),
            "replicates must be at most 10,000,000. A few thousand are enough.",
        ),
        (
            lambda: survival.bootstrap(CURVES, times=[5], seed=-1),
            "seed must be a whole number from 0 up. Without one the numbers would differ from run to run.",
        ),
        (
            lambda: survival.contrast(CURVES),
            "Only estimates by arm can be contrasted: give those of risk, rmst and the like.",
        ),
        (
            lambda: survival.contrast(survival.risk(survival.kaplan_meier(DAYS, EVENT), 5)),
            "There is only one arm, so nothing to contrast. Give arm to the estimator.",
        ),
        (lambda: survival.first_time(DAYS, LOW, "half"), "p must be a number. Use 0.5 for the median."),
        (
            lambda: survival.window_hazard(DAYS, EVENT, cuts=[0, 30], conf="wald"),
            "conf must be one of exact, log. The default is exact.",
        ),
        (
            lambda: survival.curve_test(RISKS, cause=3),
            "cause is not one of those estimated. Give the code of one of them.",
        ),
        (
            lambda: survival.logrank(DAYS, EVENT, ARM, rho=1, exact=True),
            "exact takes no weights, cluster, rho or gamma. Leave out these, or exact.",
        ),
        (lambda: survival.smooth_hazard(DAYS * 1e6, EVENT), "days is above 1,000,000. Count time in days."),
        (
            lambda: survival.smooth_hazard([3, 5, 8], [1, 0, 1]).plot(),
            "There is nothing to draw: no estimate. See the warnings of the result.",
        ),
        (
            lambda: CURVES.plot("x"),
            "ax is of type str. Give the axes of a matplotlib figure, or nothing.",
        ),
        (
            lambda: survival.mean_cumulative(DAYS, EVENT, id=range(12)).estimands(5, start=5),
            "start must be before every one of times. The span is (start, time].",
        ),
        (
            lambda: survival.multi_state(**(MOVES | {"id": range(11)})),
            "state_from, state_to and id must have as many rows as stop. Give one value per row.",
        ),
        (
            lambda: survival.multi_state(**MOVES, states="in"),
            "states must be a list of the states in order. Name each state once.",
        ),
    ],
)
def test_words_about_curves(call, words):
    assert refused(call) == words


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: survival.cox(DAYS, EVENT, X, firth=True, ridge=1.0),
            "firth and ridge are two penalties. Use one of them.",
        ),
        (
            lambda: survival.nested_test(survival.cox(DAYS, EVENT, TWO[["x"]], weights=WEIGHTS), LARGE),
            "smaller has weights, clusters or a penalty. Use the Wald test of its terms.",
        ),
        (
            lambda: survival.nested_test(survival.cox(DAYS[:9], EVENT[:9], TWO[["x"]][:9]), LARGE),
            "The fits are of different rows, strata or tie rules. Fit both to the same rows.",
        ),
        (
            lambda: survival.nested_test(LARGE, FIT),
            "The fits are not nested. The larger must have all terms of the smaller.",
        ),
        (
            lambda: FIT.predict(np.empty((0, 1)), [5]),
            "X has no rows. Give one row for each person to be predicted.",
        ),
        (
            lambda: survival.proportional_hazards(FIT, transform="square"),
            "transform must be one of km, rank, identity, log. The default is km.",
        ),
        (
            lambda: survival.proportional_hazards(survival.cox(DAYS, EVENT, X, firth=True)),
            "A fit with a penalty has no such test. Fit without it.",
        ),
        (
            lambda: survival.proportional_hazards(monotone()),
            "A term has no finite estimate, so nothing can be tested. Leave it out first.",
        ),
        (
            lambda: survival.proportional_hazards(survival.cox(DAYS - 3, EVENT, X), transform="log"),
            "Events on day 0 have no logarithm. Use another transform.",
        ),
        (
            lambda: survival.cox(DAYS, EVENT, X, test="ratio"),
            'test must be "score" or "wald". The default is score under 50 events.',
        ),
        (
            lambda: survival.cox(DAYS, EVENT, X, weights=WEIGHTS, test="score"),
            "Score tests take no weights, clusters or ridge. Leave out these, or test.",
        ),
        (
            lambda: survival.split_at(DAYS, EVENT, X, term="x1", cuts=[8, 5]),
            "cuts must be days above 0, ascending. 365 gives two windows.",
        ),
        (
            lambda: survival.split_at(DAYS, EVENT, X, term="age", cuts=5),
            "term is not one of the terms of X. Give its name, x1 for the first of an array.",
        ),
        (
            lambda: survival.split_at(DAYS - 3, EVENT, X, term="x1", cuts=5),
            "2 rows end on day 0, before the first window begins. Count their days from the start of follow-up, so that "
            "each ends after day 0.",
        ),
        (
            lambda: survival.fine_gray(DAYS, EVENT, TWO, cause=1, exact=True),
            "exact takes one term, and no strata, entry, offset, ridge, weights or cluster. Leave out these, or exact.",
        ),
        (
            lambda: survival.total_incidence(FIT, [[1]], [5]),
            "fits must be a list of results of fine_gray. Fit every cause once.",
        ),
    ],
)
def test_words_about_hazard_models(call, words):
    assert refused(call) == words


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: survival.accelerated_failure(LOW, HIGH, X, model="gamma"),
            "model must be one of weibull, lognormal, loglogistic. The default is weibull.",
        ),
        (
            lambda: survival.accelerated_failure(LOW, np.full(12, np.inf), X),
            "No row has an event. There is nothing to fit.",
        ),
        (
            lambda: survival.accelerated_failure(LOW, HIGH, np.ones(12)),
            "A term of X is constant, or a combination of others. Leave it out.",
        ),
        (
            lambda: survival.accelerated_failure(LOW, HIGH, TWO, exact=True),
            "exact takes one term and no weights. Leave out these, or exact.",
        ),
        (
            lambda: survival.piecewise_exponential(LOW, HIGH, cuts=[0, 10], X=TWO, exact=True),
            "exact takes one term, and no weights or cluster. Leave out these, or exact.",
        ),
        (
            lambda: survival.piecewise_exponential(LOW, np.full(12, np.inf), cuts=[0, 10], X=X),
            "No event was detected, so there is nothing to compare. Check high: infinity means never.",
        ),
        (
            lambda: survival.turnbull_limits(LOW, HIGH, times=7, seed=1, cluster=CLUSTER[:5]),
            "cluster must have as many rows as low. Give one value per row.",
        ),
        (
            lambda: survival.turnbull(LOW, HIGH).risk(5, others=CURVES),
            "others must be a Kaplan-Meier curve of the competing events, by the same arms.",
        ),
        (
            lambda: survival.pseudo_regression(DAYS, EVENT, X, time=5, link="logit"),
            'link must be "identity" or "log". The default is identity.',
        ),
        (
            lambda: survival.pseudo_regression(DAYS, EVENT * 0, X, time=5),
            "All pseudo-values are the same, as where nobody has the event: nothing to fit.",
        ),
        (
            lambda: survival.pseudo_regression(DAYS, EVENT, np.ones(12), time=5),
            "A term of X is constant, or a combination of others. Leave it out.",
        ),
    ],
)
def test_words_about_intervals_and_pseudo_values(call, words):
    assert refused(call) == words


def test_words_about_a_model_that_does_not_converge(monkeypatch):
    optimum = replace(FIT.optimum, converged=False)
    assert _search(FIT.given, optimum, np.array([True])) == [
        "x cannot be estimated: with the terms above at infinity there is nothing left to compare.",
        "The search did not converge: no standard errors. Check for covariates on extreme scales.",
    ]
    assert NOT_CONVERGED == "The search for the maximum did not converge: do not use these numbers."


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: survival.multi_state(
                start=[0, 5], stop=[5, 9], state_from=["in", "in"], state_to=["out", None], id=[1, 1]
            ),
            "state_from is not the state that the person's last row ended in: 1 row, at position 1. A row that begins as "
            "another ends begins in the state that was entered.",
        ),
        (
            lambda: survival.kaplan_meier(DAYS, EVENT, counts=[1.5] * 12),
            "Counts are numbers of people; give other weights as weights.",
        ),
        (
            lambda: survival.kaplan_meier(DAYS, EVENT, counts=[10**9] * 12),
            "counts adds up to more than 50,000,000 people. Analyze fewer at a time.",
        ),
        (
            lambda: survival.aalen_johansen(DAYS, EVENT * 101),
            "event has codes above 100. Number the causes 1, 2, 3, ...",
        ),
        (
            lambda: survival.turnbull(np.where(EVENT, np.inf, LOW), HIGH),
            "low is infinite: 6 rows, first at positions 0, 1, 3, 6, 7. Use the last day known to be free of the event.",
        ),
        (
            lambda: survival.piecewise_exponential(LOW, HIGH, cuts=[0, 10], entry=[0]),
            "entry does not have as many rows as low. Give one value per row.",
        ),
        (
            lambda: survival.multi_state(**(MOVES | {"state_from": ["in"] * 11 + ["away"]}), states=["in", "out"]),
            "state_from is missing or not one of states: 1 row, at position 11. Name every state in states.",
        ),
        (
            lambda: survival.multi_state(**(MOVES | {"id": [*range(11), None]}), states=["in", "out"]),
            "id is missing: 1 row, at position 11. Give the person of each row.",
        ),
        (
            lambda: survival.curve_test(
                survival.risk(survival.kaplan_meier(DAYS, EVENT, ARM, cluster=CLUSTER, correction="none"), 5),
                exact=True,
            ),
            "exact takes clusters only where arms can be permuted within 6 of them or among whole ones. Leave it out.",
        ),
    ],
)  # fmt: skip
def test_words_about_rows(call, words):
    assert words in refused(call)


def test_words_about_profile_limits_of_one_cluster():
    fit = survival.cox(DAYS, EVENT, X, cluster=np.zeros(12))
    assert fit.warnings
    assert refused(fit.profile) == (
        "A term has no robust standard error, so there are no profile limits. See warnings of the fit."
    )


@pytest.mark.parametrize(
    ("converged", "words"),
    [
        (False, "The search did not converge: a term may predict who has the event. Join its rare values."),
        (
            True,
            "The model has no usable variance: a term may predict who has the event. Join its rare values.",
        ),
    ],
)
def test_words_about_a_search_that_ends_nowhere(monkeypatch, converged, words):
    peak = SimpleNamespace(converged=converged, flat=True)
    monkeypatch.setattr(
        "stepdown.survival.interval_censored.accelerated_failure._peak", lambda *arguments: peak
    )
    assert refused(lambda: survival.accelerated_failure(LOW, HIGH, X)) == words


def test_words_about_pseudo_values_without_a_fit(monkeypatch):
    nothing = SimpleNamespace(converged=False, params=[0.0, 0.0], cov_params=lambda: np.eye(2))
    monkeypatch.setattr("statsmodels.api.GEE.fit", lambda *arguments, **options: nothing)
    assert refused(lambda: survival.pseudo_regression(DAYS, EVENT, X, time=5, link="log")) == (
        'The regression did not converge. Use link = "identity", or join rare values of X.'
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: survival.non_inferiority(CONTRASTS, 0),
            "margin must be above 0. Choose the largest difference that is acceptable.",
        ),
        (
            lambda: survival.non_inferiority(CONTRASTS, 0.1, worse="more"),
            'worse must be "higher" or "lower". The default is higher.',
        ),
        (
            lambda: survival.non_inferiority(survival.contrast(RISKS, measures=["ratio"]), 0.1),
            "There are no differences. Ask contrast for them.",
        ),
        (
            lambda: survival.size_for_risks(0.5, 0.6),
            "risk and difference lead to a risk outside 0 and 1. Choose another.",
        ),
        (lambda: survival.size_for_risks(1.5, 0.1), "risk must be a probability below 1."),
        (
            lambda: survival.size_for_risks(0.5, 0),
            "difference must be a number other than 0. No number of people shows none.",
        ),
        (
            lambda: survival.size_for_risks(0.5, 0.1, followed=0),
            "followed must be above 0 and at most 1. Use 1 where nobody is lost.",
        ),
        (
            lambda: survival.size_for_risks(0.5, 0.1, power=1),
            "power must lie between 0 and 1. The default is 0.8.",
        ),
        (lambda: survival.size_for_risks(0.5, 0.1, n=0), "n must be a whole number of people from 1 up."),
        (
            lambda: survival.size_for_means(5, (30,)),
            "spread must hold two positive numbers of days, one for each arm.",
        ),
        (
            lambda: survival.size_for_logrank(0.5, 1),
            "hazard_ratio must be a positive number other than 1, and risk above 0.",
        ),
        (
            lambda: survival.pool_fits([FIT, LARGE]),
            "The fits have different terms. Fit the same regression in every imputation.",
        ),
        (
            lambda: survival.pool([pd.NA, 1.0], [1.0, 1.0]),
            "estimates and variances must be numbers, one row of the same length per imputation.",
        ),
        (
            lambda: survival.pool_numbers([[pd.NA], [0.1]], [[0.1], [0.1]], scale="risk"),
            "estimates and errors must be numbers, one row per imputation.",
        ),
        (
            lambda: survival.pool_tests([pd.NA, 3.6], df=1),
            "statistics must be numbers, one per imputation.",
        ),
    ],
)
def test_words_about_planning_and_pooling(call, words):
    assert refused(call) == words
