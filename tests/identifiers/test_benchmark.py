"""The identifier guard on columns drawn before it was last changed: what it stops, and what it lets pass."""

from support_size import quick_or_long
from tools.identifier_benchmark import columns, stopped_columns


def test_targets_are_met_and_the_numbers_of_the_page_are_found_again() -> None:
    largest = quick_or_long(45, 100_000)
    by_kind = stopped_columns.counts(column for column in columns() if column.rows <= largest)
    for found in (by_kind, stopped_columns.read()):
        shares = stopped_columns.shares(found)
        assert shares["named"] >= 0.99
        assert shares["identifying"] >= 0.9
        assert shares["innocent"] < 0.05
    if largest == 100_000:
        assert by_kind == stopped_columns.read()


def test_every_kind_of_the_benchmark_is_on_the_page() -> None:
    assert {kind for _, kind in stopped_columns.read()} == {column.kind for column in columns()}
    assert sum(many for many, _ in stopped_columns.read().values()) == len(columns())
