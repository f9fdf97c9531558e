"""Every daily definition, rule and choice of a day on random clients, against a plain second writing."""

import math
import random

import pandas as pd
import pytest

from stepdown.cohort.outcome_days import followed, linked
from stepdown.schema import MOMENTS, EndpointSpec
from support_cohort import draw
from support_endpoints import DAILY, INFINITY, NONE, PLAIN, Asked, Client, Event, contacts, random_client
from support_study import described

pytestmark = pytest.mark.slow

PARAMETERS = {"days": (2, 3, 4), "in_days": (5, 7), "max_gap_days": (0, 1, 1, 7)}
SCHEDULES = [((), 0, 0), ((7, 14, 30, 60), 0, 0), ((7, 14, 21, 30), 3, 3), ((14, 60), 0, 20)]
RULES = [(spec, rule) for spec in DAILY for rule in spec.missing]
Told = tuple[float, int, float | None, float, int]


def watched(client: Client, zero: int) -> int:
    """Last day seen without a gap from time zero."""
    seen = {day - zero for first, last, _ in client.spans for day in range(first, last + 1)}
    day = 0
    while 0 in seen and day + 1 in seen:
        day += 1
    return day


def left(day: float, end: float, rivals: dict[str, float], competing: list[str]) -> tuple[float, int]:
    """When somebody leaves, and why: of one day relapse first, then death, then custody."""
    causes = [
        (day, 1),
        *((rivals[name], code) for name, code in (("death", 2), ("incarceration", 3)) if name in competing),
    ]
    last = end if "death" in competing else min(end, rivals["death"])
    return min([one for one in causes if one[0] <= last], default=(last, 0))


def expected(client: Client, asked: Asked, interval: str, competing: list[str]) -> Told:
    days = {
        what: [one.day - asked.zero for one in client.findings if one.what == what]
        for what in ("death", "jail")
    }
    rivals = {
        name: min((day for day in days[what] if day >= 0), default=INFINITY)
        for name, what in (("death", "death"), ("incarceration", "jail"))
    }
    end = (
        contacts(client, asked)[1]
        if asked.endpoint in ("first_use", "two_positives", "composite")
        else asked.end
    )
    found: Event = PLAIN[asked.endpoint](client, asked)
    rival = min(rivals["death"], rivals["incarceration"] if "incarceration" in competing else INFINITY)
    if found[2] > end or rival < found[2] > found[1]:
        found = NONE
    low, high, sure = found
    if interval != "bounds" and sure < INFINITY:
        low = high = high if interval == "detected" else math.ceil((low - 1 + high) / 2)
    late, early = left(high, end, rivals, competing), left(low, end, rivals, competing)
    return (*late, sure if late[1] == 1 else None, *early)


def told(row: pd.Series) -> Told:
    sure = None if pd.isna(row["confirmed"]) else row["confirmed"]
    return row["days"], row["event"], sure, row["days_earliest"], row["event_earliest"]


@pytest.mark.parametrize("seed", range(6))
def test_the_plain_way_gives_the_same(seed: int) -> None:
    rng = random.Random(seed)
    clients = {f"c{number:02}": random_client(rng) for number in range(14)}
    visits, before, after = rng.choice(SCHEDULES)
    data_cut = rng.choice([None, 40, 80])
    text = "\n".join(line for name, client in clients.items() for line in client.lines(name))
    cohort = draw(text, data_cut=data_cut, visits=visits, before=before, after=after)
    event = rng.choice(["discharge", "discharge", "admission"])
    competing = rng.choice([["death", "incarceration"], ["death"], []])
    table = cohort.discharges.assign(zero=cohort.discharges[MOMENTS[event]])
    for spec, rule in RULES:
        interval, parameters = rng.choice(["detected", "midpoint", "bounds"]), chosen(rng, spec)
        study = described(
            time_zero={"event": event, "day_zero": "event"},
            outcome__endpoint=spec.name,
            outcome__missing=rule,
            outcome__parameters=parameters,
            outcome__interval=interval,
            outcome__competing=competing,
        )
        found, _ = followed(linked(table, cohort, event=event), study)
        for _, row in found.iterrows():
            client, zero = clients[row["client_id"]], int(row["zero"])
            ends = [last for _, last, reason in client.spans if reason == "data_cut"]
            cut = min([*ends, *([data_cut] if data_cut else [])], default=INFINITY) - zero
            asked = Asked(
                endpoint=spec.id,
                missing=rule,
                parameters=parameters,
                visits=visits,
                before=before,
                after=after,
                zero=zero,
                first=0 if event == "discharge" else 1,
                own=int(row["admit_day"]) - zero,
                end=watched(client, zero),
                cut=cut,
            )
            assert told(row) == expected(client, asked, interval, competing), (spec.name, rule, interval)


def chosen(rng: random.Random, spec: EndpointSpec) -> dict[str, int]:
    """Draw a value for every parameter."""
    return {one.name: rng.choice(PARAMETERS[one.name]) for one in spec.parameters}
