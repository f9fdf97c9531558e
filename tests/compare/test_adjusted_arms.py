"""Arms of a first day, adjusted: equal to plain curves without covariates, right under confounding, refused elsewhere."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.cohort import derive
from stepdown.compare import Design, compare_arms, design
from stepdown.compare.grace_period import StartStrategy, clone_censor_weight
from stepdown.errors import DesignError
from stepdown.sections.relapse import text
from stepdown.study import Study
from stepdown.survival import aalen_johansen, risk
from support_cohort import draw
from support_study import study

pytestmark = pytest.mark.slow

DAY = 60
STRATEGIES = (
    StartStrategy(name="A", kind="start", within=0),
    StartStrategy(name="B", kind="no_start", within=0),
)


def confounded(n: int, seed: int) -> dict[str, np.ndarray]:
    """People whose severity drives both the group and relapse; the group does nothing."""
    rng = np.random.default_rng(seed)
    severity = rng.normal(size=n)
    first = rng.random(n) < 1 / (1 + np.exp(0.9 * severity))
    days = np.ceil(rng.exponential(110 * np.exp(-0.6 * severity)))
    dies = np.ceil(rng.exponential(900, n))
    event = np.where(days <= np.minimum(dies, DAY), 1, np.where(dies <= DAY, 2, 0))
    return {
        "days": np.minimum(np.minimum(days, dies), DAY),
        "event": event,
        "first": first,
        "severity": severity,
    }


def compared(given: dict[str, np.ndarray], covariates: pd.DataFrame) -> object:
    return clone_censor_weight(
        given["days"], given["event"], np.where(given["first"], 0.0, np.inf), covariates,
        strategies=STRATEGIES, times=(DAY,), window=(0, DAY), rmst=DAY,
    )  # fmt: skip


def test_without_covariates_the_weighted_risks_are_those_of_the_arms() -> None:
    given = confounded(300, 1)
    found = compared(given, pd.DataFrame(index=range(300)))
    for name, mine in (("A", given["first"]), ("B", ~given["first"])):
        curve = aalen_johansen(given["days"][mine], given["event"][mine])
        plain = float(risk(curve, DAY, cause=1).table["estimate"].iloc[0])
        row = found.one("risk", DAY, "estimate", strategy=name, estimator="weighted")
        assert row["estimate"] == pytest.approx(plain, abs=1e-9)
        # Hazards that are smooth in the day, brought back onto the curve by the one step.
        assert found.one("risk", DAY, "estimate", strategy=name)["estimate"] == pytest.approx(
            plain, abs=0.003
        )


def test_a_window_from_day_0_is_the_risk() -> None:
    found = compared(confounded(300, 1), pd.DataFrame(index=range(300)))
    for name in ("A", "B"):
        pair = [found.one(one, DAY, "estimate", strategy=name)["estimate"] for one in ("risk", "window_risk")]
        assert pair[0] == pair[1]


def test_what_the_groups_differ_in_is_taken_out() -> None:
    given = confounded(1500, 2)
    plain = compared(given, pd.DataFrame(index=range(1500))).one("risk", DAY)
    fair = compared(given, pd.DataFrame({"severity": given["severity"]})).one("risk", DAY)
    assert plain["conf_high"] < -0.05
    assert fair["conf_low"] < 0 < fair["conf_high"]
    assert abs(fair["estimate"]) < 0.05


STAY = "stay -28..0 | follow 0..90"
BASELINE = {
    "contrast__arms": {"column": "sex", "values": ["female", "male"], "labels": ["Women", "Men"]},
    "analysis__primary": {"design": "baseline"},
    "analysis__adjust": {"covariates": ["age"]},
}


def cohort(size: int) -> str:
    lines = (
        f"c{k}: {STAY} | sex {'female' if k % 3 else 'male'} | age {20 + k % 40}"
        + (f" | + {30 + k}" if k % 5 == 0 else "")
        for k in range(size)
    )
    return "\n".join(lines)


def given_study(size: int = 40, **changes: object) -> tuple[object, Design, Study]:
    asked = study(**BASELINE | changes)
    people = derive(draw(cohort(size)), asked)
    return people, design(people, asked), asked


def test_adjusted_rows_stand_beside_the_plain_ones() -> None:
    people, made, asked = given_study()
    found = compare_arms(people, made, made.readings[0], asked)
    assert found.strategies["strategy"].tolist() == ["Women", "Men"]
    assert found.strategies["follow"].tolist() == [26, 14]


def test_what_cannot_be_adjusted_is_said() -> None:
    people, made, asked = given_study()
    (reading,) = made.readings
    late = replace(reading.followup, entry=np.full(40, 2.0))
    cases = {
        "The adjustment needs one day for each relapse, and some are known only to lie between two contacts. Set "
        'outcome.interval = "imputed", "detected" or "midpoint".': (
            made, replace(reading, followup=replace(reading.followup, bound="lowest")), asked,
        ),
        "40 discharges were first followed after day 0, and the adjustment follows people from the next day on. "
        "State their follow-up from that day on where they were observed, or exclude them.": (made, replace(reading, followup=late), asked),
        "`sex` defines the groups, so it cannot be a covariate too. Remove it.": (
            made, reading, study(**BASELINE | {"analysis__adjust": {"covariates": ["sex"]}}),
        ),
        'Nothing is adjusted for, because analysis.adjust.method is "none".': (
            made, reading, study(**BASELINE | {"analysis__adjust": {"covariates": ["age"], "method": "none"}}),
        ),
        "Nothing is adjusted for. Add analysis.adjust.": (
            made, reading, study(**{k: v for k, v in BASELINE.items() if k != "analysis__adjust"}),
        ),
    }  # fmt: skip
    for words, (one, arms, protocol) in cases.items():
        with pytest.raises(DesignError) as caught:
            compare_arms(people, one, arms, protocol)
        assert str(caught.value) == words


def test_few_discharges_are_not_adjusted() -> None:
    people, made, asked = given_study(12)
    with pytest.raises(DesignError) as caught:
        compare_arms(people, made, made.readings[0], asked)
    assert str(caught.value) == "12 discharges were compared: too few to adjust. At least 30 are needed."


def test_a_refusal_is_a_note_of_the_report() -> None:
    asked = study(**BASELINE)
    found = sd.analyze(draw(cohort(12)), asked)
    assert "The adjusted comparison is not shown (baseline). 12 discharges were compared: too few to adjust. At least 30 are needed." in (
        found.wording.notes
    )  # fmt: skip
    assert (found.results.table["population"] == "").all()


def test_days_drawn_from_intervals_are_adjusted_and_pooled() -> None:
    lines = (
        f"c{k}: {STAY} | sex {'female' if k % 3 else 'male'} | age {20 + k % 40}"
        + (f" | + ({k % 30},{30 + k % 30}]" if k % 4 == 0 else "")
        for k in range(150)
    )
    changes = {"outcome__interval": "imputed", "outcome__imputations": 3, "outcome__endpoint": "first_use@1"}
    found = sd.analyze(draw("\n".join(lines)), study(**BASELINE | changes)).results
    keys = {"analysis": "baseline", "estimand": "risk", "time": 90, "statistic": "difference", "variant": ""}
    fair = found.one(population="everyone", **keys)
    assert fair["method"] == "adjusted, doubly robust, 3 imputations pooled"
    assert abs(fair["estimate"] - found.one(population="", **keys)["estimate"]) < 0.03


def test_an_imprecise_difference_says_what_it_takes() -> None:
    lines = (
        f"c{k}: {STAY} | quarter 2025Q{1 + k % 4} | sex {'female' if k % 2 else 'male'} | age {20 + k * 7 % 40}"
        + (f" | + {5 + k % 80}" if k % 10 < 4 else "")
        for k in range(240)
    )
    found = sd.analyze(draw("\n".join(lines)), study(**BASELINE))
    keys = {"analysis": "baseline", "population": "everyone", "time": 90, "variant": ""}
    error = found.results.one(estimand="risk", statistic="difference", **keys)["std_error"]
    longer = (error / 0.035694) ** 2
    for estimand, now, then in (("discharges_needed", 240, 756), ("quarters_needed", 4, 13)):
        row = found.results.one(estimand=estimand, **keys)
        assert (row["estimate"], row["n"]) == (then, 240)
        assert row["estimate"] - 1 < now * longer <= row["estimate"]
    said = text.comparison(found, "baseline").paragraphs
    assert (
        "These data are too few to show an adjusted difference of 10 per 100: that takes about 756 discharges in "
        "all, divided between the groups as now (80% power)."
    ) in said


def test_days_beyond_all_follow_up_are_left_out() -> None:
    _, made, asked = given_study(**{"outcome__times": (30, 90, 365)})
    people, _, _ = given_study()
    found = compare_arms(people, made, made.readings[0], asked)
    assert set(found.table["time"]) == {30, *range(7, 90, 7), 90}
    longer = study(**BASELINE | {"outcome__window": (30, 180), "outcome__times": (30, 180)})
    with pytest.raises(DesignError) as caught:
        compare_arms(people, made, made.readings[0], longer)
    assert str(caught.value) == (
        "Nobody is followed to day 180, the end of the window, so nothing is adjusted. The last day is 90. Shorten "
        "outcome.window, or wait for more follow-up."
    )


def test_many_lost_on_one_day_are_modeled() -> None:
    # Six in ten leave on day 30, unrelated to anything: those left stand for all.
    given = confounded(1500, 3)
    leaves = np.random.default_rng(4).random(1500) < 0.6
    cut = leaves & (given["days"] > 30)
    held = given | {"days": np.where(cut, 30, given["days"]), "event": np.where(cut, 0, given["event"])}
    severity = pd.DataFrame({"severity": given["severity"]})
    whole, part = (
        compared(one, severity).one("risk", DAY, "estimate", strategy="A") for one in (given, held)
    )
    assert part["estimate"] == pytest.approx(whole["estimate"], abs=0.06)


def three_arms(size: int = 240) -> str:
    payers = ("medicaid", "commercial", "self_pay")
    lines = (
        f"c{k}: {STAY} | payer {payers[k % 3]} | age {20 + (k * 7) % 40}"
        + (f" | + {1 + k % 89}" if k % 4 == 0 else "")
        for k in range(size)
    )
    return "\n".join(lines)


THREE = {
    "contrast__arms": {
        "column": "payer",
        "values": ["medicaid", "commercial", "self_pay"],
        "labels": ["Medicaid", "Commercial", "Self-pay"],
    },
    "analysis__primary": {"design": "baseline"},
    "analysis__adjust": {"covariates": ["age"], "population": "overlap", "method": "weighting"},
}


def test_three_arms_are_adjusted_for_the_population_asked() -> None:
    found = sd.analyze(draw(three_arms()), study(**THREE))
    keys = {"analysis": "baseline", "population": "overlap", "estimand": "risk", "time": 90, "variant": ""}
    gaps = found.results.where(statistic="difference", **keys).table
    assert gaps[["arm", "reference"]].to_numpy().tolist() == [
        ["Medicaid", "Self-pay"],
        ["Commercial", "Self-pay"],
    ]
    assert set(gaps["method"]) == {"adjusted, weighting"}
    assert (gaps["note"] == "too few effective people for an interval").all()
    balance = found.results.where(estimand="covariate_balance", term="age", statistic="after").table
    assert balance["estimate"].abs().max() < 0.01
    assert found.wording.analyses["baseline"].endswith(
        "Adjusted for age, by weighting: the risks had those who could have gone either way been in each "
        "of the groups."
    )
    said = text.comparison(found, "baseline").paragraphs
    assert said[1].startswith("By day 90, for those who could have gone either way: 2")


def test_without_a_method_nothing_is_adjusted() -> None:
    asked = study(**BASELINE | {"analysis__adjust": {"covariates": ["age"], "method": "none"}})
    found = sd.analyze(draw(cohort(40)), asked)
    assert (found.results.table["population"] == "").all()
    assert not any(note.startswith("The adjusted comparison") for note in found.wording.notes)
