"""The range given where relapse days are intervals is the true one: every placement is tried."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort import derive
from stepdown.compare import design, whole
from stepdown.estimate import estimate_design
from support_cohort import draw
from support_size import quick_or_long
from support_study import described, study

pytestmark = pytest.mark.slow

DAY = 6
Person = tuple[str, int, int]


@st.composite
def people(draw_one: st.DrawFn) -> list[Person]:
    """Kinds: interval (since, day], exact relapse, lost, jailed; days 1 to 9."""
    chosen = []
    for kind in draw_one(
        st.lists(st.sampled_from(["interval", "interval", "exact", "lost", "jail"]), min_size=4, max_size=7)
    ):
        end = draw_one(st.integers(1, 9))
        chosen.append((kind, draw_one(st.integers(0, end - 1)) if kind == "interval" else end, end))
    return [*chosen, ("interval", 2, 8), ("lost", 12, 12)]


def text(persons: list[Person], care: tuple[int, ...] = ()) -> str:
    lines = []
    for number, (kind, since, end) in enumerate(persons):
        follow = f"follow 0..{end if kind == 'lost' else 12}"
        found = {"interval": f"+ ({since},{end}]", "exact": f"+ {end}", "jail": f"jail {end}", "lost": "- 0"}[
            kind
        ]
        iop = " | iop 1" if number in care else ""
        lines.append(f"c{number:02}: stay -9..0 | {follow} | {found}{iop}")
    return "\n".join(lines)


def placements(persons: list[Person]) -> list[tuple[list[int], list[int]]]:
    """All ways in which the relapses can have happened."""
    code = {"interval": 1, "exact": 1, "jail": 3, "lost": 0}
    choices = [range(since + 1, end + 1) if kind == "interval" else [end] for kind, since, end in persons]
    events = [code[kind] for kind, _, _ in persons]
    return [(list(days), events) for days in itertools.product(*choices)]


def risk_by_day(days: list[int], event: list[int], *, entry: int = -1) -> float:
    """Aalen-Johansen in the plainest form: person by person, each day, nothing shared with the engine."""
    people = [(day, code) for day, code in zip(days, event, strict=True) if day > entry]
    free, risk = 1.0, 0.0
    for today in range(1, DAY + 1):
        at_risk = sum(day >= today for day, _ in people)
        if at_risk:
            risk += free * sum(person == (today, 1) for person in people) / at_risk
            free *= 1 - sum(day == today and code > 0 for day, code in people) / at_risk
    return risk


@settings(max_examples=quick_or_long(10, 40), deadline=None)
@given(people())
def test_no_placement_lies_outside_and_both_ends_are_reached(persons: list[Person]) -> None:
    asked = described(outcome__times=[3, DAY, 12], outcome__window=[3, DAY])
    derived = derive(draw(text(persons), visits=(DAY,)), asked)
    table = estimate_design(whole(derived, asked), asked).where(cause="relapse", statistic="estimate").table
    told = table[table["method"] != "Turnbull"].set_index("bound")["estimate"]
    tried = [risk_by_day(*placed) for placed in placements(persons)]
    assert told["lowest"] == pytest.approx(min(tried), abs=1e-12)
    assert told["highest"] == pytest.approx(max(tried), abs=1e-12)


@settings(max_examples=quick_or_long(10, 25), deadline=None)
@given(people())
def test_the_same_after_a_landmark(persons: list[Person]) -> None:
    persons = [*persons, ("lost", 12, 12)]
    care = (len(persons) - 1,)
    asked = study(
        outcome__times=[3, DAY, 12],
        outcome__window=[3, DAY],
        strategies__early__steps=[{"level": ["iop"], "within": 2}],
        strategies__none__avoid=[{"level": ["iop"], "within": 2}],
        analysis__primary={"design": "landmark", "day": 2},
    )
    derived = derive(draw(text(persons, care), visits=(DAY,)), asked)
    found = estimate_design(design(derived, asked), asked).where(
        cause="relapse", statistic="estimate", arm="No step-down"
    )
    told = found.table[found.table["method"] != "Turnbull"].set_index("bound")["estimate"]
    tried = [risk_by_day(*placed, entry=2) for placed in placements(persons[:-1])]
    assert told["lowest"] == pytest.approx(min(tried), abs=1e-12)
    assert told["highest"] == pytest.approx(max(tried), abs=1e-12)
