"""Columns searched together give what each gives alone."""

import doctest

import pyarrow as pa

from stepdown.identifiers import column_texts, guard, old_ages, person_texts, scan, written_names
from tools.identifier_benchmark import columns


def test_columns_searched_together_are_found_as_each_alone(monkeypatch) -> None:
    drawn = [column for column in columns() if column.rows == 45]
    table = {
        f"{column.name} {place}": pa.chunked_array([pa.array([cell or None for cell in column.values])])
        for place, column in enumerate(drawn)
    }
    together = scan(table, basis="safe_harbor")
    assert 0 < len(together) < len(table)
    monkeypatch.setattr(guard, "_TOGETHER", 1)
    assert scan(table, basis="safe_harbor") == together


def test_examples_of_the_modules() -> None:
    for module in (column_texts, old_ages, person_texts, written_names):
        outcome = doctest.testmod(module)
        assert outcome.attempted > 0
        assert outcome.failed == 0
