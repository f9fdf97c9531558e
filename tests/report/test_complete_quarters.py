"""A public report holds no number of a quarter that is not complete yet."""

from dataclasses import replace

import pytest

import stepdown as sd
from stepdown.report.complete_quarters import complete_quarters
from stepdown.results import bind
from stepdown.sections.page_one.tables import quarters_beside
from stepdown.sections.quarters import text
from stepdown.sections.quarters.read import PROVISIONAL, of_quarters, points
from support_quarters import STEADY, cohort, found
from support_study import described

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def waiting() -> sd.Analysis:
    # At day 742 half of the discharges of 1971Q4 could be followed for 90 days, all of 1971Q3.
    results = found(cohort(STEADY, cut=742), quarter="1971Q4")
    a = sd.analyze(cohort([6, 6]), described(measures={"run": []}))
    words = replace(a.wording, quarter="1971Q4", released="rules")
    return complete_quarters(replace(a, wording=words, results=bind([results])))


def test_provisional_points_and_their_completeness_are_left_out(waiting: sd.Analysis) -> None:
    table = waiting.results.table
    assert not (table["variant"] == PROVISIONAL).any()
    assert [point.quarter for point in points(waiting.results, "risk")][-1] == "1971Q3"
    share = of_quarters(waiting.results, "maturity")
    assert set(share.loc[share["term"] == "risk", "quarter"]) == {
        point.quarter for point in points(waiting.results, "risk")
    }
    # Care within 14 days, and the change of the last complete quarter, are known.
    assert points(waiting.results, "started_care")[-1].quarter == "1971Q4"
    assert set(of_quarters(waiting.results, "change").query("term == 'risk'")["level"]) == {"complete"}


def test_the_report_states_that_they_wait(waiting: sd.Analysis) -> None:
    assert text.finding(waiting) == "The numbers of 1971Q4 are published once it is complete."
    assert text.summary(waiting).paragraphs[0] == (
        "The numbers of 1971Q4 are published once it is complete: 90 days after its last discharge."
    )
    table = quarters_beside(waiting)
    assert table is not None
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Relapsed by day 90"][0] == "not yet"
    assert rows["Relapsed by day 90"][1].endswith("%")
    assert rows["Started IOP or PHP within 14 days"][0].endswith("%")


def test_complete_quarters_stay_as_they_are() -> None:
    a = sd.analyze(cohort([6, 6]), described(measures={"run": []}))
    assert complete_quarters(a) is a
