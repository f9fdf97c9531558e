"""Secondary endpoints in the report: where the study asks for them, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from stepdown.display.text_and_tables import Table
from stepdown.errors import StudyError
from stepdown.report.sections import SECTIONS
from stepdown.results.reading import rows_of
from stepdown.sections.secondary.read import shares_by_arm
from support_cohort import draw
from support_run import ARMS, analyzed
from support_study import study

STAY = "stay -28..0 | follow 0..90"
PEOPLE = f"""a: {STAY} | iop 4 | - 30 | - 60
b: {STAY} | + 6 | iop 20 | + 30
c: {STAY} | iop 12 missed | - 30
d: {STAY} | - 30 | death 40
"""
BOTH = '[outcome]\ntimes = [30, 90]\nsecondary = ["first_session@1", "abstinent_at@1"]\n[care]\ndays = [7]\n'


def tables(a: object) -> list[Table]:
    return [part for part in SECTIONS["secondary"].show(a) if isinstance(part, Table)]  # type: ignore[arg-type]


def test_both_are_printed_where_the_study_asks_for_them(tmp_path: Path) -> None:
    a = analyzed(draw(PEOPLE, visits=(30, 60), before=7, after=7), tmp_path, more=BOTH)
    first, abstinent = tables(a)
    # 4 people: a session on day 4, a relapse on day 6, a death on day 40, and one with nothing.
    assert first.columns == ("What came first", "By day 7", "By day 30", "By day 90")
    assert [(row[0], *(cell.split(" ")[0] for cell in row[1:])) for row in first.rows] == [
        ("First session", "25.0%", "25.0%", "25.0%"),
        ("Relapse", "25.0%", "25.0%", "25.0%"),
        ("Death", "0.0%", "0.0%", "25.0%"),
        ("Incarceration", "0.0%", "0.0%", "0.0%"),
        ("Readmission", "0.0%", "0.0%", "0.0%"),
    ]
    # Day 60: only a was contacted; b and c count as use, or as at day 30; d had died.
    assert [row[0] for row in abstinent.rows] == ["Day 30", "Day 60"]
    assert [[cell.split(" [")[1] for cell in row[1:]] for row in abstinent.rows] == [
        ["3 of 4]", "3 of 4]", "3 of 4]"],
        ["1 of 1]", "1 of 3]", "2 of 3]"],
    ]
    assert abstinent.columns == ("Visit", "Contacted only", "Missing = use", "Missing = last result")


def test_contacts_that_never_find_use_show_no_abstinence(tmp_path: Path) -> None:
    note = (
        "No contact found any use. Where people with a known relapse are not contacted again, the shares of those contacted "
        "cannot show it: use the risk of relapse."
    )
    registered = PEOPLE.replace(" | + 30", "")
    for people, said in ((PEOPLE, False), (registered, True)):
        a = analyzed(draw(people, visits=(30, 60), before=7, after=7), tmp_path, more=BOTH)
        assert (note in tables(a)[1].notes) == said


def test_nothing_is_printed_where_it_does_not(tmp_path: Path) -> None:
    a = analyzed(draw(PEOPLE, visits=(30, 60)), tmp_path)
    assert SECTIONS["secondary"].show(a) == ()


def test_what_the_data_lack_is_said(tmp_path: Path) -> None:
    a = analyzed(draw(f"a: {STAY} | - 30\nb: {STAY}"), tmp_path, more=BOTH)
    assert [str(part) for part in SECTIONS["secondary"].parts(a)] == [
        "First session after discharge: not shown. first_session@1 needs sessions or spans of care; the cohort "
        "holds none. Map them in the cohort file, or choose another endpoint: `stepdown endpoints --cohort "
        "cohort.toml` shows which can be used.",
        "Abstinence at the contacts due: not shown. abstinent_at@1 needs days on which contacts were due: a due "
        "day of findings, or a [schedule]; the cohort holds none. Map them in the cohort file, or choose another "
        "endpoint: `stepdown endpoints --cohort cohort.toml` shows which can be used.",
    ]
    assert rows_of(a.results, analysis="whole_cohort", estimand="first_session").empty


def test_a_secondary_endpoint_is_no_outcome_and_an_outcome_no_secondary_one() -> None:
    with pytest.raises(StudyError, match="endpoint is unknown"):
        study(outcome__endpoint="first_session@1")
    message = "secondary must name different endpoints of: first_session@1, abstinent_at@1"
    for names in (["first_use@1"], ["first_session@1"] * 2):
        with pytest.raises(StudyError, match=message):
            study(outcome__secondary=names)


def test_shares_are_shown_by_arm(tmp_path: Path) -> None:
    """The arms are on the landmark of day 14, so that b, who relapsed before it, is in neither."""
    a = analyzed(draw(PEOPLE, visits=(30, 60), before=7, after=7), tmp_path, more=BOTH + ARMS)
    _, _, by_arm = tables(a)
    assert by_arm.caption == "No use in the 30 days up to the contact due, by arm"
    assert [(row[0], row[1], *(cell.partition(" [")[2] for cell in row[2:])) for row in by_arm.rows] == [
        ("Day 30", "Step-down", "1 of 1]", "1 of 1]", "1 of 1]"),
        ("Day 30", "No step-down", "2 of 2]", "2 of 2]", "2 of 2]"),
        ("Day 60", "Step-down", "1 of 1]", "1 of 1]", "1 of 1]"),
        ("Day 60", "No step-down", "", "0 of 1]", "1 of 1]"),
    ]


UNSURE = f"""a: {STAY} | iop 4 | - 30 | - 60
b: {STAY} | + (0,30] | - 60
c: {STAY} | - 30 | - 60
d: {STAY} | + (0,30] | + 60
"""


def test_a_range_is_shown_where_a_relapse_may_have_come_before_the_landmark(tmp_path: Path) -> None:
    """Of those without care c is compared; b and d, whose use lies in (0, 30], may be, and used by day 30.

    b was abstinent at day 60, and d used: with d and without b 1 of 2 were abstinent, with b and without d all.
    """
    rule = '[outcome]\ninterval = "bounds"\n'
    cohort = draw(UNSURE, visits=(30, 60), before=7, after=7)
    a = analyzed(cohort, tmp_path, more=BOTH.replace("[outcome]\n", rule) + ARMS)
    by_arm = tables(a)[-1]
    assert [(row[0], row[1], row[2].partition(" [")[2]) for row in by_arm.rows] == [
        ("Day 30", "Step-down, lowest", "1 of 1]"),
        ("Day 30", "Step-down, highest", "1 of 1]"),
        ("Day 30", "No step-down, lowest", "1 of 3]"),
        ("Day 30", "No step-down, highest", "1 of 1]"),
        ("Day 60", "Step-down, lowest", "1 of 1]"),
        ("Day 60", "Step-down, highest", "1 of 1]"),
        ("Day 60", "No step-down, lowest", "1 of 2]"),
        ("Day 60", "No step-down, highest", "2 of 2]"),
    ]
    assert by_arm.notes[-1] == (
        "Lowest and highest: for some clients it is not known whether the relapse came before the start of the "
        "comparison, so that they are compared or not. Lowest: with those of them who used, without those who "
        "were abstinent; highest: the other way round."
    )


def test_shares_of_imputations_are_pooled(tmp_path: Path) -> None:
    rule = '[outcome]\ninterval = "imputed"\nimputations = 3\n'
    cohort = draw(UNSURE, visits=(30, 60), before=7, after=7)
    a = analyzed(cohort, tmp_path, more=BOTH.replace("[outcome]\n", rule) + ARMS)
    found = shares_by_arm(a.results, "abstinent_at").query("level == 'as_defined' and time == 30")
    assert set(found["bound"]) == {""}
    care, none = found["estimate"]
    assert care == 1
    # Between 1 of 1, where both relapsed before day 14, and 1 of 3, where neither did.
    assert 1 / 3 < none < 1
    assert found["method"].str.endswith("3 imputations pooled").all()


def by_sex(tmp_path: Path, outcome: str, people: str = PEOPLE) -> object:
    """Analyze the people with a and c as women, b and d as men, compared from day 0."""
    arms = """
[contrast]
arms = { column = "sex", values = ["female", "male"], labels = ["Women", "Men"] }

[analysis]
primary = { design = "baseline" }
"""
    cohort = draw(people, visits=(30, 60), before=7, after=7)
    codes = cohort.discharges["client_id"].map({"a": 0, "b": 1, "c": 0, "d": 1}).to_numpy()
    sex = pd.Categorical.from_codes(codes, categories=["female", "male", "other"])
    changed = replace(cohort, discharges=cohort.discharges.assign(sex=sex))
    return analyzed(changed, tmp_path, more=outcome + arms)


@pytest.mark.parametrize("interval", ["imputed", "bounds"])
def test_arms_known_at_the_start_are_shown_where_the_day_of_relapse_is_an_interval(
    tmp_path: Path, interval: str
) -> None:
    rule = f'[outcome]\ninterval = "{interval}"\nimputations = 2\n'
    people = PEOPLE.replace("+ 6", "+ (0,6]")
    by_arm = tables(by_sex(tmp_path, BOTH.replace("[outcome]\n", rule), people))[-1]
    assert by_arm.caption == "No use in the 30 days up to the contact due, by arm"
    assert [(row[:2], row[2].partition(" [")[2]) for row in by_arm.rows][:2] == [
        (("Day 30", "Women"), "2 of 2]"),
        (("Day 30", "Men"), "1 of 2]"),
    ]


def test_what_came_first_is_shown_by_arms_that_are_known_at_the_start(tmp_path: Path) -> None:
    by_arm = tables(by_sex(tmp_path, BOTH))[1]
    assert by_arm.caption == "What came first by day 90, by arm"
    assert by_arm.columns == ("", "Women", "Men")
    assert [(row[0], *(cell.split(" ")[0] for cell in row[1:])) for row in by_arm.rows][:3] == [
        ("First session", "50.0%", "0.0%"),
        ("Relapse", "0.0%", "50.0%"),
        ("Death", "0.0%", "50.0%"),
    ]
