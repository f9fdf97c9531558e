"""The identifier guard on columns drawn by somebody who had not read it: what it stops, and what it lets pass."""

import pytest

from support_size import quick_or_long
from tools.identifier_benchmark import columns, second_columns, stopped_columns

SETS = {stopped_columns.FIRST: columns, stopped_columns.SECOND: second_columns}


@pytest.mark.parametrize("name", SETS)
def test_targets_are_met_and_the_numbers_of_the_page_are_found_again(name: str) -> None:
    largest = quick_or_long(45, 100_000)
    by_kind = stopped_columns.counts(column for column in SETS[name]() if column.rows <= largest)
    for found in (by_kind, stopped_columns.read(name)):
        shares = stopped_columns.shares(found)
        assert shares["named"] >= 0.99
        assert shares["identifying"] >= 0.9
        assert shares["innocent"] < 0.05
    if largest == 100_000:
        assert by_kind == stopped_columns.read(name)


@pytest.mark.parametrize("name", SETS)
def test_every_kind_of_the_benchmark_is_on_the_page(name: str) -> None:
    drawn = SETS[name]()
    assert {kind for _, kind in stopped_columns.read(name)} == {column.kind for column in drawn}
    assert sum(many for many, _ in stopped_columns.read(name).values()) == len(drawn)
