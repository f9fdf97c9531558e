"""Balance of scores by day: by hand, against a plain calculation, and in the exact words of the check."""

from types import SimpleNamespace

import numpy as np
import pytest

from stepdown.checks import GateWords, score_checks
from stepdown.compare import ArmComparison
from stepdown.compare.grace_period.comparison import clone_censor_weight
from stepdown.compare.known_arms.populations import Method
from stepdown.compare.score_balance import named_balance, score_balance
from stepdown.compare.sequential_trials import compare_sequential_trials
from stepdown.errors import ResultError
from stepdown.results import Results, rows
from stepdown.sections.trust.score_figure import score_plot
from stepdown.sections.trust.score_tables import score_table
from support_gates import closed
from support_grace_period import drawn, frame, parts

Row = dict[str, object]
KEYS: Row = {
    "analysis": "clone_censor_weight",
    "estimand": "score_balance",
    "arm": "IOP",
    "reference": "none",
}


def test_by_hand() -> None:
    # On day 3 scores are 1, 1, 1, 1, 0 of those who start and 1, 1, 0, 0, 0 of those who do not: means 0.8 and 0.4. Of
    # all ten the mean is 0.6 and the variance 10 / 9 * 0.24 = 0.2667. Weighted, both means are 0.5. Effective sizes
    # 8^2 / 20 = 3.2 and 12^2 / 30 = 4.8.
    starts, score = np.repeat([True, False], 5), np.array([1.0, 1, 1, 1, 0, 1, 1, 0, 0, 0])
    weight = np.array([1.0, 1, 1, 1, 4, 3, 3, 2, 2, 2])
    found = score_balance(np.full(10, 3), starts, np.stack([score, np.ones(10)], axis=1), weight)
    assert found[["day", "score", "starts", "waits"]].to_numpy().tolist() == [[3, 0, 5, 5]]
    assert found["before"].iloc[0] == pytest.approx(0.4 / 0.266667**0.5, rel=1e-5)
    assert found["after"].iloc[0] == pytest.approx(0, abs=1e-12)
    assert found["error"].iloc[0] == pytest.approx((1 / 3.2 + 1 / 4.8) ** 0.5)
    # Of four who start nothing is stated.
    assert score_balance(np.full(9, 3), starts[1:], score[1:, None], weight[1:]).empty


def test_the_weights_are_those_of_what_people_did_so_far() -> None:
    cohort = drawn(400, seed=4, horizon=20)
    found = clone_censor_weight(
        cohort.last_day, cohort.event, cohort.start, frame(cohort.covariates), history=cohort.history, grace=7,
        times=(20,), window=None, rmst=None, estimator="weighted",
    ).score_balance  # fmt: skip
    fitted = parts(cohort, grace=7, horizon=20)
    people = fitted.people
    chance, lost = np.zeros((400, 8)), np.zeros((400, 20))
    for block in people.blocks:
        chance[block.rows] = fitted.start.chance(block, 8)
        assert fitted.loss is not None
        lost[block.rows] = fitted.loss.chance(block, 20)
    score = cohort.history[people.order, :, 0]
    for day in found["day"].unique():
        here = people.decisions.last >= day
        starts = (people.start == day)[here]
        # Waited on every day before, and was not lost on any.
        weight = 1 / np.prod(1 - chance[here, :day], axis=1) / np.prod(1 - lost[here, :day], axis=1)
        weight /= np.where(starts, chance[here, day], 1 - chance[here, day])
        gap = np.average(score[here, day][starts], weights=weight[starts])
        gap -= np.average(score[here, day][~starts], weights=weight[~starts])
        row = found[found["day"] == day].iloc[0]
        assert row["after"] == pytest.approx(gap / score[here, day].std(ddof=1), rel=1e-6)
        assert row["starts"] == starts.sum()
    assert len(found) > 3


def test_trials_have_the_balance_of_each_day() -> None:
    cohort = drawn(300, seed=5, horizon=20)

    def trials(method: Method) -> ArmComparison:
        return compare_sequential_trials(
            cohort.last_day, cohort.event, cohort.start, frame(cohort.covariates), labels=("a", "b"), until=3,
            history=cohort.history, method=method, times=(10,), window=None, rmst=None,
        )  # fmt: skip

    found = trials("weighting")
    assert found.score_balance["day"].tolist() == [0, 1, 2, 3]
    # Hazards alone weigh nobody.
    assert trials("standardization").score_balance.empty
    names = named_balance(found.score_balance, ("craving",), ("craving",))
    assert set(names["score"]) == {"craving"}
    assert named_balance(found.score_balance, ("craving not recent",), ("craving",)).empty


def by_day(*given: tuple[int, float, float, float]) -> Results:
    """Return rows of (day, before, after, standard error) of craving, 40 who start each day."""
    found: list[Row] = []
    for day, before, after, error in given:
        keys = KEYS | {"term": "craving", "time": day, "n": 40, "unit": "standard deviations"}
        found.append(keys | {"statistic": "before", "estimate": before})
        found.append(keys | {"statistic": "after", "estimate": after, "std_error": error})
    return rows(found)


def checked(results: Results) -> list[tuple[object, object, object]]:
    found = score_checks(results, "clone_censor_weight", GateWords(labels={"craving": "Craving"}), limit=0.1)
    return [(one["statistic"], one["estimate"], one["note"]) for one in found]


def test_words() -> None:
    # Equal errors: means 0.4 and 0.05. z of day 1: 0.3 / 0.2 = 1.5, less than 0.2 beyond 0.1.
    assert checked(by_day((0, 0.4, -0.2, 0.2), (1, 0.4, 0.3, 0.2))) == [
        (
            "passed",
            0.3,
            "After weighting, the latest craving of those who start care on a day and of those who do not differs by 0.05 "
            "standard deviations on average over 2 days (0.40 before), and most clearly on day 1 (0.30; 40 started). "
            "Chance explains that.",
        )
    ]
    tail = (
        " That is more than 0.1 and more than chance explains: the model of the start of care misses how it depends on "
        "craving, so the weights do not undo it. Compare the estimates by the weights alone and by the outcome models "
        "alone, and do not rely on a result that needs the weights."
    )
    # The mean: 0.35, with a standard error of 0.2 / sqrt(2) = 0.14.
    assert checked(by_day((0, 0.4, 0.3, 0.2), (1, 0.4, 0.4, 0.2))) == [
        (
            "warning",
            0.4,
            "After weighting, the latest craving of those who start care on a day and of those who do not differs by 0.35 "
            "standard deviations on average over 2 days (0.40 before), and most clearly on day 1 (0.40; 40 started)."
            + tail,
        )
    ]
    # One day: 0.9 - 2.24 * 0.3 = 0.23, above 0.1 although the mean is 0.
    ((verdict, value, _),) = checked(by_day((0, 0.4, -0.9, 0.3), (1, 0.4, 0.9, 0.3)))
    assert (verdict, value) == ("warning", -0.9)
    assert checked(by_day((0, 0.4, -0.7, 0.3), (1, 0.4, 0.7, 0.3)))[0][0] == "passed"
    assert checked(by_day((2, 0.4, 0.09, 0.3)))[0][2] == (
        "After weighting, the latest craving of those who start care on a day and of those who do not differs by 0.09 "
        "standard deviations on average over 1 day (0.40 before), and most clearly on day 2 (0.09; 40 started). Chance "
        "explains that."
    )


def of_plans(*found: tuple[str, int, float]) -> Results:
    """Return the balance of decisions of a plan: decision, day, difference after weighting; errors of 0.15."""
    keys = KEYS | {"reference": "", "arm": "PHP, then IOP", "term": "craving", "n": 40}
    return rows([
        keys | {"level": decision, "time": day, "statistic": statistic, "estimate": value, "std_error": error}
        for decision, day, after in found
        for statistic, value, error in (("before", 0.4, np.nan), ("after", after, 0.15))
    ])  # fmt: skip


def test_words_of_plans_of_several_steps() -> None:
    found = of_plans(("PHP by day 7", 0, 0.1), ("IOP in a week", 9, 0.31), ("IOP in a week", 10, 0.31))
    first, second = score_checks(
        found, "clone_censor_weight", GateWords(labels={"craving": "Craving"}), limit=0.1
    )
    assert (first["level"], first["statistic"]) == ("craving: PHP by day 7", "passed")
    # The mean of two days of 0.31 has an error of 0.106: 2.92 of them, above the 2.24 of two decisions together.
    assert (second["level"], second["statistic"], second["arm"]) == (
        "craving: IOP in a week", "warning", "PHP, then IOP",
    )  # fmt: skip
    assert second["note"] == (
        "After weighting, the latest craving of those who come to “IOP in a week” on a day and of those who do not "
        "differs by 0.31 standard deviations on average over 2 days (0.40 before), and most clearly on day 9 (0.31; 40 "
        "did). That is more than 0.1 and more than chance explains: the model of “IOP in a week” misses how it depends on "
        "craving, so the weights do not undo it. Compare the estimates by the weights alone and by the outcome models "
        "alone, and do not rely on a result that needs the weights."
    )
    alike = of_plans(("PHP by day 7", 0, 0.1), ("IOP in a week", 9, 0.23), ("IOP in a week", 10, 0.23))
    # 0.23 is 2.17 errors: enough for one decision, not for two.
    assert [one["statistic"] for one in score_checks(alike, KEYS["analysis"], GateWords(), limit=0.1)] == [
        "passed", "passed",
    ]  # fmt: skip


def test_figure_and_table_of_plans_of_several_steps() -> None:
    found = of_plans(("PHP by day 7", 0, 0.1), ("IOP in a week", 9, 0.3))
    a = SimpleNamespace(results=found, labels={"craving": "Craving"})
    first = score_plot(a, analysis="clone_censor_weight")  # type: ignore[arg-type]
    assert first.title == (
        "Largest difference in craving after weighting at “PHP by day 7”: 0.10 standard deviations, on day 0"
    )
    second = score_plot(a, analysis="clone_censor_weight", decision="IOP in a week")  # type: ignore[arg-type]
    assert second.subtitle.startswith("Is craving alike on the day of “IOP in a week”? Latest craving before")
    assert second.fold == "Craving by day: IOP in a week"
    table = score_table(a, "clone_censor_weight")  # type: ignore[arg-type]
    assert table is not None
    assert table.columns[1] == "Did"
    assert [row[0] for row in table.rows] == ["PHP by day 7: day 0", "IOP in a week: day 9"]
    assert table.notes == (
        "By decision of a plan: who comes to it on the day less who does not, of those who decide.",
    )
    with pytest.raises(ResultError) as caught:
        score_plot(a, analysis="clone_censor_weight", decision="none")  # type: ignore[arg-type]
    assert str(caught.value).startswith(
        "The results hold no balance by day of craving in 'clone_censor_weight'."
    )


def test_pooled_rows_have_the_error_of_their_size() -> None:
    # Without a standard error: 1 / sqrt(40) = 0.158 on each of two days, so 0.112 of the mean of 0.25.
    table = by_day((0, 0.4, 0.25, 0.1), (1, 0.4, 0.25, 0.1)).table.assign(std_error=np.nan)
    assert checked(Results(table))[0][0] == "warning"
    assert checked(Results(table.assign(n=10.0)))[0][0] == "passed"


def test_figure_and_table() -> None:
    a = SimpleNamespace(
        results=by_day((0, 0.4, -0.2, 0.2), (1, 0.4, 0.3, 0.2)), labels={"craving": "Craving"}
    )
    drawing = score_plot(a, analysis="clone_censor_weight")  # type: ignore[arg-type]
    assert drawing.alt == (
        "Difference in craving: day 0, 0.40 before and −0.20 after (40 started); day 1, 0.40 before and 0.30 after (40 "
        "started)."
    )
    assert drawing.title == (
        "Largest difference in craving after weighting: 0.30 standard deviations, on day 1"
    )
    assert drawing.subtitle.startswith("Is craving alike on the day care starts? Latest craving before")
    table = score_table(a, "clone_censor_weight")  # type: ignore[arg-type]
    assert table is not None
    assert table.rows[0] == ("Day 0", "40", "0.40", "−0.20", "0.20")
    none = SimpleNamespace(results=rows([]), labels={})
    _, withheld = closed(a.results, "clone_censor_weight")
    for empty in (none, SimpleNamespace(results=withheld, labels={})):
        assert score_table(empty, "clone_censor_weight") is None  # type: ignore[arg-type]
    with pytest.raises(ResultError) as caught:
        score_plot(none, analysis="clone_censor_weight")  # type: ignore[arg-type]
    assert str(caught.value) == "The results hold no balance by day of a score in 'clone_censor_weight'."
