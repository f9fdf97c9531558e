"""What a program with too little data is told: never an error, how few there are, how long more takes."""

import stepdown as sd
from stepdown.compare.refusals import quarters_of
from stepdown.sections.page_one import text as page_one
from stepdown.sections.relapse import text
from support_cohort import draw
from support_study import study

CLONES = {
    "analysis__primary": {"design": "clone_censor_weight"},
    "analysis__secondary": [{"design": "landmark", "day": 14}, {"design": "sequential_trials"}],
    "analysis__adjust": {"covariates": ["age"]},
}


def cohort(size: int, *, starts: int = 0) -> str:
    """Discharges of five quarters, the third without any."""
    lines = []
    for k in range(size):
        care = f" | iop {1 + k % 13}" if k < starts else ""
        relapse = f" | + {20 + k % 70}" if k % 3 == 0 else ""
        quarter = ("2025Q1", "2025Q2", "2025Q4", "2026Q1")[k % 4]
        lines.append(
            f"c{k}: stay -28..0 | follow 0..120 | age {20 + k % 40} | quarter {quarter}{care}{relapse}"
        )
    return "\n".join(lines)


def notes(size: int, *, starts: int = 0) -> str:
    return "\n".join(sd.analyze(draw(cohort(size, starts=starts)), study(**CLONES)).wording.notes)


def test_a_quarter_without_discharges_counts_as_one() -> None:
    people = sd.derive(draw(cohort(8)), study(**CLONES))
    assert quarters_of(people, people.table.index.to_numpy()) == 5


def test_too_few_are_told_how_many_quarters_more() -> None:
    said = notes(12, starts=6)
    assert (
        "The adjusted comparison is not shown (clone-censor-weight). 12 discharges were followed after day 0: too "
        "few to adjust. At least 30 are needed. With as many discharges a quarter as now, that takes about 8 more "
        "quarters."
    ) in said
    assert "(sequential trials). 12 discharges were followed after day 0: too few to adjust." in said
    # Those who started by day 14 are not put beside other people without an adjustment.
    found = sd.analyze(draw(cohort(12, starts=6)), study(**CLONES))
    assert (
        "A comparison is not shown (landmark at day 14). 12 discharges were compared: too few to adjust. At least 30 are "
        "needed. With as many discharges a quarter as now, that takes about 8 more quarters."
    ) in found.wording.notes
    assert "landmark_14" not in set(found.results.table["analysis"])
    assert page_one.answer(found).paragraphs[-1] == (
        "The plans of care cannot be compared with these data: see [[arms|Comparison of groups]]."
    )


def test_where_nobody_starts_the_page_says_what_would_be_needed() -> None:
    said = notes(60)
    # The share is below 1 - 0.05^(1/60) = 4.9%: 30 / (0.049 * 60) * 5 quarters.
    known = (
        " None of 60 discharges is in “Step-down”, so that at most 4.9% are (95% confidence): with as many "
        "discharges a quarter as now, 30 of them take at least 52 more quarters. Until then the report shows "
        "everybody together."
    )
    for name in ("clone-censor-weight", "sequential trials"):
        (mine,) = [one for one in said.splitlines() if f"not shown ({name})" in one]
        assert mine.endswith(known)
    (landmark,) = [
        one for one in said.splitlines() if one.startswith("A comparison is not shown (landmark at day 14)")
    ]
    assert "No discharge is left in: Step-down." in landmark
    assert "30 of them take at least" in landmark


def test_an_estimate_without_an_interval_says_when_there_will_be_one() -> None:
    found = sd.analyze(draw(cohort(60, starts=25)), study(**CLONES))
    said = text.comparison(found, "clone_censor_weight").paragraphs
    why = "The difference by day 90 has no confidence interval: too few effective people."
    assert why in said
    # On page one too.
    assert why in page_one.answer(found).paragraphs
    row = found.results.one(analysis="clone_censor_weight", estimand="quarters_for_interval")
    size = (
        found.results.where(analysis="clone_censor_weight", estimand="effective_size").table["estimate"].min()
    )
    assert row["estimate"] >= 5 * 70 / size - 1
    assert (
        f"With as many discharges a quarter as now, an interval takes about {row['estimate']:.0f} quarters in all."
    ) in said
