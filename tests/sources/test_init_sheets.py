"""Workbooks as programs keep them: sheets, titles, totals, calls in columns of their own, answers."""

import datetime as dt
import os

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from stepdown.cli.application import app
from stepdown.errors import ConfigError
from stepdown.sources import create_project, load, mapping_text
from stepdown.sources.read.sheet_layout import layout
from tools.messy_workbooks.program import courses
from tools.messy_workbooks.workbook import write_workbook

pytestmark = pytest.mark.slow

HEADER = [
    "MRN",
    "Admit Date",
    "D/C Date",
    "30 day call date",
    "30 day result",
    "30 day: date of first use",
    "90 day call date",
    "90 day result",
    "90 day: date of first use",
]
STAY = ["1/5/2026", "2/1/2026"]


def cells(*rows):
    return {
        number: {place: cell for place, cell in enumerate(row) if cell is not None}
        for number, row in enumerate(rows, start=1)
        if any(cell is not None for cell in row)
    }


def book(path, **sheets):
    work = openpyxl.Workbook()
    work.remove(work.active)
    for name, rows in sheets.items():
        sheet = work.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    work.save(path)
    return path


def day(text):
    return (dt.date.fromisoformat(text) - dt.date(1970, 1, 1)).days


def test_the_table_is_found_between_titles_groups_and_totals():
    found = layout(
        cells(
            ["Discharge log 2026"],
            ["Client", None, "30 day follow up", None, None],
            ["MRN", "Exit", "Call date", "Result", "First use"],
            [7, "2026-01-02", "2026-02-01", "Sober", None],
            ["February"],
            [8, "2026-02-02", "2026-03-01", "Sober", None],
            ["MRN", "Exit", "Call date", "Result", "First use"],
            ["TOTAL", 2],
            ["Printed by the front desk"],
        )
    )
    assert (found.header, found.above, found.totals, found.notes) == (3, (1, 2), (7, 8), (5, 9))
    assert [*found.names.values()] == [
        "MRN",
        "Exit",
        "30 day follow up: Call date",
        "30 day follow up: Result",
        "30 day follow up: First use",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [["MRN", "Exit"], [7, "2026-01-02"], [8, "2026-01-03"]],
        [["MRN"], [7, "2026-01-02"]],
        [["Completed"], ["AMA"]],
        [["id", "in", "out"], ["totally", 0, 9], ["N", 0, 9]],
    ],
)
def test_a_plain_table_is_left_as_it_is(rows):
    assert layout(cells(*rows)).plain


def called(tmp_path, *rows, answers=""):
    """Cohort of clients with calls; one row of cells a client."""
    path = book(
        tmp_path / "log.xlsx",
        Log=[
            ["Title"],
            HEADER,
            *([n, *STAY, *row] for n, row in enumerate(rows, start=1)),
            ["TOTAL", len(rows)],
        ],
        Lists=[["Sober"], ["Relapsed"]],
    )
    (tmp_path / "answers.toml").write_text(answers, encoding="utf-8")
    project = create_project(
        path, tmp_path / "project", key=tmp_path / "key.csv", answers=tmp_path / "answers.toml"
    )
    assert project.problems == ()
    return project, load(tmp_path / "project" / "cohort.toml")


def rows_of(frame, *names):
    return sorted(
        tuple(None if pd.isna(cell) else cell for cell in row)
        for row in frame[[*names]].astype(object).itertuples(index=False)
    )


FREE, USED = ["3/3/2026", "Sober", None], ["3/3/2026", "relapse", None]
FINDINGS = [
    # no use at both calls
    (
        [*FREE, "5/2/2026", "doing well", None],
        [("2026-03-03", "negative", None), ("2026-05-02", "negative", None)],
        "2026-05-02",
    ),
    # use on an unknown day after the first call
    (
        [*FREE, "5/2/2026", "Using", "unknown"],
        [("2026-03-03", "negative", None), ("2026-05-02", "positive", "2026-03-03")],
        "2026-05-02",
    ),
    # use on an unknown day after discharge
    (
        [*USED, None, "LVM", None],
        [("2026-03-03", "positive", "2026-02-01"), ("2026-05-02", "missing", None)],
        "2026-03-03",
    ),
    # the second call gives the day
    (
        [*USED, "5/2/2026", "Relapsed", "2/20/2026"],
        [
            ("2026-02-20", "positive", None),
            ("2026-03-03", "positive", None),
            ("2026-05-02", "positive", None),
        ],
        "2026-05-02",
    ),
    # never reached: never observed
    (
        [None, "No answer", None, None, "Refused", None],
        [("2026-03-03", "missing", None), ("2026-05-02", "refused", None)],
        None,
    ),
    # a call without a date counts on the day due; custody shows nothing of use
    (
        [None, "Sober", None, "5/2/2026", "Incarcerated", None],
        [("2026-03-03", "negative", None), ("2026-05-02", "incarceration", None)],
        "2026-03-03",
    ),
    # a death before a later contact is not one
    (
        ["3/3/2026", "Deceased", None, "5/2/2026", "Sober", None],
        [("2026-05-02", "negative", None)],
        "2026-05-02",
    ),
]


@pytest.mark.parametrize(("row", "findings", "end"), FINDINGS)
def test_calls_become_findings_and_periods(tmp_path, row, findings, end):
    _, cohort = called(tmp_path, row, [*FREE, None, "No answer", None], [*USED, None, "No answer", None])
    first = cohort.discharges.index[0]
    key = pd.read_csv(tmp_path / "key.csv", dtype=str).set_index("source_id")["client_id"]
    copies = {
        name: pd.read_csv(tmp_path / "project" / "data" / f"{name}.csv", dtype=str)
        for name in ("observations", "followup")
    }
    mine = {name: frame[frame["client_id"] == key["1"]] for name, frame in copies.items()}
    assert rows_of(mine["observations"], "day", "finding", "since_day") == sorted(
        findings, key=lambda one: one[0]
    )
    assert mine["followup"]["end_day"].tolist() == ([end] if end else [])
    assert first == 0


def test_calls_bring_a_schedule_and_imputed_days(tmp_path):
    called(tmp_path, [*FREE, None, "LVM", None], [*USED, None, "LVM", None])
    cohort = (tmp_path / "project" / "cohort.toml").read_text(encoding="utf-8")
    study = (tmp_path / "project" / "study.toml").read_text(encoding="utf-8")
    assert "\nvisits = [30, 90]\n" in cohort
    assert '\ninterval = "imputed" ' in study


def test_what_is_not_used_is_named_with_the_reason(tmp_path):
    project, _ = called(tmp_path, [*FREE, None, "LVM", None], [*USED, None, "LVM", None])
    assert project.unused == ("log.xlsx, sheet Lists (no column with a usual name of a client id)",)
    assert project.notes == (
        "log.xlsx, sheet Log: title rows (row 1) left out",
        "log.xlsx, sheet Log: total rows or repeated headers (row 5) left out",
    )


OVERLAP = [
    ["MRN", "Admit Date", "Discharge Date"],
    ["a", "2026-01-01", "2026-01-31"],
    ["a", "2026-01-20", "2026-02-20"],
    ["b", "2026-01-01", "2026-01-31"],
]


@pytest.mark.parametrize(("said", "stays"), [("join", [31, 51]), ("keep", None)])
def test_overlapping_stays_are_joined_where_a_person_says_so(tmp_path, said, stays):
    path = book(tmp_path / "log.xlsx", Log=OVERLAP, Other=[["x"], [1]])
    (tmp_path / "answers.toml").write_text(f'overlapping_stays = "{said}"', encoding="utf-8")
    project = create_project(path, tmp_path / "project", answers=tmp_path / "answers.toml")
    if stays is None:
        assert "1 stays overlap another stay of the same client (row 3 of sheet Log)" in project.notes
        assert [problem.column for problem in project.problems] == ["admit_day"]
        return
    assert project.notes == (
        "1 stays that overlap another of the same client are joined with it (row 3 of sheet Log)",
    )
    frame = load(tmp_path / "project" / "cohort.toml").discharges
    assert sorted(frame["discharge_day"] - frame["admit_day"] + 1) == stays


def test_ids_that_differ_in_zeros_alone_are_joined(tmp_path):
    path = book(
        tmp_path / "log.xlsx",
        Log=[["MRN", "Discharge Date"], ["0007", "2026-01-31"], ["0012", "2026-01-31"]],
        IOP_sessions=[["MRN", "Session Date"], ["7", "2026-02-03"], ["12.0", "2026-02-04"]],
    )
    project = create_project(path, tmp_path / "project")
    assert project.problems == ()
    cohort = load(tmp_path / "project" / "cohort.toml")
    assert set(cohort.services["client_id"]) == set(cohort.discharges["client_id"])
    assert cohort.services["level"].tolist() == ["iop", "iop"]


def test_an_answer_about_nothing_is_an_error(tmp_path):
    path = book(tmp_path / "log.xlsx", Log=OVERLAP)
    (tmp_path / "answers.toml").write_text(
        '[columns."Exit"]\nmeans = "discharge_day"\n[sheets]\n"Logg" = "discharges"\n', encoding="utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        create_project(path, tmp_path / "project", answers=tmp_path / "answers.toml")
    assert [str(problem) for problem in caught.value.problems] == [
        "answers.sheets.Logg names a sheet or file that no file has. Check its spelling, or remove it.",
        "answers.columns.Exit names a column that no file has. Check its spelling, or remove it.",
    ]


def test_answers_name_columns_and_codes(tmp_path):
    path = book(
        tmp_path / "log.xlsx",
        Log=[["Nr", "Out", "How"], *([n, "2026-01-31", "fine" if n % 2 else "so-so"] for n in range(1, 9))],
    )
    (tmp_path / "answers.toml").write_text(
        '[columns."Nr"]\nmeans = "client_id"\n[columns."Out"]\nmeans = "discharge_day"\n'
        '[columns."How"]\nmeans = "discharge_reason"\n'
        'codes = { "fine" = "completed", "so-so" = "left_against_advice" }\n',
        encoding="utf-8",
    )
    project = create_project(path, tmp_path / "project", answers=tmp_path / "answers.toml")
    assert project.problems == ()
    reasons = load(tmp_path / "project" / "cohort.toml").discharges["discharge_reason"]
    assert sorted(reasons) == ["completed"] * 4 + ["left_against_advice"] * 4


def test_questions_are_asked_recorded_and_replayed(tmp_path):
    path = book(tmp_path / "log.xlsx", Log=OVERLAP)
    asked = []

    def ask(question):
        asked.append(question.text)
        return "join" if "overlap" in question.text else ""

    create_project(path, tmp_path / "first", ask=ask)
    assert asked == [
        "On which day were the files exported? After it nothing could be recorded (YYYY-MM-DD)",
        "1 stays overlap another stay of the same client. Join them, or keep them for you to correct?",
    ]
    answers = tmp_path / "first" / "answers.toml"
    assert answers.read_text(encoding="utf-8").splitlines()[1:4] == [
        "format = 1",
        "data_cut = 2026-02-20",
        'overlapping_stays = "join"',
    ]
    assert os.stat(answers).st_mode & 0o077 == 0
    create_project(path, tmp_path / "second", answers=answers)
    texts = [(tmp_path / name / "cohort.toml").read_text(encoding="utf-8") for name in ("first", "second")]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("seed", [3, 11])
def test_a_messy_workbook_keeps_every_stay_start_and_relapse(tmp_path, seed):
    rng = np.random.default_rng(seed)
    drawn = courses(120, rng)
    write_workbook(tmp_path / "log.xlsx", drawn, rng)
    project = create_project(tmp_path / "log.xlsx", tmp_path / "project")
    assert project.problems == ()
    assert project.todo == ()
    cohort = load(tmp_path / "project" / "cohort.toml")
    assert len(cohort.discharges) == 120
    stay = cohort.discharges.set_index("client_id")["discharge_day"]
    starts = cohort.services[cohort.services["level"].isin(["iop", "php"])]
    gap = (starts["start_day"] - starts["client_id"].map(stay)).groupby(starts["client_id"]).min()
    assert sorted(gap) == sorted(drawn.care[np.isfinite(drawn.care)])
    found = cohort.observations[cohort.observations["finding"] == "positive"]
    dated = found[found["since_day"].isna()]
    first = (dated["day"] - dated["client_id"].map(stay)).groupby(dated["client_id"]).min()
    assert set(first) <= set(drawn.relapse)
    assert len(found) > 20


def test_the_mapping_is_shown_with_masked_examples_and_reasons(tmp_path):
    rows = [
        [n, *STAY, *FREE, "5/2/2026", "Sober", None, name, "she said", None]
        for n, name in enumerate(["Anna Berg", "Jo Smith", "Max Stone", "Eva Moore"] * 4, start=1)
    ]
    head = [*HEADER, "Client name", "Remarks", "Beds"]
    path = book(tmp_path / "log.xlsx", Log=[["Title"], head, *rows])
    project = create_project(path, tmp_path / "project")
    shown = {column.column: column for column in project.mapping}
    assert (shown["D/C Date"].meaning, shown["D/C Date"].example) == ("discharge_day", "9/9/9999")
    assert shown["30 day result"].meaning == "result of the call due on day 30"
    assert (shown["MRN"].meaning, shown["MRN"].example) == ("client_id", "")
    assert (shown["Client name"].confidence, shown["Client name"].note) == (
        "not used",
        "seems to hold names of persons",
    )
    assert (shown["Remarks"].confidence, shown["Remarks"].note) == ("not used", "no usual name")
    page = (tmp_path / "project" / "mapping.html").read_text(encoding="utf-8")
    text = mapping_text(project.mapping)
    for name in ("D/C Date", "result of the call due on day 90", "seems to hold names of persons"):
        assert name in page
        assert name in text
    assert [word for word in ("Anna", "Smith", "Stone", "she said", "Sober") if word in page + text] == []


def test_rows_of_events_become_one_row_a_client(tmp_path):
    header = "record_id,redcap_event_name,admit_dt,dc_dt,fu_date,fu_use30,fu_first_use_date"
    rows = [
        "1,baseline_arm_1,2025-01-02,,,,",
        "1,discharge_arm_1,,2025-02-01,,,",
        "1,day_30_arm_1,,,2025-03-05,0,",
        "1,day_90_arm_1,,,2025-05-07,4,2025-04-20",
        "2,baseline_arm_1,2025-01-12,,,,",
        "2,discharge_arm_1,,2025-02-11,,,",
        "2,day_30_arm_1,,,2025-03-15,0,",
        "2,day_30_arm_1,,,2025-03-15,0,",
    ]
    (tmp_path / "redcap.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    project = create_project(tmp_path / "redcap.csv", tmp_path / "project")
    assert project.problems == ()
    assert project.notes == (
        "redcap.csv: 8 rows of 4 events became 2 rows, one a client; 1 rows of a repeated event are left out",
    )
    cohort = load(tmp_path / "project" / "cohort.toml")
    assert len(cohort.discharges) == 2
    assert rows_of(cohort.observations, "finding", "day", "due_day") == [
        ("negative", day("2025-03-05"), day("2025-03-03")),
        ("negative", day("2025-03-15"), day("2025-03-13")),
        ("positive", day("2025-04-20"), None),
        ("positive", day("2025-05-07"), day("2025-05-02")),
    ]
    assert sorted(cohort.followup["end_day"]) == [day("2025-03-15"), day("2025-05-07")]


def test_the_command_asks_until_an_answer_is_possible(tmp_path):
    path = book(tmp_path / "log.xlsx", Log=OVERLAP)
    done = CliRunner().invoke(
        app,
        ["init", str(path), "--out", str(tmp_path / "project"), "--ask"],
        input="2026-03-31\nmaybe\njoin\n",
        catch_exceptions=False,
    )
    assert done.exit_code == 0
    assert "Answer one of: join, keep." in done.stdout
    text = (tmp_path / "project" / "cohort.toml").read_text(encoding="utf-8")
    assert "\ndata_cut = 2026-03-31  # GUESS" in text
    assert len(load(tmp_path / "project" / "cohort.toml").discharges) == 2


def test_a_client_dies_once_and_not_before_a_refusal_or_another_stay(tmp_path):
    header = [*HEADER, "D/C Type"]
    nothing = [None, None, None]
    rows = [
        [1, *STAY, "3/3/2026", "Deceased", None, "5/2/2026", "Refused", None, "Completed"],
        [2, *STAY, *nothing, "5/2/2026", "Deceased", None, "Deceased"],
        [3, *STAY, *nothing, *nothing, "Deceased"],
        [3, "4/1/2026", "4/20/2026", *nothing, *nothing, "Completed"],
        [4, *STAY, "3/3/2026", "Sober", None, "5/2/2026", "Sober", None, "Completed"],
    ]
    project = create_project(
        book(tmp_path / "log.xlsx", Log=[["Title"], header, *rows]), tmp_path / "project"
    )
    assert project.problems == ()
    assert "2 deaths before a later contact, session or stay of the client: not used" in project.notes
    assert "1 death of clients whose death is recorded already: not used" in project.notes
    cohort = load(tmp_path / "project" / "cohort.toml")
    assert (cohort.observations["finding"] == "death").sum() == 0
    assert (cohort.discharges["discharge_reason"] == "died").sum() == 1
