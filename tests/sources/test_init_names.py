"""Names of columns that differ from the usual ones, and flags of what happened by a day."""

import datetime as dt
import re

import pytest
from openpyxl import Workbook

from stepdown.errors import DataError
from stepdown.sources import check_cohort, create_project, load
from stepdown.sources.init.column_names import is_client_id, is_no_outcome, of_a_day, usual
from stepdown.sources.init.indicated_events import event_named

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "name",
    [
        *(
            "subject",
            "Participant",
            "Subject No.",
            "case_no",
            "Case #",
            "PtID",
            "USUBJID",
            "Client Identifier",
            "clientid",
        ),
        *(
            "Consumer ID",
            "study_id",
            "Unique Client ID",
            "Medical Record Number",
            "person_code",
            "respondent_id",
            "Chart #",
        ),
    ],
)
def test_a_name_is_one_of_an_id(name):
    assert is_client_id(name)


@pytest.mark.parametrize(
    "name", ["Case manager", "program_id", "site no", "record_date", "age", "code", "phone_number"]
)
def test_a_name_is_none_of_an_id(name):
    assert not is_client_id(name)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Discharged At", "discharge"),
        ("dsch_dt", "discharge"),
        ("DischargeDate (MM/DD/YYYY)", "discharge"),
        ("Client admission date/time", "admit_time"),
        ("dischargedate", "discharge"),
        ("IOP discharge date", "iop_discharge"),
        ("Planned discharge date", "planned_discharge"),
        ("relapse_time", "relapse_time"),
    ],
)
def test_words_that_add_nothing_are_left_out(name, short):
    assert of_a_day(name) == short


def test_what_a_form_says_of_its_cells_is_no_part_of_a_name():
    names = ("Relapse (Y/N)", "Relapse (0=no, 1=yes)", "4. Relapse", "Q4: relapse", "Relapse (yes/no)")
    assert {usual(name) for name in names} == {"relapse"}


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("relapsed", "positive"),
        ("resumed_use", "positive"),
        ("returned_to_using", "positive"),
        ("relapse_prevention", ""),
        ("history_of_relapse", ""),
        ("prior_relapse", ""),
        ("family_death", ""),
        ("was_readmitted", "admission"),
        ("in_jail", "incarceration"),
    ],
)
def test_an_indicator_is_of_what_came_after(name, event):
    assert event_named(name) == event
    assert not is_no_outcome(name) or not event


STAYS = [(f"p{n:02d}", "2026-01-05", "2026-02-02") for n in range(8)]


def project(tmp_path, header, rows, **answers):
    """Cohort of a file with stays and the columns of `header`, and the folder of its project."""
    lines = [",".join(["Subject No.", "admit_dt", "dsch_dt", *header])]
    lines += [",".join([*stay, *map(str, row)]) for stay, row in zip(STAYS, rows, strict=True)]
    (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    said = None
    if answers:
        said = tmp_path / "answers.toml"
        said.write_text("\n".join(["format = 1", *(f"{key} = {value}" for key, value in answers.items())]))
    made = create_project(tmp_path / "list.csv", tmp_path / "project", answers=said)
    return made, tmp_path / "project"


def days_of(cohort, finding):
    """Days from discharge to each finding, and to the start of its interval."""
    found = cohort.observations[cohort.observations["finding"] == finding]
    start = found["client_id"].map(cohort.discharges.set_index("client_id")["discharge_day"])
    return sorted(zip(found["day"] - start, (found["since_day"] - start).fillna(-1), strict=True))


def test_flags_of_use_by_a_day_are_intervals(tmp_path):
    flags = [("Y", "Y"), ("N", "Y"), ("N", "N"), ("", "Y"), ("N", ""), ("N", "N"), ("N", "N"), ("N", "N")]
    made, folder = project(tmp_path, ["Relapse_30", "Relapse_90"], flags)
    assert made.problems == ()
    cohort = load(folder / "cohort.toml")
    assert days_of(cohort, "positive") == [(30, 0), (90, 0), (90, 0), (90, 30)]
    lengths = (cohort.followup["end_day"] - cohort.followup["start_day"]).sort_values()
    assert list(lengths) == [30, *[90] * 7]


def test_a_flag_by_a_day_goes_no_further_than_the_last_contact(tmp_path):
    rows = [("yes", "2026-02-22"), *[("no", "2026-03-04")] * 3, *[("no", "2026-08-01")] * 4]
    made, folder = project(tmp_path, ["relapse_90", "last contact"], rows)
    cohort = load(folder / "cohort.toml")
    assert days_of(cohort, "positive") == [(20, 0)]
    assert days_of(cohort, "negative") == [(30, -1)] * 3 + [(90, -1)] * 4
    assert any("the last contact was before the day due" in note for note in made.notes)


def test_a_flag_beside_contacts_that_go_on_is_an_interval(tmp_path):
    rows = [("1", "2026-08-01"), *[("0", "2026-08-01")] * 7]
    _, folder = project(tmp_path, ["resumed_use", "date_last_seen"], rows)
    assert days_of(load(folder / "cohort.toml"), "positive") == [(180, 0)]


def test_a_flag_beside_contacts_that_end_with_it_has_their_day(tmp_path):
    rows = [("1", "2026-02-12"), *[("0", "2026-08-01")] * 7]
    _, folder = project(tmp_path, ["resumed_use", "date_last_seen"], rows)
    assert days_of(load(folder / "cohort.toml"), "positive") == [(10, -1)]


def test_readmissions_are_followed_as_far_as_a_person_says(tmp_path):
    rows = [("1", "12"), ("1", "40"), *[("0", "")] * 6]
    made, folder = project(tmp_path, ["readmitted", "days_to_readmission"], rows)
    assert [problem.table for problem in made.problems] == ["cohort.toml"]
    assert "followup is missing" in str(made.problems[0]).replace(".", " ")
    second = tmp_path / "second"
    second.mkdir()
    made, folder = project(second, ["readmitted", "days_to_readmission"], rows, observed_until="2026-06-30")
    assert made.problems == ()
    cohort = load(folder / "cohort.toml")
    assert days_of(cohort, "admission") == [(12, -1), (40, -1)]
    assert set(cohort.followup["end_day"] - cohort.followup["start_day"]) == {148}
    assert 'endpoint = "treatment_return@1"' in (folder / "study.toml").read_text(encoding="utf-8")


def test_flags_of_readmission_and_of_use_are_two_results_of_a_day(tmp_path):
    rows = [("1", "0"), ("0", "1"), *[("0", "0")] * 6]
    _, folder = project(tmp_path, ["readmit_30", "relapse_30"], rows)
    cohort = load(folder / "cohort.toml")
    assert days_of(cohort, "admission") == days_of(cohort, "positive") == [(30, 0)]
    assert len(days_of(cohort, "negative")) == 7


def test_a_yes_without_a_day_is_counted(tmp_path):
    rows = [("Y", "2026-02-20"), ("Y", ""), ("Y", ""), *[("N", "")] * 5]
    made, _ = project(tmp_path, ["Relapsed (Y/N)", "Relapse Date"], rows)
    (column,) = (one for one in made.mapping if one.column == "Relapse Date")
    assert column.note.startswith("2 rows say yes and have no day: they are not counted")


def test_a_line_left_to_a_person_is_named_as_such(tmp_path):
    lines = ["client,discharged_at,first_use_date"]
    lines += [f"c{n},2026-02-0{n + 1}T03:30:00Z,2026-03-01" for n in range(8)]
    (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    made = create_project(tmp_path / "list.csv", tmp_path / "project")
    assert [str(problem) for problem in made.problems] == [
        'discharges.csv has "TODO" in the place of a column in the cohort file. Name the column there, or run init '
        "with --ask; the comment of the line says what is missing."
    ]


def test_a_number_that_means_no_event_is_none(tmp_path):
    rows = [("20", "180"), ("150", "180"), *[("999", "180")] * 6]
    made, folder = project(tmp_path, ["DaysToRelapse", "DaysFollowed"], rows)
    assert days_of(load(folder / "cohort.toml"), "positive") == [(20, -1), (150, -1)]
    (column,) = (one for one in made.mapping if one.column == "DaysToRelapse")
    assert column.note == "999 in 6 rows is read as no event"


def test_columns_that_hold_no_day_are_found_without_words_of_whose_they_are(tmp_path):
    rows = [("Residential", "M", "Successful")] * 8
    _, folder = project(tmp_path, ["SERVICE_LEVEL", "Client Gender", "DISCH_REASON"], rows)
    stays = load(folder / "cohort.toml").discharges
    assert set(stays["sex"]) == {"male"}
    assert set(stays["discharge_reason"]) == {"completed"}
    assert set(stays["level"]) == {"residential"}


def test_contacts_on_a_sheet_of_their_own_show_how_long_clients_were_observed(tmp_path):
    book = Workbook()
    log, calls = book.active, book.create_sheet("Follow-ups")
    log.append(["Client Code", "Intake Date", "Exit Date", "Start of IOP"])
    calls.append(["Client Code", "Contact Date", "Outcome"])
    left = dt.date(2026, 2, 2)
    for client in "abcd":
        log.append([client, dt.date(2026, 1, 5), left, dt.date(2026, 2, 7)])
    found = [
        ("a", 30, "Abstinent"),
        ("a", 90, "Relapse"),
        ("b", 30, "Relapse"),
        ("c", 30, "Sober"),
        ("c", 90, "No ans"),
    ]
    for client, day, outcome in found:
        calls.append([client, left + dt.timedelta(day), outcome])
    book.save(tmp_path / "log.xlsx")
    made = create_project(tmp_path / "log.xlsx", tmp_path / "project")
    assert made.problems == ()
    cohort = load(tmp_path / "project" / "cohort.toml")
    assert days_of(cohort, "positive") == [(30, 0), (90, 30)]
    assert sorted(cohort.followup["end_day"] - cohort.followup["start_day"]) == [30, 30, 90]
    assert list(cohort.services["level"]) == ["iop"] * 4
    assert 'interval = "imputed"' in (tmp_path / "project" / "study.toml").read_text(encoding="utf-8")


def test_a_contact_without_a_result_is_not_answered(tmp_path):
    book = Workbook()
    log, calls = book.active, book.create_sheet("Follow-up calls")
    log.append(["Client #", "Admit Date", "D/C Date"])
    calls.append(["Client #", "Call date", "Reached?", "Any use since last contact?"])
    left = dt.date(2026, 2, 2)
    for client in "ab":
        log.append([client, dt.date(2026, 1, 5), left])
    found = [("a", 30, "Yes", "No"), ("a", 60, "No", None), ("a", 90, "Yes", "Yes"), ("b", 30, "No", " ")]
    for client, day, reached, used in found:
        calls.append([client, left + dt.timedelta(day), reached, used])
    book.save(tmp_path / "log.xlsx")
    made = create_project(tmp_path / "log.xlsx", tmp_path / "project")
    assert made.problems == ()
    assert made.notes[0] == (
        "2 contacts have no result and count as not answered: neither as use nor as abstinence (rows 3, 5 of sheet "
        "Follow-up calls)"
    )
    cohort = load(tmp_path / "project" / "cohort.toml")
    assert sorted(cohort.observations["finding"]) == ["missing", "missing", "negative", "positive"]
    # Use since the contact that found none; the client who was never reached was not observed.
    assert days_of(cohort, "positive") == [(90, 30)]
    assert list(cohort.followup["end_day"] - cohort.followup["start_day"]) == [90]


@pytest.mark.parametrize(
    ("time", "status"), [("ttr_days", "relapse_status"), ("survtime", "event"), ("tte", "Status")]
)
def test_a_time_and_a_status_of_other_names_are_an_event(tmp_path, time, status):
    lines = [
        f"usubjid,{time},{status}",
        *(f"{n},{10 + n},Relapse" for n in range(4)),
        "8,90,Censored",
        "9,90,Censored",
    ]
    (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    create_project(tmp_path / "list.csv", tmp_path / "project")
    cohort = load(tmp_path / "project" / "cohort.toml")
    assert sorted(cohort.observations["day"]) == [10, 11, 12, 13]
    assert sorted(cohort.followup["end_day"]) == [10, 11, 12, 13, 90, 90]


def test_problems_have_the_rows_of_the_file_that_a_person_keeps(tmp_path):
    book = Workbook()
    log = book.active
    log.title = "Log"
    log.append(["Harbor House"])
    log.append([])
    log.append(["Client", "Admit", "Discharge", "Last contact"])
    for n in range(20):
        stay = [dt.date(2026, 1, 1), dt.date(2026, 1, 29)]
        log.append([f"k{n}", *(reversed(stay) if n in (5, 17) else stay), dt.date(2026, 6, 1)])
    book.save(tmp_path / "log.xlsx")
    made = create_project(tmp_path / "log.xlsx", tmp_path / "project")
    what = "discharges.discharge_day is before admit_day: 2 rows"
    assert [str(one) for one in made.problems] == [
        f"{what} (rows 9, 21 of log.xlsx, sheet Log). Correct the two days."
    ]
    assert f"Problem: {made.problems[0]}" in str(made)
    config = tmp_path / "project" / "cohort.toml"
    assert check_cohort(config) == list(made.problems)
    with pytest.raises(DataError, match=re.escape("(rows 9, 21 of log.xlsx, sheet Log)")):
        load(config)
    # Without the file, or with another one in its place, the rows are those of the copy.
    log.cell(row=9, column=2, value=dt.date(2026, 2, 1))
    for change in (lambda: book.save(tmp_path / "log.xlsx"), (tmp_path / "log.xlsx").unlink):
        change()
        (again,) = check_cohort(config)
        assert str(again).startswith(f"{what}, at positions ")
        assert str(again).endswith(" of data/discharges.csv). Correct the two days.")


def test_flags_by_a_day_without_any_date_count_from_discharge(tmp_path):
    lines = ["pt_id,los,relapse_30,relapse_90", "a,20,1,1", "b,21,0,1", "c,30,0,0"]
    (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    made = create_project(tmp_path / "list.csv", tmp_path / "project")
    assert made.problems == ()
    assert days_of(load(tmp_path / "project" / "cohort.toml"), "positive") == [(30, 0), (90, 0), (90, 30)]


def test_weeks_from_discharge_beside_dates_are_days(tmp_path):
    rows = [("2", "26"), ("11", "26"), *[("", "26")] * 6]
    _, folder = project(tmp_path, ["Weeks to Relapse", "Weeks Followed"], rows)
    cohort = load(folder / "cohort.toml")
    assert days_of(cohort, "positive") == [(14, -1), (77, -1)]
    assert set(cohort.followup["end_day"] - cohort.followup["start_day"]) == {182}
