"""Every measure on cohorts drawn by hand; the same table stands in docs/measures.md."""

import pytest

from stepdown.cohort.measures import Case, cases, measure
from stepdown.schema import read_measures
from support_cohort import draw

pytestmark = pytest.mark.slow

REGISTRY = read_measures()


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.measure}: {case.why}")
def test_the_drawn_case_gives_its_counts(case: Case) -> None:
    spec = REGISTRY[case.measure]
    result = measure(draw(case.drawn, data_cut=case.data_cut), spec, by=())
    counts = [
        f"{row.numerator}/{row.denominator}"
        for row in result.table[["numerator", "denominator"]].itertuples()
    ]
    assert counts == list(case.counts)
    last = result.exclusions[result.exclusions["window"] == spec.windows[-1]]
    out = [
        reason for reason, count in zip(last["reason"], last["removed"], strict=True) for _ in range(count)
    ]
    assert sorted(out) == sorted(case.excluded)


def test_every_measure_has_a_case() -> None:
    assert {case.measure for case in cases()} == {spec.id for spec in REGISTRY}
