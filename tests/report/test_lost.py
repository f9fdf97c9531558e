"""What a report says of those who were lost: the numbers rest on the others."""

from dataclasses import replace

import pandas as pd

from stepdown.results import Results
from stepdown.sections.relapse import text as prose
from support_analysis import exact

SAID = (
    "41 of 600 discharges (6.8%) were lost to follow-up before day 90, 7 of them without any follow-up, who are "
    "left out. These figures assume that people lost to follow-up had the same risk of relapse as those who were "
    "followed; these data cannot confirm it."
)


def with_counts(lost: float, never: float) -> Results:
    table: pd.DataFrame = exact().results.table.copy()
    for statistic, value in (("lost", lost), ("never", never)):
        table.loc[(table["estimand"] == "followed") & (table["statistic"] == statistic), "estimate"] = value
    return Results(table)


def test_losses_are_beside_the_flow() -> None:
    assert SAID in prose.people(exact()).paragraphs


def test_of_a_number_that_is_not_shown_the_rest_of_the_sentence_stays() -> None:
    said = " ".join(prose.people(replace(exact(), results=with_counts(41, float("nan")))).paragraphs)
    assert "lost to follow-up before day 90; those without any follow-up are left out. These figures" in said


def test_nobody_lost_is_said_too() -> None:
    said = prose.people(replace(exact(), results=with_counts(0, 0))).paragraphs
    assert said[-1] == (
        "None of 600 discharges was lost to follow-up before day 90, under this definition of relapse. "
        "A missing observation is neither a relapse nor a day of abstinence."
    )


def test_nobody_unseen_is_not_mentioned() -> None:
    said = prose.people(replace(exact(), results=with_counts(5, 0))).paragraphs
    assert said[-1].startswith(
        "5 of 600 discharges (0.8%) were lost to follow-up before day 90. These figures assume"
    )


def test_one_lost_is_one_and_those_cut_off_stand_beside() -> None:
    found = replace(exact(), results=with_counts(1, 0))
    cut = "152 of 600 discharges had fewer than 90 days between day 0 and the data cut; they are followed."
    found = replace(found, wording=replace(found.wording, notes=(cut,)))
    said = prose.people(found).paragraphs
    assert said[1].startswith(
        "1 of 600 discharges (0.2%) was lost to follow-up before day 90. These figures assume"
    )
    assert said[2] == cut
