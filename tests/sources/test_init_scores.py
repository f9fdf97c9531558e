"""Weekly scores in columns of their own, and scores on a sheet of their own, become assessments."""

import openpyxl
import pytest

from stepdown.sources import create_project, load, mapping_text
from stepdown.sources.init.score_columns import scored

pytestmark = pytest.mark.slow

WIDE = [
    ["Client", "Admit Date", "D/C Date", "Craving w1", "Craving w2", "PHQ-9 wk 1", "PHQ-9 wk 2", "Score w1"],
    [1, "2026-01-05", "2026-02-01", 7, 4, 12, "n/a", 3],
    [2, "2026-01-09", "2026-02-08", None, 9, 20, 21, 3],
]


def project(tmp_path, **sheets):
    work = openpyxl.Workbook()
    work.remove(work.active)
    for name, rows in sheets.items():
        sheet = work.create_sheet(name)
        for row in rows:
            sheet.append(row)
    work.save(tmp_path / "log.xlsx")
    return create_project(tmp_path / "log.xlsx", tmp_path / "new")


def test_wide_weekly_scores_become_rows_on_the_day_due(tmp_path):
    made = project(tmp_path, Discharges=WIDE)
    found = load(tmp_path / "new" / "cohort.toml")
    zero = found.discharges.set_index("client_id")["discharge_day"]
    rows = found.assessments.assign(since=lambda frame: frame["day"] - frame["client_id"].map(zero))
    rows["stay"] = rows["client_id"].map(
        {client: place for place, client in enumerate(zero.sort_values().index)}
    )
    assert sorted(rows[["instrument", "since", "stay", "value"]].to_numpy().tolist()) == [
        ["craving", 7, 0, 7.0],
        ["craving", 14, 0, 4.0],
        ["craving", 14, 1, 9.0],
        ["phq9", 7, 0, 12.0],
        ["phq9", 7, 1, 20.0],
        ["phq9", 14, 1, 21.0],
    ]
    assert (rows["day"] == rows["due_day"]).all()
    text = mapping_text(made.mapping)
    assert "craving in week 2" in text
    # A score of no named instrument is not used.
    assert next(line for line in text.splitlines() if "Score w1" in line).split()[-3:] == [
        "no",
        "usual",
        "name",
    ]


def test_a_sheet_of_scores_becomes_assessments(tmp_path):
    rows = [
        ["Client", "Date", "Instrument", "Score"],
        [1, "2026-02-08", "BAM", 6],
        [1, "2026-02-15", "BAM", 4],
    ]
    project(tmp_path, Discharges=[row[:3] for row in WIDE], Scores=rows)
    found = load(tmp_path / "new" / "cohort.toml")
    assert found.assessments[["instrument", "value"]].to_numpy().tolist() == [["BAM", 6.0], ["BAM", 4.0]]


@pytest.mark.parametrize("name", ["Age", "week", "craving", "weight_w1", "w1", "30 day craving"])
def test_other_names_state_no_score(name):
    assert scored(name) == ("", 0)
