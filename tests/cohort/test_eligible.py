"""Eligibility rules by hand, and the guard against values from the future."""

import pandas as pd
import pytest

from stepdown.cohort import derive
from stepdown.errors import DesignError
from stepdown.schema import Column
from support_cohort import draw
from support_study import described

FOUR = """
a: stay -28..0 | follow 0..90 | age 17
b: stay -28..0 | follow 0..90 | age 18
c: stay -28..0 | follow 0..90 | age 70
d: stay -28..0 | follow 0..90
"""
SEX = pd.Categorical(["male", "female", None, "male"], categories=["female", "male", "other"])


def left(keep: dict[str, object]) -> list[str]:
    cohort = draw(FOUR, sex=SEX, employed=pd.array([True, False, None, True], dtype="boolean"))
    people = derive(cohort, described(eligibility=[{"name": "Step", "keep": keep}]))
    return list(people.table["client_id"])


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        ({"column": "age", "at_least": 18}, "bc"),
        ({"column": "age", "at_most": 18}, "ab"),
        ({"column": "age", "known": True}, "abc"),
        ({"column": "age", "known": False}, "d"),
        ({"column": "age", "is_in": [17, 70]}, "ac"),
        ({"column": "age", "not_in": [17, 70]}, "bd"),
        ({"column": "sex", "is_in": ["male"]}, "ad"),
        ({"column": "sex", "not_in": ["male"]}, "bc"),
        ({"column": "employed", "is_in": [True]}, "ad"),
        ({"column": "employed", "not_in": [True]}, "bc"),
    ],
)
def test_rules(keep: dict[str, object], expected: str) -> None:
    assert "".join(left(keep)) == expected


def test_a_number_is_asked_of_a_text() -> None:
    with pytest.raises(DesignError) as caught:
        left({"column": "sex", "at_least": 1})
    assert str(caught.value) == (
        "`sex` is no number, so at_least and at_most cannot be used with it. Use is_in or not_in."
    )


@pytest.mark.parametrize("rule", ["is_in", "not_in"])
def test_a_value_that_no_row_can_hold_is_refused(rule: str) -> None:
    """A slip in `not_in` would otherwise keep everyone, without a word."""
    for values in (["mal"], [1], ["male", "Female"]):
        with pytest.raises(DesignError) as caught:
            left({"column": "sex", rule: values})
        assert str(caught.value) == (
            "`sex` never holds one of the values of is_in or not_in. Allowed: female, male, other."
        )
    for column in ("age", "employed"):
        with pytest.raises(DesignError) as caught:
            left({"column": column, rule: ["18"]})
        assert str(caught.value) == (
            f"`{column}` holds numbers or flags, so it never equals a text. Write the values of is_in or "
            "not_in without quotes."
        )


def known(moment: str) -> tuple[Column, ...]:
    return (Column(name="mark", meaning="A covariate.", kind="number", known=moment),)


def run(moment: str, event: str = "discharge", **columns: list[object]) -> int:
    cohort = draw(FOUR, covariates=known(moment), mark=[1.0, 1.0, 1.0, 1.0], **columns)
    step = {"name": "Marked", "keep": {"column": "mark", "is_in": [1]}}
    return len(derive(cohort, described(eligibility=[step], time_zero__event=event)).table)


@pytest.mark.parametrize(
    ("moment", "event", "columns"),
    [
        ("admission", "discharge", {}),
        ("discharge", "discharge", {}),
        ("admission", "admission", {}),
        ("randomization", "discharge", {"randomization_day": [0, -1, -28, -5]}),
        ("randomization", "randomization", {"randomization_day": [1, 2, 3, 4]}),
        ("seen_day", "discharge", {"seen_day": [0, -1, -28, -5]}),
    ],
)
def test_values_known_in_time_may_be_read(moment: str, event: str, columns: dict[str, list[object]]) -> None:
    assert run(moment, event, **columns) == 4


@pytest.mark.parametrize(
    ("moment", "event", "columns", "late"),
    [
        ("later", "discharge", {}, 4),
        ("discharge", "admission", {}, 4),
        ("randomization", "discharge", {"randomization_day": [0, 0, 1, 2]}, 2),
        # Without a day of randomization nobody can say that it lies before time zero.
        ("randomization", "discharge", {}, 4),
        # Never having been seen is news from the future.
        ("seen_day", "discharge", {"seen_day": [0, -1, None, 3]}, 2),
    ],
)
def test_values_from_the_future_are_refused(
    moment: str, event: str, columns: dict[str, list[object]], late: int
) -> None:
    with pytest.raises(DesignError) as caught:
        run(moment, event, **columns)
    assert str(caught.value) == (
        f"`mark` cannot be used for eligibility (Marked): its value becomes known after time zero for {late} of 4 "
        f'discharges (declared known = "{moment}"). Reading it earlier would credit care with the time that '
        "clients first had to stay relapse-free (immortal time). Valid designs: a landmark (arms read at a day, "
        'among those still observed and relapse-free then: analysis.primary = { design = "landmark", day = 14 } '
        "with strategies), or arms known by time zero, such as a randomized arm "
        '(design = "baseline").'
    )


def test_a_column_that_is_not_there() -> None:
    step = {"name": "Step", "keep": {"column": "shoe_size", "at_least": 1}}
    with pytest.raises(DesignError, match="`shoe_size` is no column of the discharges"):
        derive(draw(FOUR), described(eligibility=[step]))
