"""Public files with a time and a status, in the forms of R and lifelines: no wrong event, each row a client."""

import lifelines.datasets as public
import pandas as pd
import pytest

from stepdown.sources import create_project, load

pytestmark = pytest.mark.slow

HELP = "daysanysub,anysubstatus,dayslink,linkstatus\n" + "\n".join(
    ["177,0,225,", "2,1,,", "3,1,365,0", "189,0,343,1", ",,57,1"]
)
ADDICTS = (
    "id,clinic,status,survt,prison,dose\n1,1,1,428,0,50\n2,1,0,275,1,55\n3,2,1,262,0,55\n4,2,1,183,0,30\n"
)
SMOKING = "id,ttr,relapse,grp\n21,182,0,a\n113,14,1,b\n39,5,1,b\n80,16,1,b\n"
R_LUNG = "inst,time,status,age\n3,306,2,74\n3,455,2,68\n3,1010,1,56\n5,210,2,57\n"


def cohort(tmp_path, text, *, basis="synthetic", answers=""):
    (tmp_path / "file.csv").write_text(text, encoding="utf-8")
    (tmp_path / "answers.toml").write_text(answers, encoding="utf-8")
    project = create_project(
        tmp_path / "file.csv", tmp_path / basis, basis=basis, answers=tmp_path / "answers.toml"
    )
    assert project.problems == ()
    return load(tmp_path / basis / "cohort.toml"), (tmp_path / basis / "cohort.toml").read_text("utf-8")


@pytest.mark.parametrize("basis", ["synthetic", "own_operations"])
@pytest.mark.parametrize(
    ("name", "clients", "finding", "events", "last"),
    [
        ("waltons", 163, "positive", 156, 75),
        ("leukemia", 42, "positive", 30, 35),
        ("lung", 228, "positive", 165, 1022),
        ("kidney_transplant", 863, "death", 140, 3434),
        ("g3", 17, "positive", 6, 69),
    ],
)
def test_public_files_keep_their_events(tmp_path, name, clients, finding, events, last, basis):
    frame = getattr(public, f"load_{name}")()
    found, text = cohort(tmp_path, frame.to_csv(index=False), basis=basis)
    assert (len(found.discharges), found.discharges["client_id"].nunique()) == (clients, clients)
    assert found.observations["finding"].value_counts()[finding] == len(found.observations) == events
    assert (found.followup["end_day"].max(), set(found.discharges["discharge_day"])) == (last, {0})
    stated = 'client_ids = "rows"  # GUESS: no column of client ids was found, so that each row is a client'
    assert (stated in text) == (basis == "synthetic")


@pytest.mark.parametrize(
    ("text", "days"),
    [(HELP, [2, 3]), (ADDICTS, [183, 262, 428]), (SMOKING, [5, 14, 16]), (R_LUNG, [210, 306, 455])],
)
def test_files_of_r_keep_their_events(tmp_path, text, days):
    found, _ = cohort(tmp_path, text)
    assert sorted(found.observations["day"]) == days


def test_an_indicator_of_censoring_makes_no_event_until_a_person_says_which_value_is_one(tmp_path):
    frame = public.load_gbsg2()
    found, text = cohort(tmp_path, frame.to_csv(index=False))
    assert len(found.observations) == 0
    assert found.followup["end_day"].max() == frame["time"].max()
    assert (
        "# [[flat.observations]]  # TODO: 1 may mean the event or its absence: remove the # where it means the "
        "event" in text
    )
    answers = '[columns.cens]\nmeans = "positive"\ncodes = { "1" = "event" }\n'
    found, _ = cohort(tmp_path, frame.to_csv(index=False), basis="limited_data_set", answers=answers)
    assert len(found.observations) == 299
    answers = answers.replace('"1"', '"0"')
    found, _ = cohort(tmp_path, frame.to_csv(index=False), basis="expert_determination", answers=answers)
    assert len(found.observations) == 387


def test_questions_are_asked_where_the_name_does_not_show_the_event(tmp_path):
    asked = {}

    def answer(question):
        asked[question.text] = (question.choices, question.default)
        return {"1": "1"}.get(question.choices[1], "") if "value" in question.text else ""

    frame = pd.DataFrame({"id": range(8), "time": range(20, 28), "censored": [0, 1] * 4})
    frame.to_csv(tmp_path / "file.csv", index=False)
    create_project(tmp_path / "file.csv", tmp_path / "project", basis="synthetic", ask=answer)
    assert asked == {
        'Which value of "censored" means that the event happened?': (("0", "1", "nothing"), "nothing")
    }
    assert len(load(tmp_path / "project" / "cohort.toml").observations) == 4
    frame.rename(columns={"censored": "status"}).to_csv(tmp_path / "file.csv", index=False)
    create_project(
        tmp_path / "file.csv", tmp_path / "other", basis="synthetic", ask=lambda one: one.choices[1]
    )
    found = load(tmp_path / "other" / "cohort.toml").observations
    assert found["finding"].tolist() == ["death"] * 4


def test_a_time_in_weeks_is_said_so(tmp_path):
    found, text = cohort(tmp_path, "id,weeks,relapsed\n1,2,1\n2,8,0\n3,5,1\n")
    assert sorted(found.observations["day"]) == [14, 35]
    assert found.followup["end_day"].max() == 56
    assert 'unit = "weeks"' in text


def test_rows_without_ids_can_have_no_key(tmp_path):
    (tmp_path / "file.csv").write_text("time,relapse\n20,1\n30,0\n", encoding="utf-8")
    with pytest.raises(
        ValueError, match="has no column of client ids, so that no key can recognize a client"
    ):
        create_project(tmp_path / "file.csv", tmp_path / "project", key=tmp_path / "key.csv")
    assert not (tmp_path / "key.csv").exists()
