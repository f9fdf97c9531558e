"""The sums between the counts of a release, and what they give away."""

from dataclasses import replace
from pathlib import Path

from stepdown import Analysis, Results
from stepdown.disclosure import record_release
from stepdown.release import Released, release
from stepdown.release.checked_release import checked_release
from stepdown.release.linked_sums import LACKING
from stepdown.release.release_record import check_against_earlier, counts_of
from stepdown.results import bind, rows
from support_analysis import exact

FLOW = "estimand=flow, term={}, statistic={}, unit=discharges: estimate"
VISIT = "estimand=visit, term={}, time=90, statistic=count, unit=discharges: {}"


def flow(*steps: tuple[str, int, int]) -> Analysis:
    """Return an analysis with the discharges that each step removed and kept."""
    step = {"estimand": "flow", "unit": "discharges"}
    return replace(exact(), results=rows([
        {**step, "term": term, "statistic": statistic, "estimate": value}
        for term, removed, kept in steps
        for statistic, value in (("removed", removed), ("kept", kept))
    ]))  # fmt: skip


def counted(released: Released) -> dict[str, int]:
    return {one.name: one.count for one in released.counts}


def test_a_step_of_the_flow_and_a_size_that_is_printed_as_a_larger_one() -> None:
    released = release(flow(("All", 0, 1924), ("Followed", 2, 1922)))
    lacking = f"{FLOW.format('All', 'kept')} beside {LACKING} of {FLOW.format('Followed', 'kept')}"
    assert set(released.sums) == {
        (FLOW.format("All", "kept"), (FLOW.format("Followed", "removed"), FLOW.format("Followed", "kept"))),
        (FLOW.format("All", "kept"), (FLOW.format("Followed", "kept"), lacking)),
    }
    assert counted(released)[lacking] == 2
    unprinted = next(one for one in released.counts if one.name == lacking)
    assert (unprinted.hidden, unprinted.printed) == (True, False)


def test_parts_of_a_group_with_those_in_no_part() -> None:
    visit = {"estimand": "visit", "time": 90, "statistic": "count", "unit": "discharges", "n": 300}
    released = release(
        replace(exact(), results=rows([
            {**visit, "term": "contacted", "estimate": 200},
            {**visit, "term": "lost", "estimate": 80},
        ]))
    )  # fmt: skip
    true = counted(released)
    assert all(true[total] == sum(true[part] for part in parts) for total, parts in released.sums)
    whole = (VISIT.format("contacted", "n"), VISIT.format("lost", "n"))
    # Both rows repeat the group; 20 of it are in no row.
    assert (whole[0], (whole[1],)) in released.sums
    parts = [set(parts) for total, parts in released.sums if total == whole[0] and len(parts) == 3]
    assert [{VISIT.format(term, "estimate") for term in ("contacted", "lost")} < one for one in parts] == [
        True
    ]
    assert [true[name] for one in parts for name in one if "beside" in name] == [20]


def test_later_steps_give_an_earlier_one_away(tmp_path: Path) -> None:
    # 1,925, then 1,925; 119 and 1,803 are printed as 120 and 1,805, so that 1,921 or more were left before: at
    # most 6 were removed, not 11.
    steps = flow(("All", 0, 1924), ("Followed", 2, 1922), ("Free", 119, 1803))
    _, check = check_against_earlier(release(steps), tmp_path, quarter=None)
    assert FLOW.format("Followed", "removed") in check.recoverable
    assert check.extra == (FLOW.format("Free", "removed"),)
    found = checked_release(steps, tmp_path, threshold=11, base=5)
    shown = found.released.analysis.results.table.set_index(["term", "statistic"])["estimate"]
    assert (found.mended, found.extra) == (True, ())
    assert shown["All", "kept"] == shown["Followed", "kept"] == 1925
    assert shown["Free", "kept"] == 1805
    assert shown.isna()["Free", "removed"]


def test_a_hidden_row_says_nothing_of_a_size_that_others_print(tmp_path: Path) -> None:
    # 1,922 is printed as 1,925, the size of all; the row of 3 deaths has it too, and is hidden.
    steps = flow(("All", 0, 1924), ("Followed", 2, 1922))
    risk = {"analysis": "whole_cohort", "endpoint": "e@1", "estimand": "risk", "statistic": "estimate"}
    risk |= {"unit": "probability", "time": 90, "window_start": 0, "method": "Aalen-Johansen", "n": 1922}
    found = rows([
        {**risk, "cause": "relapse", "events": 559, "estimate": 0.29, "conf_low": 0.27, "conf_high": 0.31},
        {**risk, "cause": "death", "events": 3, "estimate": 0.002, "conf_low": 0.001, "conf_high": 0.004},
    ])  # fmt: skip
    analysis = replace(steps, results=bind([steps.results, found]))
    _, check = check_against_earlier(release(analysis), tmp_path, quarter=None)
    assert check.recoverable == ()


def test_what_repeats_an_analysis_is_hidden_first(tmp_path: Path) -> None:
    part = {
        "estimand": "risk",
        "statistic": "estimate",
        "unit": "probability",
        "time": 90,
        "cause": "relapse",
    }
    analysis = replace(exact(), results=rows([
        {**part, "analysis": name, "n": 300, "events": 90, "estimate": 0.3, "conf_low": 0.2, "conf_high": 0.4}
        for name in ("whole_cohort", "definitions", "definitions_compared")
    ]))  # fmt: skip
    worth = {one.name.partition(",")[0]: one.worth for one in release(analysis).counts if one.printed}
    assert worth == {
        "analysis=whole_cohort": 1.0, "analysis=definitions": 0.25, "analysis=definitions_compared": 0.25,
    }  # fmt: skip


def test_counts_of_a_quarter_are_one_with_those_by_quarter(tmp_path: Path) -> None:
    measure = {"analysis": "measures", "endpoint": "m@1", "estimand": "measure", "unit": "events"}
    measure |= {"statistic": "events", "time": 7}
    # The report of the quarter counts 150 for the first measure in both rows, and 120 and 150 for the second.
    analysis = replace(exact(), results=rows([
        {**measure, "estimate": 150},
        {**measure, "quarter": "2026Q3", "estimate": 150},
        {**measure, "endpoint": "m@2", "estimate": 120},
        {**measure, "endpoint": "m@2", "quarter": "2026Q3", "estimate": 150},
    ]))  # fmt: skip
    table = counts_of(release(analysis), quarter="2026Q3")
    name = "analysis=measures, endpoint=m@{}, estimand=measure, quarter=2026Q3, time=7, statistic=events, unit=events"
    counts = dict(zip(table.names, table.counts.tolist(), strict=True))
    assert counts == {
        f"{name.format(1)}: estimate": 150,
        f"{name.format(2)}: estimate": 150,
        f"{name.format(2)}: estimate of the report": 120,
    }
    ledger, check = check_against_earlier(release(analysis), tmp_path, quarter="2026Q3")
    record_release(ledger, check)
    # 5 more of the first: both of its rows have to be hidden.
    more = analysis.results.table.assign(
        estimate=lambda table: table["estimate"].where(table["endpoint"] == "m@2", 155.0)
    )
    found = checked_release(
        replace(analysis, results=Results(more)), tmp_path, threshold=11, base=5, quarter="2026Q3"
    )
    assert set(found.extra) == {
        "analysis=measures, endpoint=m@1, estimand=measure, time=7, statistic=events, unit=events: estimate",
        f"{name.format(1)}: estimate",
    }
    assert found.mended
