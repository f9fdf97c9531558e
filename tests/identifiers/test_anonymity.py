"""k-anonymity by hand."""

import pandas as pd

from stepdown.identifiers import anonymity
from stepdown.schema import Anonymity


def people(**columns):
    size = len(next(iter(columns.values())))
    return pd.DataFrame({"client_id": [str(number) for number in range(size)], **columns})


def test_groups_share_all_quasi_identifiers():
    frame = people(sex=["f", "f", "m", "f", "m"], age=[21.0, 24.0, 30.0, 25.0, 34.0])
    # Bands of five years: f 20-24 twice, f 25-29 once, m 30-34 twice.
    assert anonymity(frame) == Anonymity(columns=("age", "sex"), smallest=1, alone=1, clients=5)


def test_a_client_counts_once_and_missing_is_a_value():
    frame = people(sex=["f", None, None, "f"])
    frame.loc[3, "client_id"] = "0"
    assert anonymity(frame) == Anonymity(columns=("sex",), smallest=1, alone=1, clients=3)


def test_columns_without_values_do_not_count():
    assert anonymity(people(site_id=[None, None])) is None
    assert anonymity(people(employed=[True, False])) is None


def test_the_frame_is_left_alone():
    frame = people(age=[20.0, 21.0])
    before = frame.copy()
    anonymity(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_a_missing_value_is_never_taken_for_another():
    frame = people(sex=["f", "f", "m"], race_ethnicity=["white", "black", None])
    assert anonymity(frame) == Anonymity(columns=("sex", "race_ethnicity"), smallest=1, alone=3, clients=3)
