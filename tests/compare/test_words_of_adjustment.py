"""Exact words of what an adjusted comparison warns of, and of an interval that rests on few sites."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
import support_analysis
from stepdown.compare import clone_censor_weight, compare_known_arms
from stepdown.compare.care_plans import care_days
from stepdown.compare.designs import design
from stepdown.compare.grace_period import StartStrategy, nuisance_models, score_regressions
from stepdown.compare.grace_period.diagnostics import warnings_of
from stepdown.compare.grace_period.estimating_equations import RiskTarget
from stepdown.compare.grace_period.person_days import PeopleBlock
from stepdown.compare.grace_period.score_regressions import ScoreColumns
from stepdown.compare.known_arms.entropy_balancing import balance
from stepdown.compare.known_arms.propensity import fit_propensity
from stepdown.compare.sequential_trials.person_trials import person_trials
from stepdown.errors import DesignError, EmptyArmError, EstimateError
from stepdown.results import Analysis, rows
from stepdown.sections.relapse.adjustment_text import no_interval
from support_cohort import draw
from support_grace_period import drawn, frame
from support_study import study

KEY = "clone_censor_weight"


def warned(**found: float) -> tuple[str, ...]:
    """Return the warnings on one plan, with these numbers of its weights."""
    plan = {
        "strategy": "IOP", "effective_size": 200.0, "largest_share": 0.01, "omega_low": 1.0, "omega_high": 1.0,
    }  # fmt: skip
    table = pd.DataFrame({
        "statistic": ["difference"] * 2, "estimator": ["doubly_robust", "uncapped"], "estimate": [0.1, 0.1],
        "std_error": [0.02, np.nan], "degrees_of_freedom": [90.0, np.nan],
    })  # fmt: skip
    for name in ("estimate", "std_error", "degrees_of_freedom"):
        table.loc[0, name] = found.pop(name, table.loc[0, name])
    return warnings_of(table, pd.DataFrame([plan | found]), (), 90)


def test_weights_that_pass_have_no_warning() -> None:
    assert warned() == ()
    # Few sites have few degrees of freedom, and an interval by t.
    assert warned(degrees_of_freedom=4.0) == ()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"effective_size": 99.4},
         "IOP: effective size 99 at day 90; the interval is wide and less certain than its level says."),
        ({"effective_size": 69.0}, "IOP: effective size 69 at day 90; no interval is given below 70."),
        ({"largest_share": 0.062},
         "IOP: one person holds 6% of the weight on some day. Look for people who could hardly have followed the "
         "strategy."),
        ({"omega_high": 1.2},
         "IOP: weights and hazards disagree on the number at risk (ratio 1.00 to 1.20). Check the start model."),
        ({"degrees_of_freedom": 29.0, "std_error": np.nan},
         "Too few effective people: below 30 degrees of freedom; no interval."),
        ({"estimate": 0.12, "std_error": 0.03},
         "The cap on the weights moves an estimate by more than half a standard error."),
    ],
)  # fmt: skip
def test_words_of_warnings_about_weights(found: dict[str, float], words: str) -> None:
    assert warned(**found) == (words,)


def test_a_covariate_that_is_the_same_for_everybody() -> None:
    empty = pd.DataFrame(columns=["statistic", "estimator", "degrees_of_freedom", "std_error"])
    empty.loc[0] = ["estimate", "doubly_robust", 1.0, 1.0]
    assert warnings_of(empty, pd.DataFrame(), ("sex",), 90) == (
        'The covariate "sex" has one value for everyone and was left out.',
    )


def by_sites(many: int) -> list[str]:
    """Return what is stated of the interval of a difference that allows for so many sites."""
    note = f"{many} clusters: by t on {many - 1} degrees of freedom"
    limits = {"conf_low": -0.2, "conf_high": 0.1}
    shared = {
        "analysis": KEY, "estimand": "risk", "cause": "relapse", "time": 90, "population": "everyone",
        "unit": "probability", "note": note, **limits,
    }  # fmt: skip
    found = [
        shared | {"arm": "IOP", "statistic": "estimate", "estimate": 0.2},
        shared | {"arm": "IOP", "reference": "None", "statistic": "difference", "estimate": -0.05},
    ]
    if many < 31:
        few = {"analysis": KEY, "estimand": "few_clusters", "statistic": "estimate", "estimate": many}
        found.append(few)
    a = Analysis(
        results=rows(found), wording=replace(support_analysis.WORDING), provenance=support_analysis.PROVENANCE
    )
    return list(no_interval(a, KEY))


def test_the_interval_of_few_sites_says_so() -> None:
    assert by_sites(5) == [
        "The interval allows for sites, and there are fewer than 6: it is by t on one degree of freedom fewer than "
        "there are sites. So few sites cannot show more."
    ]
    assert by_sites(6) == []
    assert by_sites(31) == []


ASKED = {"times": (20,), "window": None, "rmst": None}
X = pd.DataFrame({"x": np.arange(4.0)})


def clones(start: object = (1.0, np.nan, 3.0, np.nan), **changes: object) -> None:
    clone_censor_weight(np.full(4, 30), [1, 0, 0, 1], start, X, **(ASKED | {"grace": 7} | changes))


def arms(event: object = (1, 0, 0, 1), arm: object = (0, 0, 1, 1), **changes: object) -> None:
    compare_known_arms(np.full(4, 30), event, arm, X, **(ASKED | {"labels": ("IOP", "none")} | changes))


def same_name() -> None:
    clones(strategies=tuple(StartStrategy(name="a", kind=kind, within=7) for kind in ("start", "no_start")))


def backward() -> None:
    clones(strategies=(
        StartStrategy(name="a", kind="start", within=-1), StartStrategy(name="b", kind="no_start", within=-1),
    ))  # fmt: skip


def early_event() -> None:
    person_trials([0, 9], [1, 0], [np.nan, 2.0], until=3)


def spans() -> None:
    care_days(
        pd.DataFrame({"row": [0], "level": [3], "start": [5.0], "end": [4.0], "hours": [1.0]}), np.array([9])
    )


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: clones(times=(0,)), "times, window and rmst need whole days from 1 up, and at least one of them."),
        (lambda: clones(times=(5,)),
         "The grace period must end before the last day of the analysis. Change either."),
        (lambda: clones(cluster=["a", "b", None, "b"]), "cluster needs 4 values, one per person, none missing."),
        (lambda: arms(cluster=["a", "b", "b"]), "cluster needs 4 values, one per person, none missing."),
        (lambda: clones(cap=0.5), "cap must be at least 1, and leverage from 0 to 1."),
        (lambda: clones(start=(1.0, np.nan)), "days, event and start need one value per person, and at least one."),
        (lambda: clones(history=np.zeros((4, 5))),
         "history needs shape (people, days, scores) with at least 20 days from day 0 on. Carry the latest value "
         "forward."),
        (lambda: clones(history=np.where(np.arange(120).reshape(4, 30) < 1, np.nan, 1.0)),
         "history is missing or infinite for 1 of 4 people. Fill it, or add a score that marks it."),
        (same_name, "A comparison needs at least two strategies, each with a name of its own."),
        (backward, "A grace period ends on day 0 at the earliest. Correct `within`."),
        (lambda: arms(arm=(0, 0, 1)), "days, event and arm need one value per person, and at least one."),
        (lambda: arms(labels=("a", "a")), "A comparison needs at least two arms, each with a label of its own."),
        (lambda: arms(arm=(0, 0, 1, 2)),
         "1 of 4 people: arm is not one of the positions 0 to 1. Correct or exclude them."),
        (lambda: arms(population="some"),
         "population must be one of everyone, treated, overlap, matched."),
        (early_event, "An event on day 0 comes before any trial. Exclude these people."),
        (lambda: fit_propensity(np.zeros(4, dtype=int), X.to_numpy(), np.ones(1), arms=2),
         "An arm without people has no propensity. Nothing can be compared."),
        (lambda: balance(np.zeros(4, dtype=int), X.to_numpy(), "everyone", arms=2),
         "An arm without people has no weights. Nothing can be compared."),
        (lambda: fit_propensity(np.array([0, 0, 1, 1]), X.to_numpy(), np.zeros(1), arms=2),
         "The propensity model did not converge in 100 steps: covariates predict the arm almost perfectly. Join rare "
         "values of covariates, or restrict eligibility to people who could be in each arm."),
        (spans, "Spans of care that end before they start: 1. Correct them."),
    ],
)  # fmt: skip
def test_words_of_what_cannot_be_compared(made: Callable[[], None], words: str) -> None:
    with pytest.raises(EstimateError) as error:
        made()
    assert str(error.value) == words


def test_words_of_plans_that_nobody_follows_or_leaves() -> None:
    first, last = (
        StartStrategy(name="IOP", kind="start", within=7),
        StartStrategy(name="None", kind="no_start", within=7),
    )
    for start, words in (
        ([np.nan] * 4,
         "Nobody follows the strategy “IOP”: of 4 people, 0 start by day 7 and 4 pass it without a start. Change the "
         "grace period or the levels of care."),
        ([1.0] * 4,
         "Nobody can deviate from the strategy “IOP”: of 4 people, 4 start by day 7 and 0 pass it without a start. There "
         "is nothing to compare."),
    ):  # fmt: skip
        with pytest.raises(EmptyArmError) as error:
            clones(start=start, strategies=(first, last))
        assert str(error.value) == words


def test_words_of_models_that_do_not_converge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nuisance_models, "_STEPS", 1)
    with pytest.raises(EstimateError) as error:
        clones()
    assert str(error.value) == (
        "The model of starting care did not converge in 1 steps. Join rare values of covariates, or leave out "
        "covariates that repeat others."
    )
    monkeypatch.setattr(score_regressions, "_STEPS", 1)
    columns = ScoreColumns(day=8, starts=False, people=np.zeros((4, 0)), before=np.arange(4.0)[:, None])
    with pytest.raises(EstimateError) as error:
        score_regressions.fit_score_regression(
            columns, [PeopleBlock(slice(0, 4), 15, 30)], np.array([[0.2, 0.4, 0.6, 1.0]]), (RiskTarget("risk", 30),),
            count=np.ones(4), at_risk=np.ones(4, dtype=bool),
        )  # fmt: skip
    assert str(error.value) == (
        "The regression on the scores of day 8 did not converge in 1 steps. Join rare values of covariates, or leave "
        "out covariates that repeat others."
    )


def test_words_of_a_number_that_a_comparison_does_not_hold() -> None:
    given = drawn(200, seed=5, horizon=40)
    values = frame(given.covariates)
    found = clone_censor_weight(given.last_day, given.event, given.start, values, **(ASKED | {"grace": 7}))
    arm = np.arange(200) % 2
    known = compare_known_arms(given.last_day, given.event, arm, values, labels=("IOP", "none"), **ASKED)
    for result in (found, known):
        assert result.one("risk", 20)["time"] == 20
        with pytest.raises(LookupError) as error:
            result.one("risk", 21)
        assert str(error.value) == "No difference of risk at 21 days was estimated."


def test_words_of_designs_that_cannot_be_made() -> None:
    several = study(
        analysis__primary={"design": "clone_censor_weight"}, analysis__adjust={"covariates": ["age"]}
    )
    with pytest.raises(DesignError) as error:
        design(sd.derive(draw("a: stay -28..0 | follow 0..90 | age 30"), several), several)
    assert str(error.value) == (
        "The study compares plans only by designs in which a discharge counts under several plans, so no discharge is "
        'in one arm. Add a secondary design, such as { design = "landmark", day = 14 }.'
    )
    asked = study()
    nobody = sd.derive(draw("a: stay -28..0\nb: stay -28..0"), asked)
    with pytest.raises(DesignError) as error:
        design(nobody, asked)
    assert str(error.value).startswith(
        "No discharge was followed after day 0, so nothing can be estimated. Map follow-up."
    )
