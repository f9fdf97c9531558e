"""A new project from a person's own file: mapped as far as possible, and without identifiers."""

import datetime as dt
import json
import os
import tomllib

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepdown.errors import ConfigError, DataError
from stepdown.sources import create_project, load
from stepdown.study import Study

pytestmark = pytest.mark.slow

HEADER = "MRN,Last Name,Birth Date,Program,Admission Date,Discharge Date,Discharge Reason,Age,Gender,Phone,IOP Start Date,Relapse Date,Last Contact Date,Ward Notes,Score"
ROWS = [
    "R9001,Smith,1980-02-03,North,2026-01-01,2026-01-29,Completed,45,F,617-555-0101,2026-02-03,,2026-05-01,called her mother,0.5",
    "R9002,Jones,1981-02-03,South,2026-01-05,2026-02-02,AMA,92,M,617-555-0102,,2026-02-20,2026-04-01,no,NA",
    "R9003,Garcia,1982-02-03,North,2026-02-01,2026-04-02,Completed,33,F,617-555-0103,,,2026-06-01,asked for a bus ticket,0.25",
]
IDENTIFIERS = ("R9001", "R9002", "R9003", "Smith", "Jones", "Garcia", "617-555", "mother", "1980-")


def day_of(text):
    """Day since 1970-01-01."""
    return (dt.date.fromisoformat(text) - dt.date(1970, 1, 1)).days


@pytest.fixture
def book(tmp_path):
    """A provider's workbook, with real dates."""
    work = openpyxl.Workbook()
    work.active.append(HEADER.split(","))
    for row in ROWS:
        cells = [
            dt.datetime.fromisoformat(cell) if cell[:2] in ("19", "20") else cell or None
            for cell in row.split(",")
        ]
        work.active.append(
            [int(cell) if isinstance(cell, str) and cell.isdigit() else cell for cell in cells]
        )
    path = tmp_path / "clients.xlsx"
    work.save(path)
    return path


def everything(folder):
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_workbook_becomes_a_project_that_loads(book, tmp_path):
    project = create_project(book, tmp_path / "project")
    assert project.files == (
        "cohort.toml",
        "study.toml",
        "notebooks/01_first_look.ipynb",
        "notebooks/02_comparison.ipynb",
        "notebooks/03_sensitivity.ipynb",
        "mapping.html",
        "data/discharges.csv",
    )
    assert project.problems == ()
    assert project.todo == ()
    cohort = load(tmp_path / "project" / "cohort.toml")
    assert (cohort.basis, cohort.clock) == ("own_operations", "date")
    assert cohort.data_cut == day_of("2026-06-01")
    frame = cohort.discharges.sort_values("age", ignore_index=True)
    assert frame["admit_day"].tolist() == [*map(day_of, ("2026-02-01", "2026-01-01", "2026-01-05"))]
    assert (frame["discharge_day"] - frame["admit_day"]).tolist() == [60, 28, 28]
    assert frame["quarter"].tolist() == ["2026Q2", "2026Q1", "2026Q1"]
    assert frame["age"].tolist() == [33.0, 45.0, 90.0]
    assert frame["sex"].tolist() == ["female", "female", "male"]
    assert frame["discharge_reason"].tolist() == ["completed", "completed", "left_against_advice"]
    assert cohort.services[["level", "start_day"]].astype(object).to_numpy().tolist() == [
        ["iop", day_of("2026-02-03")]
    ]
    assert cohort.observations["day"].tolist() == [day_of("2026-02-20")]
    assert sorted(cohort.followup["end_day"]) == [*map(day_of, ("2026-04-01", "2026-05-01", "2026-06-01"))]


def test_under_safe_harbor_days_count_from_the_first_discharge(book, tmp_path):
    create_project(book, tmp_path / "project", basis="safe_harbor")
    written = everything(tmp_path / "project" / "data")
    assert [word for word in IDENTIFIERS if word in written] == []
    cohort = load(tmp_path / "project" / "cohort.toml")
    # Random ids are numbers that may hold any digits.
    for client in cohort.discharges["client_id"].astype(str):
        assert client in written
        written = written.replace(client, "")
    assert "2026" not in written
    assert (cohort.basis, cohort.clock, cohort.data_cut) == ("safe_harbor", "day", None)
    frame = cohort.discharges.sort_values("age", ignore_index=True)
    assert frame["admit_day"].tolist() == [-60, -28, -28]
    assert frame["discharge_day"].tolist() == [0, 0, 0]
    assert frame["quarter"].isna().all()
    assert cohort.services["start_day"].tolist() == [5]
    assert cohort.observations["day"].tolist() == [18]
    assert sorted(cohort.followup["end_day"].tolist()) == [58, 60, 92]


def test_the_copy_holds_no_identifier(book, tmp_path):
    project = create_project(book, tmp_path / "project")
    text = everything(tmp_path / "project")
    assert [word for word in IDENTIFIERS if word in text] == []
    assert project.dropped == (
        "clients.xlsx: Last Name",
        "clients.xlsx: Birth Date",
        "clients.xlsx: Phone",
        "clients.xlsx: Ward Notes",
        "clients.xlsx: Score",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clients.xlsx", "project"]


def test_ids_are_random_each_time_and_rows_lose_their_order(book, tmp_path):
    ids = []
    for number in range(2):
        create_project(book, tmp_path / f"project{number}")
        frame = pd.read_csv(tmp_path / f"project{number}" / "data" / "discharges.csv", dtype=str)
        assert frame["client_id"].is_monotonic_increasing
        assert frame["client_id"].str.fullmatch(r"\d{8}").all()
        ids.append(set(frame["client_id"]))
    assert not ids[0] & ids[1]


def test_the_key_is_written_only_when_asked_and_outside(book, tmp_path):
    create_project(book, tmp_path / "project", key=tmp_path / "key.csv")
    key = pd.read_csv(tmp_path / "key.csv", dtype=str)
    assert sorted(key["source_id"]) == ["R9001", "R9002", "R9003"]
    copy = pd.read_csv(tmp_path / "project" / "data" / "discharges.csv", dtype=str)
    source = dict(zip(key["source_id"], key["client_id"], strict=True))
    assert copy.set_index("client_id").loc[source["R9003"], "Age"] == "33"
    assert os.stat(tmp_path / "key.csv").st_mode & 0o077 == 0
    with pytest.raises(
        ConfigError, match=r"key.csv is inside the project. Keep the key of client ids outside"
    ):
        create_project(book, tmp_path / "other", key=tmp_path / "other" / "keys" / "key.csv")
    with pytest.raises(
        ConfigError, match=r"key.csv exists already. Name a new file; nothing is overwritten."
    ):
        create_project(book, tmp_path / "other", key=tmp_path / "key.csv")
    with pytest.raises(ConfigError, match=r"key.csv is only for basis = \"own_operations\""):
        create_project(book, tmp_path / "other", basis="limited_data_set", key=tmp_path / "key.csv")
    with pytest.raises(
        ConfigError, match=r"key.csv is in a folder that does not exist. Make the folder first."
    ):
        create_project(book, tmp_path / "other", key=tmp_path / "keys" / "key.csv")
    assert not (tmp_path / "other").exists()


def test_links_do_not_bring_the_key_into_the_project(book, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "dangling").symlink_to(tmp_path / "other" / "key.csv")
    for out, key in (("link", "real/key.csv"), ("real", "link/key.csv"), ("other", "dangling")):
        with pytest.raises(ConfigError, match=r"key.csv is inside the project"):
            create_project(book, tmp_path / out, key=tmp_path / key)


def test_columns_of_types_that_cannot_be_read_are_doubted(tmp_path):
    columns = {"client_id": ["a", "b"], "exit_day": [[1], [2]], "sex": [b"\xff", b"f"], "age": [{"x": 1}] * 2}
    pq.write_table(pa.table(columns), tmp_path / "list.parquet")
    project = create_project(tmp_path / "list.parquet", tmp_path / "project")
    doubted = [line for line in project.todo if "the column has a type that cannot be read" in line]
    assert [line.split()[0] for line in doubted] == ["discharge_day", "age", "sex"]


def test_the_copy_keeps_no_column_of_unknown_meaning(tmp_path):
    lines = [
        f"c{n},2026-01-{n % 28 + 1:02d},Kovac{chr(97 + n % 26)},{7000000 + n},K{n},{n % 30},{n % 3},{n / 7:.3f}"
        for n in range(60)
    ]
    header = "client_id,exit_date,Relative,Court case,Badge,Beds,Wing,Score"
    (tmp_path / "list.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    project = create_project(tmp_path / "list.csv", tmp_path / "project")
    left_out = ("Relative", "Court case", "Badge", "Beds", "Wing", "Score")
    assert project.dropped == tuple(f"list.csv: {name}" for name in left_out)
    copy = pd.read_csv(tmp_path / "project" / "data" / "discharges.csv")
    assert [*copy.columns] == ["client_id", "exit_date"]
    assert "covariates" not in (tmp_path / "project" / "cohort.toml").read_text(encoding="utf-8")


REASONS = [
    (
        ["Completed"] * 12 + ["Moved"] * 12 + ["Funding"] * 3,
        '# discharge_reason = { from = "reason", codes = { "Completed" = "completed", "Moved" = "TODO" } }'
        "  # TODO: state what each code means; values of fewer than 11 rows are not shown (1): add them",
        True,
    ),
    (
        ["Completed"] * 12 + ["Jailed (Ofc Quarrel, PD)"] * 12,
        '# discharge_reason = "reason"  # TODO: {0}some of its values are names or free text: '
        "write codes in their place",
        False,
    ),
    (
        ["Completed"] * 12 + ["Left with Zelda"] * 12,
        '# discharge_reason = "reason"  # TODO: {0}some of its values hold names: write codes instead',
        False,
    ),
    (
        ["Akron"] * 12 + ["Kent"] * 12,
        '# discharge_reason = "reason"  # TODO: {0}none of its values is a usual code',
        False,
    ),
]


@pytest.mark.parametrize("basis", ["own_operations", "limited_data_set"])
@pytest.mark.parametrize(("reasons", "line", "kept"), REASONS)
def test_values_are_shown_and_copied_only_where_they_are_labels(tmp_path, reasons, line, kept, basis):
    rows = [
        f'c{n},2026-01-{n % 28 + 1:02d},{"Zelda" if n else "Bob"},"{reason}"'
        for n, reason in enumerate(reasons)
    ]
    header = "client_id,exit_date,FirstName,reason"
    (tmp_path / "list.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    project = create_project(tmp_path / "list.csv", tmp_path / "project", basis=basis)
    text = (tmp_path / "project" / "cohort.toml").read_text(encoding="utf-8")
    if not kept:
        line = line.format("left out of the copy: " if basis == "own_operations" else "")
    assert line in text.splitlines()
    if basis == "own_operations":
        assert ("list.csv: reason" in project.dropped) is not kept
        copy = (tmp_path / "project" / "data" / "discharges.csv").read_text(encoding="utf-8")
        assert "Zelda" not in copy + text
        assert ("Funding" in copy) is kept


def test_only_the_owner_can_read_the_copy(book, tmp_path):
    project = create_project(book, tmp_path / "project")
    folder = tmp_path / "project"
    assert {name: (folder / name).stat().st_mode & 0o777 for name in project.files} == dict.fromkeys(
        project.files, 0o600
    )
    assert {path.stat().st_mode & 0o777 for path in (folder, folder / "data", folder / "notebooks")} == {
        0o700
    }


@pytest.mark.parametrize("failing", ["key.csv", "cohort.toml", "discharges.csv"])
def test_where_a_file_cannot_be_written_nothing_is_left(book, tmp_path, monkeypatch, failing):
    real = os.open

    def full(path, *arguments, **keywords):
        if os.path.basename(path) == failing:
            raise OSError("no space")
        return real(path, *arguments, **keywords)

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(ConfigError) as caught:
        create_project(book, tmp_path / "project", key=tmp_path / "key.csv")
    name = "key.csv" if failing == "key.csv" else "project"
    assert str(caught.value).endswith(
        f"{name} cannot be written. Check the permissions and the space of its folder; nothing was kept."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["clients.xlsx"]


def test_other_grounds_map_the_file_where_it_lies(book, tmp_path):
    project = create_project(book, tmp_path / "project", basis="limited_data_set")
    config = tomllib.loads((tmp_path / "project" / "cohort.toml").read_text(encoding="utf-8"))
    assert config["flat"]["file"] == "../clients.xlsx"
    assert (config["clock"], config["data_cut"]) == ("date", dt.date(2026, 6, 1))
    assert project.dropped == ()
    assert [line.partition(":")[0] for line in project.todo[:2]] == ["TODO", "TODO"]
    assert 'TODO: take column "Last Name" out of the file: it seems to hold names of persons' in project.todo
    assert {problem.column for problem in project.problems} == {
        "MRN",
        "Last Name",
        "Age",
        "Phone",
        "Ward Notes",
    }
    assert [
        word for word in ("Smith", "617-555", "mother", "R9001") if word in everything(tmp_path / "project")
    ] == []


def test_what_is_missing_is_marked_and_told(tmp_path):
    (tmp_path / "list.csv").write_text(
        "code,exit,reason\na,2026-01-20,Hospital\nb,20/01/2026,Moved\n", encoding="utf-8"
    )
    project = create_project(tmp_path / "list.csv", tmp_path / "project", basis="expert_determination")
    text = (tmp_path / "project" / "cohort.toml").read_text(encoding="utf-8")
    assert (
        'client_ids = "rows"  # GUESS: no column of client ids was found, so that each row is a client'
        in text
    )
    assert 'discharge_day = "exit"  # TODO: not all cells are dates in one format, or whole days' in text
    assert '# discharge_reason = "reason"  # TODO: none of its values is a usual code' in text
    assert len(project.todo) == 4
    assert project.problems != ()
    assert str(project).splitlines() == [
        "Wrote cohort.toml, study.toml, notebooks/01_first_look.ipynb, notebooks/02_comparison.ipynb, "
        "notebooks/03_sensitivity.ipynb, mapping.html "
        "in project.",
        "Next:",
        f"  1. {project.next_steps[0]}",
        "  2. Open cohort.toml: check each line marked GUESS, and complete each marked TODO.",
        f"  3. Run `stepdown check cohort.toml`: it reports {len(project.problems)} "
        f"problem{'s' if len(project.problems) > 1 else ''} now.",
        "  4. Adapt study.toml to your question, and run `stepdown run study.toml`.",
    ]


@pytest.mark.parametrize("basis", ["own_operations", "expert_determination"])
@pytest.mark.parametrize("first", ["A7,Zelda Canarian,left,iop", "A7,Zelda Canarian,left,A7"])
def test_a_file_without_a_header_is_refused_and_nothing_of_it_shown(tmp_path, first, basis):
    (tmp_path / "list.csv").write_text(f"{first}\nA8,Bob Quarrel,left,iop\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        create_project(tmp_path / "list.csv", tmp_path / "project", basis=basis)
    same = first.endswith("A7")
    assert str(caught.value).splitlines()[1:] == [
        "  1. list.csv.columns 1, 4 have the same name. Give every column a name of its own."
        if same
        else "  1. list.csv has no column with a usual name of a client id or a day; its first row may be a "
        "client. Put column names in the first row, such as client_id and discharge_date."
    ]
    assert not (tmp_path / "project").exists()


def test_without_ids_each_row_counts_as_a_client(tmp_path):
    (tmp_path / "list.csv").write_text("code,exit\na,2026-01-20\nb,2026-01-21\n", encoding="utf-8")
    project = create_project(tmp_path / "list.csv", tmp_path / "project")
    assert "data/discharges.csv" in project.files
    assert project.next_steps[0] == (
        "No column of client ids was found, so each row counts as a client. If a client can have several rows, "
        "name that column client_id, and run init again in a new folder."
    )
    assert load(tmp_path / "project" / "cohort.toml").discharges["client_id"].nunique() == 2


def test_a_folder_of_files_shares_one_set_of_ids(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "Discharges 2026.csv").write_text(
        "PatientID,Admit Date,Discharge Date,Secret\nA,1/5/2026,2/14/2026,x@example.org\nB,1/6/2026,2/3/2026,\n",
        encoding="utf-8",
    )
    (folder / "iop_sessions.csv").write_text(
        "PatientID,Session Date,Level,Attended\nB,2/10/2026,IOP,Y\nA,2/15/2026,IOP,N\n", encoding="utf-8"
    )
    (folder / "urine.csv").write_text("PatientID,Collection Date,Result\nA,2/20/2026,POS\n", encoding="utf-8")
    (folder / "followup.csv").write_text(
        "PatientID,Start,End\nA,2/14/2026,3/30/2026\nB,2/3/2026,3/1/2026\n", encoding="utf-8"
    )
    (folder / "rooms.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    project = create_project(folder, tmp_path / "project")
    assert project.unused == ("rooms.csv (no column with a usual name of a client id)",)
    assert project.problems == ()
    assert project.dropped == ("Discharges 2026.csv: Secret",)
    cohort = load(tmp_path / "project" / "cohort.toml")
    stay = cohort.discharges.set_index("client_id")["discharge_day"]
    services = cohort.services.assign(
        gap=cohort.services["start_day"] - cohort.services["client_id"].map(stay)
    )
    assert sorted(services["gap"].tolist()) == [1, 7]
    assert (cohort.observations["day"] - cohort.observations["client_id"].map(stay)).tolist() == [6]
    assert cohort.observations["finding"].tolist() == ["positive"]


def test_the_study_file_is_a_study(book, tmp_path):
    create_project(book, tmp_path / "project")
    study = Study.read(tmp_path / "project" / "study.toml")
    assert study.cohort == "cohort.toml"
    assert study.contrast.arms == ("early", "none")
    assert study.eligibility[0].name == "Adults"
    (tmp_path / "list.csv").write_text("client_id,exit\na,2026-01-20\nb,2026-01-21\n", encoding="utf-8")
    create_project(tmp_path / "list.csv", tmp_path / "bare")
    bare = Study.read(tmp_path / "bare" / "study.toml")
    assert (bare.contrast, bare.analysis, bare.eligibility) == (None, None, ())


@pytest.mark.parametrize(
    ("columns", "covariates"),
    [
        (
            {"Age": [20, 30, 40], "Sex": ["F", "M", "F"], "DC Reason": ["Completed", "AMA", "AMA"]},
            ("discharge_reason", "age", "sex"),
        ),
        # The same for everybody, or not known at admission.
        ({"Sex": ["F", "F", "F"], "Warm handoff": ["Y", "N", "N"]}, None),
        # Only known to have come before the last contact: the risk is a range, which is not adjusted.
        ({"Age": [20, 30, 40], "Relapsed (Y/N)": ["Y", "N", "N"], "Last contact": ["2026-05-01"] * 3}, None),
    ],
)
def test_a_new_study_is_adjusted_for_what_was_known_before_care(tmp_path, columns, covariates):
    starts = ["2026-02-05", "2026-02-07", ""]
    dates = {"Discharge date": ["2026-02-02"] * 3, "First IOP": starts}
    pd.DataFrame({"Client": ["a", "b", "c"], **dates, **columns}).to_csv(tmp_path / "log.csv", index=False)
    create_project(tmp_path / "log.csv", tmp_path / "project")
    analysis = Study.read(tmp_path / "project" / "study.toml").analysis
    keys = ("clone_censor_weight", "landmark_14") if covariates else ("landmark_14",)
    assert tuple(one.key for one in analysis.designs) == keys
    assert (analysis.adjust.covariates if analysis.adjust else None) == covariates


def test_notebooks_read_the_study_of_the_project(book, tmp_path):
    create_project(book, tmp_path / "project")
    notebook = json.loads(
        (tmp_path / "project" / "notebooks" / "01_first_look.ipynb").read_text(encoding="utf-8")
    )
    code = "".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    assert 'analyze("../study.toml")' in code


def test_nothing_is_written_over(book, tmp_path):
    with pytest.raises(ConfigError, match=r"exists already. Name a new folder; nothing is overwritten."):
        create_project(book, tmp_path)
    with pytest.raises(ConfigError, match=r"gone.csv does not exist. Check the path."):
        create_project(tmp_path / "gone.csv", tmp_path / "project")
    (tmp_path / "bad.csv").write_bytes(b"id,x\n1\n")
    with pytest.raises(DataError, match="more or fewer cells"):
        create_project(tmp_path / "bad.csv", tmp_path / "project")
    assert not (tmp_path / "project").exists()


NAMED = """client_id,exit_date,reason,Court,Term
a,2026-01-20,Anna Berg,3/4/2026,2026Q1
b,2026-01-21,Jo Smith,3/5/2026,2026Q1
c,2026-01-22,Max Stone,3/6/2026,2026Q1
"""


@pytest.mark.parametrize("basis", ["own_operations", "limited_data_set"])
def test_no_value_of_a_noticed_column_enters_the_cohort_file(tmp_path, basis):
    (tmp_path / "list.csv").write_text(NAMED, encoding="utf-8")
    project = create_project(tmp_path / "list.csv", tmp_path / "project", basis=basis)
    text = everything(tmp_path / "project")
    assert [word for word in ("Anna", "Smith", "Stone") if word in text] == []
    assert any("reason" in line and "hold names of persons" in line for line in project.todo) == (
        basis == "limited_data_set"
    )


def test_the_copy_holds_no_date_that_is_not_mapped(tmp_path):
    (tmp_path / "list.csv").write_text(NAMED, encoding="utf-8")
    project = create_project(tmp_path / "list.csv", tmp_path / "project")
    assert project.dropped == ("list.csv: reason", "list.csv: Court", "list.csv: Term")
    assert "3/4/2026" not in everything(tmp_path / "project")
    assert project.next_steps[1].startswith("Columns that cohort.toml marks as left out of the copy")


def test_whole_days_beside_dates_are_doubted(tmp_path):
    (tmp_path / "list.csv").write_text("client_id,admit_day,exit_date\na,3,2026-01-20\n", encoding="utf-8")
    project = create_project(tmp_path / "list.csv", tmp_path / "project", basis="limited_data_set")
    assert (
        'admit_day = "admit_day"  # TODO: it holds whole days, and other columns hold dates' in project.todo
    )
