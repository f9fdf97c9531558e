"""Eight quarters reported in a row: what the kept runs gave (`python -m tools.validation.quarterly_runs`)."""

import pandas as pd
import pytest

from stepdown.synthetic import QuarterExtract, quarter_extracts
from tools.validation.quarterly_runs import FILE, LATE, QuarterlyRun, put

RUNS = pd.read_csv(FILE, dtype=str, keep_default_na=False)
QUARTERS = [f"{year}Q{number}" for year in (2024, 2025, 2026) for number in (1, 2, 3, 4)][3:11]


@pytest.fixture(scope="module")
def extracts() -> list[QuarterExtract]:
    return list(quarter_extracts())


def test_eight_reports_in_a_row() -> None:
    assert list(RUNS) == list(QuarterlyRun.__dataclass_fields__)
    made = RUNS[RUNS["what"] == "report"]
    assert list(made["quarter"]) == QUARTERS
    assert set(made["exit_code"]) == {"0"}
    # At the end of a quarter hardly anybody has 90 days: the quarter before is the last complete one.
    assert list(made["last_complete"]) == ["", *QUARTERS[:-1]]
    assert (made["complete"].astype(int) < 0.05 * made["discharges"].astype(int)).all()


def test_late_data_are_found_from_the_report_on_that_has_them(extracts: list[QuarterExtract]) -> None:
    held = [int((one.frames["discharges"]["quarter"] == LATE).sum()) for one in extracts]
    late = held[-1] - held[3]
    made = RUNS[RUNS["what"] == "report"].set_index("quarter")
    assert late == 15
    assert set(made.loc[:"2025Q4", "recorded_late"]) == {""}
    assert set(made.loc["2026Q1":, "recorded_late"]) == {f"{LATE}: {late}"}


def test_the_small_site_is_never_shown() -> None:
    assert set(RUNS["small_site"]) <= {"withheld", "not in the quarter", ""}


def published(what: str) -> pd.DataFrame:
    """Return the runs for publication that made a report, each with the one before that was refused."""
    runs = RUNS[RUNS["what"].isin([what, f"{what}, hiding more"])]
    refused = runs[runs["exit_code"].eq("1")]
    assert refused["words"].str.contains("--hide-more").all()
    return runs[runs["exit_code"].eq("0")].set_index("quarter")


def test_every_quarter_is_published_at_its_end_without_what_can_still_change() -> None:
    made = published("public report")
    assert list(made.index) == QUARTERS
    assert set(made["risk"]) == {""}
    # The series of the quarters before are there.
    assert list(made["last_complete"]) == ["", *QUARTERS[:-1]]


def test_a_complete_quarter_is_published_with_its_risk() -> None:
    made = published("public report, complete")
    # It was published at its end too: what could still change was not in it.
    assert list(made.index) == list(made["last_complete"]) == [LATE]
    assert 0 < float(made["risk"].iloc[0]) < 1


def test_the_difference_that_late_data_make_is_refused() -> None:
    (run,) = RUNS[RUNS["what"] == "public report, late data"].to_dict("records")
    assert (run["quarter"], run["data_cut"], run["exit_code"]) == (LATE, "2026-03-31", "1")
    assert run["words"].startswith("The report is refused: ")
    assert "small count" in run["words"]


def test_a_second_run_into_one_folder_is_refused_at_once() -> None:
    (run,) = RUNS[RUNS["what"] == "second run into one folder"].to_dict("records")
    assert run["exit_code"] == "1"
    assert run["words"].startswith(
        "Another run writes 2026Q3-internal now. Wait for it to end, or name another folder."
    )
    assert run["words"].endswith("(the first run went on; exit code 0)")


def test_a_killed_run_leaves_the_report_before() -> None:
    killed = RUNS[RUNS["what"].str.startswith("killed")]
    assert len(killed) >= 3
    assert set(killed["exit_code"]) == {"-9"}
    assert set(killed["words"]) == {"same bytes as before"}


def test_other_settings_and_another_order_of_rows_change_nothing() -> None:
    same = RUNS[RUNS["what"].isin(["one thread", "two threads, another time zone", "another locale"])]
    assert len(same) == 3
    order = RUNS[RUNS["what"] == "rows in another order"]
    assert set(pd.concat([same, order])["exit_code"]) == {"0"}
    assert pd.concat([same, order])["words"].str.fullmatch(r"the same \d+ files").all()


def test_an_extract_takes_the_place_of_the_one_before(extracts: list[QuarterExtract], tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "project" / "reports").mkdir(parents=True)
    for one in extracts[:2]:
        put(one, tmp_path / "project")
        rows = (tmp_path / "project" / "discharges.csv").read_text(encoding="utf-8").count("\n") - 1
        assert rows == len(one.frames["discharges"])
    assert (tmp_path / "project" / "study.toml").is_file()
    assert (tmp_path / "project" / "reports").is_dir()
