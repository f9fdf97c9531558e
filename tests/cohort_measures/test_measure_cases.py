"""Every measure on cohorts drawn by hand; docs/measures.md shows the same cases."""

from dataclasses import replace

import pytest

from stepdown.cohort.measures import measure
from stepdown.schema import read_measures
from support_cohort import draw
from tests.cases.parser import Case, cases

pytestmark = pytest.mark.slow

CASES = cases("measures")
REGISTRY = read_measures()
MEASURES = {spec.name: spec for spec in (*REGISTRY, *REGISTRY.earlier)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_drawn_case_gives_its_counts(case: Case) -> None:
    spec = MEASURES[case.name]
    cohort = draw("\n".join(case.lines), data_cut=int(case.settings["data_cut"]))
    cohort = replace(cohort, clock=case.settings.get("clock", "day"))
    result = measure(cohort, spec, by=())
    counts = [
        f"{row.numerator}/{row.denominator}"
        for row in result.table[["numerator", "denominator"]].itertuples()
    ]
    expected, *excluded = (part.strip() for part in case.expected.split("|"))
    assert ", ".join(counts) == expected
    last = result.exclusions[result.exclusions["window"] == spec.windows[-1]]
    out = [
        reason for reason, count in zip(last["reason"], last["removed"], strict=True) for _ in range(count)
    ]
    assert sorted(out) == sorted(excluded)


def test_every_measure_has_a_case() -> None:
    assert {case.name for case in CASES} == set(MEASURES)
