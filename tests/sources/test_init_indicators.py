"""A column of yes and no is never a day; beside a time it becomes a condition on it."""

import pytest

from stepdown.sources import create_project, load

pytestmark = pytest.mark.slow

TIMES = [10, 200, 20, 200, 25, 200]


def project(tmp_path, cells, *, time="last_contact_day", event="relapse", basis="synthetic"):
    """Text of the cohort file that `init` writes."""
    rows = [f"{n},0,{day},{cell}" for n, (day, cell) in enumerate(zip(TIMES, cells, strict=True))]
    lines = [f"client_id,discharge_day,{time},{event}", *rows]
    (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    create_project(tmp_path / "list.csv", tmp_path / "project", basis=basis)
    return (tmp_path / "project" / "cohort.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("basis", ["synthetic", "own_operations"])
@pytest.mark.parametrize("time", ["last_contact_day", "days", "time"])
@pytest.mark.parametrize(
    ("yes", "no", "value"),
    [
        ("1", "0", "1"),
        ("1.0", "0.0", "1"),
        ("Yes", "No", '"yes"'),
        ("TRUE", "FALSE", '"true"'),
        ("2", "1", "2"),
    ],
)
def test_an_indicator_beside_a_time_is_a_condition(tmp_path, yes, no, value, time, basis):
    text = project(tmp_path, [yes, no] * 3, time=time, basis=basis)
    assert f'when = {{ "relapse" = {value} }}' in text
    assert f'day = "{time}"  # GUESS: an indicator gives no day: is this the day of the event?' in text
    cohort = load(tmp_path / "project" / "cohort.toml")
    assert sorted(cohort.observations["day"]) == [10, 20, 25]
    assert sorted(cohort.followup["end_day"]) == sorted(TIMES)


def test_an_indicator_without_a_time_gives_no_event(tmp_path):
    text = project(tmp_path, ["1", "0"] * 3, time="score")
    assert "[[flat.observations]]  # TODO" in text
    assert 'day = "relapse"' not in text


def test_a_column_of_days_stays_one(tmp_path):
    text = project(tmp_path, ["3", "", "1", "", "0", ""])
    assert 'day = "relapse"  # GUESS' in text


def test_a_known_event_without_a_day_is_an_interval(tmp_path):
    rows = ["1,0,1,30,180", "2,0,0,,180", "3,0,1,,170", "4,0,0,,90"]
    lines = ["id,discharge_day,relapse,days,interview_day", *rows]
    for basis in ("synthetic", "own_operations"):
        (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
        create_project(tmp_path / "list.csv", tmp_path / basis, basis=basis)
        cohort = load(tmp_path / basis / "cohort.toml")
        found = cohort.observations.sort_values("day")
        assert found["day"].tolist() == [30, 170]
        assert found["since_day"].fillna(-1).tolist() == [-1, 0]
        assert sorted(cohort.followup["end_day"]) == [90, 170, 180, 180]


def test_an_indicator_beside_the_day_of_its_event_adds_events_without_a_day(tmp_path):
    rows = ["1,0,1,30,180", "2,0,0,,180", "3,0,1,,170", "4,0,0,,90"]
    lines = ["id,discharge_day,relapse,relapse_day,interview_day", *rows]
    (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    create_project(tmp_path / "list.csv", tmp_path / "project", basis="synthetic")
    found = load(tmp_path / "project" / "cohort.toml").observations.sort_values("day")
    assert found["day"].tolist() == [30, 170]
    assert found["since_day"].fillna(-1).tolist() == [-1, 0]


@pytest.mark.parametrize("basis", ["synthetic", "own_operations"])
def test_days_counted_from_discharge_become_dates_beside_dates(tmp_path, basis):
    rows = ["1,2026-01-01,Y,9,90", "2,2026-01-02,N,,90", "3,2026-01-03,Y,40,95"]
    lines = ["id,discharge_date,relapsed,days_to_relapse,days_followed", *rows]
    (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    create_project(tmp_path / "list.csv", tmp_path / "project", basis=basis)
    cohort = load(tmp_path / "project" / "cohort.toml")
    zero = cohort.discharges.set_index("client_id")["discharge_day"]
    found = cohort.observations
    assert sorted(found["day"] - found["client_id"].map(zero).to_numpy()) == [9, 40]
    ends = cohort.followup
    assert sorted(ends["end_day"] - ends["client_id"].map(zero).to_numpy()) == [90, 90, 95]
