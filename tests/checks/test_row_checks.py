"""Checks that withhold nothing, from rows made by hand, in their exact words."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from stepdown.checks import GateWords, row_checks
from stepdown.compare.grace_period.comparison import clone_censor_weight
from stepdown.compare.known_arms.overlap import overlap
from stepdown.estimate.influence_rows import calibration_rows, influence_rows
from stepdown.results import Results, rows

Row = dict[str, object]
PAIR: Row = {"analysis": "landmark_14", "arm": "IOP", "reference": "none"}
DIFFERENCE: Row = PAIR | {
    "estimand": "risk", "statistic": "difference", "time": 90, "unit": "probability", "estimate": -0.10,
    "std_error": 0.03, "conf_low": -0.16, "conf_high": -0.04,
}  # fmt: skip


def checked(*given: Row) -> list[tuple[object, object, object]]:
    found = row_checks(rows(given), "landmark_14", GateWords())
    return [(one["term"], one["statistic"], one["note"]) for one in found]


def ratio_of_tests(low: float, high: float) -> Row:
    numbers = {"estimate": (low * high) ** 0.5, "conf_low": low, "conf_high": high}
    return PAIR | {"estimand": "testing_rate", "statistic": "ratio", "term": "urine"} | numbers


def test_groups_tested_unequally_give_a_warning() -> None:
    assert checked(ratio_of_tests(1.5, 2.4)) == [
        (
            "testing",
            "warning",
            "Urine tests were 1.90 times as frequent (95% CI 1.50 to 2.40) with “IOP” as with “none”. The group tested "
            "more often has more of its relapses found, and found sooner. Compare what is found at visits that are "
            "the same for everybody.",
        )
    ]
    assert [verdict for _, verdict, _ in checked(ratio_of_tests(0.9, 1.4))] == ["passed"]
    assert [verdict for _, verdict, _ in checked(ratio_of_tests(0.5, 0.7))] == ["warning"]


@pytest.mark.parametrize(("estimate", "verdict"), [(-0.03, "failed"), (-0.05, "passed")])
def test_common_visits_that_disagree_fail(estimate: float, verdict: str) -> None:
    common = DIFFERENCE | {"analysis": "common_visits_compared", "estimate": estimate, "conf_low": -0.2}
    (found,) = checked(DIFFERENCE, common)
    assert found[:2] == ("common_visits", verdict)
    text = (
        f"By what was found at common visits alone, the unadjusted difference by day 90 is −{-100 * estimate:.1f} "
        "points; by all findings −10.0 (95% CI −16.0 to −4.0)."
    )
    tail = " The two disagree: part of the difference is who was tested more often."
    assert found[2] == text + (tail if verdict == "failed" else "")


def moved(term: str, change: float, n: int) -> Row:
    keys = {"estimand": "leave_one_out", "statistic": "difference", "term": term, "time": 90}
    return PAIR | keys | {"estimate": change, "n": n}


def test_of_three_groups_the_difference_is_named() -> None:
    other = {"arm": "PHP"}
    found = checked(DIFFERENCE, DIFFERENCE | other, moved("site", 0.01, 5), moved("site", 0.02, 5) | other)
    assert [sentence for _, _, sentence in found] == [
        "Without one of 5 sites the difference of “IOP” from “none” by day 90 moves by at most 1.00 points (0.3 standard "
        "errors).",
        "Without one of 5 sites the difference of “PHP” from “none” by day 90 moves by at most 2.00 points (0.7 standard "
        "errors).",
    ]


def test_one_discharge_or_site_that_decides_the_difference() -> None:
    assert checked(DIFFERENCE, moved("discharge", 0.0123, 300), moved("site", -0.036, 12)) == [
        ("influence", "passed", "Without one discharge the difference by day 90 moves by at most 1.23 points (0.4 "
         "standard errors)."),
        ("influence", "warning", "Without one of 12 sites the difference by day 90 moves by at most 3.60 points (1.2 "
         "standard errors). The result rests on it: look at its records."),
    ]  # fmt: skip
    (found,) = checked(DIFFERENCE, moved("discharge", 0.12, 300))
    assert found[1:] == (
        "failed",
        "Without one discharge the difference by day 90 moves by at most 12.00 points (4.0 standard errors). That "
        "turns its sign. The result rests on it: look at its records.",
    )


def starts(*pairs: tuple[int, int]) -> list[Row]:
    found: list[Row] = []
    for day, (observed, expected) in enumerate(pairs):
        keys: Row = {"analysis": "landmark_14", "estimand": "start_of_care", "time": day}
        found.append(keys | {"statistic": "observed", "estimate": observed})
        found.append(keys | {"statistic": "expected", "estimate": expected, "std_error": expected**0.5})
    return found


def test_starts_that_the_model_misses_by_hand() -> None:
    # (28 - 16)^2 / 16 = 9 on 4 - 3 = 1 degree: p = 0.0027.
    assert checked(*starts((16, 16), (28, 16), (25, 25), (9, 9))) == [
        (
            "start_model",
            "warning",
            "The model of the start of care misses on some days (p = 0.003), most on day 1: 28 started, 16 expected. "
            "Weights may be wrong there; compare the estimates by the weights alone and by the outcome models alone.",
        )
    ]
    # (20 - 16)^2 / 16 = 1: p = 0.317.
    assert checked(*starts((16, 16), (20, 16), (25, 25), (9, 9))) == [
        (
            "start_model",
            "passed",
            "On each day of the grace period about as many started care as the model expects (p = 0.317).",
        )
    ]


def ratio(first: int, last: int, value: float) -> Row:
    keys = {"estimand": "hazard_ratio", "statistic": "ratio", "window_start": first, "window_end": last}
    # The standard error of the logarithm is 0.2.
    return PAIR | keys | {"estimate": value, "std_error": 0.2 * value}


def test_hazard_ratios_that_differ_by_period_by_hand() -> None:
    # Logarithms -0.6931 and 0.2231: each 0.4581 from the mean, over 0.2: 2 * 2.2907^2 = 10.49 on 1 degree.
    assert checked(ratio(0, 90, 0.8), ratio(0, 30, 0.5), ratio(30, 90, 1.25)) == [
        (
            "hazards",
            "warning",
            "Hazard ratio of “IOP”: 0.50 on days 0-30, 1.25 on days 31-90 (p = 0.001 that they are one). The effect "
            "changes over time: use the risks by day, not one ratio.",
        )
    ]
    (found,) = checked(ratio(0, 90, 0.8), ratio(0, 30, 0.75), ratio(30, 90, 0.85))
    assert found[1:] == (
        "passed",
        "Hazard ratio of “IOP”: 0.75 on days 0-30, 0.85 on days 31-90 (p = 0.658 that they are one).",
    )


def test_no_check_of_what_is_not_there() -> None:
    assert checked(PAIR | {"estimand": "risk", "statistic": "estimate", "estimate": 0.2}) == []
    assert isinstance(rows([]), Results)


def test_changes_and_calibration_of_a_drawn_cohort() -> None:
    rng = np.random.default_rng(5)
    start = np.where(rng.random(400) < 0.5, rng.integers(0, 30, 400), np.nan)
    days = np.minimum(rng.geometric(0.006, 400), 90)
    age = pd.DataFrame({"age": rng.normal(40, 9, 400)})
    found = clone_censor_weight(days, days < 90, start, age, estimator="weighted")
    assert list(influence_rows(found, None, start=0)) == []
    placed = replace(found, rows=np.arange(400))
    person, site, *each = influence_rows(placed, pd.Series(np.arange(400) % 8), start=0)
    assert (person["term"], person["n"], site["term"], site["n"]) == ("discharge", 400, "site", 8)
    whole = found.one("risk", 90)["estimate"]
    assert [one["site"] for one in each] == [str(number) for number in range(8)]
    moved = [float(str(one["estimate"])) - whole for one in each]
    assert max(moved, key=abs) == pytest.approx(float(str(site["estimate"])))
    refitted = clone_censor_weight(
        days[1:], (days < 90)[1:], start[1:], age.iloc[1:], estimator="weighted", leverage=0
    )
    change = refitted.one("risk", 90)["estimate"] - found.one("risk", 90)["estimate"]
    assert abs(change) <= abs(float(str(person["estimate"]))) * 1.1
    by_day = pd.DataFrame(calibration_rows(found)).pivot(index="time", columns="statistic", values="estimate")
    # With an intercept in the model, starts add up to those expected.
    assert by_day["observed"].sum() == pytest.approx(by_day["expected"].sum(), rel=1e-6)
    assert len(by_day) == 15


def test_groups_that_hardly_overlap_give_a_warning() -> None:
    def share(arm: str, value: float) -> Row:
        keys = {"analysis": "landmark_14", "estimand": "equipoise", "statistic": "estimate", "arm": arm}
        return keys | {"estimate": value}

    assert checked(share("IOP", 0.62), share("none", 0.41)) == [
        (
            "overlap",
            "warning",
            "By their characteristics, 62% of “IOP” and 41% of “none” could have gone either way. Where that is under "
            '50%, the comparison leans on few people and on the models. population = "overlap" compares those who '
            "could have gone either way.",
        )
    ]
    assert checked(share("IOP", 0.62), share("none", 0.5)) == [
        (
            "overlap",
            "passed",
            "By their characteristics, 62% of “IOP” and 50% of “none” could have gone either way.",
        )
    ]


def test_preference_and_overlap_by_hand() -> None:
    # One of five in the first group: odds of 0.25 of chance 0.2 are those of the share, 1 / 4, so F = 0.5.
    # Chance 0.5: odds 1, times 4: F = 0.8.
    found = overlap(np.array([0.2, 0.2, 0.5, 0.5, 0.2]), np.array([0, 1, 1, 1, 1]), ("a", "b"))
    middle = found[found["low"].isna()].set_index("arm")["share"]
    assert middle.to_dict() == {"a": 1.0, "b": 0.5}
    ranges = found[found["low"].round(1).isin([0.2, 0.5]) & (found["arm"] == "b")]
    assert ranges["share"].tolist() == [0.5, 0.5]


def test_people_who_are_never_in_a_group_give_a_warning() -> None:
    balanced: Row = PAIR | {
        "estimand": "covariate_balance",
        "statistic": "after",
        "term": "age",
        "estimate": 0.0,
    }
    warned = {"analysis": "landmark_14", "estimand": "adjustment_warning", "statistic": "estimate"}
    never = warned | {
        "variant": "warning=never",
        "term": "home",
        "level": "active_use",
        "arm": "IOP",
        "estimate": 12,
    }
    extreme = warned | {"variant": "warning=extreme", "estimate": 30, "n": 300}
    assert checked(balanced, never, extreme) == [
        (
            "positivity",
            "warning",
            "None of 12 discharges with home “active use” is in “IOP” and 30 of 300 discharges had a chance below 2% of "
            "a group. For these people the estimate rests on models alone: exclude them by eligibility, or join values.",
        )
    ]
    pair = never | {"variant": "warning=never_together", "subgroup": "rural", "estimate": 14}
    second = pair | {"statistic": "other", "term": "rural", "level": "False", "subgroup": "home"}
    assert [note for _, _, note in checked(balanced, pair, second)] == [
        "None of 14 discharges with home “active use” and rural “no” is in “IOP”. For these people the estimate rests "
        "on models alone: exclude them by eligibility, or join values."
    ]
    assert checked(balanced) == [("positivity", "passed", "No characteristic keeps people out of a group.")]


def rate_of_tests(term: str, arm: str, rate: float) -> Row:
    return PAIR | {"estimand": "testing_rate", "statistic": "estimate", "term": term, "arm": arm, "reference": "",
                   "estimate": rate}  # fmt: skip


def of_testing(
    *given: Row, found_by: dict[str, float], key: str = "landmark_14", landmark: str = ""
) -> list[tuple[str, str]]:
    found = row_checks(rows(given), key, GateWords(), landmark=landmark, found_by=found_by)
    return [(str(one["statistic"]), str(one["note"])) for one in found if one["term"] == "testing"]


def test_unequal_tests_matter_only_where_they_find_use() -> None:
    urine = "Urine tests were 1.90 times as frequent (95% CI 1.50 to 2.40) with “IOP” as with “none”. Of first findings of use "
    assert of_testing(ratio_of_tests(1.5, 2.4), found_by={"urine": 0.09}) == [
        ("passed", f"{urine}9% are from urine tests alone. Unequal testing cannot change much.")
    ]
    ((verdict, note),) = of_testing(ratio_of_tests(1.5, 2.4), found_by={"urine": 0.4})
    assert verdict == "warning"
    assert note.startswith(
        f"{urine}40% are from urine tests alone. The group tested more often has more of its relapses"
    )


def test_contacts_beside_tests() -> None:
    # 5 + 10 against 5 + 2 a month: contacts alone 5 to 5.
    contact = ratio_of_tests(1.8, 2.6) | {"term": "contact"}
    rates = [
        rate_of_tests(term, arm, rate)
        for term, arm, rate in (
            ("urine", "IOP", 10.0), ("urine", "none", 2.0), ("contact", "IOP", 15.0), ("contact", "none", 7.0),
        )
    ]  # fmt: skip
    assert of_testing(contact, *rates, found_by={"urine": 0.05, "contact": 0.9}) == [
        (
            "passed",
            "Tests and contacts were 2.16 times as frequent (95% CI 1.80 to 2.60) with “IOP” as with “none”, contacts "
            "alone 1.00 times. Unequal testing cannot change much.",
        )
    ]
    # Where every contact is a test, the tests are stated once.
    only = [rate_of_tests("contact", arm, rate) for arm, rate in (("IOP", 10.0), ("none", 2.0))]
    assert of_testing(contact, *rates[:2], *only, found_by={"urine": 1.0}) == []


def test_plans_take_the_tests_of_the_landmark() -> None:
    found = of_testing(
        ratio_of_tests(1.5, 2.4), found_by={}, key="clone_censor_weight", landmark="landmark_14"
    )
    ((verdict, note),) = found
    assert verdict == "warning"
    assert note.startswith("By the care received by day 14: urine tests were 1.90 times as frequent")
    assert of_testing(ratio_of_tests(1.5, 2.4), found_by={}, key="clone_censor_weight") == []
