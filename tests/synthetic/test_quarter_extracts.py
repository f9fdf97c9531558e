"""Eight extracts of one cohort: what each holds at its data cut, what is late, and the small site."""

import pandas as pd
import pytest

import stepdown as sd
from stepdown.synthetic import QuarterExtract, quarter_extracts, write


@pytest.fixture(scope="module")
def extracts() -> list[QuarterExtract]:
    return list(quarter_extracts(400))


def held(extract: QuarterExtract, quarter: str) -> int:
    return int((extract.frames["discharges"]["quarter"] == quarter).sum())


def test_each_extract_ends_at_its_data_cut(extracts: list[QuarterExtract]) -> None:
    assert [one.quarter for one in extracts] == [
        "2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3",
    ]  # fmt: skip
    assert extracts[0].data_cut == 20088  # 2024-12-31
    for one in extracts:
        assert one.frames["discharges"]["quarter"].max() == one.quarter
        for table, day in (("services", "start_day"), ("observations", "day"), ("followup", "end_day")):
            assert one.frames[table][day].max() <= one.data_cut


def test_one_quarter_has_late_data(extracts: list[QuarterExtract]) -> None:
    first, second, later, last = (held(extracts[k], "2025Q3") for k in (3, 4, 5, 7))
    assert first == second < later == last
    for quarter, place in (("2025Q2", 2), ("2025Q4", 4)):
        assert held(extracts[place], quarter) == held(extracts[7], quarter)


def test_one_site_is_small_and_rows_are_those_of_the_seed(extracts: list[QuarterExtract]) -> None:
    sizes = extracts[-1].frames["discharges"]["site_id"].value_counts()
    assert sizes["99"] == 8
    again = list(quarter_extracts(400))[-1]
    pd.testing.assert_frame_equal(again.frames["observations"], extracts[-1].frames["observations"])


def test_an_extract_is_a_cohort(extracts: list[QuarterExtract], tmp_path) -> None:  # type: ignore[no-untyped-def]
    one = extracts[2]
    cohort = sd.load(write(one.frames, tmp_path, data_cut=one.data_cut))
    assert len(cohort.discharges) == len(one.frames["discharges"])
    assert cohort.data_cut == one.data_cut
