"""The bench runs, on a small cohort, and tells what it measured."""

import re

from stepdown.bench import bench


def test_the_quick_bench_gives_a_row_of_numbers() -> None:
    said: list[str] = []
    lines = bench(quick=True, say=said.append)
    cells = [cell.strip() for cell in lines[-1].strip("|").split("|")]
    assert cells[:2] == ["2,000", "20,000"]
    assert all(re.fullmatch(r"\d+\.\d", cell) for cell in cells[2:6])
    assert float(cells[5]) > 0.05
    assert len(said) == 2
