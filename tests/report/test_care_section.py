"""The section on care after discharge: words exact, tables from the results, empty states."""

from dataclasses import replace

import support_analysis
from stepdown.display import Picture
from stepdown.display.text_and_tables import Table
from stepdown.report.sections import SECTIONS
from stepdown.results import Analysis, rows

Row = dict[str, object]
TO = "\u00a0to\u00a0"
BASE: Row = {"analysis": "whole_cohort", "statistic": "estimate", "unit": "probability"}
EXTENT = [
    BASE | {"estimand": "step_down_extent", "term": term, "estimate": number / 80, "n": 80, "events": number}
    for term, number in (("none", 40), ("outpatient only", 10), ("iop or php", 26), ("full step-down", 4))
]


def level(term: str, day: int, value: float, came: int) -> Row:
    keys = {"estimand": "level_started", "term": term, "time": day, "n": 80, "events": came}
    return BASE | keys | {"estimate": value, "conf_low": value - 0.1, "conf_high": value + 0.1}


def half(term: str, day: float, came: int) -> Row:
    return BASE | {
        "estimand": "level_started",
        "term": term,
        "statistic": "median",
        "estimate": day,
        "n": came,
    }


LEVELS_STARTED = [
    level("iop", 7, 0.2, 16),
    level("iop", 30, 0.3, 24),
    half("iop", 4.0, 26),
    level("php", 7, 0.0, 0),
    level("php", 30, 0.0, 0),
    half("php", float("nan"), 0),
]
PATHS = [
    BASE | {"estimand": "path", "statistic": "count", "term": path, "estimate": number, "n": 80}
    for path, number in (("RES", 40), ("RES>IOP", 40))
]
DAYS = [
    BASE | {"estimand": "occupancy", "statistic": "curve", "term": state, "time": day, "estimate": value}
    for day, values in ((0, {"none": 1.0, "relapsed": 0.0}), (100, {"none": 0.7, "relapsed": 0.3}))
    for state, value in values.items()
]


def some(*more: Row, base: list[Row] | None = None) -> Analysis:
    found = [*EXTENT, *LEVELS_STARTED, *PATHS, *DAYS] if base is None else base
    return replace(support_analysis.exact(), results=rows([*found, *more]))


def said(a: Analysis) -> list[str]:
    return str(SECTIONS["care"].parts(a)[0]).split("\n")


def tables(a: Analysis) -> list[Table]:
    return [part for part in SECTIONS["care"].parts(a) if isinstance(part, Table)]


def test_the_sentences() -> None:
    first, caution = said(some())
    assert first == (
        "Of 80 discharges, while followed and relapse-free: 50.0% had no PHP, IOP or outpatient care recorded; "
        "5.0% had PHP, then IOP, then outpatient care."
    )
    assert caution == (
        "This section is descriptive; it does not compare groups. People who stayed well longer had more time "
        "to start a level of care, so comparing those who started it with those who did not is misleading "
        "(immortal-time bias)."
    )


def test_how_far() -> None:
    assert tables(some())[0].rows == (
        ("No PHP, IOP or outpatient care", "40", "50.0%"),
        ("Outpatient care only", "10", "12.5%"),
        ("PHP or IOP, but not every level", "26", "32.5%"),
        ("Every level in order: PHP, then IOP, then outpatient care", "4", "5.0%"),
    )


def test_how_soon() -> None:
    table = tables(some())[1]
    assert table.columns == ("Started", "IOP", "PHP")
    assert table.rows == (
        ("By day 7", f"20.0% (10.0%{TO}30.0%)", "none"),
        ("By day 30", f"30.0% (20.0%{TO}40.0%)", "none"),
        ("Median day of start (people who started)", "4 (26 people)", "none"),
    )
    assert len(table.notes) == 1


def test_intervals_are_said_to_be_read_on_their_latest_day() -> None:
    late = level("outpatient", 7, 0.1, 8) | {"method": "relapse on the latest day on which it can have begun"}
    assert tables(some(late))[1].notes[-1] == (
        "Where only an interval is known, the relapse is dated to the last day of the interval, so that care "
        "before that day counts."
    )


def test_shares_that_rest_on_few_are_named() -> None:
    few = level("iop", 200, 0.5, 20) | {"note": "4 clusters: by t on 3 degrees of freedom"}
    few |= {"conf_low": 0.2, "conf_high": 0.8}
    assert "IOP: 4 clusters: by t on 3 degrees of freedom." in tables(some(few))[1].notes


def test_pictures_of_paths_and_days() -> None:
    paths, days = [part for part in SECTIONS["care"].parts(some()) if isinstance(part, Picture)]
    assert paths.alt == "RES: 40 (50.0%); RES then IOP: 40 (50.0%)."
    assert days.alt.endswith("Day 100: 70.0% relapse-free and in no care and 30.0% relapsed.")


def test_a_public_report_of_few_people_draws_no_days() -> None:
    a = some()
    parts = SECTIONS["care"].parts(replace(a, wording=replace(a.wording, released="Rules.")))
    assert len([part for part in parts if isinstance(part, Picture)]) == 1
    assert str(parts[-1]) == (
        "Levels of care by day are not shown: with fewer than 200 discharges, steps of the rounded counts would look "
        "like changes."
    )


def test_days_that_cannot_be_told_are_said() -> None:
    def rest(day: int) -> list[str]:
        days = [row | {"time": min(float(str(row["time"])), day)} for row in DAYS if row["time"] in (0, day)]
        gone = BASE | {"estimand": "occupancy", "term": "none", "time": 365, "estimate": float("nan")}
        parts = SECTIONS["care"].parts(some(gone, base=[*EXTENT, *LEVELS_STARTED, *PATHS, *days]))
        return [part.title if isinstance(part, Picture) else str(part) for part in parts[3:]]

    why = "after that day, no one in one of the levels of care was still followed."
    assert rest(100)[1:] == [
        "On day 30, 100.0% were relapse-free and in no care",
        f"Levels of care by day, up to day 365, are shown up to day 100 only: {why}",
    ]
    assert rest(0)[1:] == [f"Levels of care by day, up to day 365, are not shown: {why}"]


def test_nobody_after_day_0_draws_no_days() -> None:
    pictures = [
        part
        for part in SECTIONS["care"].parts(some(base=[*EXTENT, *LEVELS_STARTED, *PATHS]))
        if isinstance(part, Picture)
    ]
    assert len(pictures) == 1


def test_without_services_and_without_rows() -> None:
    keys = {
        "estimand": "level_started",
        "statistic": "not_estimated",
        "note": "The cohort holds no services.",
    }
    assert said(some(base=[BASE | keys])) == [
        "Care after discharge is not available. The cohort holds no services."
    ]
    assert said(support_analysis.exact()) == [
        "Care after discharge is not available. The results hold no levels of care."
    ]
    assert len(SECTIONS["care"].parts(support_analysis.exact())) == 1
