"""Urine findings of CTN-0094, person by person: each trap of the tables is one drawn person."""

import dataclasses

import pandas as pd
import pytest

from stepdown.sources.ctn0094 import (
    PUBLISHED,
    REBUILT,
    Reading,
    found_findings,
    last_day,
    published_findings,
    randomized,
)
from support_ctn0094 import draw_tables, short

pytestmark = pytest.mark.slow

DESIGN = short(3, second_weeks=2)
SHORT = {"positive": "+", "negative": "-", "missing": "o", "inconclusive": "?"}


def said(rows: pd.DataFrame) -> str:
    """Findings as text, days since time zero: "- 2, o 14 due 14"."""
    shown = []
    for row in rows.itertuples():
        due = "" if pd.isna(row.due_day) else f" due {row.due_day}"
        shown.append(f"{SHORT[row.finding]} {row.day}{due}")
    return ", ".join(shown)


def findings(text: str, reading: Reading) -> str:
    tables = draw_tables(text)
    people, problems = randomized(tables, DESIGN)
    assert problems == []
    return said(found_findings(people, tables, DESIGN, reading))


@pytest.mark.parametrize(
    ("why", "text", "published", "rebuilt"),
    [
        (
            "a kept visit with a temperature and no opioid is a negative; the other weeks lack one",
            "1: 27 Methadone 0 | visit 5 | temp 5",
            "- 5, o 14 due 14, o 21 due 21",
            "- 5, o 14 due 14, o 21 due 21",
        ),
        (
            "the day of randomization is in no week, its last day is in the last",
            "1: 27 Methadone 0 | visit 0 1 21 22 | temp 0 1 21 22",
            "- 1, o 14 due 14, - 21",
            "- 1, o 14 due 14, - 21",
        ),
        (
            "a visit without any sign of a sample is no negative in 27",
            "1: 27 Methadone 0 | visit 5 | visit 12 | temp 12",
            "- 5, - 12, o 21 due 21",
            "o 5 due 5, - 12, o 21 due 21",
        ),
        (
            "and is one in 30, where only positives have a temperature; week 3 has no visit planned",
            "1: 30 Outpatient_BUP_+_EMM 0 | visit 5",
            "- 5, o 14 due 14, o 21 due 21",
            "- 5, o 14 due 14",
        ),
        (
            "a sample without a visit row is a sample",
            "1: 27 Methadone 0 | temp 5 | thc 12",
            "o 7 due 7, o 14 due 14, o 21 due 21",
            "- 5, - 12, o 21 due 21",
        ),
        (
            "a refused temperature shows nothing where no opioid was found, and nothing against one that was",
            "1: 27 Methadone 0 | visit 5 12 19 | badtemp 5 12 19 | temp 19 | opioid 12",
            "- 5, + 12, - 19",
            "? 5, + 12, - 19",
        ),
        (
            "methadone is the study drug of one arm",
            "1: 27 Methadone 0 | methadone 5 | bup 12 | temp 5 12 19 | visit 5 12 19",
            "- 5, + 12, - 19",
            "- 5, + 12, - 19",
        ),
        (
            "buprenorphine of the others",
            "1: 27 Outpatient_BUP 0 | methadone 5 | bup 12 | temp 5 12 19 | visit 5 12 19",
            "+ 5, - 12, - 19",
            "+ 5, - 12, - 19",
        ),
        (
            "and neither of those given naltrexone",
            "1: 51 Inpatient_NR-NTX 0 | methadone 5 | bup 12 | temp 5 12 19 | visit 5 12 19",
            "+ 5, + 12, - 19",
            "+ 5, + 12, - 19",
        ),
        (
            "two results of one day are one finding, two visits on one day one visit",
            "1: 27 Methadone 0 | opioid 5 5 | bup 5 | visit 12 12 19 | temp 12 12 19",
            "+ 5, - 12, - 19",
            "+ 5, - 12, - 19",
        ),
        (
            "published patterns of 27 count three weeks from consent, so a late randomization loses days",
            "1: 27 Methadone 9 | visit 15 22 29 | temp 15 22 29",
            "- 15, o 23 due 23",
            "- 15, - 22, - 29",
        ),
        (
            "a second randomization starts its own planned weeks",
            "1: 30 Outpatient_BUP_+_SMM 0 | again 10 | visit 5 9 12 23",
            "- 5, - 9, - 12, o 21 due 21, - 23",
            "- 5, - 9, - 12, - 23",
        ),
        (
            "no week of the first phase is due that the second randomization cut short",
            "1: 30 Outpatient_BUP_+_SMM 0 | again 10 | visit 5",
            "- 5, o 14 due 14, o 21 due 21, o 28 due 28",
            "- 5, o 17 due 17, o 24 due 24",
        ),
        (
            "a planned week lacks its visit where none fell in it, though the calendar week has one",
            "1: 30 Outpatient_BUP_+_SMM 0 | again 10 | visit 9",
            "o 7 due 7, - 9, o 21 due 21, o 28 due 28",
            "o 7 due 7, - 9, o 17 due 17, o 24 due 24",
        ),
    ],
)
def test_findings(why: str, text: str, published: str, rebuilt: str) -> None:
    assert findings(text, PUBLISHED) == published, why
    assert findings(text, REBUILT) == rebuilt, why


def test_no_week_is_due_that_begins_after_the_word() -> None:
    text = "1: 27 Methadone 0 | visit 5 12 19\n2: 27 Methadone 7 | visit 12 19 26"
    assert findings(text, PUBLISHED) == "- 5, - 12, - 19, - 12, - 19"
    planned = dataclasses.replace(PUBLISHED, design=True)
    assert findings(text, planned) == "- 5, - 12, - 19, - 12, - 19"


def test_the_study_drug_can_be_counted() -> None:
    text = "1: 27 Methadone 0 | methadone 5 | temp 5 12 19 | visit 5 12 19"
    assert findings(text, dataclasses.replace(REBUILT, study_drug=True)) == "+ 5, - 12, - 19"


def test_the_substances_are_told() -> None:
    tables = draw_tables("1: 27 Methadone 0 | opioid 5 | bup 5 | thc 5")
    people, _ = randomized(tables, DESIGN)
    rows = found_findings(people, tables, DESIGN, REBUILT)
    assert rows.loc[rows["finding"] == "positive", "substance"].tolist() == ["Buprenorphine, Opioid"]


def test_order_of_rows_changes_nothing() -> None:
    text = """
    1: 27 Methadone 0 | visit 5 12 | temp 5 12 | opioid 12 | bup 12
    2: 30 Outpatient_BUP_+_SMM 4 | again 12 | visit 9 20 | opioid 20
    """
    tables = draw_tables(text)
    people, _ = randomized(tables, DESIGN)
    turned = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in tables.items()}
    again, _ = randomized(turned, DESIGN)
    pd.testing.assert_frame_equal(again, people)
    for reading in (PUBLISHED, REBUILT):
        found = found_findings(people, tables, DESIGN, reading)
        pd.testing.assert_frame_equal(found_findings(again, turned, DESIGN, reading), found)


def test_the_last_day_of_a_word() -> None:
    text = """
    1: 27 Methadone 4
    2: 30 Outpatient_BUP_+_SMM 4
    3: 30 Outpatient_BUP_+_SMM 4 | again 12
    4: 51 Inpatient_BUP 4 | again 4
    """
    people, _ = randomized(draw_tables(text), DESIGN)
    assert last_day(people, DESIGN, planned_end=False).tolist() == [21, 25, 26, 21]
    assert last_day(people, DESIGN, planned_end=True).tolist() == [25, 25, 26, 25]


def test_published_words_become_findings_on_the_last_day_of_their_week() -> None:
    tables = draw_tables("1: 27 Methadone 3 | pattern -_ *+o")
    people, _ = randomized(tables, DESIGN)
    rows = published_findings(people, tables["derived_weeklyOpioidPattern"])
    assert said(rows) == "- 10 due 10, + 24 due 24, - 24 due 24, + 31 due 31, o 38 due 38"
