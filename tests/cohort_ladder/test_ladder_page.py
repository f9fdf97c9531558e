"""The cases that docs/ladder.md shows are run, each row of each table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort.ladder import care_rows, weekly_hours
from support_ladder import care, episodes, levels_of, table_of

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "ladder.md").read_text(encoding="utf-8")


def cases(heading: str) -> list[tuple[str, ...]]:
    """Return the rows of the table under a heading, the last column (why) left out."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
    assert rows
    return [tuple(cell.strip() for cell in row.strip("|").split("|"))[:-1] for row in rows]


def drawn(text: str) -> str:
    return "a: " + text.replace(" / ", " | ")


@pytest.mark.parametrize(("line", "expected"), cases("Episodes"))
def test_episodes(line: str, expected: str) -> None:
    found = [one.split(" ", 1)[1].rsplit(" (", 1)[0] for one in episodes(drawn(line))]
    assert "; ".join(found) == expected


@pytest.mark.parametrize(("line", "expected"), cases("The level on a day"))
def test_levels(line: str, expected: str) -> None:
    days = np.arange(-30, 60)
    level = pd.Series(levels_of(care(drawn(line)), "a", days))
    new = level.ne(level.shift(fill_value="none"))
    assert "; ".join(f"{day} {name}" for day, name in zip(days[new], level[new], strict=True)) == expected


@pytest.mark.parametrize(("line", "end", "expected"), cases("Rows for time-varying models"))
def test_rows(line: str, end: str, expected: str) -> None:
    what, day = end.split(" on day ")
    found = care_rows(table_of([("a", 0, int(day), int(what == "event"))]), *care(drawn(line)))
    told = [f"{row.start}-{row.stop} {row.state}{' event' * row.event}" for row in found.table.itertuples()]
    assert "; ".join(told) == expected
    assert found.on_day_zero == (int(day) == 0)


@pytest.mark.parametrize(("line", "expected"), cases("Hours a week"))
def test_weeks(line: str, expected: str) -> None:
    tables = care(drawn(line))
    found = weekly_hours(tables.services, tables.discharges)
    mine = found.loc[found["level"] == "iop", ["days", "hours", "hours_a_week", "met"]]
    told = [", ".join(f"{round(value, 2):g}" for value in row) for row in mine.to_numpy(dtype=float)]
    assert "; ".join(told) == expected
