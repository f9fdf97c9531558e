"""A report of a quarter, or an eligibility, without a single discharge: a page, and no error."""

from pathlib import Path

import pytest

from stepdown.display.text_and_tables import Table
from stepdown.errors import DesignError
from stepdown.report.sections import SECTIONS
from stepdown.results import Analysis
from support_cohort import draw
from support_run import ARMS, analyzed

TWO = "a: stay -28..0 | follow 0..90 | iop 5\nb: stay -28..0 | follow 0..90 | + 30"
QUARTERS = ["2026Q2", "2026Q3"]
OLD = '\n[[eligibility]]\nname = "Old"\nkeep = { column = "age", at_least = 90 }\n'


# Sections that have nothing to show without people to compare, or to chart.
OF_COMPARISONS = {
    "comparison", "quarters", "secondary", "sensitivity", "simple_comparison", "sites", "subgroups", "trust",
}  # fmt: skip


def lines(a: Analysis, key: str, part: int = 0) -> list[str]:
    return str(SECTIONS[key].parts(a)[part]).splitlines()


def test_a_quarter_without_discharges_is_a_page(tmp_path: Path) -> None:
    a = analyzed(draw(TWO, quarter=QUARTERS), tmp_path, more=ARMS, quarter="2025Q1")
    reason = (
        "annot be estimated: no eligible discharge falls in the quarter asked for. Quarters held: 2026Q2, "
        "2026Q3. At least 30 discharges are needed."
    )
    assert lines(a, "page_one", 2) == [
        "The risk of relapse by day 90 is not shown",
        f"The risk of relapse c{reason}",
        "The plans of care cannot be compared with these data: see [[arms|Comparison of groups]].",
    ]
    assert lines(a, "arms")[-1] == f"A comparison is not shown. It c{reason}"
    assert a.wording.title == "Drawn, 2025Q1"
    assert a.wording.header["Discharges"] == "0 included of 2 in the data"
    people = SECTIONS["people"].parts(a)
    assert str(people[0]).startswith("0 of 2 discharges are included in this report.")
    assert isinstance(people[1], Table)
    assert people[1].rows[-1] == ("Discharged in 2025Q1", "2", "0", "0")
    assert "quality measures can be computed" in str(SECTIONS["quality"].parts(a)[0])
    assert {one.key for one in SECTIONS.values() if not one.parts(a)} <= OF_COMPARISONS


def test_an_eligibility_that_nobody_meets_is_a_page(tmp_path: Path) -> None:
    drawn = draw(TWO.replace("follow", "age 30 | follow"))
    a = analyzed(drawn, tmp_path, more=OLD)
    assert lines(a, "page_one", 2)[1] == (
        "The risk of relapse cannot be estimated: no discharge is left to analyze. Left after each step: All "
        "discharges in the data: 2; Old: 0; First eligible discharge of each client: 0. Widen the eligibility. "
        "At least 30 discharges are needed."
    )
    assert {one.key for one in SECTIONS.values() if not one.parts(a)} <= OF_COMPARISONS


@pytest.mark.parametrize("quarter", ["2026", "2026Q5", "Q3 2026", "2026q3"])
def test_a_quarter_of_another_form_is_refused(tmp_path: Path, quarter: str) -> None:
    with pytest.raises(DesignError) as caught:
        analyzed(draw(TWO, quarter=QUARTERS), tmp_path, quarter=quarter)
    assert str(caught.value) == (
        'The quarter asked for has another form than a quarter. Write it like "2026Q3".'
    )
