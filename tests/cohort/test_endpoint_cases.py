"""Every hand-worked case of a daily definition, with the follow-up that goes with it."""

import re
from functools import lru_cache

import pytest

from stepdown.cohort import CAUSES
from stepdown.cohort.outcome_days import followed, linked
from stepdown.schema import MOMENTS, endpoint
from support_cohort import draw
from support_endpoints import DAILY
from support_study import described
from tests.cases.parser import PLAIN, Case, cases

pytestmark = pytest.mark.slow

CASES = cases("daily")
# Another client holds whatever a definition needs to have been observed.
OTHER = (
    "z: stay -28..0 | randomization_day -28 | follow -28..90 | - 1 urine | - 1 | - 2 | admitted 50 residential "
    "| emergency 50 claim sud definite"
)
EVENT = re.compile(r"days? (\d+)(?:-(\d+))?(?:, confirmed (\d+))?")
OTHERWISE = re.compile(r"(none by|death on|incarceration on) day (\d+)")
Outcome = tuple[int, int, int, str]


def group(case: Case) -> tuple[object, ...]:
    """Return what cases share that can be drawn in one cohort."""
    return case.name, tuple(case.settings.items())


def stays(case: Case) -> tuple[str, ...]:
    """Return the drawing, a stay a line; the first line is a plain stay where the case draws none."""
    first, *others = case.lines
    if not first.startswith("stay"):
        first = f"{PLAIN} | {first}" if first else PLAIN
    return (first, *others)


def expected(case: Case) -> Outcome:
    """Return first and last day of the onset, confirmed day and cause; without the event, the last day."""
    if event := EVENT.fullmatch(case.expected):
        first, last, confirmed = event.groups()
        latest = int(last or first)
        return int(first), latest, int(confirmed or latest), "relapse"
    other = OTHERWISE.fullmatch(case.expected)
    assert other is not None, f"not a result: {case.expected}"
    return (int(other[2]),) * 3 + (other[1].removesuffix(" on").replace("none by", ""),)


@lru_cache
def outcomes(key: tuple[object, ...]) -> dict[str, Outcome]:
    """Derive all cases of a group at once."""
    mine = [case for case in CASES if group(case) == key]
    lines = [f"{number}: {line}" for number, case in enumerate(mine) for line in stays(case)]
    given = mine[0].settings
    zero, missing = given.pop("zero", "discharge"), given.pop("missing", "as_defined")
    visits, after = given.pop("visits", "").split(), int(given.pop("after", "0"))
    asked = described(
        time_zero={"event": zero, "day_zero": "event"},
        outcome__endpoint=mine[0].name,
        outcome__missing=missing,
        outcome__parameters={name: int(value) for name, value in given.items()},
    )
    cohort = draw("\n".join([*lines, OTHER]), visits=tuple(int(day) for day in visits), after=after)
    # The first stay of each is the one looked from, whatever `derive` would make of it.
    table = cohort.discharges.assign(zero=cohort.discharges[MOMENTS[zero]])
    table = table.drop_duplicates("client_id").reset_index(drop=True)
    people, _ = followed(linked(table, cohort, event=zero), asked)
    causes = {code: name for name, code in CAUSES.items()} | {0: ""}
    known = people["confirmed"].where(people["event"] == 1, people["days"])
    rows = zip(people["days_earliest"], people["days"], known, people["event"].map(causes), strict=True)
    found = dict(zip(people["client_id"], rows, strict=True))
    return {case.drawing: found[str(number)] for number, case in enumerate(mine)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_by_hand(case: Case) -> None:
    assert outcomes(group(case))[case.drawing] == expected(case)


def test_every_definition_has_cases_with_and_without_the_event() -> None:
    for spec in DAILY:
        found = {expected(case)[3] == "relapse" for case in CASES if case.name == spec.name}
        assert found == {True, False}, spec.name


def test_every_rule_for_missing_observations_and_every_parameter_has_a_case() -> None:
    for spec in DAILY:
        mine = [case for case in CASES if case.name == spec.name]
        if spec.missing != ("as_defined",):
            assert {case.own.get("missing", "as_defined") for case in mine} == set(spec.missing), spec.name
    varied = {name for case in CASES for name in case.own} - {"missing", "zero", "visits", "after"}
    assert varied == {one.name for spec in DAILY for one in spec.parameters}


def test_cases_are_of_daily_definitions() -> None:
    assert {case.name for case in CASES} <= {spec.name for spec in DAILY}
    assert all(endpoint(case.name) in DAILY for case in CASES)


def test_no_case_is_drawn_twice() -> None:
    assert len({case.id for case in CASES}) == len(CASES)
