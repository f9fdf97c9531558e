"""The section on follow-up: words exact, tables from the results, empty states."""

from dataclasses import replace

import pytest

import support_analysis
from stepdown.display import Picture
from stepdown.display.text_and_tables import Table
from stepdown.report.sections import SECTIONS
from stepdown.results import Analysis, rows

pytestmark = pytest.mark.slow

Row = dict[str, object]
TO = "\u00a0to\u00a0"
STATES = {
    "not_due": 4,
    "contacted": 50,
    "dead": 2,
    "incarcerated": 0,
    "out_of_window": 0,
    "relapsed": 20,
    "refused": 3,
    "lost": 5,
    "missed": 16,
}


def share(estimand: str, value: float, **keys: object) -> Row:
    base: Row = {"estimand": estimand, "time": 90, "statistic": "estimate", "unit": "probability"}
    return base | {"estimate": value, "conf_low": value - 0.1, "conf_high": value + 0.1} | keys


def visit(day: int = 90, **changed: int) -> list[Row]:
    counts = STATES | changed
    return [
        {"estimand": "visit", "term": state, "time": day, "statistic": "count", "estimate": number, "n": 100}
        for state, number in counts.items()
    ]


def bound(arm: str, analysis: str, lost: int, none: float, everyone: float) -> list[Row]:
    keys: Row = {"analysis": analysis, "arm": arm, "estimand": "risk_bound", "cause": "relapse", "time": 90}
    numbers = {"none": none, "all": everyone}
    told = [
        keys | {"statistic": name, "estimate": value, "conf_low": value - 0.1, "conf_high": value + 0.1}
        for name, value in numbers.items()
    ]
    return [keys | {"statistic": "lost", "estimate": lost}, *told]


def differs(term: str, value: float) -> Row:
    keys = {"estimand": "contact_difference", "term": term, "time": 90, "statistic": "standardized"}
    return keys | {"estimate": value}


LENGTH: Row = {
    "estimand": "followup_length",
    "statistic": "median",
    "estimate": 275,
    "conf_low": 259,
    "conf_high": 299,
}
RISK = share("risk", 0.3, analysis="whole_cohort", cause="relapse")
FULL = [
    *visit(),
    share("follow_up_rate", 0.53, n=94, events=50),
    share("outcome_known", 0.75, n=96),
    LENGTH,
    RISK,
    *bound("", "whole_cohort", 8, 0.25, 0.4),
]


def some(*more: Row, base: list[Row] = FULL) -> Analysis:
    return replace(support_analysis.exact(), results=rows([*base, *more]))


def said(a: Analysis) -> list[str]:
    first = SECTIONS["followup"].parts(a)[0]
    assert not isinstance(first, Picture)
    return str(first).split("\n")


def table(a: Analysis, caption: str) -> Table:
    (found,) = [
        one for one in SECTIONS["followup"].parts(a) if isinstance(one, Table) and one.caption == caption
    ]
    return found


def test_page_one_counts_another_share_whose_outcome_is_known() -> None:
    records = {
        "analysis": "whole_cohort", "estimand": "outcome_known", "time": 90, "statistic": "estimate",
        "unit": "probability", "estimate": 0.952, "n": 96,
    }  # fmt: skip
    assert said(some(records))[0].endswith(
        "the outcome is known for 75.0% of the 96 people due. On page one it is known for 95.2%: that counts everyone "
        "who relapsed, died, went into custody or has records up to day 90, whether or not this contact was made."
    )


def test_the_sentences() -> None:
    assert said(some()) == [
        "On day 90, 50 of the 94 people who could be contacted were contacted: 53.0% (95% CI 43.0% to 63.0%). "
        "Counting those known to have relapsed, died or gone into custody, the outcome is known for 75.0% of the "
        "96 people due.",
        "Median follow-up: 275 days (95% CI 259 to 299), by the reverse Kaplan-Meier method, in which relapses "
        "and other events are censored.",
    ]


def test_what_differs_most_is_named() -> None:
    five = [differs(name, value) for name, value in zip("abcde", (0.1, -0.2, 0.3, 0.4, 0.5), strict=True)]
    text = said(some(*five, differs("home_environment", float("inf")), differs("none", 0.09)))[-1]
    assert text == (
        "People contacted on day 90 differ from those not contacted. Largest standardized differences, in "
        "standard deviations (SD): home environment (no overlap), e (0.50), d (0.40), c (0.30) and b (0.20); 1 "
        "other characteristic differed by 0.1 SD or more. Directions are in results.csv."
    )
    assert said(some(differs("age", 0.05)))[-1] == (
        "No characteristic known by day 0 differs by 0.1 standard deviations (SD) or more between people "
        "contacted and not contacted on day 90."
    )


def test_states_leave_out_what_nobody_is_in() -> None:
    told = table(some(), "Contacts due and their result")
    assert told.columns == ("State", "Day 90")
    assert told.rows == (
        ("Due", "96"),
        ("Contacted", "50"),
        ("Known to have relapsed", "20"),
        ("Dead", "2"),
        ("Refused or withdrew", "3"),
        ("Lost or moved", "5"),
        ("Missed, reason unknown", "16"),
        ("Not due yet", "4"),
    )


def test_due_is_no_sum_of_what_is_shown() -> None:
    states = [row | ({"estimate": None} if row["term"] == "dead" else {}) for row in visit()]
    shown = table(
        some(*states, share("outcome_known", 0.8, n=95), base=[LENGTH]), "Contacts due and their result"
    )
    assert shown.rows[0] == ("Due", "95")
    # Without any row of those due, what is hidden leaves it unknown.
    shown = table(some(*states, base=[LENGTH]), "Contacts due and their result")
    assert shown.rows[0][1] != "94"
    assert not any(character.isdigit() for character in shown.rows[0][1])


def test_shares_of_those_due() -> None:
    told = table(some(), "Contacts made and outcomes known")
    assert told.rows == (("Day 90", f"53.0% (43.0%{TO}63.0%)", f"75.0% (65.0%{TO}85.0%)"),)
    assert told.notes[-1] == (
        "Contacted: a contact due on that day was made, of people who were alive and not in custody. People "
        "already known to have relapsed were not contacted and count as not contacted. Outcome known: contacted, "
        "or known to have had the outcome, died or gone into custody."
    )


def test_the_picture_reads_aloud() -> None:
    (picture,) = [one for one in SECTIONS["followup"].parts(some()) if isinstance(one, Picture)]
    assert picture.alt == (
        "Day 90, 96 due: 52.1% contacted, 20.8% known to have relapsed, 2.1% dead, 3.1% refused "
        "or withdrew, 5.2% lost or moved and 16.7% missed, reason unknown."
    )
    bars = [bar.get_width() for bar in picture.figure.axes[0].patches]
    assert sum(bars) == pytest.approx(1)


def test_bounds_with_everyone_first() -> None:
    arms = [row for arm in support_analysis.WORDING.arms for row in bound(arm, "landmark_14", 3, 0.2, 0.5)]
    told = table(some(*arms), "Share that relapsed: effect of loss to follow-up")
    assert told.rows[0] == (
        "All, day 90",
        "8",
        f"30.0% (20.0%{TO}40.0%)",
        f"25.0% (15.0%{TO}35.0%)",
        f"40.0% (30.0%{TO}50.0%)",
    )
    assert [row[0] for row in told.rows[1:]] == [f"{arm}, day 90" for arm in support_analysis.WORDING.arms]
    assert told.rows[1][2] == "not shown"


def test_an_adjusted_risk_does_not_stand_beside_bounds_of_the_groups_as_they_were() -> None:
    first, second = support_analysis.WORDING.arms
    arms = [*bound(first, "landmark_14", 3, 0.2, 0.5), *bound(second, "landmark_14", 3, 0.2, 0.5)]
    keys: Row = {"analysis": "landmark_14", "cause": "relapse"}
    risks = [
        share("risk", 0.3, arm=first, **keys),
        share("risk", 0.6, arm=first, population="everyone", **keys),
    ]
    told = table(some(*arms, *risks), "Share that relapsed: effect of loss to follow-up")
    assert told.rows[1][2] == f"30.0% (20.0%{TO}40.0%)"
    assert told.notes[-1] == "The groups in this table are as they were, not adjusted for how they differ."


def test_a_range_stands_as_one() -> None:
    ranged = [
        share("risk", value, analysis="whole_cohort", cause="relapse", method="x", bound=end)
        for value, end in ((0.2, "lowest"), (0.4, "highest"))
    ]
    base = [row for row in FULL if row is not RISK]
    # Each end of the range brings the same number of those lost.
    base += [row | {"method": "x", "bound": "highest"} for row in FULL if row["statistic"] == "lost"]
    assert table(some(*ranged, base=base), "Share that relapsed: effect of loss to follow-up").rows[0][2] == (
        "20.0% to 40.0% (range)"
    )


def test_testing_maturity_and_common_visits() -> None:
    keys: Row = {"analysis": "whole_cohort", "estimand": "testing_rate", "statistic": "estimate", "events": 9}
    urine = keys | {"term": "urine", "estimate": 12.0, "conf_low": 8.0, "conf_high": 15.0}
    common = RISK | {"analysis": "common_visits", "estimate": 0.2}
    late = common | {"analysis": "common_visits_compared", "arm": "Early", "estimate": 0.1}
    a = some(urine, share("observable", 0.5, quarter="2026Q1", n=10, events=5), common, late)
    assert table(a, "Testing rate").rows == (("Urine tests: All", f"12.0 (8.0{TO}15.0)"),)
    assert table(a, "Discharges with 90 days of possible follow-up by the data cut").rows == (
        ("2026Q1", "10", "5", "50.0%"),
    )
    assert str(SECTIONS["followup"].parts(a)[-1]) == (
        "Counting only use found at scheduled visits, which are the same for everyone, 20.0% (all) and 10.0% "
        "(Early) relapsed by day 90."
    )


def test_common_visits_of_a_range() -> None:
    both = [
        RISK | {"analysis": "common_visits", "estimate": value, "method": "x", "bound": end}
        for value, end in ((0.2, "lowest"), (0.4, "highest"))
    ]
    assert "the same for everyone, between 20.0% and 40.0% (all) relapsed by day 90." in str(
        SECTIONS["followup"].parts(some(*both))[-1]
    )


def test_common_visits_that_cannot_be_read() -> None:
    reason = {
        "estimand": "common_visits",
        "statistic": "not_estimated",
        "note": "No scheduled visit found use.",
    }
    assert str(SECTIONS["followup"].parts(some(reason))[-1]) == (
        "The risk of relapse by day 90 at scheduled visits only is not shown. No scheduled visit found use."
    )


def test_without_a_schedule() -> None:
    reason = {"statistic": "not_estimated", "note": "No visit schedule is defined."}
    a = some(*({"estimand": name} | reason for name in ("visit", "common_visits")), base=[LENGTH])
    assert said(a)[0] == ("Follow-up completeness is not available. No visit schedule is defined.")
    assert len(SECTIONS["followup"].parts(a)) == 1


def test_nobody_due_yet_and_nobody_to_contact() -> None:
    none = dict.fromkeys(STATES, 0) | {"not_due": 100}
    rate = share("follow_up_rate", float("nan"), n=0, events=0, note="nobody could be contacted")
    known = share("outcome_known", float("nan"), n=0, note="nobody was due")
    a = some(rate, known, base=visit(**none))
    assert said(a) == ["No one could be contacted on day 90."]
    assert not any(isinstance(one, Picture) for one in SECTIONS["followup"].parts(a))
    told = table(a, "Contacts made and outcomes known")
    assert told.rows == (("Day 90", "not shown: nobody could be contacted", "not shown: nobody was due"),)


def test_an_analysis_without_follow_up_says_so() -> None:
    assert said(support_analysis.exact()) == [
        "Follow-up completeness is not available. The results hold no visits."
    ]


def test_a_median_that_rests_on_few_says_so() -> None:
    few = {"note": "fewer than 10 at risk on the last day with an event"}
    assert said(some(LENGTH | few, base=visit()))[-1] == (
        "This median rests on few people: fewer than 10 were followed as long."
    )


def test_followed_to_the_end() -> None:
    a = some(LENGTH | {"estimate": float("nan")}, base=visit())
    assert (
        said(a)[-1] == "Median follow-up extends beyond the last day studied (reverse Kaplan-Meier method)."
    )
