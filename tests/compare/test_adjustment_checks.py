"""What an adjustment cannot do is counted: by hand, and through a study."""

import numpy as np
import pandas as pd

import stepdown as sd
from stepdown.compare.adjustment_checks import adjustment_warnings, weight_warnings
from stepdown.sections.relapse import text
from stepdown.sections.relapse.adjustment_text import warned
from support_cohort import draw
from support_study import study

LABELS = ("starts", "waits")
GROUP = np.tile([0, 1], 20)


def kinds(given: pd.DataFrame, group: np.ndarray = GROUP) -> list[tuple[str, str, str, str, float]]:
    filled = given.fillna(0.0) if all(map(pd.api.types.is_numeric_dtype, given.dtypes)) else given.astype(str)
    found = adjustment_warnings(given, filled, group, LABELS)
    return [(one.kind, one.term, one.level, one.arm, one.count) for one in found]


def test_columns_that_say_nothing_or_the_same_by_hand() -> None:
    age = np.arange(40.0)
    assert kinds(pd.DataFrame({"age": age})) == []
    assert kinds(pd.DataFrame({"one": np.ones(40)})) == [("constant", "one", "", "", 40)]
    assert kinds(pd.DataFrame({"age": age, "months": 12 * age + 1})) == [("alike", "age", "months", "", 40)]
    with_gaps = pd.DataFrame({"age": np.where(age < 3, np.nan, age)})
    assert kinds(with_gaps) == [("unknown", "age", "", "", 3)]
    assert kinds(with_gaps.assign(age=np.where(age < 2, np.nan, age))) == []


def test_values_that_are_never_in_a_group_by_hand() -> None:
    # The ten of S1 all wait; so do the six of S2, which may be chance.
    group = np.array([1] * 16 + [0, 1] * 12)
    site = pd.DataFrame({"site_id": ["S1"] * 10 + ["S2"] * 6 + ["S3"] * 24})
    found = kinds(site, group)
    assert ("never", "site_id", "S1", "starts", 10) in found
    assert [one for one in found if one[0] == "never"] == [("never", "site_id", "S1", "starts", 10)]
    assert kinds(site, np.where(site["site_id"] == "S1", -1, group)) == []


def paired(waiting: int, others: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return women in a shelter, who all wait, and the other three pairs of values, half of whom start."""
    given = pd.DataFrame({
        "sex": ["F"] * waiting + ["F", "M", "M"] * others, "home": ["shelter"] * waiting + ["own", "shelter", "own"] * others
    })  # fmt: skip
    return given, np.array([1] * waiting + [0, 0, 0, 1, 1, 1] * (others // 2))


def test_pairs_of_values_that_are_never_in_a_group_by_hand() -> None:
    # Without an interaction, women in a shelter start with chance x, those with one of the two with y, others
    # with z, equally far apart as log odds. Margins: 40 x + 40 y = 20, 40 x + 80 y + 40 z = 60, so x = 0.144: none of
    # 40 starts once in 507 times by chance, and 8 pairs are looked at (1 in 160 each).
    given, group = paired(40, 40)
    found = adjustment_warnings(given, given, group, LABELS)
    assert [
        (one.kind, one.term, one.level, one.other, one.other_level, one.arm, one.count) for one in found
    ] == [("never_together", "sex", "F", "home", "shelter", "starts", 40)]
    # Of 12 it may be chance.
    given, group = paired(12, 40)
    assert adjustment_warnings(given, given, group, LABELS) == ()
    # Where no woman starts, it is the value.
    given, group = paired(40, 40)
    group = np.where(given["sex"] == "F", 1, group)
    kinds_of = [(one.kind, one.term, one.level) for one in adjustment_warnings(given, given, group, LABELS)]
    assert ("never", "sex", "F") in kinds_of
    assert "never_together" not in [kind for kind, *_ in kinds_of]


def test_covariates_that_decide_the_group_are_counted() -> None:
    wide = pd.DataFrame({"age": np.where(np.tile(GROUP, 10) == 1, 60.0, 20.0) + np.arange(400) % 3})
    assert kinds(wide, np.tile(GROUP, 10)) == [("extreme", "", "", "", 400)]


def test_a_person_with_much_of_the_weight_is_counted() -> None:
    table = pd.DataFrame({"strategy": LABELS, "largest_share": [0.11, 0.1]})
    assert [(one.kind, one.arm, one.count) for one in weight_warnings(table)] == [("heavy", "starts", 0.11)]


def test_a_report_says_what_the_adjustment_cannot_do_and_the_remedy() -> None:
    lines = []
    for k in range(120):
        site, care = ("S1", "") if k % 6 == 0 else ("S2", f" | iop {1 + k % 13}" if k % 2 else "")
        relapse = f" | + {20 + k % 70}" if k % 3 == 0 else ""
        lines.append(f"c{k}: stay -28..0 | follow 0..120 | age {20 + k % 40} | site_id {site}{care}{relapse}")
    asked = study(
        analysis__primary={"design": "clone_censor_weight"},
        analysis__adjust={"covariates": ["age", "site_id", "agee"]},
    )
    cohort = draw("\n".join(lines))
    (note,) = [one for one in sd.analyze(cohort, asked).wording.notes if "not shown" in one]
    assert "`agee` is no column of the discharges, so it cannot be used for adjustment." in note
    found = sd.analyze(
        cohort,
        study(
            analysis__primary={"design": "clone_censor_weight"},
            analysis__adjust={"covariates": ["age", "site_id"]},
        ),
    )
    caution = text.caution(found, "clone_censor_weight")
    assert caution is not None
    (said,) = [one for one in caution.paragraphs if one.startswith("Check the adjustment: none of")]
    assert said.endswith(
        " “S1” is in “Step-down”, so that for them the estimate rests on the outcome models alone. Join the "
        "value with others, or exclude them by eligibility, after which the numbers are about the others only."
    )
    keys = {"estimand": "adjustment_warning", "variant": "warning=never", "term": "site_id", "level": "S1"}
    row = found.results.one(analysis="clone_censor_weight", **keys)
    # Those who relapsed before day 14 without a start are in neither group.
    assert f"none of the {row['estimate']:.0f} discharges with site" in said
    keyed = {"analysis": "clone_censor_weight", **keys}
    table = found.results.table
    mine = (table[list(keyed)] == list(keyed.values())).all(axis=1)
    for method, words in (
        (
            "clone-censor-weight, weighting",
            "no weights make the groups alike in it, and nothing else makes up for it; method = "
            '"doubly_robust" would. Join the value',
        ),
        ("matching", "they are matched, if at all, with people who have another value. Join the value"),
    ):
        table.loc[mine, "method"] = method
        (said,) = [one for one in warned(found, "clone_censor_weight") if "“S1” is in" in one]
        assert f"so that {words}" in said
