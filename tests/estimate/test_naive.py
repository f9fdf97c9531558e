"""A second implementation, as plain as can be: loops over people and days, exact fractions.

Written from docs/architecture.md alone. Random cohorts go through both; every day, event, arm and number
must agree.
"""

import random
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import pandas as pd
import pytest

from stepdown.cohort import People, derive
from stepdown.compare import design, whole
from stepdown.errors import EmptyArmError
from stepdown.estimate import estimate_design
from stepdown.study import Study
from support_cohort import draw
from support_study import study

pytestmark = pytest.mark.slow

MONTHS = 100 * Fraction(304375, 10000)
CAUSES = {"relapse": 1, "death": 2, "incarceration": 3}
Item = tuple[str, int, int, str]


@dataclass
class Stay:
    """One stay; `items` are (what, first day, last day, word) of its client."""

    client: str
    admit: int
    discharge: int
    randomization: int
    items: list[Item]

    def line(self, first: bool) -> str:
        drawn = [f"stay {self.admit}..{self.discharge}"]
        for what, start, end, word in self.items if first else []:
            point = what in ("+", "-", "?", "death", "jail")
            drawn.append(f"{what} {start} {word}" if point else f"{what} {start}..{end} {word}")
        return f"{self.client}: " + " | ".join(drawn)


@dataclass
class Person:
    """A discharge that is in: days since time zero, the event, and the care attended."""

    days: int
    event: int
    care: list[tuple[str, int, int]]


def _client(rng: random.Random, name: str) -> list[Stay]:
    zero = rng.randrange(-300, 300)
    items: list[Item] = []
    stays = rng.choice([1, 1, 1, 2, 3])
    admit = zero - rng.randrange(1, 40)
    day = rng.choice([admit, zero, zero, zero - 5, zero + 3])
    for _ in range(rng.choice([1, 1, 2, 3])):
        end = day + rng.choice([0, 14, 30, 60, 90, 200, 400])
        items.append(("follow", day, end, rng.choice(["lost", "data_cut", "withdrew"])))
        day = end + rng.choice([1, 1, 2, 5])
    limit = 999
    if stays == 1 and rng.random() < 0.3:
        limit = zero + rng.choice([0, 1, 14, 30, rng.randrange(0, 200)])
        by_finding = rng.random() < 0.5
        items = [("death", limit, limit, "")] if by_finding else [("follow", admit, limit, "died")]
        items += [("follow", admit, limit + 30, "lost")] if by_finding else []
    near = [admit - zero, 0, 1, 14, 15, 30, 31, 60, 90, 90, 180]
    for what, most, places in (("+", 2, near), ("jail", 1, [0, 1, 14, 30]), ("-", 1, near), ("?", 1, near)):
        for _ in range(rng.randint(0, most)):
            seen = zero + rng.choice([*places, rng.randrange(-40, 300), rng.randrange(0, 60)])
            items.append((what, min(seen, limit), 0, ""))
    for _ in range(rng.randint(0, 2)):
        start = min(zero + rng.choice([0, 1, 13, 14, 15, rng.randrange(-50, 30)]), limit)
        word = rng.choice(["", "", "missed"])
        end = min(start + rng.choice([0, 0, 20]), limit)
        items.append((rng.choice(["iop", "php", "outpatient"]), start, end, word))
    found = []
    for _ in range(stays):
        found.append(Stay(name, admit, zero, rng.randint(admit, zero), items))
        admit = zero + rng.randrange(20, 100)
        zero = admit + rng.randrange(1, 40)
    return found


def _follow_up(stay: Stay, asked: Study) -> Person | None:
    """Everything about one stay, day by day; None for one that is not in."""
    event, competing = asked.time_zero.event, asked.outcome.competing
    zero = {
        "discharge": stay.discharge,
        "admission": stay.admit,
        "randomization": stay.randomization,
    }[event]
    items = [(what, start - zero, end - zero, word) for what, start, end, word in stay.items]
    on = {what: {start for kind, start, _, _ in items if kind == what} for what in ("+", "jail")}
    dead = {end for what, _, end, word in items if word == "died" or what == "death"}
    used = any(stay.admit - zero < day < 0 for day in on["+"])
    if event == "discharge" and (used or any(day <= 0 for day in dead) or 0 in on["jail"]):
        return None
    if event != "discharge":  # Findings of the day on which somebody comes are where they start.
        on["+"].discard(0)
    if 0 in on["+"] and asked.time_zero.day_zero == "exclude":
        return None
    seen = {day for what, start, end, _ in items if what == "follow" for day in range(start, end + 1)}
    care = [item[:3] for item in items if item[0] in ("iop", "php", "outpatient") and item[3] != "missed"]
    day = 0
    while True:
        if day in on["+"]:
            return Person(day, 1, care)
        if day in dead and "death" in competing:
            return Person(day, 2, care)
        if day in on["jail"] and "incarceration" in competing:
            return Person(day, 3, care)
        if day in dead or day + 1 not in seen or (day == 0 and 0 not in seen):
            return Person(day, 0, care)
        day += 1


def _select(stays: list[Stay], asked: Study) -> list[Person]:
    which = asked.time_zero.episode
    kept = []
    for stay in stays:
        mine = [other for other in stays if other.client == stay.client]
        if which == "all" or stay is mine[0 if which == "first" else -1]:
            kept.append(_follow_up(stay, asked))
    return [person for person in kept if person is not None]


def _numbers(people: list[Person], asked: Study, entry: int) -> dict[tuple[object, ...], Fraction | None]:
    """Every number of one group, by (estimand, cause, day, statistic); None where it cannot be told."""
    times, (begin, end) = asked.outcome.times, asked.outcome.window
    horizon, begin = times[-1], max(begin, entry)
    people = [
        Person(min(one.days, horizon), one.event if one.days <= horizon else 0, one.care) for one in people
    ]
    free, risk = {}, {}
    left, so_far = Fraction(1), dict.fromkeys(CAUSES.values(), Fraction(0))
    for day in range(horizon + 1):
        if day > entry or not entry:
            here = [one for one in people if one.days >= day]
            events = [sum(one.days == day and one.event == code for one in here) for code in so_far]
            for code, count in zip(so_far, events, strict=True):
                so_far[code] += left * Fraction(count, len(here) or 1)
            left *= 1 - Fraction(sum(events), len(here) or 1)
        free[day], risk[day] = left, dict(so_far)
    last = max(one.days for one in people)
    known = {day: day <= last or free[day] == 0 for day in free}
    found: dict[tuple[object, ...], Fraction | None] = {}
    for day in (day for day in times if day > entry):
        for cause, code in CAUSES.items():
            found["risk", cause, day, "estimate"] = risk[day][code] if known[day] else None
        found["event_free", "", day, "estimate"] = free[day] if known[day] else None
    part = risk[end][1] - (risk[begin][1] if begin else 0)
    year = risk[horizon][1]
    found["window_risk", "relapse", end, "estimate"] = part if known[end] else None
    found["conditional_risk", "relapse", end, "estimate"] = (
        part / free[begin] if known[end] and free[begin] else None
    )
    found["share_of_events_by", "relapse", end, "estimate"] = (
        risk[end][1] / year if known[horizon] and year else None
    )
    area = sum((free[day] for day in range(entry, end)), Fraction(0))
    found["rmst", "", end, "estimate"] = area if known[end] else None
    for day in (entry, *(day for day in times if day > entry)):
        gone = [one for one in people if one.days < day]
        counts = {"events": [1], "competing": [2, 3], "censored": [0]}
        for name, codes in counts.items():
            found["at_risk", "", day, name] = Fraction(sum(one.event in codes for one in gone))
        found["at_risk", "", day, "at_risk"] = Fraction(len(people) - len(gone))
    for start, stop in pairwise((entry, *(day for day in times if day > entry))):
        spent = sum(start < day <= min(one.days, stop) for one in people for day in range(stop + 1))
        relapses = _relapses(people, start, stop)
        found["rate", "relapse", stop, "person_days"] = Fraction(spent)
        found["rate", "relapse", stop, "estimate"] = relapses * MONTHS / spent if spent else None
    return found


def _relapses(people: list[Person], start: int, stop: int) -> int:
    return sum(one.event == 1 and (start < one.days <= stop or one.days == start == 0) for one in people)


def _agree(table: pd.DataFrame, people: list[Person], asked: Study, entry: int) -> None:
    expected = _numbers(people, asked, entry)
    size, window = len(people), asked.outcome.window
    told = table[~table["statistic"].isin(["curve"]) & ~table["estimand"].isin(["flow", "median"])]
    for row in told.to_dict("records"):
        estimand, cause, day = str(row["estimand"]), str(row["cause"]), int(row["time"])
        key = (estimand, cause, day, row["statistic"])
        value = expected[key]
        assert pd.isna(row["estimate"]) == (value is None), key
        assert value is None or row["estimate"] == pytest.approx(float(value), abs=1e-9), key
        assert row["n"] == size or estimand == "rate", key
        if estimand in ("risk", "window_risk", "share_of_events_by"):
            start = max(window[0], entry) if estimand == "window_risk" else entry
            same = [Person(one.days, int(one.event == CAUSES[cause]), []) for one in people]
            assert row["events"] == _relapses(same, start, day), key


def _same_people(people: People, expected: list[Person]) -> None:
    found = list(zip(people.table["days"], people.table["event"], strict=True))
    assert found == [(one.days, one.event) for one in expected]


@pytest.mark.parametrize("seed", range(40))
def test_the_plain_way_gives_the_same(seed: int) -> None:
    rng = random.Random(seed)
    stays = [stay for number in range(rng.choice([8, 30])) for stay in _client(rng, f"c{number:02}")]
    text = "\n".join(
        stay.line(not at or stays[at - 1].client != stay.client) for at, stay in enumerate(stays)
    )
    landmark = rng.choice([7, 14, 20])
    within = rng.choice([landmark, 7])
    care = [{"level": ["iop", "php"], "within": within}]
    asked = study(
        time_zero__event=rng.choice(["discharge", "discharge", "admission", "randomization"]),
        time_zero__episode=rng.choice(["first", "all"]),
        time_zero__day_zero=rng.choice(["exclude", "event"]),
        outcome__competing=rng.choice([["death", "incarceration"], ["death"], ["incarceration"], []]),
        outcome__times=rng.choice([[30, 60, 90, 180, 365], [30, 90, 180], [90], [25, 60, 91]]),
        outcome__window=rng.choice([[30, 90], [0, 90], [10, 60]]),
        strategies__early__steps=care,
        strategies__none__avoid=care,
        analysis__primary={"design": "landmark", "day": landmark},
    )
    cohort = draw(text, randomization_day=[stay.randomization for stay in stays])
    derived, expected = derive(cohort, asked), _select(stays, asked)
    _same_people(derived, expected)
    followed = [one for one in expected if one.days or one.event]
    if followed:
        _agree(estimate_design(whole(derived, asked), asked).table, followed, asked, 0)
    there = [one for one in expected if one.days > landmark]
    early = [
        any(what in ("iop", "php") and a <= within and b >= 0 for what, a, b in one.care) for one in there
    ]
    arms = {
        "Step-down": [one for one, came in zip(there, early, strict=True) if came],
        "No step-down": [one for one, came in zip(there, early, strict=True) if not came],
    }
    if not all(arms.values()):
        with pytest.raises(EmptyArmError):
            design(derived, asked)
        return
    table = estimate_design(design(derived, asked), asked).table
    for label, members in arms.items():
        mine = table[(table["arm"] == label) & (table["reference"] == "")]
        _agree(mine, members, asked, landmark)
