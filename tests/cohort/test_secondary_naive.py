"""Secondary endpoints of random clients, against a plain second writing: one client, one event at a time."""

import random

import pytest

from stepdown.cohort import derive, eligible
from stepdown.cohort.secondary import FIRST, first_session, results_at
from support_cohort import draw
from support_study import described

pytestmark = pytest.mark.slow

VISITS, AROUND = (30, 60), 7
Events = dict[str, list[int]]


def random_events(rng: random.Random) -> Events:
    """Return days by kind; nothing is after the end of follow-up, or after a death or custody."""
    end = rng.choice([90, 90, 90, 40, 70])
    last = rng.choice([10, 20, 45])
    over = rng.choice(["", "", "", "death", "jail"]) if last < end else ""
    until = min(end, last if over else end)

    def days(most: int, low: int = 1) -> list[int]:
        return sorted(rng.sample(range(low, until + 1), min(rng.randint(0, most), until + 1 - low)))

    return {
        "+": days(2) if rng.random() < 0.6 else [],
        "-": days(4),
        "?": days(2),
        "iop": days(1, low=0),
        "outpatient": days(1, low=0),
        "missed": days(1, low=0),
        "admitted": days(1, low=5) if until > 5 and rng.random() < 0.3 else [],
        "death": [last] if over == "death" else [],
        "jail": [last] if over == "jail" else [],
        "end": [end],
    }


def drawn(events: Events) -> str:
    (end,) = events["end"]
    parts = ["stay -28..0", f"follow 0..{end}" + (" lost" if end < 90 else "")]
    for kind in ("+", "-", "?", "iop", "outpatient", "death", "jail"):
        parts += [f"{kind} {day}" for day in events[kind]]
    parts += [f"iop {day} missed" for day in events["missed"]]
    parts += [f"admitted {day} residential" for day in events["admitted"]]
    return " | ".join(parts)


def plain_first(events: Events) -> tuple[str, int]:
    """Return what came first: of one day relapse, death, custody, readmission and then the session."""
    order = (
        ("relapse", events["+"]),
        ("death", events["death"]),
        ("incarceration", events["jail"]),
        ("readmission", events["admitted"]),
        ("session", events["iop"] + events["outpatient"]),
    )
    came = [(day, place, name) for place, (name, days) in enumerate(order) for day in days]
    (end,) = events["end"]
    return (min(came)[2], min(came)[0]) if came else ("none", end)


def plain_results(events: Events) -> list[str]:
    """Return at each visit the result by contacts alone, with missing = use, and with the last result."""
    said, before = [], ""
    for visit in VISITS:
        if any(day < visit for day in events["death"] + events["jail"]):
            said.append("...")
            continue
        near = [day for day in events["+"] + events["-"] if abs(day - visit) <= AROUND]
        result = ""
        if near:
            contact = max(near)
            result = "n" if any(contact - 30 < day <= contact for day in events["+"]) else "y"
        said.append((result or ".") + (result or "n") + (result or before or "."))
        before = result or before
    return said


@pytest.mark.parametrize("seed", range(4))
def test_the_plain_way_gives_the_same(seed: int) -> None:
    rng = random.Random(seed)
    clients = {f"c{number:02}": random_events(rng) for number in range(40)}
    text = "\n".join(f"{name}: {drawn(events)}" for name, events in clients.items())
    cohort = draw(text, visits=VISITS, before=AROUND, after=AROUND)
    asked = described(time_zero={"event": "discharge", "day_zero": "event"})
    people, given = derive(cohort, asked), eligible(cohort, asked).given
    first, visits = first_session(given, people), results_at(given, people)
    signs = {1: "y", 0: "n", -1: "."}
    for row, name in enumerate(people.table["client_id"]):
        events = clients[name]
        assert (FIRST[first.cause[row]], first.days[row]) == plain_first(events), drawn(events)
        found = [
            "".join(signs[int(one[place, row])] for one in visits.results.values())
            for place in range(len(VISITS))
        ]
        assert found == plain_results(events), drawn(events)
