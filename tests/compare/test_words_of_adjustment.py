"""Exact words of what an adjusted comparison warns of, and of an interval that rests on few sites."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import support_analysis
from stepdown.compare.designs import design
from stepdown.compare.grace_period.diagnostics import warnings_of
from stepdown.errors import DesignError
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


def by_sites(many: int, *, shown: bool = True) -> list[str]:
    """Return what is stated of the interval of a difference that allows for so many sites."""
    note = f"{many} clusters: by t on {many - 1} degrees of freedom"
    limits = {"conf_low": -0.2, "conf_high": 0.1} if shown else {}
    shared = {
        "analysis": KEY, "estimand": "risk", "cause": "relapse", "time": 90, "population": "everyone",
        "unit": "probability", "note": note, **limits,
    }  # fmt: skip
    found = [
        shared | {"arm": "IOP", "statistic": "estimate", "estimate": 0.2},
        shared | {"arm": "IOP", "reference": "None", "statistic": "difference", "estimate": -0.05},
    ]
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
    assert by_sites(20) == []


def test_words_of_designs_that_cannot_be_made() -> None:
    import stepdown as sd

    asked = study()
    nobody = sd.derive(draw("a: stay -28..0\nb: stay -28..0"), asked)
    with pytest.raises(DesignError) as error:
        design(nobody, asked)
    assert str(error.value).startswith(
        "No discharge was followed after day 0, so nothing can be estimated. Map follow-up."
    )
