"""Plans of several steps and of care kept up, by hand: until when each person follows, and why they depart.

PHP within 3 days, then IOP within 4 days of the end of PHP, for 2 weeks at 6 hours a week; 30 days of follow-up.

    a  PHP 1, 2; IOP 4 and 6 (3 h each), 11 (6 h)   weeks 4-10 and 11-17 are met: does all of it
    b  PHP 2; IOP 5 (3 h)                           week 5-11 has 3 hours: departs on 11
    c  PHP 0 and 3, no IOP                          PHP on 3 counts anew (4-7): departs on 7
    d  no care                                      departs on 3
    e  IOP 2, PHP 3                                 IOP before PHP: departs on 2
    f  PHP 1, relapse 5                             the count runs 2-5, the relapse comes first: never
    g  PHP 1; IOP 5 (3 h); dies 9                   in week 5-11: never
    h  no care, lost on 2                           never
    i  PHP and IOP 3; IOP 6, 8 (3 h); custody 19    IOP of the day of PHP is no next step; week 13-19: never
    j  PHP 2 missed, PHP 5                          departs on 3
    k  PHP 1 and 9                                  the count runs 2-5: departs on 5
    l  PHP 3, the day of relapse                    relapse came first: never starts, never departs
    m  IOP 3, no PHP                                both end on day 3: departs by IOP before PHP
"""

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort import derive
from stepdown.compare.care_plans import CareDays, care_days
from stepdown.compare.care_plans.plan_clauses import FollowedPlan, followed_plan
from stepdown.errors import EstimateError
from stepdown.study import CareStep, Strategy, Study
from support_cohort import draw
from support_study import study

FOLLOW = "stay -28..0 | follow 0..30"
DRAWN = f"""
    a: {FOLLOW} | php 1 | php 2 | iop 4 3h | iop 6 3h | iop 11 6h
    b: {FOLLOW} | php 2 | iop 5 3h
    c: {FOLLOW} | php 0 | php 3
    d: {FOLLOW}
    e: {FOLLOW} | iop 2 3h | php 3
    f: {FOLLOW} | php 1 | + 5
    g: {FOLLOW} | php 1 | iop 5 3h | death 9
    h: stay -28..0 | follow 0..2 lost
    i: {FOLLOW} | php 3 | iop 3 3h | iop 6 3h | iop 8 3h | jail 19
    j: {FOLLOW} | php 2 missed | php 5
    k: {FOLLOW} | php 1 | php 9
    l: {FOLLOW} | php 3 | + 3
    m: {FOLLOW} | iop 3 3h
"""
PLAN = {
    "label": "PHP, then IOP for 2 weeks",
    "steps": [
        {"level": ["php"], "within": 3},
        {"level": ["iop"], "within": 4, "after": "end", "min_weeks": 2, "min_hours": 6},
    ],
}
NO_PHP, NO_IOP = "no PHP by day 3", "no IOP within 4 days of the end of PHP"
EARLY, SHORT = "IOP before PHP", "less than 6 hours of IOP in a week"


def asked(**changes: object) -> Study:
    return study(
        strategies__early=PLAN,
        analysis={
            "primary": {"design": "clone_censor_weight"},
            "adjust": {"covariates": ["age"], "method": "weighting"},
        },
        outcome={"window": [5, 30], "times": [30]},
        **changes,
    )


def followed(plan: Strategy, lines: str = DRAWN) -> FollowedPlan:
    people = derive(draw(lines, visits=()), asked())
    table = people.table
    eventless = (table["days"] - (table["event"] > 0)).to_numpy(dtype=np.int64)
    assert people.care is not None
    return followed_plan(plan, care_days(people.care, eventless), eventless)


def table(found: FollowedPlan) -> dict[str, tuple[int, str]]:
    reasons = [*(clause.reason for clause in found.clauses), ""]
    pairs = zip(found.departed.tolist(), (reasons[by] for by in found.by), strict=True)
    return dict(zip("abcdefghijklm", pairs, strict=False))


def test_who_departs_when_and_why() -> None:
    found = followed(Strategy.model_validate(PLAN))
    never = (-1, "")
    assert table(found) == {
        "a": never, "b": (11, SHORT), "c": (7, NO_IOP), "d": (3, NO_PHP), "e": (2, EARLY), "f": never, "g": never,
        "h": never, "i": never, "j": (3, NO_PHP), "k": (5, NO_IOP), "l": never, "m": (3, EARLY),
    }  # fmt: skip
    assert "".join(np.array(list("abcdefghijklm"))[found.done]) == "a"


def windows(found: FollowedPlan, reason: str) -> dict[str, list[str]]:
    """Return the windows of a clause by person: first and last day of decisions, + where it is met."""
    (clause,) = (one for one in found.clauses if one.reason == reason)
    rows: dict[str, list[str]] = {}
    one = clause.windows
    for person, begin, last, hit in zip(one.person, one.begin, one.last, one.hit, strict=True):
        rows.setdefault("abcdefghijklm"[person], []).append(f"{begin}-{begin + last}{'+' if hit else ''}")
    return rows


def test_the_days_of_decisions() -> None:
    found = followed(Strategy.model_validate(PLAN))
    assert windows(found, NO_PHP) == {
        "a": ["0-1+"], "b": ["0-2+"], "c": ["0-0+"], "d": ["0-3"], "e": ["0-2"], "f": ["0-1+"], "g": ["0-1+"],
        "h": ["0-2"], "i": ["0-3+"], "j": ["0-3"], "k": ["0-1+"], "l": ["0-2"], "m": ["0-3"],
    }  # fmt: skip
    # Who starts PHP on a day is not asked about IOP on it: c has no such day.
    assert windows(found, EARLY) == {
        "a": ["0-0"], "b": ["0-1"], "d": ["0-3"], "e": ["0-2+"], "f": ["0-0"], "g": ["0-0"], "h": ["0-2"],
        "i": ["0-2"], "j": ["0-3"], "k": ["0-0"], "l": ["0-2"], "m": ["0-3+"],
    }  # fmt: skip
    # A further day of PHP meets the clause, and begins the next count.
    assert windows(found, NO_IOP) == {
        "a": ["2-2+", "3-4+"], "b": ["3-5+"], "c": ["1-3+", "4-7"], "f": ["2-4"], "g": ["2-5+"], "i": ["4-6+"],
        "k": ["2-5"],
    }  # fmt: skip
    assert windows(found, SHORT) == {
        "a": ["4-6+", "11-11+"], "b": ["5-11"], "g": ["5-8"], "i": ["6-8+", "13-18"],
    }  # fmt: skip


def test_steps_after_a_start_and_weeks_without_hours() -> None:
    plan = Strategy(
        label="p",
        steps=(
            CareStep(level=("php",), within=3),
            CareStep(level=("iop",), within=4, after="start", min_weeks=3),
        ),
    )
    found = table(followed(plan))
    # a: 4, 11, none in 18-24; b: 5, none in 12-18; c: PHP of day 0, days 1-4; i: 6, then none in 13-19.
    late = "no IOP within 4 days of the start of PHP"
    assert [found[name] for name in "abck"] == [
        (24, "no IOP in a week"), (18, "no IOP in a week"), (4, late), (5, late),
    ]  # fmt: skip
    assert (found["g"], found["i"]) == ((-1, ""), (-1, ""))


def test_avoided_care_and_one_step() -> None:
    only = Strategy(label="p", avoid=(CareStep(level=("php", "iop"), within=5),))
    found = followed(only)
    assert {name: day for name, (day, _) in table(found).items() if day >= 0} == dict(
        a=1, b=2, c=0, e=2, f=1, g=1, i=3, j=5, k=1, m=3
    )
    assert table(found)["a"][1] == "PHP or IOP by day 5"
    assert "".join(np.array(list("abcdefghijklm"))[found.done]) == "d"
    both = Strategy(
        label="p",
        steps=(CareStep(level=("php",), within=3),),
        avoid=(CareStep(level=("iop",), within=10),),
    )
    found = followed(both)
    assert {name: day for name, (day, _) in table(found).items() if day >= 0} == dict(
        a=4, b=5, d=3, e=2, g=5, i=3, j=3, m=3
    )


def test_hours_that_are_not_recorded_are_refused() -> None:
    lines = DRAWN.replace("iop 8 3h", "iop 8")
    with pytest.raises(
        EstimateError,
        match=r"^Hours are not known on 1 day of IOP, and a plan asks for 6 a week\. Map the hours of services, "
        r"or leave out min_hours\.",
    ):
        followed(Strategy.model_validate(PLAN), lines)


def test_hours_of_a_span_are_spread_over_its_days() -> None:
    spans = pd.DataFrame(
        {"row": [0, 0], "level": 3, "start": [-2.0, 5.0], "end": [3.0, np.inf], "hours": [12.0, np.nan]}
    )
    found = care_days(spans, np.array([6]))
    assert isinstance(found, CareDays)
    assert found.day.tolist() == [0, 1, 2, 3, 5, 6]
    assert found.hours[:4].tolist() == [2.0] * 4
