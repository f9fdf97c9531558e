"""Care after discharge in the results: one drawn cohort, every number worked out by hand."""

from pathlib import Path

import pytest

from stepdown.errors import ConfigError, StudyError
from stepdown.results import Analysis, Results
from support_cohort import draw
from support_run import analyzed

pytestmark = pytest.mark.slow

# The full ladder; IOP, then a relapse; nothing; outpatient care only; a session on the day of the relapse.
FIVE = """
a: stay -28..0 | follow 0..90 | php 2 | iop 10 | outpatient 20
b: stay -28..0 | follow 0..90 | iop 5 | + 40
c: stay -28..0 | follow 0..90
d: stay -28..0 | follow 0..90 | outpatient 15
e: stay -28..0 | follow 0..90 | iop 3 | + 3
"""
TIMES = "[outcome]\ntimes = [30, 90]\n"


def told(folder: Path, text: str = FIVE, *, more: str = "") -> Analysis:
    return analyzed(draw(text, data_cut=90), folder, more=TIMES + more)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return told(tmp_path_factory.mktemp("ladder")).results


def test_how_far_people_came(found: Results) -> None:
    rows = found.where(estimand="step_down_extent").table
    assert dict(zip(rows["term"], rows["events"], strict=True)) == {
        "none": 2,
        "outpatient only": 1,
        "iop or php": 1,
        "full step-down": 1,
    }
    assert rows["estimate"].tolist() == [0.4, 0.2, 0.2, 0.2]


def test_how_soon_each_level_was_reached(found: Results) -> None:
    rows = found.where(estimand="level_started", term="iop")
    shares = rows.where(statistic="estimate").table
    # b on day 5 and a on day 10, each one of five; e left on day 3 without it.
    assert shares[["time", "events", "n"]].to_numpy().tolist() == [
        [7, 1, 5],
        [14, 2, 5],
        [30, 2, 5],
        [90, 2, 5],
    ]
    assert shares["estimate"].tolist() == pytest.approx([0.2, 0.4, 0.4, 0.4])
    half = rows.one(statistic="median")
    assert (half["estimate"], half["n"]) == (7.5, 2)


def test_paths(found: Results) -> None:
    rows = found.where(estimand="path").table
    assert dict(zip(rows["term"], rows["estimate"], strict=True)) == {
        "RES": 2,
        "RES>IOP": 1,
        "RES>OP": 1,
        "RES>PHP>IOP>OP": 1,
    }


def test_shares_by_day_add_up_to_everyone(found: Results) -> None:
    days = found.where(estimand="occupancy", statistic="curve").table
    assert days.groupby("time")["estimate"].sum().to_numpy() == pytest.approx(1)
    assert "dead" not in set(days["term"])
    for day, share in ((30, 0.2), (90, 0.4)):
        assert found.one(estimand="occupancy", statistic="estimate", term="relapsed", time=day)[
            "estimate"
        ] == pytest.approx(share)
    assert found.one(estimand="occupancy", statistic="estimate", term="none", time=90)["estimate"] == (
        pytest.approx(0.6)
    )


def test_days_of_the_study_file(tmp_path: Path) -> None:
    rows = told(tmp_path, more="[care]\ndays = [4, 400]\n").results
    assert rows.where(estimand="level_started", term="iop", statistic="estimate").table["time"].tolist() == [
        4,
        90,
    ]
    with pytest.raises(StudyError, match="days must increase, without repeats"):
        told(tmp_path, more="[care]\ndays = [14, 7]\n")


def test_rules_of_ones_own_are_read_and_hashed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml"):
        told(tmp_path, more='[care]\nfile = "gone.toml"\n')
    shipped = Path(__file__).parents[2] / "analysis" / "stepdown" / "schema" / "levels_of_care.toml"
    text = shipped.read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    a = told(tmp_path, more='[care]\nfile = "mine.toml"\n')
    assert [name for name, _, _ in a.provenance.inputs] == ["mine.toml"]


def test_without_services_the_reason_stands(tmp_path: Path) -> None:
    rows = told(tmp_path, "a: stay -28..0 | follow 0..90\nb: stay -28..0 | follow 0..90 | + 9").results
    one = rows.where(estimand="level_started").table
    assert one["statistic"].tolist() == ["not_estimated"]
    assert one["note"].tolist() == ["The cohort holds no services. Map them in the cohort file."]
    assert rows.where(estimand="occupancy").table.empty


def test_relapses_in_intervals_are_taken_on_their_latest_day(tmp_path: Path) -> None:
    text = "a: stay -28..0 | follow 0..90 | iop 20 | + (10,30]\nb: stay -28..0 | follow 0..90 | - 30"
    rows = told(tmp_path, text).results.where(
        estimand="level_started", term="iop", statistic="estimate", time=30
    )
    # a relapsed by day 30, and its session on day 20 counts.
    assert rows.table["events"].tolist() == [1]
    assert rows.table["method"].tolist() == ["relapse on the latest day on which it can have begun"]
