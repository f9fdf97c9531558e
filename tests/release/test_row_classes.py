"""Every statistic has a release class, and one without is refused."""

import csv
import re
from pathlib import Path

import pandas as pd
import pytest

from stepdown.errors import DisclosureError
from stepdown.release import CLASSES, ROW_CLASSES, row_classes
from stepdown.results.table import VOCABULARY

ROOT = Path(__file__).parents[2]


def test_every_estimand_has_classes() -> None:
    assert set(ROW_CLASSES) == VOCABULARY["estimand"], "give new estimands a class in row_classes.py"
    assert {name for one in ROW_CLASSES.values() for name in one} <= VOCABULARY["statistic"]
    assert {name for one in ROW_CLASSES.values() for name in one.values()} <= CLASSES


def test_every_statistic_of_the_results_page_has_a_class() -> None:
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8").split("## Estimands")[1]
    for estimand, statistics in re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, flags=re.MULTILINE):
        for statistic in re.findall(r"`(\w+)`", statistics):
            assert statistic in ROW_CLASSES.get(estimand, {}), f"{estimand}: {statistic}"


def test_every_row_of_the_example_has_a_class() -> None:
    with (ROOT / "reports" / "example" / "results.csv").open(encoding="utf-8", newline="") as file:
        pairs = {(row["estimand"], row["statistic"]) for row in csv.DictReader(file)}
    assert [pair for pair in pairs if pair[1] not in ROW_CLASSES.get(pair[0], {})] == []


def test_what_rests_on_one_person_is_never_published() -> None:
    for estimand, statistic in (
        ("largest_weight", "estimate"), ("largest_share", "first_day"), ("leave_one_out", "difference"),
        ("departure", "first_day"), ("departure", "last_day"),
    ):  # fmt: skip
        assert ROW_CLASSES[estimand][statistic] == "person"


def test_a_statistic_without_a_class_is_refused() -> None:
    table = pd.DataFrame(
        {"analysis": ["", ""], "estimand": ["flow", "new_number"], "statistic": ["kept", "estimate"]}
    )
    with pytest.raises(DisclosureError) as error:
        row_classes(table)
    assert str(error.value).split("\nMore")[0] == (
        '1 row of the results has no release class, the first of them estimand "new_number" with statistic '
        '"estimate". Nothing is published. Give it a class in stepdown/release/row_classes.py.'
    )
