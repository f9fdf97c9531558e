"""The cases that docs/ladder.md shows are run, each row of each table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort.care import asam_labels, care_rows, client_days, ladder_reached, spells, weekly_hours
from support_care import care, episodes, levels_of, table_of

pytestmark = pytest.mark.slow

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


JOURNEY = PAGE.split("All rows are of one client: ")[1].split(".\n")[0]


@pytest.mark.parametrize("row", cases("A client, asked on several days"))
def test_facts_of_days(row: tuple[str, ...]) -> None:
    question = pd.DataFrame({"client_id": ["a"], "day": [int(row[0])]}).astype(
        {"client_id": "string[pyarrow]"}
    )
    found = client_days(question, *care(drawn(JOURNEY))).iloc[0]
    names = ["level", "path", "first_session_gap", "step_up_day", "step_down_day", "dropout_day"]
    assert ["" if pd.isna(found[name]) else str(found[name]) for name in names] == list(row[1:])


@pytest.mark.parametrize(("line", "end", "rungs", "reached", "path"), cases("Rungs and paths of a discharge"))
def test_rungs(line: str, end: str, rungs: str, reached: str, path: str) -> None:
    what, day = end.split(" on day ")
    table = table_of([("a", 0, int(day), int(what == "event"))])
    found = ladder_reached(table, *care(drawn(line))).iloc[0]
    days = ["-" if pd.isna(found[rung]) else f"{found[rung]:.0f}" for rung in ("php", "iop", "outpatient")]
    assert (", ".join(days), found["reached"], found["path"]) == (rungs, reached, path)


@pytest.mark.parametrize(
    ("line", "days", "attended", "gone", "weeks", "flag"), cases("Spells, sessions and completion")
)
def test_spells(line: str, days: str, attended: str, gone: str, weeks: str, flag: str) -> None:
    tables = care(drawn(line))
    found = spells(tables.services, tables.discharges)
    mine = found[found["level"] == "iop"]
    said = {True: "yes", False: "no"}
    answers = [
        "; ".join("?" if pd.isna(one) else said[bool(one)] for one in mine[f"completed_{rule}"])
        for rule in ("weeks_8_at_9_hours", "program_flag_iop")
    ]
    assert answers == [weeks, flag]
    assert "; ".join("-" if pd.isna(one) else str(one) for one in mine["dropout_day"]) == gone
    rows = mine[["start_day", "end_day", "planned_attended", "planned"]].to_numpy().tolist()
    assert "; ".join(f"{start}..{end}" for start, end, *_ in rows) == days
    assert "; ".join(f"{came} of {planned}" for *_, came, planned in rows) == attended


@pytest.mark.parametrize(("level", "third", "fourth"), cases("Names of levels"))
def test_names(level: str, third: str, fourth: str) -> None:
    found = asam_labels(pd.DataFrame({"asam_level": [level], "asam_edition": [3]})).fillna("-").iloc[0]
    assert (found["label_3"], found["label_4"]) == (third, fourth)
