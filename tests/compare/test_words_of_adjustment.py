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
from stepdown.compare.grace_period import StartStrategy
from stepdown.compare.grace_period.diagnostics import warnings_of
from stepdown.compare.sequential_trials.person_trials import person_trials
from stepdown.errors import DesignError, EstimateError
from stepdown.results import Analysis, rows
from stepdown.sections.relapse.adjustment_text import no_interval
from support_cohort import draw
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
        (spans, "Spans of care that end before they start: 1. Correct them."),
    ],
)  # fmt: skip
def test_words_of_what_cannot_be_compared(made: Callable[[], None], words: str) -> None:
    with pytest.raises(EstimateError) as error:
        made()
    assert str(error.value) == words


def test_words_of_designs_that_cannot_be_made() -> None:
    asked = study()
    nobody = sd.derive(draw("a: stay -28..0\nb: stay -28..0"), asked)
    with pytest.raises(DesignError) as error:
        design(nobody, asked)
    assert str(error.value).startswith(
        "No discharge was followed after day 0, so nothing can be estimated. Map follow-up."
    )
