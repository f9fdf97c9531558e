"""Plans that unfold from a study: rows, words and the diagram, of eighty clients in four groups of twenty.

PHP 2, IOP 5 and 12: does all that the plan asks. PHP 2: departs on day 9. IOP 3: departs on it. No care: departs
on day 7. Every fifth client relapses, later than any of these days.
"""

import numpy as np
import pytest

import stepdown as sd
from stepdown.cohort import derive
from stepdown.compare.compared_strategies import compare_strategies
from stepdown.display.drawing import Picture
from stepdown.errors import DesignError
from stepdown.report.sections import SECTIONS
from stepdown.sections.relapse import text
from support_cohort import draw
from support_study import study

pytestmark = pytest.mark.slow

CARE = ("| php 2 | iop 5 | iop 12", "| php 2", "| iop 3", "")
LINES = "\n".join(
    f"c{k}: stay -28..0 | follow 0..90 | age {20 + k % 37} {CARE[k % 4]}"
    + (f" | + {20 + k % 31}" if k % 5 == 0 else "")
    for k in range(80)
)
STEPS = [
    {"level": ["php"], "within": 7},
    {"level": ["iop"], "within": 7, "after": "end", "min_weeks": 2},
]
ASKED = {
    "strategies__early": {"label": "PHP, then IOP", "steps": STEPS},
    "strategies__none": {"label": "No care", "avoid": [{"level": ["php", "iop"], "within": 7}]},
    "analysis": {"primary": {"design": "clone_censor_weight"}, "adjust": {"covariates": ["age"]}},
}


def test_rows_words_and_diagram() -> None:
    found = sd.analyze(draw(LINES), study(**ASKED))
    table = found.results.table
    left = table[table["estimand"] == "departure"]
    rows = left.pivot(index=["arm", "term"], columns="statistic", values="estimate").to_dict("index")
    late = "no IOP within 7 days of the end of PHP"
    assert {key: tuple(row.values()) for key, row in rows.items() if row["count"]} == {
        ("PHP, then IOP", "no PHP by day 7"): (20, 7, 7),
        ("PHP, then IOP", "IOP before PHP"): (20, 3, 3),
        ("PHP, then IOP", late): (20, 9, 9),
        ("No care", "PHP or IOP by day 7"): (60, 2, 3),
    }
    assert rows["PHP, then IOP", "no IOP in a week"]["count"] == 0
    said = text.comparison(found, "clone_censor_weight").paragraphs
    assert (
        "Departed from “PHP, then IOP”, and count in it no longer: 20 with no PHP by day 7 (day 7), 20 with IOP before PHP "
        f"(day 3) and 20 with {late} (day 9)."
    ) in said
    assert said[0].startswith(
        "The risks had everyone followed “PHP, then IOP”, starting on days 0-7 as similar people who start in time do, and "
        "had everyone followed “No care”; what a plan asks after the start as similar people who follow it do; later care "
        "as it came."
    )
    (picture,) = (part for part in SECTIONS["comparison"].parts(found) if isinstance(part, Picture))
    assert (
        "PHP, then IOP; 80 copies; 20 did all that the plan asks by day 90; 60 departed from it, and count no longer; – 20 "
        f"with no PHP by day 7; – 20 with IOP before PHP; – 20 with {late}; 0 had a relapse before either;"
    ) in picture.alt


def test_characteristics_by_plan_at_the_end_of_the_first_window() -> None:
    found = sd.analyze(draw(LINES), study(**ASKED))
    # On day 7 those with PHP on day 2 follow the first plan, whether they go on or depart on day 9; those
    # with IOP on day 3 have departed from both; those without care follow the second.
    ages = [[20 + k % 37 for k in range(80) if k % 4 in group] for group in ((0, 1), (3,))]
    rows = found.results.table
    rows = rows[(rows["estimand"] == "characteristic") & (rows["term"] == "age")]
    means = rows[rows["statistic"] == "mean"]
    assert means["estimate"].tolist() == pytest.approx([np.mean(one) for one in ages])
    assert means[["arm", "n", "window_start"]].to_numpy().tolist() == [
        ["PHP, then IOP", 40, 7],
        ["No care", 20, 7],
    ]
    spread = np.sqrt(np.mean([np.var(one, ddof=1) for one in ages]))
    apart = rows[rows["statistic"] == "standardized"]["estimate"].tolist()
    assert apart == pytest.approx([(np.mean(ages[0]) - np.mean(ages[1])) / spread])
    said, _, table = SECTIONS["comparison"].parts(found)
    assert (
        "Described are those who had followed a plan until day 7 and were still followed then, relapse-free. The "
        "estimates themselves count everybody."
    ) in said.paragraphs
    assert (
        "The one characteristic known by day 0 differs between the groups by less than 0.1 standard deviations (SD)."
        in said.paragraphs
    )
    assert table.columns[3:] == ("Difference (SD)", "Difference (SD), adjusted")
    (row,) = [one for one in table.rows if one[0] == "Age"]
    assert row[1] == f"{np.mean(ages[0]):.1f} ({np.std(ages[0], ddof=1):.1f})"


def test_a_plan_that_starts_one_level_and_avoids_another() -> None:
    iop, php = ({"level": [level], "within": 7} for level in ("iop", "php"))
    plan = {"label": "IOP, no PHP", "steps": [iop], "avoid": [php]}
    table = sd.analyze(draw(LINES), study(**(ASKED | {"strategies__early": plan}))).results.table
    left = table[(table["estimand"] == "departure") & (table["statistic"] == "count")]
    assert left[["arm", "term", "estimate"]].to_numpy().tolist() == [
        ["IOP, no PHP", "no IOP by day 7", 20],
        ["IOP, no PHP", "PHP by day 7", 40],
        ["No care", "PHP or IOP by day 7", 60],
    ]


def test_a_plan_that_nobody_does_all_of_is_an_error_with_the_counts() -> None:
    # One client relapses on day 20, in the first week without IOP (days 19-25), and so departs from nothing.
    asked = study(**ASKED, **{"strategies__early__steps": [STEPS[0], STEPS[1] | {"min_weeks": 5}]})
    assert asked.analysis is not None
    with pytest.raises(
        DesignError,
        match=r"^Nobody follows the strategy “PHP, then IOP”: of 80 people, 0 do all that it asks and 79 depart from it "
        r"\(20 with no PHP by day 7, 20 with IOP before PHP, 20 with no IOP within 7 days of the end of PHP, 19 with no "
        r"IOP in a week\)\. "
        r"Change its steps, their `within`, or the levels of care\.",
    ):
        compare_strategies(derive(draw(LINES), asked), asked, asked.analysis.primary)


def test_a_bootstrap_draws_the_care_with_its_discharge() -> None:
    asked = study(**ASKED)
    people = derive(draw(LINES), asked)
    again = people.take(people.table.index.to_numpy()[[3, 0, 0, 2]])
    assert again.care is not None
    assert again.care[["row", "start"]].to_numpy().tolist() == [
        [1, 2], [1, 5], [1, 12], [2, 2], [2, 5], [2, 12], [3, 3],
    ]  # fmt: skip


def test_people_of_another_study_lack_the_care_that_plans_need() -> None:
    asked = study(**ASKED)
    assert asked.analysis is not None
    iop = [{"level": ["iop"], "within": 14}]
    one_start = {"label": "IOP", "steps": iop}, {"label": "No IOP", "avoid": iop}
    other = study(**ASKED | {"strategies__early": one_start[0], "strategies__none": one_start[1]})
    with pytest.raises(DesignError) as caught:
        compare_strategies(derive(draw(LINES), other), asked, asked.analysis.primary)
    assert str(caught.value) == (
        "The care of these discharges was not read. Give what derive returns for this study."
    )
