"""Every hand-worked case of the secondary endpoints."""

from functools import lru_cache

import pytest

from stepdown.cohort import derive, eligible
from stepdown.cohort.secondary import FIRST, first_session, results_at
from stepdown.schema import endpoints
from support_cohort import draw
from support_study import described
from tests.cases.parser import PLAIN, Case, cases

CASES = cases("secondary")
SIGNS = {1: "y", 0: "n", -1: "."}


def group(case: Case) -> tuple[object, ...]:
    """Return what cases share that can be drawn in one cohort."""
    return case.name, tuple(case.settings.items())


def lines(number: int, case: Case) -> list[str]:
    first, *others = case.lines
    first = first if first.startswith("stay") else f"{PLAIN} | {first}"
    return [f"{number}: {line}" for line in (first, *others)]


@lru_cache
def outcomes(key: tuple[object, ...]) -> dict[str, str]:
    """Work out all cases of a group at once."""
    mine = [case for case in CASES if group(case) == key]
    given = {name: value for name, value in mine[0].settings.items() if name not in ("visits", "zero")}
    visits = tuple(int(day) for day in mine[0].settings.get("visits", "").split())
    text = "\n".join(line for number, case in enumerate(mine) for line in lines(number, case))
    cohort = draw(text, visits=visits, **{name: int(value) for name, value in given.items()})
    zero = mine[0].settings.get("zero", "discharge")
    asked = described(time_zero={"event": zero, "day_zero": "event"})
    people = derive(cohort, asked)
    if mine[0].name == "first_session@1":
        found = first_session(eligible(cohort, asked).given, people)
        said = [
            f"{'none by' if not cause else f'{FIRST[cause]} on'} day {day:.0f}"
            for day, cause in zip(found.days, found.cause, strict=True)
        ]
    else:
        at = results_at(eligible(cohort, asked).given, people)
        said = [
            ", ".join(
                f"day {visit}: {' '.join(SIGNS[int(one[place, row])] for one in at.results.values())}"
                for place, visit in enumerate(at.visits)
            )
            for row in range(len(people.table))
        ]
    by_client = dict(zip(people.table["client_id"], said, strict=True))
    return {case.drawing: by_client[str(number)] for number, case in enumerate(mine)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_by_hand(case: Case) -> None:
    assert outcomes(group(case))[case.drawing] == case.expected


def test_every_secondary_endpoint_has_cases() -> None:
    assert {case.name for case in CASES} == {spec.name for spec in endpoints() if spec.secondary}
