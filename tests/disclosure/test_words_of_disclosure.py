"""Exact words in which counts that contradict each other, or cannot be hidden, are refused."""

import numpy as np
import pytest
from scipy import sparse

from stepdown.disclosure.hidden_cells import _CoverSearch
from stepdown.disclosure.outside_knowledge import Knowledge, check_possible
from stepdown.errors import DisclosureError


def test_words_about_numbers_that_contradict_each_other() -> None:
    # Two published counts of 3 and 4 whose published sum is 9.
    relations = sparse.csr_array(np.array([[1.0, 1.0]]))
    counts = np.array([3.0, 4.0])
    check_possible(Knowledge(relations=relations, totals=np.array([7.0]), lower=counts, upper=counts))
    with pytest.raises(DisclosureError) as caught:
        check_possible(Knowledge(relations=relations, totals=np.array([9.0]), lower=counts, upper=counts))
    assert str(caught.value) == (
        "No counts agree with everything published: two numbers contradict each other. Check that the sums hold, and "
        "that a corrected count belongs to a release of its own."
    )


def test_words_about_counts_that_no_cells_protect() -> None:
    search = _CoverSearch([], np.ones(2), 11, 0.0)
    # Both cells together are worth less than the 1 that is needed.
    search.rows.append(np.array([0.4, 0.4]))
    with pytest.raises(DisclosureError) as caught:
        search.strengthen()
    assert str(caught.value) == (
        "Hidden counts follow from cells that must stay published, whatever else is hidden. Let more cells be hidden, or "
        "publish no table that they are in."
    )
