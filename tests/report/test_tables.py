"""Tables and sentences look numbers up and say them in plain words: small results, written out."""

from dataclasses import replace

import numpy as np
import pytest

import support_analysis
from stepdown.display.estimates import INTERVAL
from stepdown.display.text_and_tables import Table
from stepdown.report.sections import SECTIONS
from stepdown.results import CAUTIONS, NOT_ADJUSTED, RANDOMIZED, Analysis, Results, rows
from stepdown.sections.page_one import text as page_one
from stepdown.sections.relapse import tables
from stepdown.sections.relapse import text as prose

pytestmark = pytest.mark.slow

NBSP = "\u00a0"
Row = dict[str, object]


def risk(time: int, value: float, low: float, high: float, **keys: object) -> Row:
    base: Row = {"analysis": "whole_cohort", "estimand": "risk", "cause": "relapse", "statistic": "estimate"}
    return (
        base
        | {"unit": "probability", "time": time, "estimate": value, "conf_low": low, "conf_high": high}
        | keys
    )


def analysis(records: list[Row], **words: object) -> Analysis:
    wording = replace(
        support_analysis.WORDING,
        arms=(),
        analyses={"whole_cohort": "Everyone."},
        **words,  # type: ignore[arg-type]
    )
    return Analysis(results=rows(records), wording=wording, provenance=support_analysis.PROVENANCE)


def test_flow_counts_each_step() -> None:
    table = tables.flow(rows(support_analysis.flow([("All", 1200, 0), ("Adults", 1000, 200)])))
    assert table.columns == ("Step", "Excluded", "Discharges remaining", "Clients remaining")
    assert table.rows == (("All", "", "1,200", "1,152"), ("Adults", "200", "1,000", "960"))


def test_risks_by_cause_and_beyond_follow_up() -> None:
    table = tables.risks(
        rows(
            [
                risk(30, 0.25, 0.2, 0.305),
                risk(365, np.nan, np.nan, np.nan),
                risk(30, 0.0, np.nan, np.nan, cause="death", note="no events by then"),
                risk(365, np.nan, np.nan, np.nan, cause="death", note="nobody is followed to day 365"),
            ]
        )
    )
    assert table.columns == ("By day", "Relapsed", "Died first")
    assert table.rows == (
        ("30", f"25.0% (20.0%{NBSP}to{NBSP}30.5%)", "0.0% (no interval)"),
        ("365", "not shown: follow-up ends before day 365", "not shown: nobody is followed to day 365"),
    )
    assert table.notes == (INTERVAL, "No interval: no events by then.")


def test_risks_by_arm_use_the_word_of_the_study() -> None:
    keys = {"analysis": "landmark_14", "window_start": 14}
    table = tables.risks(
        rows([risk(90, 0.1, 0.05, 0.2, arm="A", **keys), risk(90, 0.2, 0.1, 0.3, arm="B", **keys)]),
        analysis="landmark_14",
        word="return to use",
    )
    assert table.caption == "Returned to use by each day, of those still abstinent and followed at day 14"
    assert table.columns == ("By day", "A", "B")
    assert table.rows == (("90", f"10.0% (5.0%{NBSP}to{NBSP}20.0%)", f"20.0% (10.0%{NBSP}to{NBSP}30.0%)"),)


def test_rates_say_what_they_count() -> None:
    rate = {
        "estimand": "rate",
        "unit": "per 100 person-months",
        "window_start": 30,
        "window_end": 60,
        "events": 12,
        "cause": "relapse",
    }
    table = tables.hazard(rows([risk(60, 3.25, 2.04, 6.0, **rate)]))
    assert table.caption == "New relapses per 100 relapse-free people per month, by period"
    assert table.rows == (("Days 31-60", f"3.2 (2.0{NBSP}to{NBSP}6.0); 12 events"),)


def test_window_says_of_whom() -> None:
    table = tables.window(
        rows(
            [
                risk(90, 0.2, 0.1, 0.3, estimand="window_risk", window_start=30, window_end=90),
                risk(90, 0.25, 0.2, 0.3, estimand="conditional_risk", window_start=30, window_end=90),
                risk(90, 0.59, 0.5, 0.7, estimand="share_of_events_by", window_end=365),
            ]
        )
    )
    assert [row[0] for row in table.rows] == [
        "Relapsed on days 31-90, of everyone",
        "Relapsed on days 31-90, of those still relapse-free after day 30 (descriptive)",
        "Share of the relapses by day 365 that had happened by day 90",
    ]


def test_days_free_after_a_landmark_are_out_of_what_is_left() -> None:
    keys = {
        "estimand": "rmst",
        "analysis": "landmark_14",
        "window_start": 14,
        "cause": "",
        "unit": "days",
    }
    table = tables.days_free(
        rows([risk(90, 61.84, 60.0, 63.0, arm="A", **keys)]), analysis="landmark_14", word="return to use"
    )
    assert table.rows == (
        ("Average abstinent days out of 76 (days 15-90)", f"61.8 (60.0{NBSP}to{NBSP}63.0)"),
    )


def contrast(value: float, low: float, high: float, **keys: object) -> Row:
    base: Row = {
        "analysis": "landmark_14",
        "window_start": 14,
        "statistic": "difference",
        "arm": "A",
        "reference": "B",
        "note_code": NOT_ADJUSTED,
    }
    return risk(90, value, low, high, **(base | keys))


def test_every_difference_has_its_caution_beside_it() -> None:
    records = [
        contrast(-0.131, -0.18, 0.021),
        contrast(0.05, np.nan, np.nan) | {"time": 30},
        contrast(-6.2, -8.0, -4.4, estimand="rmst", cause="", unit="days", window_start=14),
        contrast(np.nan, np.nan, np.nan, note="follow-up ends on day 200") | {"time": 365},
    ]
    table = tables.contrasts(rows(records), analysis="landmark_14")
    assert table.columns == ("Measure", "A (reference: B)", "Caution")
    assert table.rows[0] == (
        "Relapsed by day 90",
        f"−13.1 (−18.0{NBSP}to{NBSP}+2.1)",
        "Not adjusted",
    )
    assert table.rows[1][1] == "+5.0 (no interval)"
    assert table.rows[2][:2] == (
        "Average relapse-free days out of 76 (days 15-90)",
        f"−6.2 (−8.0{NBSP}to{NBSP}−4.4)",
    )
    assert table.rows[3][1] == "not shown (see the notes)"
    assert "Not shown: follow-up ends on day 200." in table.notes
    assert [row[2] for row in table.rows] == ["Not adjusted"] * 4
    assert CAUTIONS[NOT_ADJUSTED] in table.notes


def test_bounds_of_nothing_reach_down_to_nothing() -> None:
    records = [
        risk(30, 0.0, np.nan, np.nan, method="x", bound="lowest"),
        risk(30, 0.25, 0.2, 0.31, method="x", bound="highest"),
    ]
    table = tables.bounds(rows(records))
    assert table.columns == ("By", "Lowest", "Highest", "Lowest to highest 95% limit")
    assert table.rows == (("Day 30", "0.0%", "25.0%", f"0.0%{NBSP}to{NBSP}31.0%"),)


def test_tables_escape_and_have_scopes() -> None:
    text = Table("A <b>", ("x", "y"), (("r", "`c` & d"),))._repr_html_()
    assert "<caption>A &lt;b&gt;</caption>" in text
    assert '<th scope="col">x</th><th scope="col">y</th>' in text
    assert '<tr><th scope="row">r</th><td><code>c</code> &amp; d</td></tr>' in text


def test_tables_are_aligned_in_jupyterlab() -> None:
    text = Table("A", ("x", "y"), (("r", "1.0"),))._repr_html_()
    assert text.startswith("<style>.jp-RenderedHTMLCommon .sd-table ")
    assert text.count("<style>") == 1


def test_headline_gives_the_share_with_its_interval() -> None:
    found = analysis([risk(30, 0.243, 0.21, 0.28), risk(90, 0.442, 0.4, 0.48), risk(365, 0.755, 0.72, 0.79)])
    assert page_one.answer(found).paragraphs == (
        "24.3% of discharges had relapsed by day 30 (95% CI 21.0% to 28.0%) and 44.2% by day 90 (95% CI 40.0% to "
        "48.0%).",
        "This report does not compare plans of care.",
    )


def rate(start: int, value: float, low: float, high: float) -> Row:
    keys = {"window_start": start, "window_end": start + 30 if start < 30 else 90}
    return risk(0, value, low, high, estimand="rate", unit="per 100 person-months", **keys)


@pytest.mark.parametrize(
    ("limit", "end"), [(10.5, ""), (9.0, " The confidence intervals of the two rates overlap.")]
)
def test_the_peak_is_said_with_its_doubt(limit: float, end: str) -> None:
    found = analysis([risk(90, 0.4, 0.3, 0.5), rate(0, 28.9, limit, 30), rate(30, 9.1, 8, 10)])
    assert prose.timing(found).paragraphs[1] == (
        "The rate of new relapses was highest on days 0-30 (28.9 per 100 relapse-free people per month) and "
        f"lowest on days 31-90 (9.1).{end}"
    )


def test_only_periods_that_were_observed_are_ranked() -> None:
    late = risk(0, 0.0, 0, 0, estimand="rate", unit="per 100 person-months", window_start=90, window_end=180)
    gone = risk(180, 0, 0, 0, estimand="at_risk", statistic="at_risk", unit="discharges")
    rates = [rate(0, 28.9, 10.5, 30), rate(30, 9.1, 8, 10), late]
    said = prose.timing(analysis([risk(90, 0.4, 0.3, 0.5), *rates, gone])).paragraphs[1]
    # Nobody was followed to day 180: no rate of 0 after day 90.
    assert said.endswith("lowest on days 31-90 (9.1).")


def test_contacts_that_cannot_tell_periods_apart_rank_none() -> None:
    found = analysis([risk(90, 0.4, 0.3, 0.5), rate(0, 28.9, 10.5, 30), rate(30, 9.1, 8, 10)])
    found = replace(found, wording=replace(found.wording, periods_apart=False))
    assert prose.timing(found).paragraphs[1] == (
        "Contacts are too far apart to show in which of these periods the rate of new relapses was highest."
    )


def test_a_difference_near_nothing_reads_well() -> None:
    said = prose.comparison(compared(contrast(-0.07, -0.15, -0.003)), "landmark_14").paragraphs
    assert said[2] == (
        "Difference by day 90, “A” compared with “B”: 7.0 fewer relapses per 100 discharges (95% CI 0.3 to 15.0 "
        "fewer)."
    )


def test_headline_of_a_study_that_says_return_to_use_and_ends_early() -> None:
    found = analysis(
        [risk(30, 0.004, np.nan, np.nan), risk(90, 0.5, np.nan, np.nan), risk(365, np.nan, np.nan, np.nan)],
        relapse="return to use",
    )
    assert page_one.answer(found).paragraphs[0] == (
        "0.4% of discharges had returned to use by day 30 (no confidence interval) and 50.0% by day 90 (no "
        "confidence interval)."
    )


def test_headline_without_any_number_says_so() -> None:
    said = page_one.answer(analysis([])).paragraphs
    assert said[0] == "The risk of relapse is not identifiable from these data."


def test_headline_of_intervals_gives_ranges() -> None:
    found = analysis(
        [
            risk(90, 0.14, 0.1, 0.2, method="x", bound="lowest"),
            risk(90, 0.36, 0.3, 0.4, method="x", bound="highest"),
        ]
    )
    assert page_one.answer(found).paragraphs[0] == (
        "Between 14.0% and 36.0% of discharges had relapsed by day 90."
    )


def compared(*extra: Row) -> Analysis:
    keys = {"analysis": "landmark_14", "window_start": 14}
    found = analysis(
        [risk(90, 0.28, 0.2, 0.3, arm="A", **keys), risk(90, 0.41, 0.4, 0.5, arm="B", **keys), *extra]
    )
    words = replace(found.wording, arms=("A", "B"), analyses={"landmark_14": "Read at day 14."})
    return replace(found, wording=words)


def test_comparison_says_the_difference_and_what_it_cannot_say() -> None:
    found = compared(
        contrast(-0.13, -0.18, 0.02),
        contrast(6.2, 4.2, 8.2, estimand="rmst", unit="days", cause=""),
        *(
            contrast(value, np.nan, np.nan, estimand=name, statistic="estimate", unit=unit)
            for name, value, unit in (
                ("discharges_needed", 1363, "discharges"),
                ("quarters_needed", 8, "quarters"),
            )
        ),
    )
    assert prose.comparison(found, "landmark_14").paragraphs == (
        "Read at day 14.",
        "By day 90, among those still followed and relapse-free at day 14: 28.0% relapsed with “A” (95% CI "
        "20.0% to 30.0%) and 41.0% relapsed with “B” (95% CI 40.0% to 50.0%).",
        "Difference by day 90, “A” compared with “B”: 13.0 fewer relapses per 100 discharges (95% CI 18.0 fewer "
        "to 2.0 more, which includes no difference).",
        "These data are too few to show a difference of 10 per 100: that takes about 1,363 discharges in each arm "
        "(80% power).",
        "With as many discharges a quarter and as much follow-up as now, those take 8 quarters in all.",
        "On average, people with “A” had 6.2 more relapse-free days (95% CI 4.2 to 8.2 more) on days 15-90 than "
        "people with “B”.",
    )
    caution = prose.caution(found, "landmark_14")
    assert caution is not None
    assert caution.paragraphs[0] == CAUTIONS[NOT_ADJUSTED]
    assert caution.paragraphs[1].startswith("Clients of one plan may have been less severely ill")
    assert caution.paragraphs[0] in str(page_one.explained(found))


def test_an_adjusted_comparison_says_what_its_own_difference_takes() -> None:
    rows = [
        contrast(value, np.nan, np.nan, estimand=name, statistic="estimate", unit=unit, population=about)
        for name, unit, values in (
            ("discharges_needed", "discharges", {"": 363, "everyone": 1240}),
            ("quarters_needed", "quarters", {"": 4, "everyone": 9}),
        )
        for about, value in values.items()
    ]
    found = compared(contrast(-0.13, -0.18, 0.02), contrast(-0.05, -0.2, 0.1, population="everyone"), *rows)
    said = prose.comparison(found, "landmark_14").paragraphs
    assert [one for one in said if "too few" in one or "those take" in one] == [
        "These data are too few to show an adjusted difference of 10 per 100: that takes about 1,240 discharges "
        "in all, divided between the groups as now (80% power).",
        "With as many discharges a quarter and as much follow-up as now, those take 9 quarters in all.",
    ]
    # What the unadjusted difference takes is not said beside an adjusted one that shows.
    shown = compared(contrast(-0.1, -0.15, -0.05, population="everyone"), *rows[::2])
    assert not any("too few" in one for one in prose.comparison(shown, "landmark_14").paragraphs)


def test_a_randomized_comparison_keeps_its_own_caution() -> None:
    found = compared(contrast(-0.13, -0.18, -0.02, note_code=RANDOMIZED))
    caution = prose.caution(found, "landmark_14")
    assert caution is not None
    assert caution.paragraphs == ("Not adjusted for covariates.",)


def test_an_arm_without_follow_up_is_named() -> None:
    keys = {"analysis": "landmark_14", "window_start": 14}
    found = compared()
    table = found.results.table
    table = table[table["arm"] != "B"]
    found = replace(
        found,
        results=Results(rows([*table.to_dict("records"), risk(90, *[np.nan] * 3, arm="B", **keys)]).table),
    )
    assert (
        "Not shown by day 90: B, because follow-up ends before that day."
        in prose.comparison(found, "landmark_14").paragraphs
    )


@pytest.mark.parametrize(("value", "said"), [(0.0004, "p < 0.001."), (0.0312, "p = 0.031.")])
def test_log_rank_is_said_with_its_limits(value: float, said: str) -> None:
    keys = {"analysis": "landmark_14", "estimand": "logrank", "cause": "", "statistic": "p_value"}
    text = prose.test_of_curves(compared(risk(0, value, np.nan, np.nan, **keys)), "landmark_14")
    assert text is not None
    assert said in text.paragraphs[0]


def test_refused_comparison_is_told() -> None:
    found = analysis([], notes=("A comparison is not shown (landmark 14). No discharge is left in: A.",))
    assert SECTIONS["arms"].parts(found)[0].paragraphs == found.wording.notes  # type: ignore[union-attr]


def test_decisions_hold_every_note() -> None:
    said = prose.decisions(support_analysis.exact())
    assert set(support_analysis.WORDING.notes) <= set(said.items)
    assert f"Relapse: {support_analysis.WORDING.endpoint}" in said.items


@pytest.mark.parametrize(
    "make", [support_analysis.exact, support_analysis.interval, support_analysis.baseline]
)
def test_sections_can_always_be_shown(make) -> None:
    found = make()
    for section in (
        SECTIONS["page_one"].parts,
        SECTIONS["people"].parts,
        SECTIONS["speed"].parts,
        SECTIONS["timing"].parts,
        SECTIONS["arms"].parts,
    ):
        shown = section(found)
        assert shown
        assert all("nan" not in part._repr_html_().split("<svg")[0] for part in shown)
    assert len(SECTIONS["decisions"].parts(found)) == 2
