"""The benchmark of identifiers is fixed: its size, its labels and every value."""

import doctest
import hashlib

import pytest

from support_size import quick_or_long
from tools.identifier_benchmark import benchmark, columns, date_values, digest, number_values
from tools.identifier_benchmark.draws import Draws

# Committed before the detectors changed: the columns of files up to 500 rows, all columns, and all labels.
VALUES = {
    500: "b42e5953ea3b14dca9ad5ca8789a43bdb00d3c16de3faa199537e145c9f699bb",
    100_000: "cded9876032b27b26f6e5994dfcd81404ffb770ab95509cc8e4d0b9122faa8b7",
}
LABELS = "b1842a36a54c8448e217ed9df57d319c925f80dc2bd7eebd6c4a4333f45230af"
# Kinds of which a recall of 99% is asked.
NAMED = {
    *("full name", "SSN with a header", "SSN with separators", "phone, 10 digits", "fax", "e-mail address"),
    *("street address", "MRN with a header", "date of birth", "other full date", "compact date"),
}


def test_columns_and_labels_are_many_enough_and_named_kinds_are_those_asked_for() -> None:
    drawn = columns()
    assert sum(column.identifying for column in drawn) == 440
    assert sum(not column.identifying for column in drawn) == 481
    assert {column.kind for column in drawn if column.named} == NAMED
    assert all(column.identifying for column in drawn if column.named)
    assert len({(column.identifying, column.kind) for column in drawn}) == len(
        {column.kind for column in drawn}
    )


def test_files_have_every_size_on_both_sides_and_few_are_large() -> None:
    for identifying in (True, False):
        sizes = [column.rows for column in columns() if column.identifying == identifying]
        assert set(sizes) == {45, 500, 1_000, 5_000, 100_000}
        assert sizes.count(100_000) == 12
        assert min(sizes.count(rows) for rows in (45, 500, 1_000, 5_000)) >= 100


def test_values_are_the_committed_ones() -> None:
    largest = quick_or_long(500, 100_000)
    assert digest(column for column in columns() if column.rows <= largest) == VALUES[largest]


def test_names_labels_and_sizes_of_all_columns_are_the_committed_ones() -> None:
    heads = [(c.name, c.kind, c.identifying, c.named, c.rows) for c in columns()]
    assert hashlib.sha256(repr(heads).encode()).hexdigest() == LABELS


def test_a_seed_gives_the_same_values_again_and_another_seed_others() -> None:
    once, again, other = (
        [column for column in columns(seed) if column.rows == 45][:40] for seed in (7, 7, 8)
    )
    assert digest(once) == digest(again) != digest(other)
    assert [len(column.values) for column in once] == [45] * 40


def test_forms_are_filled_symbol_by_symbol() -> None:
    for value in Draws(1, 1).filled("$%-@&~ x#", 200):
        assert len(value) == 9
        assert (value[2], value[6:8]) == ("-", " x")
        assert value[0] in "123456789"
        assert value[1] in "23456789"
        assert value[3] in "ACDEFGHJKMNPQRTUVWXY"
        assert value[4].isalnum()
        assert value[5] in "0123456789abcdef"
        assert value[8].isdigit()


@pytest.mark.parametrize("module", [benchmark, date_values, number_values])
def test_examples_of_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]
    assert doctest.testmod(module).attempted > 0  # type: ignore[arg-type]
