"""Which columns of the benchmark the identifier guard stops under safe_harbor."""

import csv
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import pyarrow as pa

from stepdown.identifiers import scan
from tools.identifier_benchmark.benchmark import BenchmarkColumn

FIRST, SECOND = "found.csv", "found_in_second.csv"
"""What the guard found in each set of columns, beside this file: a row a kind."""
Counts = dict[tuple[str, str], tuple[int, int]]
GROUPS = ("named", "identifying", "innocent")


def stopped(column: BenchmarkColumn) -> bool:
    """Return whether the guard stops a column; an empty cell is a missing value, as a cohort file has it."""
    values = pa.chunked_array([pa.array([cell or None for cell in column.values], pa.large_string())])
    return bool(scan({column.name: values}, basis="safe_harbor"))


def counts(drawn: Iterable[BenchmarkColumn]) -> Counts:
    """Return columns and stopped columns by group and kind, in the order of the benchmark."""
    every: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    for column in drawn:
        group = ("named" if column.named else "identifying") if column.identifying else "innocent"
        every[group, column.kind] += 1
        found[group, column.kind] += stopped(column)
    return {key: (many, found[key]) for key, many in every.items()}


def shares(by_kind: Counts) -> dict[str, float]:
    """Return the share of columns stopped: of those named, of all that identify people, and of the others."""
    groups = {"named": ("named",), "identifying": ("named", "identifying"), "innocent": ("innocent",)}
    selected = {
        name: [numbers for (group, _), numbers in by_kind.items() if group in held]
        for name, held in groups.items()
    }
    return {
        name: sum(found for _, found in rows) / sum(many for many, _ in rows)
        for name, rows in selected.items()
    }


def write(by_kind: Counts, path: Path) -> None:
    """Write counts as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("group", "kind", "columns", "stopped"))
        rows.writerows((*key, *numbers) for key, numbers in by_kind.items())


def read(name: str) -> Counts:
    """Return the counts of a file beside this one."""
    text = (files("tools.identifier_benchmark") / name).read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(row["group"], row["kind"]): (int(row["columns"]), int(row["stopped"])) for row in rows}
