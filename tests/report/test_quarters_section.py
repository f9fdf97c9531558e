"""Quarter by quarter in the report: its words, its tables, and what is provisional, small or too few."""

import functools
from dataclasses import replace

import numpy as np
import pytest

import stepdown as sd
from stepdown.display.drawing import Picture
from stepdown.display.section import Heading
from stepdown.display.text_and_tables import Table, Text
from stepdown.errors import ResultError
from stepdown.report import figures as plot
from stepdown.report.sections import SECTIONS
from stepdown.results import Results
from stepdown.sections.quarters import text
from stepdown.sections.quarters.figure import series_drawn
from stepdown.sections.quarters.read import focus, of_quarters, parts, points, too_few
from support_cohort import draw
from support_quarters import NAMES, STEADY, cohort, found
from support_study import described

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def analysis() -> sd.Analysis:
    return sd.analyze(cohort([6, 6]), described(measures={"run": []}))


def words(analysis: sd.Analysis, results: Results) -> tuple[str, ...]:
    return text.summary(replace(analysis, results=results)).paragraphs


@functools.cache
def steady() -> Results:
    return found(cohort(STEADY))


def test_a_change_that_chance_explains(analysis: sd.Analysis) -> None:
    results = steady()
    row = of_quarters(results, "change").query("term == 'risk' and statistic == 'difference'").iloc[0]
    assert (row["quarter"], row["reference"], row["estimate"]) == ("1971Q4", "1971Q3", pytest.approx(0.05))
    risk = points(results, "risk")[-1].row
    ends = f"{100 * risk['conf_low']:.1f}% to {100 * risk['conf_high']:.1f}%"
    low, high = (f"{100 * row[one]:+.1f}".replace("-", "−") for one in ("conf_low", "conf_high"))
    assert words(analysis, results) == (
        "All discharges of 1971Q4 could have been followed to day 90. Its risk of relapse by day 90 is 30.0% (95% CI "
        f"{ends}; 20 discharges).",
        f"That is 5.0 percentage points higher than in 1971Q3 (95% CI {low} to {high}): no more than chance explains.",
        "No complete quarter is a signal in any of the 3 series with control limits.",
        "Rules: 3-sigma limits with Anhoej's rules on runs. A client counts once in each quarter.",
        "Some series have no control limits: all complete quarters are at 0%, or all at 100%.",
        "There is no series by month: 12 months are needed, and there are 8.",
    )


def test_ticks_that_are_near_each_other_differ() -> None:
    results = found(cohort([6, 6, 6]))
    axes = plot.quarter_charts(results).figure.axes[0]
    ticks = [axes.yaxis.get_major_formatter()(value, 0) for value in (0.295, 0.3, 0.305)]
    assert ticks == ["29.5%", "30%", "30.5%"]


def test_a_quarter_that_stands_out_is_a_signal(analysis: sd.Analysis) -> None:
    results = found(cohort([2, 2, 2, 2, 2, 2, 2, 15]))
    said = words(analysis, results)
    # 29 of 160: limits of the last quarter 0.18125 +- 3 sqrt(0.18125 * 0.81875 / 20), the lower one at 0.
    high = 0.18125 + 3 * np.sqrt(0.18125 * 0.81875 / 20)
    last = points(results, "risk")[-1]
    assert (last.low, last.high, last.signals) == (0, pytest.approx(high), ("beyond_limits",))
    assert said[1].endswith("): more than chance explains.")
    assert said[2].startswith(
        f"Signals in 2 of 3 series: Relapse by day 90 in 1971Q4 (75.0%; limits 0.0% to {100 * high:.1f}%; outside the "
        "limits) and Relapses per 100 person-months, days 31-90 in 1971Q4 ("
    )
    assert said[2].endswith(
        "Look for the reason: first in the data, then in the people, then in the care. Of many series some give a "
        "signal by chance."
    )


def test_a_provisional_quarter_enters_no_limit(analysis: sd.Analysis) -> None:
    # The last discharges, days 643 to 662: of 20, those up to day 652 could be followed for 90 days at day 742.
    relapses = [*STEADY[:7], 20]
    results = found(cohort(relapses, cut=742))
    last = points(results, "risk")[-1]
    assert last.provisional
    assert last.complete == 0.5
    assert last.signals == ()
    whole = found(cohort(STEADY[:7]))
    assert last.center == pytest.approx(points(whole, "risk")[-1].center)
    assert focus(results) == "1971Q3"
    assert (
        "Provisional for day 90: 1971Q4 (50.0% followed long enough). Provisional quarters are drawn hollow and enter "
        "no limit and no rule."
    ) in words(analysis, results)
    # Asked for, it leads.
    asked = found(cohort(relapses, cut=742), quarter="1971Q4")
    assert focus(asked) == "1971Q4"
    said = words(analysis, asked)
    assert said[0].startswith(
        "1971Q4 is provisional: at the data cut 50.0% of its discharges could have been followed to day 90. So far its "
        "risk of relapse by day 90 is 100.0% (95% CI "
    )
    assert said[1].endswith("), so far; it will change.")
    assert said[2].startswith(
        "The last complete quarter is 1971Q3: its risk of relapse by day 90 is 5.0 percentage points lower than in "
        "1971Q2 (95% CI "
    )
    table = text.quarters_table(replace(analysis, results=asked))
    assert table is not None
    assert table.rows[0][-1].endswith(", provisional")
    # The quarter before is cut as long after its end: all had relapsed by day 50, so nothing changes.
    assert parts(asked)["follow_up"] == pytest.approx(0)
    assert sum(value for value in parts(asked).values() if value == value) == pytest.approx(1 - 5 / 20)


def test_a_quarter_asked_for_is_the_last(analysis: sd.Analysis) -> None:
    results = found(cohort(STEADY), quarter="1971Q2")
    assert set(of_quarters(results, "series")["quarter"]) == set(NAMES[:6])
    table = text.quarters_table(replace(analysis, results=results))
    assert table is not None
    assert table.columns == ("", "1971Q2", "1971Q1", "1970Q4", "1970Q3", "1970Q2", "1971Q2 against 1971Q1")
    assert table.caption == "1971Q2 and the 4 quarters before it"
    assert [cell.split(" ")[0] for cell in table.rows[0][1:6]] == [
        "30.0%",
        "35.0%",
        "30.0%",
        "25.0%",
        "35.0%",
    ]
    assert table.rows[0][6].startswith("−5.0 (−")
    # Earlier numbers are those of all quarters: the row of a quarter does not depend on the one that leads.
    every = points(steady(), "risk")[3].row
    assert points(results, "risk")[3].row["estimate"] == every["estimate"]


def test_too_few_quarters_are_said_to_be_so(analysis: sd.Analysis) -> None:
    results = found(cohort(STEADY[:5]))
    assert too_few(results, "risk") == "6 complete quarters are needed for limits; there are 5"
    said = words(analysis, results)
    assert (
        "Some series have no control limits: 6 complete quarters are needed for limits; there are 5." in said
    )
    alone = found(cohort(STEADY[:1]))
    assert words(analysis, alone)[1] == (
        "No change from the quarter before is given: one of the two quarters is missing, small, or not followed long "
        "enough."
    )


def test_a_small_quarter_is_not_shown(analysis: sd.Analysis) -> None:
    results = found(cohort(STEADY, size=10))
    small = of_quarters(results, "series")
    assert set(small["status"]) == {"withheld"}
    assert small[["estimate", "std_error", "conf_low", "conf_high", "n", "events"]].isna().all(axis=None)
    assert of_quarters(results, "change").empty
    said = words(analysis, results)
    assert said[0] == "1971Q4 has fewer than 11 discharges: its numbers are not shown."


def test_limits_start_anew_where_the_study_says_so() -> None:
    drawn = cohort([2, 2, 2, 2, 2, 2, 8, 8])
    results = found(drawn, quarters={"rebase_at": ["1971Q3"]})
    risk = points(results, "risk")
    assert [round(point.center, 3) for point in risk[:6]] == [0.1] * 6
    assert all(np.isnan(point.center) for point in risk[6:])
    assert too_few(results, "risk") == "6 complete quarters are needed for limits; there are 2"


def test_the_one_reason_for_no_limits_stands_under_the_table(analysis: sd.Analysis) -> None:
    table = text.charts_table(replace(analysis, results=steady()))
    assert table is not None
    # Without a target there is no column of targets.
    assert table.columns == ("", "Quarter", "Value", "Mean", "Limits", "Signals in all quarters")
    assert {row[4] for row in table.rows if "to" not in row[4]} == {"none"}
    assert "No limits: all complete quarters are at 0%, or all at 100%." in table.notes


def test_rules_and_targets_are_those_of_the_study(analysis: sd.Analysis) -> None:
    rising = [2, 3, 4, 5, 6, 7, 8, 9]
    named = {"rules": "making_data_count", "target": {"started_care": 0.6, "risk": 0.2}}
    results = found(cohort(rising), quarters=named)
    assert points(results, "risk")[0].signals == ("trend",)
    said = words(analysis, results)
    assert (
        "Rules: the rules of NHS England's Making Data Count. A client counts once in each quarter." in said
    )
    table = text.charts_table(replace(analysis, results=results))
    assert table is not None
    by_name = {row[0]: row for row in table.rows}
    assert by_name["IOP or PHP started by day 14"][5] == "60.0%"
    assert by_name["Relapse by day 90"][6].startswith(
        "1970Q1: part of 7 or more in a row that rise, or fall; "
    )
    assert found(cohort(rising)).where(estimand="series_signal").table.empty


def test_a_relapse_of_an_interval_is_said_to_count_on_its_last_day(analysis: sd.Analysis) -> None:
    note = (
        "Where contacts show only an interval, a relapse counts on the last day on which it can have begun."
    )
    a = replace(analysis, results=steady())
    exact, intervals = (text.quarters_table(a, latest=latest) for latest in (False, True))
    assert exact is not None
    assert intervals is not None
    assert note not in exact.notes
    assert intervals.notes == (*exact.notes, note)


def test_quality_measures_are_charted_by_their_longest_window(analysis: sd.Analysis) -> None:
    results = found(cohort(STEADY), measures=True)
    fui = points(results, "fui@2")
    assert [point.row["time"] for point in fui] == [30.0] * 8
    assert [point.row["estimate"] for point in fui] == [0.5] * 8
    assert fui[0].high == pytest.approx(0.5 + 3 * np.sqrt(0.25 / fui[0].row["n"]))


def test_the_finding_is_more_than_chance_or_that_the_quarter_is_provisional(analysis: sd.Analysis) -> None:
    # From 2 to 15 of 20.
    assert text.finding(replace(analysis, results=found(cohort([2, 2, 2, 2, 2, 2, 2, 15])))) == (
        "Risk of relapse by day 90 in 1971Q4: 75.0%, +65.0 points since 1971Q3: more than chance explains."
    )
    # Of 20, those discharged up to day 652 could be followed for 90 days at day 742.
    drawn = found(cohort([*STEADY[:7], 20], cut=742), quarter="1971Q4")
    assert text.finding(replace(analysis, results=drawn)) == (
        "1971Q4 is provisional: 50.0% could have been followed to day 90."
    )


def test_the_section_shows_text_tables_and_charts(analysis: sd.Analysis) -> None:
    a = replace(analysis, results=steady())
    shown = SECTIONS["quarters"].show(a)
    assert [type(part) for part in shown] == [Heading, Text, Table, Picture, Table, Table]
    assert shown[0].heading == "Quarter by quarter"
    assert shown[0].finding == (
        "Risk of relapse by day 90 in 1971Q4: 30.0%, +5.0 points since 1971Q3: no more than chance explains."
    )
    chart = shown[3]
    assert chart.alt.startswith("Relapse by day 90: from 30.0% in 1970Q1 to 30.0% in 1971Q4; signals: none. ")
    (made,) = [
        part for part in shown if isinstance(part, Table) and part.caption.startswith("What the change")
    ]
    assert made.caption == "What the change from 1971Q3 to 1971Q4 is made of"
    assert made.rows == (
        ("Case mix: who was discharged", "not shown"),
        ("Follow-up that is not complete yet", "0.00"),
        ("Everything else", "+5.00"),
        ("Change", "+5.00"),
    )
    assert SECTIONS["quarters"].show(replace(analysis, results=Results(a.results.table[:0]))) == ()
    with pytest.raises(ResultError) as error:
        plot.month_charts(a.results)
    assert str(error.value) == "The results hold no series by month."


def test_months_are_charted_where_each_has_enough() -> None:
    lines = []
    for month in range(12):
        for k in range(11):
            day = 5 + 30 * month + k
            name = f"1970Q{1 + (np.datetime64('1970-01-01') + day).astype('datetime64[M]').astype(int) // 3}"
            lines.append(
                f"m{month}k{k}: stay {day - 5}..{day} | follow {day}..{day + 200} | quarter {name} | - {day + 90}"
            )
    drawn = replace(draw("\n".join(lines), data_cut=2000), clock="date", basis="own_operations")
    results = found(drawn)
    assert len(points(results, "risk", by_month=True)) == 12
    assert points(results, "risk", by_month=True)[0].row["n"] == 11
    # Of a public report a series is drawn where at least half of its months have a number.
    for hidden, drawn_months in ((6, {"risk"}), (7, set())):
        table = results.table
        of_month = table["level"].str.startswith("1970") & (table["term"] == "risk")
        early = of_month & (table["level"] <= f"1970-{hidden:02}")
        part = Results(table.assign(estimate=table["estimate"].mask(early)))
        assert {*series_drawn(part, by_month=True)} & {"risk"} == drawn_months
    less = found(replace(drawn, discharges=drawn.discharges[1:].reset_index(drop=True)))
    refused = less.table.query("level == 'months'")["note"].iloc[0]
    assert refused == "1 of 12 months have fewer than 11 discharges"
    without = found(drawn, quarters={"months": False}).table
    assert not without["level"].str.startswith("1970").any()


def test_what_the_data_hold_of_each_quarter_is_kept_in_counts() -> None:
    results = steady()
    held = of_quarters(results, "recorded").query("quarter == '1970Q1'").set_index("term")["estimate"]
    # Everybody has one finding by day 90; half start IOP.
    assert held.to_dict() == {"discharges": 20, "services": 10, "findings": 20, "relapses": 6}
    cut = of_quarters(results, "recorded").query("term == 'data_cut'")
    assert cut["estimate"].tolist() == [2000]


def test_without_quarters_there_is_nothing() -> None:
    drawn = draw("\n".join(f"a{k}: stay -20..0 | follow 0..200" for k in range(12)), data_cut=500)
    assert len(found(drawn)) == 0
