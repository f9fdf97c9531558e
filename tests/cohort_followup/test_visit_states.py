"""Who was due, reached, refused, lost, dead or in custody: drawn by hand, every state and its edges."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort import derive
from stepdown.cohort.followup import STATES, Completeness, completeness, due_schedule
from stepdown.errors import DesignError
from stepdown.schema import Schedule
from support_cohort import draw
from support_study import described
from tests.cases.parser import Case, cases

pytestmark = pytest.mark.slow

CASES = cases("followup")
VISITS = {"visits": (30, 90), "before": 7, "after": 14}


def found(text: str, *, data_cut: int | None = 400, **plan: object) -> Completeness:
    cohort = draw(text, data_cut=data_cut, **(VISITS | plan))
    return completeness(cohort, derive(cohort, described(time_zero__episode="all")))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_states_by_hand(case: Case) -> None:
    given = case.settings
    visits = tuple(int(day) for day in given.pop("visits").split())
    result = found(
        f"a: stay -28..0 | {case.drawing}",
        visits=visits,
        **{name: int(value) for name, value in given.items()},
    )
    assert ", ".join(result.at(visit)[0] for visit in visits) == case.expected


def test_every_state_has_a_case() -> None:
    # What is not due yet depends on the data cut: see below.
    assert {state for case in CASES for state in case.expected.split(", ")} == set(STATES) - {"not_due"}


@pytest.mark.parametrize(
    ("cut", "expected"),
    [(43, ["not_due", "not_due"]), (44, ["contacted", "not_due"]), (104, ["contacted"] * 2)],
)
def test_nobody_is_due_before_the_window_has_ended(cut: int, expected: list[str]) -> None:
    result = found("a: stay -28..0 | - 30 | - 90", data_cut=cut)
    assert [result.at(30)[0], result.at(90)[0]] == expected


def test_without_a_data_cut_the_end_of_follow_up_stands_for_it() -> None:
    text = "a: stay -28..0 | follow 0..43\nb: stay -28..0 | follow 0..44\nc: stay -28..0 | follow 0..20 lost"
    assert list(found(text, data_cut=None).at(30)) == ["not_due", "missed", "lost"]


def test_days_count_from_each_time_zero() -> None:
    text = "a: stay 100..128 | - 158\na: stay 180..200 | - 290"
    result = found(text)
    assert list(result.at(30)) == ["contacted", "missed"]
    assert list(result.at(90)) == ["missed", "contacted"]
    reached = result.states[result.states["state"] == "contacted"]
    assert reached[["row", "visit", "day"]].values.tolist() == [[0, 30, 30], [1, 90, 90]]


COUNTED = """
a: stay -28..0 | - 30
b: stay -28..0 | - 31
c: stay -28..0 | death 20
d: stay -28..0 | jail 20
e: stay -28..0 | refused 30
f: stay -28..0 | follow 0..20 lost
g: stay -28..0 | follow 0..400 | + 10 registry
h: stay 80..90
"""


def test_counts_and_rates() -> None:
    row = found(COUNTED, visits=(30,), data_cut=120).table.iloc[0]
    counts = {name: row[name] for name in (*STATES, "discharges", "due", "eligible", "clients")}
    assert counts == {
        "not_due": 1,
        "contacted": 2,
        "dead": 1,
        "incarcerated": 1,
        "out_of_window": 0,
        "relapsed": 1,
        "refused": 1,
        "lost": 1,
        "missed": 0,
        "discharges": 8,
        "due": 7,
        "eligible": 5,
        "clients": 5,
    }
    # Wilson's interval of 2 of 5, and of 5 of 7 whose outcome is known.
    assert [row["rate"], row["conf_low"], row["conf_high"]] == pytest.approx(
        [0.4, 0.1176208, 0.7692757], abs=1e-6
    )
    assert [row["known"], row["known_low"], row["known_high"]] == pytest.approx(
        [5 / 7, 0.3589344, 0.9177811], abs=1e-6
    )


def test_the_schedule_can_be_read_from_due_days() -> None:
    text = "a: stay -28..0 | - 28 due 30 | ? 95 due 90\nb: stay 0..50 | - 80 due 80 | - 500 due 470"
    cohort = draw(text, data_cut=900)
    people = derive(cohort, described())
    assert due_schedule(cohort, people.table, least_share=0.5) == Schedule(
        visits=(30, 90, 420), before=2, after=30
    )
    assert due_schedule(cohort, people.table, least_share=0.6) == Schedule(visits=(30,), before=2, after=0)
    assert completeness(cohort, people).schedule.visits == (30, 90, 420)
    with pytest.raises(DesignError) as caught:
        due_schedule(cohort, people.table, least_share=1.1)
    assert str(caught.value) == (
        "No day after time zero is the due day of at least 110% of 2 discharges, so due_day shows no visit schedule. "
        "State [schedule] in the cohort file."
    )
    bare = draw("a: stay -28..0 | - 30", data_cut=400)
    with pytest.raises(DesignError) as caught:
        completeness(bare, derive(bare, described()))
    assert str(caught.value) == (
        "No visit schedule is defined. State [schedule] in the cohort file, or map due_day."
    )
    with pytest.raises(KeyError):
        found(COUNTED).at(31)


EVENTS = (
    "- {d}",
    "? {d}",
    "refused {d}",
    "jail {d}",
    "death {d}",
    "- {d} due 30",
    "follow 0..{d} lost",
    "+ {d} registry",
)
LINES = st.lists(
    st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(1, 120)), max_size=4), min_size=1, max_size=5
)


@settings(max_examples=12, deadline=None)
@given(LINES, st.integers(30, 140), st.integers(-40, 40))
def test_laws(lines: list[list[tuple[str, int]]], cut: int, shift: int) -> None:
    def drawn(move: int, order: list[int]) -> str:
        rows = []
        for number in order:
            words = [f"c{number}: stay {move - 28}..{move}"]
            for event, day in lines[number]:
                text = event.replace("due 30", f"due {30 + move}").replace("0..", f"{move}..")
                words.append(text.replace("{d}", str(day + move)))
            rows.append(" | ".join(words))
        return "\n".join(rows)

    straight = list(range(len(lines)))
    result = found(drawn(0, straight), data_cut=cut)
    # Every discharge is in one state at every visit; the states add up; due and eligible follow from them.
    table = result.table
    assert (table[list(STATES)].sum(axis=1) == table["discharges"]).all()
    assert len(result.states) == len(lines) * 2
    assert (table["due"] == table["discharges"] - table["not_due"]).all()
    assert (table["eligible"] == table["due"] - table["dead"] - table["incarcerated"]).all()
    asked = table[table["eligible"] > 0]
    assert np.allclose(asked["rate"], asked["contacted"] / asked["eligible"])
    # Another day 0 on the own clock changes nothing; nor does the order of the discharges.
    pd.testing.assert_frame_equal(found(drawn(shift, straight), data_cut=cut + shift).table, table)
    turned = found(drawn(0, straight[::-1]), data_cut=cut)
    pd.testing.assert_frame_equal(turned.table, table)
    assert list(turned.at(30)) == list(result.at(30))[::-1]


def test_a_due_day_belongs_to_the_last_discharge_before_it() -> None:
    cohort = draw("a: stay -28..0\na: stay 100..128 | - 158 due 158", data_cut=400)
    people = derive(cohort, described(time_zero__episode="all"))
    assert due_schedule(cohort, people.table).visits == (30,)


def test_a_contact_outside_the_window_tells_the_outcome_and_is_not_follow_up_in_time() -> None:
    row = found("a: stay -28..0 | - 50 due 30", visits=(30,)).table.iloc[0]
    assert (row["out_of_window"], row["rate"], row["known"]) == (1, 0, 1)
