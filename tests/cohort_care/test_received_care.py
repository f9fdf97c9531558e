"""Care counts alike for arms, levels of care and quality measures, whichever table holds it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort import derive
from stepdown.cohort.care import client_days, levels_started, received_care, spells
from stepdown.compare.arm_membership import arms
from stepdown.schema import LEVELS, Cohort
from support_cohort import draw
from support_study import study

pytestmark = pytest.mark.slow


def rows(cohort: Cohort) -> list[str]:
    care = received_care(cohort.discharges, cohort.services)
    parts = zip(care.clients["client_id"], care.level, care.start, care.end, care.of_services, strict=True)
    return [
        f"{client} {LEVELS[level]} {start:g}..{end:g} {'services' if served else 'discharges'}"
        for client, level, start, end, served in parts
    ]


def test_rows_of_both_tables() -> None:
    cohort = draw(
        """
        a: stay -28..0 | iop 5 | iop 7 missed | iop 9 drug_test | outpatient 20..30
        a: stay 4.. iop
        b: stay -5..0 withdrawal | residential 0..28
        """
    )
    assert rows(cohort) == [
        "a residential -28..0 discharges",
        "a iop 4..inf discharges",
        "b withdrawal -5..0 discharges",
        "a iop 5..5 services",
        "a outpatient 20..30 services",
        "b residential 0..28 services",
    ]
    gone = cohort.discharges.assign(discharge_day=pd.array([0, 9, None], dtype="Int64"))
    gone["admit_day"] = pd.array([None, None, None], dtype="Int64")
    assert rows(replace(cohort, discharges=gone))[:2] == [
        "a residential 0..0 discharges",
        "a iop 9..9 discharges",
    ]


def arm_of_each(cohort: Cohort) -> list[int]:
    plan = study()
    return arms(derive(cohort, plan), plan, day=14).tolist()


def test_an_episode_of_discharges_puts_its_client_in_the_arm() -> None:
    text = """
    a: stay -28..0 | follow 0..90
    a: stay 5..40 iop
    b: stay -28..0 | follow 0..90 | iop 5
    c: stay -28..0 | follow 0..90
    c: stay 15..40 iop
    d: stay -28..0 | follow 0..90
    d: stay 2..60 outpatient
    e: stay -28..0 | follow 0..90
    e: stay -60..-30 iop
    """
    assert arm_of_each(draw(text)) == [0, 0, 1, 1, 1]


def test_an_episode_that_is_time_zero_is_not_the_care_after_it() -> None:
    text = "a: stay -28..0 iop | follow 0..90\nb: stay -28..0 iop | follow 0..90\nb: stay 3..20 php"
    eligible = [{"name": "IOP", "keep": {"column": "level", "is_in": ["iop"]}}]
    people = derive(draw(text), study(eligibility=eligible))
    assert np.argwhere(people.first_care < np.inf).tolist() == [[1, LEVELS.index("php")]]
    assert people.first_care.min() == 3


DAYS = st.tuples(
    st.sampled_from("ab"),
    st.sampled_from(["php", "iop", "outpatient"]),
    st.integers(-20, 60),
    st.sampled_from([0, 0, 3, 20]),
)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(DAYS, min_size=1, max_size=6))
def test_the_table_makes_no_difference(drawn: list[tuple[str, str, int, int]]) -> None:
    stays = ["a: stay -28..0 | follow 0..90", "b: stay -28..0 | follow 0..90"]
    care = [(name, level, start, start + more) for name, level, start, more in drawn]
    served = draw(
        "\n".join(
            line
            + "".join(f" | {level} {start}..{end}" for name, level, start, end in care if name == line[0])
            for line in stays
        )
    )
    held = draw(
        "\n".join([*stays, *(f"{name}: stay {start}..{end} {level}" for name, level, start, end in care)])
    )
    both = replace(held, services=served.services)
    assert arm_of_each(served) == arm_of_each(held) == arm_of_each(both)
    found = [started(one) for one in (served, held, both)]
    pd.testing.assert_frame_equal(found[0], found[1])
    pd.testing.assert_frame_equal(found[0], found[2])
    days = [levels(one) for one in (served, held, both)]
    assert days[0] == days[1] == days[2]
    runs = [
        spells(one.services, one.discharges)[["client_id", "level", "start_day", "end_day"]]
        for one in (served, held, both)
    ]
    pd.testing.assert_frame_equal(runs[0], runs[1])
    pd.testing.assert_frame_equal(runs[0], runs[2])


def started(cohort: Cohort) -> pd.DataFrame:
    return levels_started(derive(cohort, study()).table, cohort.discharges, cohort.services)


def levels(cohort: Cohort) -> list[str]:
    asked = pd.DataFrame({"client_id": ["a"] * 90 + ["b"] * 90, "day": [*range(90), *range(90)]})
    asked = asked.astype({"client_id": "string[pyarrow]"})
    return client_days(asked, cohort.discharges, cohort.services)["level"].tolist()
