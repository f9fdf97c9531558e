"""What a report says of those who were lost: the numbers rest on the others."""

from dataclasses import replace

import pandas as pd

from stepdown.results import Results
from stepdown.sections.relapse import text as prose
from support_analysis import exact

SAID = (
    "41 of 600 discharges were lost before day 90, 7 of them never followed at all. The numbers hold "
    "if these fared like the others, which nobody knows."
)


def with_counts(lost: float, never: float) -> Results:
    table: pd.DataFrame = exact().results.table.copy()
    for statistic, value in (("lost", lost), ("never", never)):
        table.loc[(table["estimand"] == "followed") & (table["statistic"] == statistic), "estimate"] = value
    return Results(table)


def test_losses_stand_in_the_box_and_beside_the_flow() -> None:
    assert SAID in prose.headline(exact()).paragraphs
    assert SAID in prose.people(exact()).paragraphs


def test_nobody_lost_is_said_too() -> None:
    said = prose.people(replace(exact(), results=with_counts(0, 0))).paragraphs
    assert said[-1] == (
        "None of 600 discharges was lost before day 90, as the definition counts it. "
        "A missing observation is neither a relapse nor a day of abstinence."
    )


def test_nobody_unseen_is_not_mentioned() -> None:
    said = prose.people(replace(exact(), results=with_counts(5, 0))).paragraphs
    assert said[-1].startswith("5 of 600 discharges were lost before day 90. The numbers hold")


def test_one_lost_is_one_and_those_cut_off_stand_beside() -> None:
    found = replace(exact(), results=with_counts(1, 0))
    cut = "152 of 600 discharges had fewer than 90 days between day 0 and the data cut; they are followed."
    found = replace(found, wording=replace(found.wording, notes=(cut,)))
    said = prose.people(found).paragraphs
    assert said[1].startswith("1 of 600 discharges was lost before day 90. The numbers hold")
    assert said[2] == cut
