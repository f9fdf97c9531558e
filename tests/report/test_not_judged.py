"""A study whose own definition cannot occur in the data: no 0.0% and no 100% on the whole page."""

from pathlib import Path

import pytest

from stepdown.display.text_and_tables import Table
from stepdown.report.sections import SECTIONS
from stepdown.results import Analysis
from support_cohort import draw
from support_run import ARMS, analyzed

pytestmark = pytest.mark.slow

STAY = "stay -28..0 | follow 0..90"
ONE_CALL = f"a: {STAY} | + 30 | iop 5\nb: {STAY} | - 30\nc: {STAY} | iop 5 | + 30"
RISKS = ("risk", "window_risk", "event_free", "risk_bound", "rate", "rmst")
MISSED = f"a: {STAY}\nb: {STAY} | - 60\nc: {STAY}"


def shown(a: Analysis, *keys: str) -> str:
    parts = [part for key in keys for part in SECTIONS[key].show(a)]
    return "\n".join(
        " ".join(cell for row in part.rows for cell in row) if isinstance(part, Table) else str(part)
        for part in parts
    )


@pytest.mark.parametrize("arms", ["", ARMS])
@pytest.mark.parametrize("interval", ["bounds", "detected", "imputed", "interval"])
def test_two_positives_where_nobody_was_contacted_twice(tmp_path: Path, arms: str, interval: str) -> None:
    more = f'{arms}\n[outcome]\nendpoint = "two_positives@1"\ninterval = "{interval}"\n'
    a = analyzed(draw(ONE_CALL, visits=(30,)), tmp_path, more=more)
    reason = "annot be judged from these data: no client has 2 findings after day 0."
    assert str(SECTIONS["page_one"].parts(a)[2]).splitlines() == [
        "The risk of relapse by day 90 is not shown",
        f"The risk of relapse c{reason}",
        "The section [[definitions|on definitions]] shows what can be judged from them.",
        "The plans of care cannot be compared with these data: see [[arms|Comparison of groups]]."
        if arms
        else "This report does not compare plans of care.",
    ]
    page = shown(a, "page_one", "people", "speed", "timing", "arms", "decisions")
    assert "0.0%" not in page
    table = a.results.table
    own = table[
        table["estimand"].isin(RISKS) & ~table["analysis"].isin(["definitions", "definitions_compared"])
    ]
    assert own["estimate"].isna().all()
    if arms:
        assert f"A comparison is not shown. C{reason}" in shown(a, "arms")


def test_a_rule_that_counts_everyone(tmp_path: Path) -> None:
    more = '[outcome]\nmissing = "positive"\n'
    a = analyzed(draw(MISSED, visits=(30,)), tmp_path, more=more)
    assert str(SECTIONS["page_one"].parts(a)[2]).splitlines()[1] == (
        "The risk of relapse cannot be judged from these data: under this rule every discharge counts as an event."
    )
    assert "100.0%" not in shown(a, "page_one", "speed", "timing", "arms")


def test_no_relapse_that_could_have_been_seen_is_a_result(tmp_path: Path) -> None:
    a = analyzed(draw(f"a: {STAY} | - 30\nb: {STAY} | - 60"), tmp_path)
    assert "0.0% of discharges had relapsed by day 30" in str(SECTIONS["page_one"].parts(a)[2])
