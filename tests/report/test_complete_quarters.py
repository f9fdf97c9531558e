"""A public report holds no number of a quarter that is not complete yet."""

from dataclasses import replace

import pytest

import stepdown as sd
from stepdown.display.text_and_tables import Text
from stepdown.release import release
from stepdown.report.complete_quarters import complete_quarters
from stepdown.report.sections import SECTIONS, show
from stepdown.results import bind
from stepdown.sections.checklist import tables
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


@pytest.fixture(scope="module")
def provisional() -> sd.Analysis:
    study = described(measures={"run": ["first_session"]})
    return sd.analyze(cohort(STEADY, cut=742), study, quarter="1971Q4")


WAITS = "The numbers of 1971Q4 are published once it is complete: 90 days after its last discharge."


def test_a_quarter_that_is_not_complete_keeps_what_was_known_at_discharge(provisional: sd.Analysis) -> None:
    kept = complete_quarters(provisional)
    table = kept.results.table
    assert kept.wording.waits == WAITS
    assert set(table["analysis"]) == {"", "quarters", "measures"}
    own = table[table["analysis"] == ""]
    assert set(own["estimand"]) == {"flow"}
    # Who was not followed after day 0 may be followed later.
    assert own["term"].iloc[-1] == "First eligible discharge of each client"
    # Sessions within 30 days can still come; those of earlier quarters cannot.
    assert set(table.loc[table["analysis"] == "measures", "quarter"]) == {""}
    assert "1971Q4" in set(provisional.results.table.query("analysis == 'measures'")["quarter"])


def test_the_public_report_of_a_quarter_that_is_not_complete(provisional: sd.Analysis) -> None:
    a = release(complete_quarters(provisional)).analysis
    (answer,) = (one for one in show(a, "page_one") if isinstance(one, Text) and one.kind == "answer")
    assert answer.heading == "1971Q4, provisional: the risk of relapse by day 90 is not published yet"
    assert answer.paragraphs[0] == (
        f"{WAITS} Until then they are in the internal report alone, because they will change by a few people."
    )
    said = " ".join(str(part) for part in show(a, "page_one"))
    assert "Status: Provisional: not every discharge had 90 days before the data cut" in said
    assert "Nothing is shown of what came after the discharges of 1971Q4." in said
    made = {key for key in SECTIONS if show(a, key)}
    assert made == {"page_one", "quarters", "people", "quality", "decisions", "checklist"}
    places = {row[0]: row[1] for row in tables.checklist(a).rows}
    assert places["Causal contrast"] == "Not in this report"
    assert places["Eligibility"] != "Not in this report"


def test_the_same_quarter_is_final_once_it_is_complete(provisional: sd.Analysis) -> None:
    study = described(measures={"run": ["first_session"]})
    later = sd.analyze(cohort(STEADY, cut=900), study, quarter="1971Q4")
    kept = complete_quarters(later)
    assert kept.wording.waits == ""
    assert {"whole_cohort", "quarters", "measures"} <= set(kept.results.table["analysis"])
    # The released report says so also where it hides how many are complete, and the risk.
    table = kept.results.table
    hidden = table["estimand"].isin(["followed", "risk"]) | (table["analysis"] == "quarters")
    blank = table.assign(**{name: table[name].mask(hidden) for name in ("estimate", "n")})
    wording = replace(kept.wording, released="Rules.")
    unknown = replace(kept, results=sd.Results(blank), wording=wording)
    said = " ".join(str(part) for part in show(unknown, "page_one"))
    assert "Status: Final: every discharge had 90 days before the data cut" in said
    assert "provisional" not in said.lower()


def test_an_internal_report_is_not_cut(provisional: sd.Analysis) -> None:
    assert provisional.wording.waits == ""
    assert {"whole_cohort", "quarters"} <= set(provisional.results.table["analysis"])
