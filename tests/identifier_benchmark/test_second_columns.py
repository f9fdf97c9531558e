"""The second set of columns is fixed, and shares no name of its own with the first."""

import doctest
import re

from support_size import quick_or_long
from tools.identifier_benchmark import columns, digest, second_columns, second_names

# Committed before the detectors ran on this set: the columns of files up to 500 rows, and all columns.
VALUES = {
    500: "28ae0befdd068ec9cc7b5d00e53cc15a89cb33945c7905ba2b1a04e28cc8aac6",
    100_000: "a194999242c7ab316681b271618399539475bc2870c8192022c94ba9c304e4be",
}
IDENTIFYING, INNOCENT, NAMED = 458, 397, 159


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def test_columns_are_many_enough_and_kinds_are_labeled_as_in_the_first_set() -> None:
    first, second = columns(), second_columns()
    assert sum(column.identifying for column in second) == IDENTIFYING >= 160
    assert sum(not column.identifying for column in second) == INNOCENT >= 160
    assert sum(column.named for column in second) == NAMED
    assert {column.kind for column in second if column.named} == {c.kind for c in first if c.named}
    labels = {c.kind: c.identifying for c in first}
    assert all(labels.get(c.kind, c.identifying) == c.identifying for c in second)


def test_no_name_of_the_first_set_comes_again() -> None:
    second = {_plain(column.name) for column in second_columns()}
    assert not second & {_plain(column.name) for column in columns()}


def test_files_have_every_size_on_both_sides_and_few_are_large() -> None:
    for identifying in (True, False):
        sizes = [column.rows for column in second_columns() if column.identifying == identifying]
        assert set(sizes) == {45, 500, 1_000, 5_000, 100_000}
        assert sizes.count(100_000) == 6
        assert min(sizes.count(rows) for rows in (45, 500, 1_000, 5_000)) >= 90


def test_values_are_the_committed_ones() -> None:
    largest = quick_or_long(500, 100_000)
    assert digest(column for column in second_columns() if column.rows <= largest) == VALUES[largest]


def test_a_seed_gives_the_same_values_again_and_another_seed_others() -> None:
    once, again, other = (
        [column for column in second_columns(seed) if column.rows == 45][:40] for seed in (7, 7, 8)
    )
    assert digest(once) == digest(again) != digest(other)
    assert [len(column.values) for column in once] == [45] * 40


def test_examples_of_docstrings() -> None:
    assert doctest.testmod(second_names) == (0, 3)
