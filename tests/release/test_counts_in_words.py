"""A refused release names its counts in the words of the report."""

from dataclasses import replace

import pytest

from stepdown import Analysis
from stepdown.release.counts_in_words import count_in_words, listed_in_words
from stepdown.results.analysis import MeasureWords
from support_analysis import exact

MEASURE = MeasureWords(name="fui@2", label="Follow-up (FUI)", sentence="", not_verified="")
WILSON = "statistic=estimate, unit=probability, method=Wilson"
NAMES = {
    "estimand=flow, term=Adults, statistic=removed, unit=discharges: estimate": (
        "Discharges included: discharges left out by the step “Adults”"
    ),
    f"change of analysis=quarters, endpoint=first_use@1, estimand=series, term=fui@2, quarter=2025Q3, time=30, {WILSON}"
    ": events since 2025Q4": (
        "Quarter by quarter: those who met “Follow-up (FUI)” within 30 days, 2025Q3: change since the report of 2025Q4"
    ),
    f"analysis=measures, endpoint=fui@2, estimand=measure, site=02, time=7, {WILSON}, with the design effect of "
    "clients who count several times: n beside those counted in all": (
        "Quality measures: everyone but those who met “Follow-up (FUI)” within 7 days, site 02: in the report of all "
        "quarters"
    ),
    f"estimand=outcome_known, quarter=2025Q3, time=14, {WILSON}: events": (
        "Follow-up completeness: people with outcome known at day 14, 2025Q3"
    ),
    "estimand=visit, term=lost, time=30, statistic=count, unit=discharges: estimate": (
        "Follow-up completeness: people lost to follow-up at day 30"
    ),
    f"analysis=landmark_14, estimand=risk, cause=relapse, arm=IOP in 14 days, time=90, {WILSON}: events": (
        "Comparison of groups: people with relapse by day 90, group “IOP in 14 days”"
    ),
    "estimand=contact_difference, term=warm_handoff, level=true, time=90, statistic=contacted: n": (
        "Follow-up completeness: people by “Warm handoff: yes”"
    ),
    "characteristic 14d0c0532b3108b6 in 2025Q2": (
        "Other numbers: a characteristic that the list of releases has by a code: in the report of 2025Q2"
    ),
}  # fmt: skip


@pytest.fixture
def analysis() -> Analysis:
    found = exact()
    wording = replace(found.wording, measures=(MEASURE,), relapse="relapse", quarter="")
    return replace(found, wording=wording, labels={"warm_handoff": "Warm handoff"})


@pytest.mark.parametrize("name", list(NAMES))
def test_a_count_has_the_words_of_its_report(name: str, analysis: Analysis) -> None:
    found = count_in_words(name, analysis)
    assert f"{found.section}: {found.words}" == NAMES[name]


def test_no_list_is_longer_than_ten_lines_and_names_of_one_group_are_one_line(analysis: Analysis) -> None:
    steps = [f"estimand=flow, term=Step {one}, statistic=removed: estimate" for one in range(30)]
    twice = [f"estimand=outcome_known, time=14, {WILSON}: {what}" for what in ("events", "events ")]
    lines = list(listed_in_words([*steps, *twice], analysis))
    assert lines[0] == "  Discharges included"
    assert lines[1] == "    discharges left out by the step “Step 0”"
    assert (len(lines), lines[-1]) == (11, "  and 23 more")
    whole = list(listed_in_words([*steps, steps[0]], analysis, lines=None))
    assert whole[1] == "    discharges left out by the step “Step 0” (2 numbers)"
    assert len(whole) == 31


def test_no_raw_key_is_left_in_the_words(analysis: Analysis) -> None:
    for name in NAMES:
        assert "=" not in count_in_words(name, analysis).words
