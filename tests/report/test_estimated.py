"""What stands beside lowest and highest: estimates from intervals, in tables and in words."""

from dataclasses import replace

import numpy as np
import pytest

import support_analysis
from stepdown.display import Picture
from stepdown.display.estimates import INTERVAL
from stepdown.display.text_and_tables import Table
from stepdown.report.sections import SECTIONS
from stepdown.results import Analysis, rows
from stepdown.results.reading import FROM_INTERVALS, TURNBULL, bounded, pairs
from stepdown.sections.page_one import text as page_one
from stepdown.sections.page_one.tables import key_numbers
from stepdown.sections.relapse import tables
from stepdown.sections.relapse import text as prose

Row = dict[str, object]
NBSP = "\u00a0"


def row(estimand: str, value: float, method: str, **keys: object) -> Row:
    base: Row = {
        "analysis": "whole_cohort",
        "cause": "relapse",
        "statistic": "estimate",
        "unit": "probability",
    }
    return base | {"estimand": estimand, "estimate": value, "method": method} | keys


def risk(
    time: int, *, model: tuple[float, float, float], ends: tuple[float, float], **keys: object
) -> list[Row]:
    value, low, high = model
    return [
        row("risk", 0.01, "x", bound="lowest", time=time, **keys),
        row("risk", 0.9, "x", bound="highest", time=time, **keys),
        row("risk", ends[0], TURNBULL, bound="lowest", time=time, **keys),
        row("risk", ends[1], TURNBULL, bound="highest", time=time, **keys),
        row("risk", value, FROM_INTERVALS, time=time, conf_low=low, conf_high=high, **keys),
    ]


def phone(*extra: Row) -> Analysis:
    found = [
        *risk(30, model=(0.151, 0.123, 0.185), ends=(0.134, 0.1341)),
        *risk(90, model=(0.295, 0.26, 0.334), ends=(0.28, 0.31)),
        *risk(180, model=(np.nan, np.nan, np.nan), ends=(0.38, 1.0), note="beyond the last follow-up"),
        *extra,
    ]
    wording = replace(support_analysis.WORDING, arms=(), analyses={"whole_cohort": "Everyone."})
    return Analysis(results=rows(found), wording=wording, provenance=support_analysis.PROVENANCE)


RATE = row(
    "rate", 9.55, FROM_INTERVALS, window_start=30, window_end=90, time=90, conf_low=7.2, conf_high=12.6, n=100
)
WINDOW = row(
    "window_risk",
    0.144,
    FROM_INTERVALS,
    window_start=30,
    window_end=90,
    time=90,
    conf_low=0.11,
    conf_high=0.188,
)


def test_the_table_gives_a_range_and_a_number() -> None:
    table = tables.estimated(phone().results)
    assert table.caption == "Relapsed by each day, as estimated from the contacts"
    assert table.columns == (
        "By",
        "Range without a model",
        "Estimate with a constant rate within each period",
    )
    assert table.rows == (
        ("Day 30", "13.4%", f"15.1% (12.3%{NBSP}to{NBSP}18.5%)"),
        ("Day 90", "28.0% to 31.0%", f"29.5% (26.0%{NBSP}to{NBSP}33.4%)"),
        ("Day 180", "38.0% or more", "not shown: beyond the last follow-up"),
    )
    assert table.notes == (
        "Both assume that being contacted is unrelated to relapse. The range without a model (Turnbull) "
        "contains every share that fits the contacts equally well; it has no confidence interval.",
        INTERVAL,
    )


def test_rows_of_arms_name_them() -> None:
    found = risk(90, model=(0.2, 0.1, 0.3), ends=(0.2, 0.2), arm="Early", analysis="baseline")
    assert tables.estimated(rows(found), analysis="baseline").rows[0][0] == "Early, day 90"


def test_lowest_and_highest_stay_a_pair_of_their_own() -> None:
    found = phone().results
    told = pairs(found, analysis="whole_cohort", estimand="risk", cause="relapse")
    assert told[["lowest", "highest"]].to_numpy().tolist() == [[0.01, 0.9]] * 3
    assert bounded(found, analysis="whole_cohort")


def test_page_one_gives_the_estimate_with_what_it_takes_for_granted() -> None:
    said = page_one.answer(phone()).paragraphs
    assert said[0] == (
        "Between 1.0% and 90.0% of discharges had relapsed by day 30 and between 1.0% and 90.0% by day 90."
    )
    rows = {row[0]: row[1:] for row in key_numbers(phone()).rows}
    among = "if being contacted is unrelated to relapse"
    assert rows["Relapsed by day 30, estimated"] == ("15.1% (12.3%\u00a0to\u00a018.5%)", among)
    assert rows["Relapsed by day 90, estimated"] == ("29.5% (26.0%\u00a0to\u00a033.4%)", among)
    bare = key_numbers(support_analysis.interval()).rows
    assert not any("estimated" in row[0] for row in bare)


@pytest.mark.parametrize(
    ("extra", "starts"), [((), "Not shown: rates"), ((RATE, WINDOW), "Rates are estimated from")]
)
def test_when_it_happens_is_told_where_it_was_estimated(extra: tuple[Row, ...], starts: str) -> None:
    said = SECTIONS["timing"].parts(phone(*extra))
    first = said[0].paragraphs  # type: ignore[union-attr]
    assert first[0].startswith(starts)
    shown = [part.caption for part in said if isinstance(part, Table)]
    if extra:
        assert first[1] == "On days 31-90, 14.4% of discharges relapsed (95% CI 11.0% to 18.8%)."
        assert shown == [
            "New relapses per 100 relapse-free people per month, by period",
            "Relapse on days 31-90",
        ]
        rates = next(part for part in said if isinstance(part, Table))
        assert rates.rows == (("Days 31-90", f"9.6 (7.2{NBSP}to{NBSP}12.6)"),)
    else:
        assert shown == []
    # No curve of rates: a picture of steps would say more than is known.
    assert not any(isinstance(part, Picture) for part in said)


def test_how_fast_shows_the_estimates_below_the_ranges() -> None:
    captions = [part.caption for part in SECTIONS["speed"].parts(phone()) if isinstance(part, Table)]
    assert captions == ["Relapsed by each contact", "Relapsed by each day, as estimated from the contacts"]


def test_an_interval_over_the_landmark_leaves_ranges_alone() -> None:
    keys = {"analysis": "landmark_14", "arm": "A", "window_start": 14}
    found = [
        row("risk", 0.1, "x", bound="lowest", time=90, **keys),
        row("risk", 0.2, "x", bound="highest", time=90, **keys),
    ]
    found.append(
        {
            "analysis": "landmark_14",
            "estimand": "interval_spans_landmark",
            "statistic": "count",
            "time": 14,
            "window_start": 14,
            "estimate": 3,
        }
    )
    wording = replace(support_analysis.WORDING, arms=("A", "B"), analyses={"landmark_14": "Read at day 14."})
    told = Analysis(results=rows(found), wording=wording, provenance=support_analysis.PROVENANCE)
    said = prose.comparison(told, "landmark_14").paragraphs
    assert said[-2:] == (
        "For 3 discharges, it is not known whether the relapse came before or after day 14.",
        "Only ranges are therefore given for the arms.",
    )
