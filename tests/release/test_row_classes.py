"""Every statistic has a release class, and one without is refused."""

import csv
import re
from pathlib import Path

import pandas as pd
import pytest

from stepdown.errors import DisclosureError
from stepdown.release import CLASSES, ROW_CLASSES, release, row_classes
from stepdown.release.released_words import released_note
from stepdown.results.table import VOCABULARY
from stepdown.sections.care.rows import NO_SERVICES
from support_cohort import draw
from support_run import analyzed

NO_SCHEDULE = "No visit schedule is defined. State [schedule] in the cohort file, or map due_day."
NO_DATA_CUT = "The last day that the data cover is unknown. State data_cut in the cohort file."
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


def test_a_reason_for_no_number_can_be_published() -> None:
    # Of a cohort without a visit schedule, without services, or without a day of the export.
    for estimand, note in (
        ("visit", NO_SCHEDULE),
        ("level_started", NO_SERVICES),
        ("observable", NO_DATA_CUT),
    ):
        assert ROW_CLASSES[estimand]["not_estimated"] == "free"
        assert released_note(note, estimand, "not_estimated") == note


def test_a_cohort_without_services_and_visits_has_a_public_report(tmp_path: Path) -> None:
    clients = (f"{number}: stay -28..0 | follow 0..{100 + number}" for number in range(30))
    shown = release(analyzed(draw("\n".join(clients)), tmp_path)).analysis.results.table
    for estimand, note in (("visit", NO_SCHEDULE), ("level_started", NO_SERVICES)):
        assert list(shown.loc[shown["estimand"] == estimand, "note"]) == [note]


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
