"""Who was compared: characteristics by hand, the steps of the diagram, and the words under them."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from stepdown.display.drawing import Picture
from stepdown.display.text_and_tables import Table, Text
from stepdown.errors import ResultError
from stepdown.report.sections import SECTIONS
from stepdown.results import Analysis, Results
from stepdown.sections.comparison.figure import attrition
from support_cohort import draw
from support_run import ARMS, analyzed

STAY = "stay -28..0 | follow 0..200"
PEOPLE = f"""a: {STAY} | iop 3
b: {STAY} | iop 5 | + 60
c: {STAY} | php 9
d: {STAY} | iop 20
e: {STAY} | + 40
f: stay -28..0 | follow 0..50 lost
g: {STAY} | death 70
h: {STAY} | + 6
i: stay -28..0 | follow 0..10 lost
"""
AGE = [30, 40, 50, 20, 30, None, 40, 25, 60]
SEX = ["female", "female", "male", "male", "male", "male", "female", "male", "female"]
EMPLOYED = [True, False, True, False, False, False, False, True, True]
SITE = [f"site {number}" for number in range(9)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    cohort = draw(PEOPLE, age=AGE, sex=SEX, employed=EMPLOYED, site_id=SITE)
    return analyzed(cohort, tmp_path_factory.mktemp("study"), more=ARMS)


def shown(a: Analysis) -> tuple[Text, Picture, Table]:
    words, picture, table = SECTIONS["comparison"].parts(a)
    assert isinstance(words, Text)
    assert isinstance(picture, Picture)
    assert isinstance(table, Table)
    return words, picture, table


def test_means_counts_and_differences_are_those_of_the_groups(made: Analysis) -> None:
    # h relapsed and i was lost before day 14: a, b, c against d, e, f, g.
    _, _, table = shown(made)
    assert table.columns == ("Characteristic", "Step-down", "No step-down", "Difference (SD)")
    rows = {row[0]: row[1:] for row in table.rows}
    # Ages 30, 40, 50 and 20, 30, 40: both with variance 100, 10 years apart.
    assert rows["Age"] == ("40.0 (10.0)", "30.0 (10.0)", "1.00")
    # 0 of 3 against 1 of 4: -0.25 / sqrt((0 + 3/16) / 2).
    assert rows["Age: not known"] == ("0 (0%)", "1 (25%)", "−0.82")
    # 2 of 3 against 1 of 4: 5/12 / sqrt((2/9 + 3/16) / 2).
    assert rows["Sex: female"] == ("2 (67%)", "1 (25%)", "0.92")
    assert rows["Sex"] == ("", "", "0.92")
    # Of a flag one row, with the share of yes.
    assert rows["Employed"] == ("2 (67%)", "0 (0%)", "2.00")
    assert not any(name.startswith("Employed:") for name in rows)


def test_of_many_levels_the_whole_is_given_alone(tmp_path: Path) -> None:
    lines = [f"{name}: {STAY}{' | iop 3' if name < 'h' else ''}" for name in "abcdefghijklmn"]
    cohort = draw("\n".join(lines), site_id=[f"site {number}" for number in range(14)])
    _, _, table = shown(analyzed(cohort, tmp_path, more=ARMS))
    assert table.rows == (("Site", "", "", "no overlap"),)


def test_the_words_say_what_differs_most(made: Analysis) -> None:
    words, _, _ = shown(made)
    assert words.paragraphs[1:] == (
        "4 of 4 characteristics known by day 0 differ between the groups by 0.1 standard deviations (SD) or more. "
        "The largest differences are in site (no overlap), employed (2.00), age (1.00) and sex (0.92).",
        "Nothing was adjusted for in this comparison.",
    )


def test_a_public_report_never_reads_what_is_hidden_as_none(made: Analysis) -> None:
    table = made.results.table
    gone = table["statistic"].eq("standardized") | (table["arm"].eq("Step-down") & table["term"].eq("age"))
    hidden = Results(table[~(gone & table["estimand"].eq("characteristic"))].reset_index(drop=True))
    words, _, characteristics = shown(
        replace(made, results=hidden, wording=replace(made.wording, released="Rules."))
    )
    assert words.paragraphs[1:] == (
        "How far the characteristics known by day 0 differ between the groups is not shown.",
    )
    rows = {row[0]: row[1:] for row in characteristics.rows}
    assert rows["Age"] == ("not shown", "30.0 (10.0)", "not shown")
    assert rows["Sex: female"][-1] == "not shown"
    # Of many values the whole is given alone, there too.
    whole = shown(replace(made, wording=replace(made.wording, released="Rules.")))[2]
    assert {row[0]: row[1:] for row in whole.rows}["Site"] == ("", "", "no overlap")
    head = SECTIONS["comparison"].finding
    assert head is not None
    assert head(replace(made, results=hidden)) == "The characteristics of the groups are not shown."


def test_the_diagram_counts_everybody_once(made: Analysis) -> None:
    _, picture, _ = shown(made)
    assert picture.alt == (
        "9 discharges in the data, 9 discharges included, 7 discharges compared, 1 did not meet: free of relapse "
        "at day 14, 1 did not meet: still followed after day 14, Step-down; 3 discharges; 1 relapse by day 90; "
        "0 died or went into custody; 0 not followed to day 90; 2 followed to day 90 without either and "
        "No step-down; 4 discharges; 1 relapse by day 90; 1 died or went into custody; 1 not followed to day 90; "
        "1 followed to day 90 without either."
    )
    drawn = " ".join(text.get_text() for text in picture.figure.texts)
    for words in ("9 discharges in the data", "1 did not meet", "3 discharges", "4 discharges"):
        assert words in drawn


def test_the_diagram_of_a_public_report_names_what_it_does_not_count(made: Analysis) -> None:
    table = made.results.table
    lost = (table["term"] == "Free of relapse at day 14") & (table["statistic"] == "removed")
    lost |= (table["term"] == "Still followed after day 14") & (table["statistic"] == "kept")
    assert lost.any()
    picture = attrition(
        Results(table.assign(estimate=table["estimate"].mask(lost))),
        analysis="landmark_14",
        word="relapse",
        day=90,
    )
    assert "did not meet (number not shown): free of relapse at day 14" in picture.alt
    assert "discharges compared (number not shown)" in picture.alt


def test_without_groups_the_section_is_left_out(tmp_path: Path) -> None:
    assert SECTIONS["comparison"].show(analyzed(draw(PEOPLE), tmp_path)) == ()


def test_a_diagram_needs_steps() -> None:
    empty = Results(pd.DataFrame({"estimand": ["risk"], "time": [30], "estimate": [0.1]}))
    with pytest.raises(ResultError, match="The results hold no steps of a selection, so there is no diagram"):
        attrition(empty, analysis="landmark_14")
