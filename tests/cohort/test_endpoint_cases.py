"""Every hand-drawn case of a daily definition, with the follow-up that goes with it."""

from functools import lru_cache

import pytest

from stepdown.cohort import CAUSES
from stepdown.cohort.outcome_days import followed
from stepdown.cohort.relapse.daily.drawn_cases import CASES, Case
from stepdown.schema import MOMENTS, endpoints
from support_cohort import draw
from support_endpoints import DAILY
from support_study import described

# Somebody else holds whatever a definition needs to have been observed.
OTHER = (
    "z: stay -28..0 | randomization_day -28 | follow -28..90 | - 1 urine | - 1 | - 2 | admitted 50 residential "
    "| emergency 50 claim sud definite"
)


def group(case: Case) -> tuple[object, ...]:
    """Return what cases share that can be drawn in one cohort."""
    return case.endpoint, case.missing, case.zero, tuple(case.parameters.items()), case.visits, case.after


@lru_cache
def outcomes(key: tuple[object, ...]) -> dict[str, tuple[int, int, int, str]]:
    """Derive all cases of a group at once: by client, first and last day, confirmed day and cause."""
    cases = [case for case in CASES if group(case) == key]
    lines = [f"{number}: {line}" for number, case in enumerate(cases) for line in case.lines]
    asked = described(
        time_zero={"event": cases[0].zero, "day_zero": "event"},
        outcome__endpoint=cases[0].endpoint,
        outcome__missing=cases[0].missing,
        outcome__parameters=cases[0].parameters,
    )
    cohort = draw("\n".join([*lines, OTHER]), visits=cases[0].visits, after=cases[0].after)
    # The first stay of each is the one looked from, whatever `derive` would make of it.
    zero = cohort.discharges[MOMENTS[cases[0].zero]]
    table = cohort.discharges.assign(zero=zero).drop_duplicates("client_id").reset_index(drop=True)
    people, _ = followed(table, cohort, asked)
    causes = {code: name for name, code in CAUSES.items()} | {0: ""}
    known = people["confirmed"].where(people["event"] == 1, people["days"])
    told = zip(people["days_earliest"], people["days"], known, people["event"].map(causes), strict=True)
    found = dict(zip(people["client_id"], told, strict=True))
    return {case.client: found[str(number)] for number, case in enumerate(cases)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.endpoint} {case.client} {case.options}")
def test_by_hand(case: Case) -> None:
    assert outcomes(group(case))[case.client] == (case.earliest, case.latest, case.confirmed, case.cause)


def test_every_definition_has_cases_with_and_without_the_event() -> None:
    for spec in DAILY:
        found = {bool(case.cause == "relapse") for case in CASES if case.endpoint == spec.name}
        assert found == {True, False}, spec.name


def test_every_rule_for_missing_observations_and_every_parameter_has_a_case() -> None:
    for spec in DAILY:
        mine = [case for case in CASES if case.endpoint == spec.name]
        if spec.missing != ("as_defined",):
            assert {case.missing for case in mine} == set(spec.missing), spec.name
    varied = {name for case in CASES for name in case.parameters}
    assert varied == {one.name for spec in DAILY for one in spec.parameters}


def test_cases_are_of_definitions_that_there_are() -> None:
    assert {case.endpoint for case in CASES} <= {spec.name for spec in endpoints()}
