"""A text can mean a missing value in one column and a value in another."""

import pytest

from stepdown.sources import load
from support_sources import HEAD, write

pytestmark = pytest.mark.slow

FLAT = """
[flat]
file = "d.csv"
[flat.discharges]
client_id = "id"
discharge_day = "out"
age = { from = "age", missing = [99, "x"] }
[flat.covariates]
score = { from = "score", type = "number", known = "admission", missing = ["99"] }
[[flat.observations]]
finding = { value = "positive" }
day = { from = "used", missing = ["99"] }
[[flat.followup]]
start_day = "out"
end_day = { value = 200 }
"""


def test_missing_texts_hold_for_their_column(tmp_path):
    rows = "id out age score used\n98 28 30 99 120\n99 99 99 5 99\n97 30 x 7 NA"
    cohort = load(write(tmp_path, HEAD + FLAT, d=rows))
    stays = cohort.discharges
    assert stays["client_id"].tolist() == ["98", "99", "97"]
    assert stays["discharge_day"].tolist() == [28, 99, 30]
    assert stays["age"].isna().tolist() == [False, True, True]
    assert stays["score"].isna().tolist() == [True, False, False]
    assert cohort.observations[["client_id", "day"]].astype(object).to_numpy().tolist() == [["98", 120]]
