"""The dose of care in the report: by the landmark and so far, in weeks and hours, and what is refused."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.display.drawing import Picture
from stepdown.report.sections import SECTIONS
from stepdown.results import rows
from stepdown.schema import DTYPES
from stepdown.sections.subgroups import text
from stepdown.sections.subgroups.dose_rows import dose_rows
from stepdown.study import Study
from support_cohort import draw
from support_sensitivity import analysis
from support_study import study

SCORES = {"covariates": ["age"], "time_varying": ["craving"]}


def cohort(size: int = 200) -> "sd.Cohort":
    """Return clients, half of them with sessions of 3 hours for some weeks, and a score every week."""
    lines, scores = [], []
    for k in range(size):
        care = "".join(f" | iop {day} 3h" for day in range(k % 9, 7 * (k % 6 + 2), 4)) if k % 2 else ""
        use = f" | + {12 + k * 7 % 75}" if k % 5 < 2 else ""
        lines.append(
            f"c{k}: stay -28..0 | follow 0..{'60 lost' if k % 17 == 0 and not use else '100'}{use}{care}"
        )
        scores += [(f"c{k}", day, float((k * 3 + day) % 10)) for day in range(0, 60, 7)]
    table = pd.DataFrame(scores, columns=["client_id", "day", "value"]).assign(instrument="craving")
    table = table.astype({"client_id": DTYPES["id"], "day": DTYPES["day"], "value": DTYPES["number"]})
    ages = [20 + k * 7 % 40 for k in range(size)]
    return replace(draw("\n".join(lines), age=ages), assessments=table)


def told(asked: Study, given: "sd.Cohort | None" = None) -> "sd.Analysis":
    """Return an analysis that holds the rows of the dose."""
    assert asked.dose is not None
    people = sd.derive(cohort() if given is None else given, asked)
    found = rows(dose_rows(people, asked, asked.dose))
    return replace(analysis(), results=found)


def dosed(**changes: Any) -> Study:
    return study(**{"dose": {"landmark": 21, "measure": "both"}, "analysis__adjust": SCORES} | changes)


@pytest.fixture(scope="module")
def a() -> "sd.Analysis":
    return told(dosed())


def test_both_measures_by_the_landmark_and_so_far(a: "sd.Analysis") -> None:
    table = a.results.table
    curves = table[table["statistic"] == "ratio"].groupby(["variant", table["term"].str.split(" ").str[0]])
    assert curves.size().to_dict() == {
        ("", "hours"): 21, ("", "weeks"): 21,
        ("estimator=marginal_structural", "hours"): 21, ("estimator=marginal_structural", "weeks"): 21,
    }  # fmt: skip
    # At a dose of 0 the hazard is that of none.
    assert (table[(table["statistic"] == "ratio") & table["term"].str.endswith(" 00")]["estimate"] == 1).all()
    so_far = a.results.where(variant="estimator=marginal_structural")
    assert set(so_far.where(statistic="ratio").table["window_start"]) == {0}
    assert set(so_far.where(statistic="ratio").table["n"]) == {200}
    for measure in ("weeks", "hours"):
        assert so_far.one(estimand="largest_weight", term=measure)["estimate"] > 1
        assert 0 < so_far.one(estimand="effective_share", term=measure)["estimate"] < 1


def test_the_words_of_the_dose_so_far(a: "sd.Analysis") -> None:
    part = text.dose(a)
    assert part is not None
    known, describes, so_far, allowed, hours, hours_so_far = part.paragraphs
    assert known.startswith("Among the ")
    assert describes == (
        "People who had more care by then differ from others in more than their care. This describes; it is no "
        "comparison of plans."
    )
    assert so_far.startswith(
        "By the weeks of IOP so far, week by week to day 90, among 200 people: against none so far, the hazard of "
        "relapse was "
    )
    assert so_far.endswith(" (marginal structural model).")
    assert allowed == (
        "Waiting counts as time without care. Weights allow for the scores that change while people are followed."
    )
    # What holds of both measures is stated once.
    assert ", by the hours of IOP that they had had by then. " in hours
    assert hours_so_far.startswith("By the hours of IOP so far, ")


def test_uneven_weights_are_stated(a: "sd.Analysis") -> None:
    table = a.results.table
    uneven = table["estimate"].mask(table["estimand"] == "effective_share", 0.41)
    part = text.dose(replace(a, results=rows(table.assign(estimate=uneven).to_dict("records"))))
    assert part is not None
    assert part.paragraphs[2].endswith(
        " The weights are uneven: they leave 41.0% of the information of the weeks followed."
    )


def test_the_figures_of_the_dose(a: "sd.Analysis") -> None:
    pictures = [part for part in SECTIONS["subgroups"].parts(a) if isinstance(part, Picture)]
    assert [one.fold for one in pictures] == [
        "", "Hazard by dose of care so far, in weeks", "Hazard by dose of care, in hours",
        "Hazard by dose of care so far, in hours",
    ]  # fmt: skip
    for one, until, unit in zip(
        pictures, ("by day 21", "so far") * 2, ("weeks", "weeks", "hours", "hours"), strict=True
    ):
        assert re.fullmatch(
            rf"With [\d.]+ {unit} of care {until}, [\d.]+ times the hazard with none", one.title
        )
    assert pictures[1].subtitle == (
        "Hazard by dose of care so far. Against no care so far, by the marginal structural model, with a pointwise 95% band. 1: no difference."
    )


def test_without_scores_the_weights_are_1_and_the_text_says_what_is_missing() -> None:
    a = told(dosed(analysis__adjust={"covariates": ["age"]}, dose={"landmark": 21}))
    assert "largest_weight" not in set(a.results.table["estimand"])
    part = text.dose(a)
    assert part is not None
    assert part.paragraphs[3] == (
        "Waiting counts as time without care. No score that changes after discharge is adjusted for, so reasons that "
        "arise later, for which people leave care or come to it, are not allowed for."
    )


def test_loss_of_the_study_file_is_allowed_for_and_stated() -> None:
    asked = dosed(
        analysis__adjust={"covariates": ["age"]},
        analysis__loss={"covariates": ["age"], "time_varying": ["craving"]},
        dose={"landmark": 21},
    )
    a = told(asked)
    method = a.results.one(analysis="dose", estimand="effective_share")["method"]
    assert method == "marginal structural Cox model, natural spline, weights for loss alone"
    part = text.dose(a)
    assert part is not None
    assert part.paragraphs[4] == "Weights allow for what the study file says loss to follow-up depends on."
    assert part.paragraphs[3].startswith("Waiting counts as time without care. No score that changes after")


def test_few_sites_are_stated() -> None:
    given = cohort()
    site = pd.Series([f"s{number % 4}" for number in range(len(given.discharges))], dtype=DTYPES["id"])
    given = replace(given, discharges=given.discharges.assign(site_id=site))
    clustered = {"method": "influence", "cluster": "site_id"}
    a = told(dosed(analysis__interval=clustered, dose={"landmark": 21}), given)
    part = text.dose(a)
    assert part is not None
    assert part.paragraphs[-1] == (
        "These intervals allow for sites, and there are fewer than 6: they are by t on one degree of freedom fewer "
        "than there are sites. So few sites cannot show more."
    )


def test_what_is_refused() -> None:
    plain = {"dose": {"landmark": 21}}
    part = text.dose(told(study(**plain)))
    assert part is not None
    assert part.paragraphs[2] == (
        "The dose of care so far (marginal structural model) is not shown: it needs [analysis.adjust], because people "
        "who have more care differ from others in more than their care."
    )
    few = told(dosed(**plain, analysis__adjust={"covariates": ["age"]}), cohort(50))
    part = text.dose(few)
    assert part is not None
    assert part.paragraphs == (
        "The dose of care is not shown: not enough people: at least 30 with care by the landmark and 30 without are "
        "needed.",
        "The dose of care so far (marginal structural model) is not shown: not enough people: at least 30 followed "
        "after a week with care and 30 followed after a week without any so far are needed.",
    )
    assert np.isnan(few.results.table["estimate"]).all()
