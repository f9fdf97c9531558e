"""docs/results.md against the columns of `Results` and the rows of the bundled study."""

import csv
import re
from pathlib import Path

from stepdown.results.table import COLUMNS, KEY, NUMBERS, VOCABULARY

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "results.md"
EXAMPLE = ROOT / "reports" / "example" / "results.csv"


def tables() -> tuple[list[list[str]], list[list[str]]]:
    """Rows of the first table (columns) and of the second (estimands), without heads."""
    parts = PAGE.read_text(encoding="utf-8").split("\n## Estimands\n")
    columns, estimands = (
        [[cell.strip() for cell in line[1:-1].split("|")] for line in part.splitlines() if line[:3] == "| `"]
        for part in parts
    )
    return columns, estimands


def documented() -> set[tuple[str, str, str]]:
    """Estimand, statistic and unit that the page has; a row stands for every pairing in it."""
    found = set()
    for estimand, statistics, units, _ in tables()[1]:
        for statistic in re.findall(r"`(\w+)`", statistics):
            found |= {(estimand.strip("`"), statistic, unit) for unit in units.split(", ")}
    return found


def in_example() -> set[tuple[str, str, str]]:
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        return {(row["estimand"], row["statistic"], row["unit"]) for row in csv.DictReader(file)}


def test_columns_and_their_kinds_are_those_of_the_code() -> None:
    kinds = ["key" if name in KEY else "number" if name in NUMBERS else "note" for name in COLUMNS]
    assert [(row[0].strip("`"), row[1]) for row in tables()[0]] == list(zip(COLUMNS, kinds, strict=True))


def test_the_columns_written_are_those_of_the_code() -> None:
    assert EXAMPLE.read_text(encoding="utf-8").splitlines()[0].split(",") == list(COLUMNS)


def test_every_number_of_the_example_is_documented() -> None:
    assert sorted(in_example() - documented()) == []


def test_documented_estimands_and_statistics_are_the_vocabulary() -> None:
    assert {row[0] for row in documented()} == VOCABULARY["estimand"]
    assert {row[1] for row in documented()} == VOCABULARY["statistic"]
