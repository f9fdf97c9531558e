"""What words say: results that deny, names in other words, marks alone, and days that an indicator denies."""

import datetime as dt

import pandas as pd
import pytest
from openpyxl import Workbook

from stepdown.sources import create_project, load
from stepdown.sources.init.column_names import says_day
from stepdown.sources.init.finding_words import finding_of
from stepdown.sources.init.level_words import level_of

pytestmark = pytest.mark.slow

DAYS = [dt.date(2026, 1, 1) + dt.timedelta(days=7 * n) for n in range(6)]
USED = [5, 40, None, None, None, None]


def written(days, count=0):
    return [None if day is None else (day + dt.timedelta(days=count)).strftime("%m/%d/%Y") for day in days]


def begun(tmp_path, **columns):
    """Start a project from a file with a client a row, discharged on DAYS; return what init made."""
    frame = pd.DataFrame({"Client": range(1, 7), "Left": written(DAYS), **columns})
    frame.rename(columns={"Left": "Discharge Date"}).to_csv(tmp_path / "log.csv", index=False)
    return create_project(tmp_path / "log.csv", tmp_path / "project")


def findings(tmp_path):
    found = load(tmp_path / "project" / "cohort.toml").observations
    return sorted(found["finding"].tolist())


@pytest.mark.parametrize(
    ("finding", "texts"),
    [
        (
            "positive",
            ["Not abstinent", "no longer sober", "Using meth", "slipped once", "Return to use: yes"],
        ),
        ("negative", ["not used", "Denies use", "not using, sober", "Return to use: No", "neg UDS"]),
        ("missing", ["LVM x2", "wrong #", "lost to f/u", "did not answer"]),
        ("refused", ["Refused to talk"]),
        ("death", ["passed away"]),
        (
            "",
            [
                "moved to FL",
                "yes",
                "positive attitude",
                "mother says that he may have been using, not sure at all",
            ],
        ),
    ],
)
def test_what_a_result_denies_is_found_first(finding, texts):
    assert [finding_of(text) for text in texts] == [finding] * len(texts)


@pytest.mark.parametrize(("used", "free"), [("Not abstinent", "Abstinent"), ("used", "not used")])
def test_words_of_a_call_and_their_denial(tmp_path, used, free):
    said = [used if day and day < 30 else free for day in USED]
    begun(tmp_path, **{"30 day call date": written(DAYS, 30), "30 day result": said})
    assert findings(tmp_path) == ["negative"] * 5 + ["positive"]


def test_results_without_a_usual_word_stop_check(tmp_path):
    said = ["Zork"] * 4 + ["Sober"] * 2
    made = begun(tmp_path, **{"30 day call date": written(DAYS, 30), "30 day result": said})
    doubt = "4 results of calls are in words without a usual meaning: run init again with --ask, or write "
    assert made.todo == (
        f'finding = {{ from = "finding", codes = {{ "unread" = "TODO" }} }}  # TODO: {doubt}"missing" where they '
        "are none",
    )
    assert ["maps to a code that is not allowed" in one.what for one in made.problems] == [True]


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (
            "discharge_day",
            ["Discharged from Treatment", "Treatment end"],
            ["IOP discharge", "Expected discharge"],
        ),
        (
            "admit_day",
            ["Admitted to Treatment", "Stay started"],
            ["Readmitted", "Prior admission", "IOP admit"],
        ),
        (
            "positive",
            ["Relapse date (if any)", "First substance use"],
            ["Date of last use", "Relapse prevention"],
        ),
        ("followup_end", ["Last heard from", "LAST_CNTCT_DT", "Most recent contact"], ["First contact"]),
    ],
)
def test_days_are_found_by_the_words_of_their_names(kind, right, wrong):
    assert [says_day(kind, name) for name in right + wrong] == [True] * len(right) + [False] * len(wrong)


def test_of_two_such_days_none_is_taken(tmp_path):
    first, second = written(DAYS, 10), written(DAYS, 20)
    begun(tmp_path, **{"Relapse on file": first, "Relapse noted": second, "Last contact": written(DAYS, 99)})
    text = (tmp_path / "project" / "cohort.toml").read_text(encoding="utf-8")
    assert 'finding = { value = "positive" }' not in text


@pytest.mark.parametrize("mark", ["X", "1", "used"])
def test_a_mark_beside_empty_cells_is_an_indicator(tmp_path, mark):
    days = [day + dt.timedelta(days=used or 99) for day, used in zip(DAYS, USED, strict=True)]
    begun(tmp_path, Relapsed=[mark if used else None for used in USED], **{"Last contact": written(days)})
    cohort = load(tmp_path / "project" / "cohort.toml")
    left = cohort.discharges.set_index("client_id")["discharge_day"]
    days = cohort.observations["day"] - cohort.observations["client_id"].map(left)
    assert sorted(days) == [5, 40]


def test_a_day_that_an_indicator_denies_is_no_event(tmp_path):
    days = [day + dt.timedelta(days=used or 99) for day, used in zip(DAYS, USED, strict=True)]
    relapsed = ["Y" if used else "N" for used in USED]
    begun(tmp_path, Relapsed=relapsed, **{"Relapse date": written(days), "Last contact": written(DAYS, 120)})
    assert findings(tmp_path) == ["positive"] * 2
    text = (tmp_path / "project" / "cohort.toml").read_text(encoding="utf-8")
    assert "rows that the indicator denies have a day too: is it that of the last contact?" in text


def test_stays_that_end_before_they_begin_decide_the_order_of_day_and_month(tmp_path):
    dates = {"Admit Date": ["03/02/2026", "05/01/2026"], "Discharge Date": ["04/02/2026", "06/01/2026"]}
    right = pd.DataFrame({"Client": [1, 2], **dates, "Last contact": ["08/02/2026", "09/01/2026"]})
    swapped = right.assign(
        **{"Admit Date": ["03/02/2026", "11/01/2026"], "Discharge Date": ["01/03/2026", "02/02/2026"]}
    )
    for frame, form in ((right, "%m/%d/%Y"), (swapped, "%d/%m/%Y")):
        frame.to_csv(tmp_path / "log.csv", index=False)
        out = tmp_path / form[1]
        create_project(tmp_path / "log.csv", out, basis="synthetic")
        assert f'discharge_day = {{ from = "Discharge Date", format = "{form}" }}' in (
            out / "cohort.toml"
        ).read_text(encoding="utf-8")


def test_contacts_on_a_sheet_of_their_own_with_a_question_as_their_header(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    stays = pd.DataFrame({"Client": range(1, 7), "Discharge Date": written(DAYS)})
    stays.to_csv(folder / "stays.csv", index=False)
    calls = {"Client": range(1, 7), "Date Reached": written(DAYS, 30)}
    used = ["Y" if day and day < 30 else "N" for day in USED]
    pd.DataFrame({**calls, "Use since last contact (Y/N)": used}).to_csv(
        folder / "phone log.csv", index=False
    )
    create_project(folder, tmp_path / "project")
    assert findings(tmp_path) == ["negative"] * 5 + ["positive"]


@pytest.mark.parametrize(("unit", "days"), [("weeks", 7), ("months", 30.4375)])
def test_times_of_events_have_the_unit_of_their_name(tmp_path, unit, days):
    columns = {
        f"{unit}_to_relapse": [None if used is None else round(used / days, 4) for used in USED],
        f"{unit}_followed": [round(99 / days, 4)] * 6,
    }
    pd.DataFrame({"Client": range(1, 7), **columns}).to_csv(tmp_path / "list.csv", index=False)
    create_project(tmp_path / "list.csv", tmp_path / "project")
    cohort = load(tmp_path / "project" / "cohort.toml")
    assert sorted(cohort.observations["day"]) == [5, 40]
    assert set(cohort.followup["end_day"]) == {99}


@pytest.mark.parametrize(
    ("level", "texts"),
    [
        ("iop", ["Outpatient - IOP", "Ambulatory, intensive outpatient", "ASAM 2.1", "H0015"]),
        ("php", ["Day treatment", "Partial Hospitalization (PHP)", "2.5"]),
        ("outpatient", ["Ambulatory, non-intensive outpatient", "OP", "ASAM 1.0"]),
        ("residential", ["Rehab/residential, short term (30 days or fewer)", "3.5", "Inpatient"]),
        ("withdrawal", ["Detox, 24-hour, free-standing residential", "3.7-WM"]),
        ("", ["Sober living", "1", "7"]),
    ],
)
def test_levels_of_care_are_found_by_their_words(level, texts):
    assert [level_of(text) for text in texts] == [level] * len(texts)


@pytest.mark.parametrize(
    ("name", "level"),
    [("IOP/PHP Start", "iop"), ("Stepped down to IOP on", "iop"), ("First PHP group", "php")],
)
def test_a_start_of_care_in_other_words(tmp_path, name, level):
    starts = [*written(DAYS[:2], 3), None, None, None, None]
    made = begun(tmp_path, **{name: starts, "Last contact": written(DAYS, 99)})
    assert made.problems == ()
    assert load(tmp_path / "project" / "cohort.toml").services["level"].tolist() == [level] * 2
    assert "\n[contrast]" in (tmp_path / "project" / "study.toml").read_text(encoding="utf-8")


def test_episodes_of_care_among_the_discharges_are_compared(tmp_path):
    stays = {
        "Client": [1, 2, 3, 1],
        "Level of care": ["3.5", "3.5", "3.5", "2.1"],
        "Admit": written(DAYS[:4], -20),
    }
    pd.DataFrame({**stays, "Discharge": written(DAYS[:4])}).to_csv(tmp_path / "log.csv", index=False)
    create_project(tmp_path / "log.csv", tmp_path / "project")
    assert "\n[contrast]" in (tmp_path / "project" / "study.toml").read_text(encoding="utf-8")


def test_a_working_copy_holds_codes_and_no_text_about_one_client(tmp_path):
    count = 120
    reasons = ["Completed", "AMA", "Eloped"] * 40
    payers = ["Medicaid"] * 119 + ["Zelda's mother pays"]
    reasons[0] = "Deceased"
    left = written([DAYS[0] + dt.timedelta(days=n) for n in range(count)])
    frame = pd.DataFrame({"Client": range(count), "Discharge": left, "Reason": reasons, "Payer": payers})
    frame.to_csv(tmp_path / "log.csv", index=False)
    create_project(tmp_path / "log.csv", tmp_path / "project")
    texts = [
        path.read_text("utf-8")
        for path in (tmp_path / "project").rglob("*")
        if path.suffix != ".ipynb" and path.is_file()
    ]
    assert [word in "".join(texts) for word in ("Zelda", "Deceased", "Eloped")] == [False] * 3
    found = load(tmp_path / "project" / "cohort.toml").discharges
    assert found["discharge_reason"].value_counts()[
        ["completed", "left_against_advice", "died"]
    ].tolist() == [39, 80, 1]
    assert (found["payer"].eq("public").sum(), found["payer"].isna().sum()) == (119, 1)


def test_any_use_at_a_call_is_use_and_tobacco_is_none(tmp_path):
    """Of the first two clients one used alcohol, the other drugs; all smoked."""
    columns = {
        "30 day call date": written(DAYS, 30),
        "30 day tobacco use": ["Y"] * 6,
        "30 day alcohol use": ["Y", "N", "N", "N", "N", "N"],
        "30 day drug use": ["N", "Y", "N", "N", "N", "N"],
    }
    begun(tmp_path, **columns)
    assert findings(tmp_path) == ["negative"] * 4 + ["positive"] * 2


def test_ids_that_two_files_write_differently_are_joined_before_contacts_are_read(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    stays = pd.DataFrame({"Client": [f"{n:04d}" for n in range(1, 7)], "Discharge Date": written(DAYS)})
    stays.to_csv(folder / "stays.csv", index=False)
    calls = {"Client": range(1, 7), "Contact Date": written(DAYS, 30), "Result": ["Sober"] * 5 + ["Relapsed"]}
    pd.DataFrame(calls).to_csv(folder / "contacts.csv", index=False)
    made = create_project(folder, tmp_path / "project")
    assert made.problems == ()
    cohort = load(tmp_path / "project" / "cohort.toml")
    assert (len(cohort.followup), cohort.observations["since_day"].notna().sum()) == (6, 1)


def test_a_status_of_several_words(tmp_path):
    status = ["Relapsed", "Relapsed", "Completed follow-up", "Lost to follow-up", "Still sober", "Completed"]
    days = [day + dt.timedelta(days=used or 99) for day, used in zip(DAYS, USED, strict=True)]
    begun(tmp_path, Outcome=status, **{"Outcome date": written(days)})
    assert findings(tmp_path) == ["positive"] * 2


def sheets(path, **held):
    """Write a workbook with these sheets, each its rows."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in held.items():
        sheet = book.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    book.save(path)


@pytest.mark.parametrize("name", ["Followup_tracker", "Callahan_House", "Alumni_list"])
def test_stays_are_stays_whatever_their_sheet_is_called(tmp_path, name):
    stays = [[n, day, day + dt.timedelta(days=90)] for n, day in enumerate(DAYS)]
    held = {name: [["Client", "Discharge Date", "Last Contact"], *stays], "Notes": [["a"], ["b"]]}
    sheets(tmp_path / "log.xlsx", **held)
    create_project(tmp_path / "log.xlsx", tmp_path / "project")
    assert len(load(tmp_path / "project" / "cohort.toml").discharges) == 6


def test_drug_tests_on_a_sheet_of_their_own_are_findings(tmp_path):
    stays = [[n, day, day + dt.timedelta(days=90)] for n, day in enumerate(DAYS)]
    tests = [[n, day + dt.timedelta(days=15), "POS" if n == 2 else "NEG"] for n, day in enumerate(DAYS)]
    sheets(
        tmp_path / "log.xlsx",
        Stays=[["Client", "Discharge Date", "Last Contact"], *stays],
        UDS=[["Client", "Collection Date", "UDS Result"], *tests],
    )
    create_project(tmp_path / "log.xlsx", tmp_path / "project")
    assert findings(tmp_path) == ["negative"] * 5 + ["positive"]
