"""What would change the answer, from a cohort: against shares by hand, against other studies, against fits."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort import Eligible, People, eligible, with_outcome
from stepdown.compare import compare_strategies, design
from stepdown.compare.sensitivity import group_courses, up_to_window, varied_studies
from stepdown.estimate.adjusted_rows import adjusted_rows
from stepdown.estimate.design_rows import estimate_end
from stepdown.results import Results, bind
from stepdown.sections.sensitivity.rows import sensitivity_rows
from stepdown.study import Study
from support_cohort import draw
from support_study import study

ADJUST = {"analysis__adjust": {"covariates": ["age"]}}
CLONES = {"analysis__primary": {"design": "clone_censor_weight"}, **ADJUST}
PLAIN: dict[str, Any] = {
    "sensitivity": {"analyses": ["landmarks", "against_advice", "sites"], "days": [14, 21]}
}
SIZE = 160


def _cohort() -> Eligible:
    """Two sites and two groups; everybody followed to day 100, but every tenth is lost on day 40."""
    rng = np.random.default_rng(5)
    lines = []
    for number in range(SIZE):
        care = f" | iop {1 + number % 12}" if number % 2 else ""
        chance = 0.2 if number % 2 else 0.45
        use = f" | + {int(rng.integers(31, 88))}" if rng.random() < chance else ""
        end = "40 lost" if number % 10 == 3 else "100"
        lines.append(f"p{number}: stay -28..0 | follow 0..{end}{use if end == '100' else ''}{care}")
    return eligible(
        draw(
            "\n".join(lines),
            age=list(rng.integers(20, 60, SIZE)),
            site_id=[f"site {number // 2 % 8}" for number in range(SIZE)],
            discharge_reason=[
                "left_against_advice" if number % 7 == 0 else "completed" for number in range(SIZE)
            ],
        ),
        study(),
    )


CHOSEN = _cohort()


def varied(asked: Study) -> tuple[People, Results]:
    people = with_outcome(CHOSEN, asked)
    made = design(people, asked)
    parts: list[Any] = [pd.DataFrame(estimate_end(made, asked))]
    if asked.analysis is not None and asked.analysis.adjust is not None:
        parts.append(adjusted_rows(people, made, asked))
    return people, sensitivity_rows(CHOSEN, people, bind(parts), asked)


@pytest.fixture(scope="module")
def plain() -> tuple[People, Results]:
    return varied(study(**PLAIN))


def _one(found: Results, **keys: str) -> pd.Series:
    return found.one(analysis="sensitivity", estimand="specification", statistic="difference", **keys)


def _shares(people: People, kept: np.ndarray) -> float:
    """Return the difference in the share with use by day 90 of those followed throughout."""
    early = np.isfinite(people.first_care).any(axis=1)
    used = (people.table["event"] == 1).to_numpy()
    return float(used[kept & early].mean() - used[kept & ~early].mean())


def test_without_a_site_and_without_those_leaving_are_shares_by_hand() -> None:
    # Without anybody lost the risks are shares.
    lines = "\n".join(
        f"p{number}: stay -28..0 | follow 0..100{' | iop 3' if number % 2 else ''}"
        f"{' | + 50' if number % (3 if number % 2 else 5) == 0 else ''}"
        for number in range(80)
    )
    leaving = ["left_against_advice" if number % 8 == 0 else "completed" for number in range(80)]
    sites = ["north" if number < 30 else "south" for number in range(80)]
    asked = study(sensitivity={"analyses": ["against_advice", "sites"]})
    chosen = eligible(draw(lines, site_id=sites, discharge_reason=leaving), asked)
    people = with_outcome(chosen, asked)
    found = sensitivity_rows(chosen, people, bind([estimate_end(design(people, asked), asked)]), asked)
    # North: 0-29, 5 of 15 with care (3, 9, 15, 21, 27) and 3 of 15 without (0, 10, 20) used.
    assert _one(found, site="south")["estimate"] == pytest.approx(5 / 15 - 3 / 15)
    # South: 30-79, 8 of 25 (33, 39, 45, 51, 57, 63, 69, 75) and 5 of 25 (30, 40, 50, 60, 70).
    assert _one(found, site="north")["estimate"] == pytest.approx(8 / 25 - 5 / 25)
    # Those leaving (0, 8, ..., 72) are all without care, two of them used (0, 40).
    assert _one(found, term="against_advice")["estimate"] == pytest.approx(13 / 40 - 6 / 30)


def test_a_landmark_is_that_of_the_study_that_asks_for_it(plain: tuple[People, Results]) -> None:
    people, found = plain
    step = [{"level": ["iop", "php"], "within": 21}]
    asked = study(
        analysis__primary={"design": "landmark", "day": 21},
        strategies__early__steps=step,
        strategies__none__avoid=step,
    )
    table = pd.DataFrame(estimate_end(design(people, asked), asked))
    row = table[(table["statistic"] == "difference") & (table["estimand"] == "risk")].iloc[0]
    mine = _one(found, term="landmark", level="21")
    assert mine[["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx(
        row[["estimate", "conf_low", "conf_high"]].tolist()
    )


def test_loss_that_is_not_informative_changes_nothing(plain: tuple[People, Results]) -> None:
    _, found = plain
    primary = _one(found, term="primary")
    for scenario in ("both", "arm", "reference"):
        keys = {"term": scenario, "level": "1"}
        same = found.one(estimand="difference_if_lost", statistic="difference", **keys)
        assert same["estimate"] == primary["estimate"]
    lost = found.where(estimand="difference_if_lost", statistic="lost").table
    # p3, p13, ..., p153, all of them with care.
    assert dict(zip(lost["term"], lost["estimate"], strict=True)) == {"arm": 16, "reference": 0}


def test_influence_is_near_the_fits_without_a_site() -> None:
    _, near = varied(study(**ADJUST, sensitivity={"analyses": ["sites"]}))
    _, exact = varied(study(**ADJUST, sensitivity={"analyses": ["sites_refitted"]}))
    mine, fitted = (
        one.where(estimand="specification", term="site").table.set_index("site")["estimate"]
        for one in (near, exact)
    )
    assert list(mine.index) == list(fitted.index) == [f"site {number}" for number in range(8)]
    primary = _one(near, term="primary")
    assert np.corrcoef(mine - primary["estimate"], fitted - primary["estimate"])[0, 1] > 0.95
    assert set(near.where(estimand="specification", term="site").table["method"]) == {
        "from influence functions"
    }
    assert found_kinds(near) == {"primary", "estimator", "truncation", "site"}


def found_kinds(found: Results) -> set[str]:
    table = found.where(estimand="specification").table
    return set(table.loc[table["variant"] != "made=no", "term"])


def test_definitions_are_fitted_where_they_are_asked_for() -> None:
    _, found = varied(study(sensitivity={"analyses": ["definitions"]}))
    assert found_kinds(found) == {"primary", "definition"}
    assert (found.where(term="definition").table["variant"] == "").all()


def test_a_withheld_result_leaves_no_number() -> None:
    asked = study(**PLAIN)
    people = with_outcome(CHOSEN, asked)
    table = bind([estimate_end(design(people, asked), asked)]).table.assign(
        status="withheld", status_reason="Too few events.", estimate=np.nan, conf_low=np.nan, conf_high=np.nan
    )
    found = sensitivity_rows(CHOSEN, people, Results(table), asked).table
    assert len(found) == 1
    assert found[["estimate", "conf_low", "conf_high", "std_error", "n", "events"]].isna().all(axis=None)
    assert found[["status", "status_reason", "note"]].iloc[0].tolist() == [
        "withheld", "Too few events.", "Too few events.",
    ]  # fmt: skip


def test_an_analysis_that_a_gate_withholds_is_listed_without_a_number() -> None:
    _, found = varied(study(**PLAIN, gates={"events": {"withhold": 60, "warn": 60}}))
    mine = found.where(estimand="specification", term="landmark", level="21").table.iloc[0]
    assert (mine["statistic"], mine["status"]) == ("not_estimated", "withheld")
    assert (
        mine["note"]
        == mine["status_reason"]
        == (
            "“Step-down” has fewer than 60 relapses by day 90. “No step-down” has fewer than 60 relapses by day 90."
        )
    )
    assert mine[["estimate", "conf_low", "conf_high"]].isna().all()


def test_without_a_difference_the_reason_stands_there() -> None:
    asked = study()
    found = sensitivity_rows(CHOSEN, with_outcome(CHOSEN, asked), bind([]), asked).table
    assert found["note"].tolist() == ["The primary comparison gives no difference in risk by day 90."]


@pytest.mark.parametrize("adjusted", [{}, ADJUST])
def test_an_arm_without_relapse_has_no_e_value_and_says_why(adjusted: dict[str, Any]) -> None:
    lines = "\n".join(
        f"p{number}: stay -28..0 | follow 0..100{f' | iop {1 + number % 12}' if number % 2 else ''}"
        f"{'' if number % 2 or number % 3 else ' | + 50'}"
        for number in range(80)
    )
    asked = study(**adjusted, sensitivity={"analyses": []})
    chosen = eligible(draw(lines, age=[20 + number * 7 % 40 for number in range(80)]), asked)
    people = with_outcome(chosen, asked)
    made = design(people, asked)
    given = pd.DataFrame(estimate_end(made, asked)) if not adjusted else adjusted_rows(people, made, asked)
    found = sensitivity_rows(chosen, people, bind([given]), asked)
    row = found.one(estimand="e_value", statistic="not_estimated", analysis="landmark_14")
    assert row["note"] == (
        "no relapse was seen under “Step-down” by day 90, so there is no ratio of risks to explain"
    )
    assert "estimate" not in set(found.where(estimand="e_value").table["statistic"])


def test_days_that_are_not_known_leave_loss_out_and_say_why() -> None:
    asked = study(outcome__interval="bounds", sensitivity={"analyses": []})
    lines = "\n".join(
        f"p{number}: stay -28..0 | follow 0..100{' | iop 3' if number % 2 else ''}"
        f"{' | + (40,50]' if number % 5 == 0 else ''}"
        for number in range(80)
    )
    chosen = eligible(draw(lines), asked)
    keys = {
        "analysis": "landmark_14",
        "estimand": "risk",
        "cause": "relapse",
        "time": 90,
        "statistic": "difference",
    }
    given = bind([[keys | {"arm": "Step-down", "reference": "No step-down", "estimate": -0.1}]])
    found = sensitivity_rows(chosen, with_outcome(chosen, asked), given, asked)
    assert found.one(estimand="difference_if_lost", statistic="not_estimated")["note"] == (
        "It needs one day for each relapse, and some are known only to lie between two contacts. Set "
        'outcome.interval = "detected" or "midpoint".'
    )


def test_no_comparison_no_rows() -> None:
    asked = study(strategies=None, contrast=None, analysis=None)
    assert len(sensitivity_rows(CHOSEN, with_outcome(CHOSEN, asked), bind([]), asked)) == 0


def test_a_copy_that_departs_is_not_lost() -> None:
    # All who are lost on day 40 had started by day 12, when their copy under the other plan departed.
    asked = up_to_window(study(**CLONES))
    people = with_outcome(CHOSEN, asked)
    lost = ((people.table["days"] == 40) & (people.table["event"] == 0)).to_numpy()
    found = group_courses(people, asked, lost=lost)
    assert {label: int(group.lost.sum()) for label, group in found.items()} == {
        "Step-down": 16,
        "No step-down": 0,
    }
    fitted = compare_strategies(people, asked, asked.analysis.primary)  # type: ignore[union-attr]
    days = people.table["days"].to_numpy()
    for label, group in found.items():
        departs = fitted.deviation[label].to_numpy()
        assert group.days.tolist() == np.where(departs >= 0, departs, days).tolist()


def test_rows_that_need_no_fit() -> None:
    asked = study(**ADJUST, sensitivity={"analyses": []})
    people = with_outcome(CHOSEN, asked)
    made = design(people, asked)
    shared = {"arm": "Step-down", "cause": "relapse", "time": 90, "unit": "probability"}
    definition = shared | {
        "analysis": "definitions_compared", "endpoint": "two_positives@1", "level": "last", "estimand": "risk",
        "reference": "No step-down", "statistic": "difference", "estimate": -0.03,
    }  # fmt: skip
    bounds = [
        shared | {"analysis": "landmark_14", "estimand": "risk_bound", "arm": arm, "statistic": end, "estimate": value}
        for arm, end, value in (
            ("Step-down", "none", 0.1), ("Step-down", "all", 0.4), ("No step-down", "none", 0.2),
            ("No step-down", "all", 0.35),
        )
    ]  # fmt: skip
    given = bind([adjusted_rows(people, made, asked), [definition, *bounds]])
    found = sensitivity_rows(CHOSEN, people, given, asked)
    mine = _one(found, term="definition")
    assert (mine["estimate"], mine["variant"], mine["endpoint"]) == (
        -0.03,
        "adjusted=none",
        "two_positives@1",
    )
    # All of those lost in one arm, and none in the other: 0.1 - 0.35 and 0.4 - 0.2.
    ends = [found.one(estimand="difference_if_lost", bound=end)["estimate"] for end in ("lowest", "highest")]
    assert ends == pytest.approx([-0.25, 0.2])
    assert _one(found, term="estimator", level="weighted")["variant"] == ""


def test_a_hazard_ratio_without_an_interval_has_an_e_value_of_its_own() -> None:
    asked = study(**ADJUST, analysis__secondary=[{"design": "time_varying"}], sensitivity={"analyses": []})
    people = with_outcome(CHOSEN, asked)
    key = asked.analysis.secondary[0].key  # type: ignore[union-attr]
    hazard = {"analysis": key, "estimand": "hazard_ratio", "term": "in this care", "statistic": "ratio"}
    given = [adjusted_rows(people, design(people, asked), asked)]
    found = sensitivity_rows(CHOSEN, people, bind([*given, [hazard | {"estimate": 0.56}]]), asked)
    mine = found.where(estimand="e_value").table.query("analysis == @key")
    # Printed by R's EValue for a hazard ratio of 0.56 of a common outcome.
    assert mine["statistic"].tolist() == ["estimate"]
    assert mine["estimate"].iloc[0] == pytest.approx(2.349531, abs=1e-6)
    assert mine["method"].iloc[0] == "from the hazard ratio, common outcome"
    # Nobody relapsed in care: a ratio of 0 has none.
    none = sensitivity_rows(CHOSEN, people, bind([*given, [hazard | {"estimate": 0.0}]]), asked)
    assert none.where(estimand="e_value").table.query("analysis == @key").empty


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["landmark 7", "landmark 21"]),
        ({"analysis__primary": {"design": "matched", "day": 14}, **ADJUST}, ["landmark 7", "landmark 21"]),
        (CLONES, ["landmark 7", "landmark 14", "landmark 21", "grace_period 7", "grace_period 21",
                  "start_law uniform", "start_law natural"]),
        ({"contrast__arms": {"column": "sex", "values": ["female", "male"], "labels": ["F", "M"]},
          "analysis__primary": {"design": "baseline"}}, []),
    ],
)  # fmt: skip
def test_which_studies_there_are(changes: dict[str, Any], expected: list[str]) -> None:
    base = up_to_window(study(**changes))
    kinds = ("landmarks", "grace_periods", "start_laws")
    found = list(varied_studies(base, kinds, (7, 14, 21, 100)))
    assert [f"{one.kind} {one.value}" for one in found if one.value != "100"] == expected
    for one in found:
        analysis = one.study.analysis
        assert analysis is not None
        assert analysis.secondary == ()
        if one.kind == "landmark":
            assert analysis.primary.day == int(one.value)
            assert {plan.last_day for plan in one.study.plans} == {int(one.value)}


def test_repetitions_draw_no_bootstrap_and_stop_at_the_window() -> None:
    asked = study(
        **ADJUST,
        analysis__interval={"method": "bootstrap", "replicates": 200},
        analysis__secondary=[{"design": "landmark", "day": 21}],
    )
    base = up_to_window(asked)
    assert base.analysis is not None
    assert base.analysis.secondary == ()
    assert base.analysis.interval.drawn == 0
    assert base.outcome.times == (30, 60, 90)
