"""What repeats a comparison is judged by its own events; what would give one away goes with it."""

import numpy as np
import pandas as pd

from stepdown.checks import GateVerdict, GateWords, first_findings, with_own_counts, without_first_relapses
from stepdown.cohort import People
from stepdown.compare.simple_comparison import ClientCourses, WaysToCompare
from stepdown.results import Analysis, Results, rows
from stepdown.sections.definitions import text as definitions_text
from stepdown.sections.secondary import text as secondary_text
from stepdown.sections.simple_comparison import text as simple_text
from stepdown.sections.simple_comparison.rows import too_few
from stepdown.study import Gates
from support_cohort import draw
from support_definitions import analysis, definition
from support_study import study

Row = dict[str, object]
BY = ("endpoint", "level")
FEW = "“A” has fewer than 10 events by day 90."


def risks(endpoint: str, *events: int, n: int = 100) -> list[Row]:
    base: Row = {"analysis": "definitions_compared", "endpoint": endpoint, "level": "as_defined", "time": 90}
    base |= {"estimand": "risk", "cause": "relapse", "unit": "probability"}
    found = [
        base | {"arm": arm, "statistic": "estimate", "estimate": many / n, "n": n, "events": many}
        for arm, many in zip("AB", events, strict=True)
    ]
    difference: Row = base | {"arm": "A", "reference": "B", "statistic": "difference"}
    return [*found, difference | {"estimate": (events[0] - events[1]) / n}]


def judged(*given: Row) -> pd.DataFrame:
    words = GateWords(word="event")
    return with_own_counts(rows(given), ("definitions_compared",), Gates(), words, by=BY).table


def test_another_definition_is_withheld_by_its_own_events() -> None:
    found = judged(*risks("first_use@1", 30, 25), *risks("two_positives@1", 9, 25))
    own, other = (found[found["endpoint"] == name] for name in ("first_use@1", "two_positives@1"))
    assert own["estimate"].notna().all()
    assert set(own["status"]) == {"shown"}
    assert other[["estimate", "n", "events"]].isna().all().all()
    assert set(other["status_reason"]) == {FEW}


def test_another_definition_has_a_warning_of_its_own() -> None:
    found = judged(*risks("first_use@1", 30, 19))
    assert found["estimate"].notna().all()
    assert set(found["status_reason"]) == {"“B” has fewer than 20 events by day 90."}


def test_few_people_of_another_definition() -> None:
    found = judged(*risks("first_use@1", 30, 25, n=49))
    assert set(found["status_reason"]) == {
        "“A” rests on 49 people (limit 50). “B” rests on 49 people (limit 50)."
    }


def test_words_of_a_definition_that_is_withheld() -> None:
    own = definition("first_use@1", own=True, risk=(0.3, 0.25, 0.35), difference=(-0.1, -0.15, -0.05))
    other = definition("two_positives@1", risk=(0.1, 0.05, 0.15), difference=(-0.05, -0.09, -0.01))
    a = analysis(own, other)
    table = a.results.table.copy()
    mine = (table["analysis"] == "definitions_compared") & (table["endpoint"] == "two_positives@1")
    table.loc[mine, ["estimate", "conf_low", "conf_high"]] = np.nan
    table.loc[mine, ["status", "status_reason"]] = ["withheld", FEW]
    held = Analysis(results=Results(table), wording=a.wording, provenance=a.provenance, labels=a.labels)
    shown = definitions_text.table(held)
    assert shown.rows[1][-1] == "withheld"
    assert f"Withheld under “Two positives, own rule”. {FEW}" in shown.notes
    assert "No other definition gives a difference." in definitions_text.found(held).paragraphs[0]


CLOSED = GateVerdict(gate="events", status="withheld", sentence="“A” has fewer than 10 relapses by day 90.")


def test_who_relapsed_before_any_session_goes_with_a_comparison() -> None:
    # Of 100, 40 have a session first, 20 relapse first, and 30 relapse in all: of those with a session
    # (30 - 20) / 40 relapse, of the others 20 / 60.
    base: Row = {"analysis": "whole_cohort", "endpoint": "first_session@1", "estimand": "first_session"}
    base |= {"statistic": "estimate", "time": 90, "unit": "probability", "n": 100}
    given = rows([base | {"term": "session", "estimate": 0.4}, base | {"term": "relapse", "estimate": 0.2}])
    assert without_first_relapses(given, {"landmark_14": ()}).table["estimate"].notna().all()
    found = without_first_relapses(given, {"landmark_14": (CLOSED,)}).table.set_index("term")
    assert found.loc["session", "estimate"] == 0.4
    assert found.loc["relapse", ["estimate", "n"]].isna().all()
    assert found.loc["relapse", "status_reason"] == CLOSED.sentence
    a = analysis(definition("first_use@1", own=True, risk=(0.3, 0.25, 0.35)))
    one = Analysis(
        results=rows(found.reset_index().to_dict("records")), wording=a.wording, provenance=a.provenance
    )
    table = secondary_text.came_first(one)
    assert table is not None
    assert table.rows[1] == ("Relapse", "withheld")
    assert table.notes[-1] == (
        "Withheld as the comparison is: with the risk of everybody it would give the comparison of those who ever "
        "started care with the others."
    )


def course(started: int, events_started: int, others: int, events_others: int) -> ClientCourses:
    days, event, start = [], [], []
    for many, hits, day in ((started, events_started, 5.0), (others, events_others, np.inf)):
        days += [40.0] * hits + [90.0] * (many - hits)
        event += [1] * hits + [0] * (many - hits)
        start += [day] * many
    return ClientCourses(days=np.array(days), event=np.array(event), started=np.array(start))


WAYS = WaysToCompare(covariates=pd.DataFrame(), grace=14, day=90)


def test_ways_of_comparing_have_gates_of_their_own() -> None:
    assert too_few(course(60, 12, 80, 30), WAYS, study(gates={})) == {}
    held = too_few(course(60, 9, 80, 30), WAYS, study(gates={}))
    assert set(held) == {
        "naive", "naive_adjusted", "landmark", "time_varying", "sequential_trials", "clone_censor_weight",
    }  # fmt: skip
    assert set(held.values()) == {"A group of this comparison has fewer than 10 relapses by day 90."}
    few = too_few(course(49, 12, 80, 30), WAYS, study(gates={}))
    assert few["naive"] == "A group of this comparison has 49 people (limit 50)."
    assert too_few(course(9, 1, 80, 30), WAYS, study()) == {}


def test_words_of_ways_that_are_withheld() -> None:
    keys: Row = {"analysis": "simple_comparison", "estimand": "risk", "statistic": "ratio", "time": 90}
    keys |= {"window_start": 0}
    held: Row = {
        "status": "withheld",
        "status_reason": "A group of this comparison has 49 people (limit 50).",
    }
    a = analysis(definition("first_use@1", own=True, risk=(0.3, 0.25, 0.35)))
    given = rows([keys | {"term": "naive"} | held])
    one = Analysis(results=given, wording=a.wording, provenance=a.provenance)
    assert simple_text.found(one).paragraphs == (
        "The simple comparison is not shown. A group of this comparison has 49 people (limit 50).",
    )


def test_first_findings_by_hand() -> None:
    cohort = draw(
        """
        a: stay -28..0 | follow 0..90 | + 10 urine | + 30 self_report
        b: stay -28..0 | follow 0..90 | - 5 urine | + 20 self_report
        c: stay -28..0 | follow 0..90 | + 12 urine | + 12 registry
        d: stay -28..0 | follow 0..90 | + 40 registry | + 50 urine
        e: stay -28..0 | follow 0..90 | + 95 urine
        """
    )
    table = pd.DataFrame({"client_id": list("abcde"), "zero": 0.0})
    people = People(table=table, first_care=np.zeros((5, 0)), flow=(), known={})
    # By day 90 a to d are found, a by urine alone, b by a report, c by both at once, d by the registry.
    assert first_findings(cohort, people, horizon=90) == {"urine": 0.25, "contact": 0.5}
    assert first_findings(cohort, people, horizon=5) == {}
