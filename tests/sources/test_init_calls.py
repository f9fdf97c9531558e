"""Calls in columns of their own: which day they were due on, and what yes in a column means."""

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest

from stepdown.sources import create_project, load
from stepdown.sources.init.follow_up_calls import call_names, find_calls, meaning_of
from stepdown.sources.init.numbered_calls import number_of

pytestmark = pytest.mark.slow

OUT = dt.date(2026, 1, 5)


def stays(count, **columns):
    """Return discharges on consecutive days, with further columns."""
    days = [OUT + dt.timedelta(days=number) for number in range(count)]
    return pd.DataFrame({"client_id": range(1, count + 1), "discharge_date": days, **columns})


def findings(tmp_path, frame, **options):
    frame.to_csv(tmp_path / "log.csv", index=False)
    project = create_project(tmp_path / "log.csv", tmp_path / "out", basis="synthetic", **options)
    return load(tmp_path / "out" / "cohort.toml"), project


@pytest.mark.parametrize(
    ("name", "due", "rest"),
    [
        ("30-day call date", 30, "call_date"),
        ("Ninety-day status", 90, "status"),
        ("Two-week call", 14, "call"),
        ("12 month use", 365, "use"),
        ("Follow-up 60 days: result", 60, "result"),
        ("30 day: any use in the past 30 days?", 30, "any_use_in_the_past_30_days"),
    ],
)
def test_names_state_the_day_of_a_call(name, due, rest):
    assert call_names([name]) == {name: (due, rest)}


@pytest.mark.parametrize(
    "name", ["Used in past 30 days", "Past 30 day use at admission", "Use 30 days prior to intake", "Room 30"]
)
def test_what_was_before_admission_is_no_call(name):
    assert call_names([name]) == {}


def test_a_number_without_a_unit_is_a_day_where_several_columns_have_one():
    assert call_names(["fu30_use", "fu90_use"]) == {"fu30_use": (30, "use"), "fu90_use": (90, "use")}
    assert call_names(["use30", "age"]) == call_names(["fu30_date", "age"]) == {}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("relapse_90", (90, "relapse")),
        ("Relapsed within 30 days", (30, "relapsed_within")),
        ("readmit30 (Y/N)", (30, "readmit")),
        ("sober_180", (180, "sober")),
        ("Relapse by 12 mo", (365, "relapse_by")),
        ("use_past_30", None),
        ("relapse_prevention_30", None),
        ("relapse_risk_90", None),
    ],
)
def test_a_number_beside_what_was_found_by_then_is_a_day(name, said):
    assert call_names([name, "age"]) == ({name: said} if said else {})


@pytest.mark.parametrize(
    ("meaning", "names"),
    [
        ("abstinent", ["sober", "maintaining_sobriety", "drug_free", "no_use", "did_not_use", "in_recovery"]),
        ("use", ["any_use", "used", "relapsed", "drank_or_used", "return_to_use"]),
        ("contacted", ["reached", "call_completed", "contacted", "answered"]),
        ("", ["call", "status", "outcome", "house"]),
    ],
)
def test_a_name_states_what_yes_means(meaning, names):
    assert [meaning_of(name) for name in names] == [meaning] * len(names)


@pytest.mark.parametrize(("name", "yes"), [("Maintaining sobriety?", "negative"), ("Any use?", "positive")])
def test_yes_counts_as_the_name_says(tmp_path, name, yes):
    cohort, _ = findings(tmp_path, stays(4, **{f"30 day {name}": ["Yes", "Yes", "No", ""]}))
    assert cohort.observations["finding"].value_counts()[yes] == 2


def test_yes_without_a_meaning_is_a_question_and_no_finding(tmp_path):
    frame = stays(24, **{"30 day call": ["Y", "N"] * 12})
    asked = []

    def answer(question):
        asked.append(question.text)
        return {'What does "Y" in "30 day call" mean?': "positive"}.get(question.text, "")

    cohort, _ = findings(tmp_path, frame, ask=answer)
    assert 'What does "N" in "30 day call" mean?' in asked
    assert cohort.observations["finding"].value_counts()[["positive", "missing"]].tolist() == [12, 12]


def counted(first, second, *days):
    """Return 12 discharges with two calls each; the last relapsed between them."""
    frame = stays(12)
    for name, day, last in ((first, days[0], "Sober"), (second, days[1], "Relapsed")):
        made = [OUT + dt.timedelta(days=row + day + row % 5) for row in range(12)]
        frame[f"{name} date"], frame[f"{name} result"] = made, ["Sober"] * 11 + [last]
    return frame


def test_calls_that_are_counted_are_due_on_the_usual_day_that_they_are_near(tmp_path):
    cohort, _ = findings(tmp_path, counted("1st follow-up", "Call #2", 30, 90))
    assert cohort.schedule.visits == (30, 90)
    # The calls of the nth client are n % 5 days late.
    found = cohort.observations.sort_values("day")
    assert sorted(found["day"] - found["due_day"]) == sorted([row % 5 for row in range(12)] * 2)
    assert sorted(cohort.followup["end_day"] - cohort.followup["start_day"]) == sorted(
        90 + row % 5 for row in range(12)
    )
    # Call 1 of the last client was made on day 31, call 2 on day 91.
    use = found[found["finding"] == "positive"]
    assert (use["day"] - use["since_day"]).tolist() == [60]


def test_calls_near_the_same_day_count_on_their_dates_alone(tmp_path):
    cohort, _ = findings(tmp_path, counted("Call 1", "Call 2", 30, 31))
    assert cohort.schedule is None
    assert cohort.observations["due_day"].isna().all()
    use = cohort.observations[cohort.observations["finding"] == "positive"]
    assert (use["day"] - use["since_day"]).tolist() == [1]
    assert 'interval = "imputed"' in (tmp_path / "out" / "study.toml").read_text(encoding="utf-8")


def test_a_person_may_say_on_which_day_counted_calls_were_due(tmp_path):
    asked = []

    def answer(question):
        asked.append(question.text)
        return {"1": "21", "2": "45"}.get(question.text[len("On which day after discharge was call ")], "")

    frame = counted("Call 1", "Call 2", 21, 45)
    cohort, _ = findings(tmp_path, frame, ask=answer)
    assert (
        'On which day after discharge was call 1 due ("Call 1 date")? A number of days; empty where it was due '
        "on none"
    ) in asked
    assert cohort.schedule.visits == (21, 45)
    assert sorted(set(cohort.observations["due_day"] - OUT.toordinal() + 719163)) == sorted(
        {row + day for row in range(12) for day in (21, 45)}
    )


def test_counted_calls_follow_each_other_by_date_and_one_without_a_date_is_not_used(tmp_path):
    frame = counted("Call 1", "Call 2", 21, 45)
    # Of the first client the calls are in the other order, and the second has a result without a date.
    frame.loc[0, ["Call 1 date", "Call 2 date"]] = frame.loc[0, ["Call 2 date", "Call 1 date"]].to_numpy()
    frame.loc[0, "Call 1 result"] = frame.loc[1, "Call 2 result"] = "Relapsed"
    frame.loc[1, "Call 2 date"] = None
    cohort, project = findings(tmp_path, frame)
    use = cohort.observations[cohort.observations["finding"] == "positive"]
    assert sorted(use["day"] - use["since_day"]) == [24, 24]
    # Days 21 to 25 and 45 to 49 are not those of usual calls.
    assert cohort.schedule is None
    (note,) = project.notes
    assert note == "result without a date of the call or a day due: not used (row 3)"


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Call #3 outcome", 3),
        ("Second phone call - result", 2),
        ("Contact date 1", 1),
        ("Emergency contact name", 0),
        ("Room 2", 0),
        ("Prior call 1", 0),
        ("Call 45", 0),
    ],
)
def test_names_state_the_number_of_a_call(name, number):
    assert number_of(name)[0] == number


def test_whether_a_client_was_reached_gives_way_to_what_was_found():
    data = pa.table({"30 day contacted": ["Y", "Y", "N"], "30 day used": ["N", "Y", ""]})
    (call,) = find_calls(data)
    assert (call.result, call.findings["Y"]) == ("30 day used", "positive")


def redcap(event, **columns):
    return {"record_id": ["7", "8"], "redcap_event_name": [event] * 2, **columns}


def test_event_rows_become_clients_with_their_calls_and_sessions(tmp_path):
    rows = [
        redcap("discharge_arm_1", discharge_date=["2026-01-05", "2026-01-09"]),
        redcap("day_30_arm_1", contact_date=["2026-02-04", "2026-02-10"], any_use=["0", "1"]),
        redcap(
            "discharge_arm_1",
            redcap_repeat_instrument=["iop_session"] * 2,
            session_date=["2026-01-08", "2026-01-11"],
            session_level=["IOP"] * 2,
        ),
    ]
    cohort, project = findings(tmp_path, pd.concat([pd.DataFrame(row) for row in rows]))
    assert (len(cohort.discharges), len(cohort.services)) == (2, 2)
    assert sorted(cohort.observations["finding"]) == ["negative", "positive"]
    assert any("6 rows of 2 events became 2 rows, one a client" in note for note in project.notes)


def test_visits_of_other_exports_become_clients_too(tmp_path):
    rows = [
        {"client_id": ["7", "8"], "visit": ["discharge"] * 2, "discharge_date": ["2026-01-05", "2026-01-09"]},
        {"client_id": ["7", "8"], "visit": ["Day 90"] * 2, "sober": ["no", "yes"]},
    ]
    cohort, _ = findings(tmp_path, pd.concat([pd.DataFrame(row) for row in rows]))
    assert len(cohort.discharges) == 2
    assert sorted(cohort.observations["finding"]) == ["negative", "positive"]
