"""The next extract of a project: the same mapping, the same random ids, edits kept."""

import os

import pandas as pd
import pytest

from stepdown.errors import ConfigError, DataError
from stepdown.sources import create_project, load, refresh_project

pytestmark = pytest.mark.slow

HEAD = "MRN,Admit Date,Discharge Date,Last Contact Date,Gender"
FIRST = ["0007,2026-01-01,2026-01-31,2026-03-01,F", "0008,2026-01-05,2026-02-03,2026-03-05,M"]
NEXT = ["7,2026-01-01,2026-01-31,2026-06-01,F", "9,2026-04-01,2026-05-01,2026-06-10,X"]


def extract(path, rows, head=HEAD):
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    create_project(extract(tmp_path / "first.csv", FIRST), tmp_path / "project", key=tmp_path / "key.csv")
    return tmp_path


def key_of(folder):
    return pd.read_csv(folder / "key.csv", dtype=str).set_index("source_id")["client_id"].to_dict()


def test_clients_keep_their_ids_and_new_ones_get_new_ids(folder):
    before = key_of(folder)
    rows = [row.replace("X", "M") for row in NEXT]
    found = refresh_project(folder / "project", extract(folder / "next.csv", rows), key=folder / "key.csv")
    assert found.problems == ()
    after = key_of(folder)
    assert (found.clients, found.new_clients, found.gone_clients) == (2, 1, 1)
    assert {one: after[one] for one in before} == before
    assert set(after) == {"0007", "0008", "9"}
    copy = pd.read_csv(folder / "project" / "data" / "discharges.csv", dtype=str)
    assert set(copy["client_id"]) == {after["0007"], after["9"]}
    assert load(folder / "project" / "cohort.toml").followup["end_day"].max() == 20614
    for name in ("key.csv", "project/data/discharges.csv", "project/cohort.toml"):
        assert os.stat(folder / name).st_mode & 0o077 == 0
    assert not list(folder.rglob("*.new"))


def test_what_changed_is_reported_and_edits_are_kept(folder):
    cohort, study = folder / "project" / "cohort.toml", folder / "project" / "study.toml"
    cohort.write_text(cohort.read_text(encoding="utf-8") + "# a note\n", encoding="utf-8")
    study.write_text(study.read_text(encoding="utf-8") + "# a note\n", encoding="utf-8")
    found = refresh_project(folder / "project", extract(folder / "next.csv", NEXT), key=folder / "key.csv")
    assert found.changes == (
        "data/discharges.csv has a new value in Gender: check its codes in cohort.toml",
        "data_cut is 2026-06-10 now, the latest date of the new file; it was 2026-03-05",
    )
    assert str(found).splitlines()[0] == (
        "Refreshed project: 2 clients, 1 of them new; 1 of the earlier clients are not in the new file."
    )
    assert cohort.read_text(encoding="utf-8").endswith("# a note\n")
    assert study.read_text(encoding="utf-8").endswith("# a note\n")
    text = cohort.read_text(encoding="utf-8").replace(
        "data_cut = 2026-06-10  # GUESS", "data_cut = 2026-06-30 #"
    )
    cohort.write_text(text, encoding="utf-8")
    found = refresh_project(folder / "project", folder / "next.csv", key=folder / "key.csv")
    assert found.changes == ("data_cut is yours and was kept; the latest date of the new file is 2026-06-10",)


def everything(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_without_the_key_nothing_is_written(folder):
    extract(folder / "next.csv", NEXT)
    before = everything(folder)
    lost = (
        "no.csv does not exist. Without the key of random ids no client can be recognized: each would get a new "
        "id, and the link of earlier reports to your records would be lost. Give the key, or start a new project with "
        "init --key."
    )
    with pytest.raises(ConfigError) as caught:
        refresh_project(folder / "project", folder / "next.csv", key=folder / "no.csv")
    assert [str(problem) for problem in caught.value.problems] == [lost]
    assert everything(folder) == before


def test_a_column_that_is_gone_stops_it(folder):
    path = extract(folder / "next.csv", ["7,2026-01-31,F"], head="MRN,Discharge Date,Gender")
    before = everything(folder)
    with pytest.raises(DataError) as caught:
        refresh_project(folder / "project", path, key=folder / "key.csv")
    assert [str(problem) for problem in caught.value.problems] == [
        f"data/discharges.csv.{name} is used by the project, but the new file gives no such column. Name the column "
        "of the new file as before, or state in answers.toml what it means."
        for name in ("Admit Date", "Last Contact Date")
    ]
    assert everything(folder) == before


def test_a_project_without_a_copy_is_not_refreshed(tmp_path):
    path = extract(tmp_path / "first.csv", FIRST)
    create_project(path, tmp_path / "project", basis="synthetic")
    (tmp_path / "key.csv").write_text("client_id,source_id\n", encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"project maps its files where they are: it holds no copy. Replace the"
    ):
        refresh_project(tmp_path / "project", path, key=tmp_path / "key.csv")
