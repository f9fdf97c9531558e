"""Bounds from one sum after another: they hold the truth, and no linear program goes beyond them."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from stepdown.disclosure import implied_bounds as module
from stepdown.disclosure.implied_bounds import implied_bounds
from stepdown.disclosure.outside_knowledge import Knowledge


def test_the_example_of_the_docstring() -> None:
    assert doctest.testmod(module).failed == 0


def test_a_chain_of_sums_by_hand() -> None:
    # a + b = 20 and b + c = 30, with a from 5 to 7: b is 13 to 15, so c is 15 to 17; d is in no sum.
    relations = sparse.csr_array(np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0]]))
    free = np.array([5.0, 0.0, 0.0, 0.0]), np.array([7.0, np.inf, np.inf, np.inf])
    lower, upper = implied_bounds(Knowledge(relations, np.array([20.0, 30.0]), *free))
    assert lower.tolist() == [5, 13, 15, 0]
    assert upper.tolist() == [7, 15, 17, np.inf]


def test_a_weight_of_nothing_says_nothing() -> None:
    relations = sparse.csr_array((np.array([1.0, 0.0]), (np.array([0, 0]), np.array([0, 1]))), shape=(1, 2))
    known = Knowledge(relations, np.array([4.0]), np.zeros(2), np.full(2, np.inf))
    lower, upper = implied_bounds(known)
    assert (lower.tolist(), upper.tolist()) == ([4, 0], [4, np.inf])


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_no_program_goes_beyond_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(2, 4, size=2)
    cells = rng.integers(0, 40, size=(rows, columns))
    counts = np.concatenate([cells.ravel(), cells.sum(axis=0), cells.sum(axis=1)]).astype(float)
    many = rows * columns
    matrix = np.zeros((rows + columns, len(counts)))
    for place in range(many):
        matrix[place % columns, place] = matrix[columns + place // columns, place] = 1.0
    matrix[np.arange(rows + columns), many + np.arange(rows + columns)] = -1.0
    printed = rng.random(len(counts)) < 0.5
    low, high = np.where(printed, counts - 2, 0.0).clip(0), np.where(printed, counts + 2, np.inf)
    lower, upper = implied_bounds(Knowledge(sparse.csr_array(matrix), np.zeros(rows + columns), low, high))
    assert (lower <= counts).all()
    assert (counts <= upper).all()
    assert (low <= lower).all()
    assert (upper <= high).all()
    cell = int(rng.integers(len(counts)))
    for sign, bound in ((1.0, lower[cell]), (-1.0, upper[cell])):
        cost = np.zeros(len(counts))
        cost[cell] = sign
        solved = linprog(
            cost, A_eq=matrix, b_eq=np.zeros(rows + columns), bounds=np.column_stack([low, high])
        )
        if solved.status == 0:
            assert solved.fun >= sign * bound - 1e-6
        else:
            assert bound == pytest.approx(np.inf)
