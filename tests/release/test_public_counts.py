"""The search for what fits a public report: on small tables, with a count that is given away, and as kept."""

import csv
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from stepdown.release import release
from stepdown.results import Results, rows
from support_analysis import exact
from tools.validation.public_counts import (
    FILE,
    THRESHOLD,
    as_printed,
    cells_from_the_table,
    small_counts,
    written,
)


def visits() -> Results:
    """Return 200 people of whom 6 are dead and 20 refused at a visit: 174 were contacted."""
    keys = {
        "analysis": "followup",
        "estimand": "visit",
        "time": 90,
        "statistic": "count",
        "unit": "discharges",
    }
    counts = {"contacted": 174, "refused": 20, "dead": 6}
    return rows([{**keys, "term": term, "estimate": many, "n": 200} for term, many in counts.items()])


def printed(tmp_path: Path) -> pd.DataFrame:
    released = release(replace(exact(), results=visits())).analysis.results
    return as_printed(released, tmp_path)


def test_a_second_count_is_hidden_so_that_enough_values_fit(tmp_path: Path) -> None:
    """174 and 20 would be printed as 175 and 20: with 200 in all they leave 1 to 9 of the 6."""
    table = printed(tmp_path)
    assert table["estimate"].isna().sum() == 2
    (found,) = [one for one in small_counts(visits(), table, study="made up") if "dead" in one.about]
    assert found.values >= THRESHOLD
    # The search finds what the release step would have given away without the second one.
    term = table["term"]
    table.loc[term == "contacted", ["estimate", "n"]] = [175.0, 200.0]
    table.loc[term == "refused", ["estimate", "n"]] = [20.0, 200.0]
    (found,) = [one for one in small_counts(visits(), table, study="made up") if "dead" in one.about]
    assert (found.least, found.most, found.values) == (1, 9, 9)


def test_a_printed_small_count_is_found(tmp_path: Path) -> None:
    table = printed(tmp_path)
    assert set(table["estimate"].dropna()) <= {175.0, 20.0}
    table.loc[table["term"] == "dead", "estimate"] = 5.0
    with pytest.raises(ValueError, match=r"^What is printed about count .* contradicts the true numbers\.$"):
        small_counts(visits(), table, study="made up")


def test_a_cell_that_the_table_does_not_give_is_seen(tmp_path: Path) -> None:
    released = release(exact()).analysis
    table = as_printed(released.results, tmp_path)
    many, others = cells_from_the_table(released, table)
    assert (many > 20, others) == (True, 0)
    table.loc[table["statistic"].isin(["kept", "count"]), "estimate"] += 5
    assert cells_from_the_table(released, table)[1] > 0


def test_both_bundled_studies_leave_enough_values_of_each_small_count() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        kept = list(csv.DictReader(file))
    assert {row["study"] for row in kept} == {"programs", "one_site"}
    assert min(int(row["values"]) for row in kept) >= THRESHOLD
    assert sum(int(row["counts"]) for row in kept) > 500
    assert written([]) == "study,values,counts\n"
