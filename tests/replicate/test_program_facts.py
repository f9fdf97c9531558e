"""Program facts: each can be held, and a cohort's own value by hand."""

import pandas as pd
import pytest

from stepdown.replicate.facts_page import facts_page
from stepdown.replicate.own_cohort import OwnCohort
from stepdown.replicate.program_facts import own_value, program_facts
from stepdown.report.page import asks_outside
from stepdown.schema import Cohort
from stepdown.sources import from_frames


def cohort(size: int = 12) -> Cohort:
    names = [f"p{number}" for number in range(size)]
    sessions = [(name, "iop", 30 + day, 3.0, "group") for name in names for day in (0, 2, 4)]
    sessions += [(names[0], "iop", 31, 1.0, "individual")]
    return from_frames(
        discharges=pd.DataFrame(
            {"client_id": names, "admit_day": 0, "discharge_day": 28, "level": "residential",
             "warm_handoff": [True] * 3 + [False] * (size - 3), "plan_started_day": [6] * 6 + [7] * (size - 6)}
        ),
        services=pd.DataFrame(sessions, columns=["client_id", "level", "start_day", "hours", "kind"]),
        basis="synthetic",
        clock="day",
    )  # fmt: skip


def value(text: str, held: Cohort) -> str:
    return own_value(next(one for one in program_facts() if one.fact.startswith(text)), held)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("In one program IOP is 30 sessions", "median 3.0 sessions (quartiles 3.0 to 3.0)"),
        ("Residential treatment is", "median 28.0 days (quartiles 28.0 to 28.0)"),
        ("Groups of 60 to 90", "97.3% of 37 services"),
        ("The plan for after discharge", "50.0% of 12 discharges"),
        ("Handoff: a named contact", "not recorded: named contact at the next level"),
        ("PHP (ASAM 2.5)", "fewer than 11 with a value"),
        ("The order is", "fewer than 11 clients with both levels"),
        ("Urine is screened", "not recorded: source, day of the finding"),
    ],
)
def test_values_by_hand(text: str, words: str) -> None:
    assert value(text, cohort()) == words


def test_few_people_have_no_value() -> None:
    assert value("The plan for after discharge", cohort(10)) == "fewer than 11 discharges"


def test_every_fact_has_a_place_and_the_page_loads_nothing() -> None:
    page = facts_page(OwnCohort(cohort=cohort(), digest="x"))
    assert all(one.columns for one in program_facts())
    assert page.count("<tr>") == len(program_facts()) + 1
    assert "Own cohort (synthetic)" in page
    assert not asks_outside(page)
    assert "Own cohort" not in facts_page(None)
