"""Daily definitions a second time, as plain as can be: one client, one day after another.

Written from docs/endpoints.md; shares no code with the package. `Client` holds what is drawn, in days on its
own clock.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from stepdown.schema import endpoints

DAILY = [spec for spec in endpoints() if spec.rule is None and not spec.secondary]

INFINITY = float("inf")
STATE = {"+": 1, "-": 0, "?": -1, "refused": -1, "inconclusive": -1}
INPATIENT, LOWER = ("residential", "withdrawal"), ("php", "iop", "outpatient")
TIERS = ("definite", "probable", "possible")
Event = tuple[float, float, float]
NONE: Event = (INFINITY, INFINITY, INFINITY)


@dataclass(frozen=True)
class Finding:
    """One finding; empty text and None say nothing."""

    what: str
    day: int
    since: int | None = None
    source: str = "self_report"
    words: tuple[str, ...] = ()

    def line(self) -> str:
        when = f"({self.since},{self.day}]" if self.since is not None else str(self.day)
        return " ".join((self.what, when, self.source, *self.words))

    def one_of(self, words: tuple[str, ...]) -> bool:
        return any(word in words for word in self.words)


@dataclass(frozen=True)
class Client:
    """A client with stays and care as (level, first day, last day), spans as (first, last, reason)."""

    stays: list[tuple[str, int, int]]
    care: list[tuple[str, int, int]]
    spans: list[tuple[int, int, str]]
    findings: list[Finding]

    def lines(self, name: str) -> Iterator[str]:
        more = [f"follow {first}..{last} {reason}" for first, last, reason in self.spans]
        more += [f"{level} {first}..{last}" for level, first, last in self.care]
        more += [finding.line() for finding in self.findings]
        for place, (level, first, last) in enumerate(self.stays):
            yield f"{name}: " + " | ".join([f"stay {first}..{last} {level}", *([] if place else more)])


@dataclass(frozen=True)
class Asked:
    """What is asked: definition, rule, parameters, scheduled visits, and the client's own clock."""

    endpoint: str
    missing: str
    parameters: dict[str, int]
    visits: tuple[int, ...]
    before: int
    after: int
    zero: int
    first: int
    own: int
    end: int
    cut: float


def random_client(rng: random.Random) -> Client:
    """A client around day 0, dense enough for runs."""

    def day() -> int:
        return rng.choice([rng.randrange(-5, 16), rng.randrange(-30, 100), 0, 1, 7, 30, 31])

    last, admit, stays = 0, -rng.randrange(1, 30), []
    stays.append(("residential", admit, 0))
    for _ in range(rng.choice([0, 0, 1, 2])):
        start = last + rng.choice([0, 1, 1, 2, 3, 7, 20])
        last = start + rng.randrange(0, 20)
        stays.append((rng.choice([*INPATIENT, "residential", "iop"]), start, last))
    found = []
    for _ in range(rng.choice([0, 2, 5, 12, 18])):
        what, seen = rng.choice([*"+++-?", "refused"]), day()
        since = seen - rng.choice([1, 2, 30]) if what in "+-" and rng.random() < 0.2 else None
        source = rng.choice(["self_report"] * 3 + ["urine", "claim"])
        found.append(Finding(what, seen, since, source, rng.choice([(), (rng.choice(TIERS),)])))
    for _ in range(rng.choice([0, 0, 1, 3])):
        what, seen = rng.choice(["admitted", "emergency"]), rng.choice([day(), 0, 1, 2, last, last + 1])
        said = [rng.choice(["sud", "other_diagnosis", ""]), rng.choice([*TIERS, ""])]
        if what == "admitted":
            said += [rng.choice([*INPATIENT, "iop", ""]), rng.choice(["planned", "unplanned", ""])]
        found.append(Finding(what, seen, None, rng.choice(["claim", "registry"]), tuple(filter(None, said))))
    found += [
        Finding(what, rng.choice([0, 1, 7, 30, 60])) for what in ("death", "jail") if rng.random() < 0.2
    ]
    care = [
        ("iop", start, start + rng.choice([0, 5, 20])) for start in (day() for _ in range(rng.choice([0, 1])))
    ]
    span = (
        rng.choice([admit, 0, 0, 0, 2]),
        rng.choice([7, 14, 30, 60, 90]),
        rng.choice(["lost", "data_cut"]),
    )
    return Client(stays, care, [span], found)


def contacts(client: Client, asked: Asked, *, dated: bool = False) -> tuple[list[Any], int]:
    """(day, state, first day of use, day known) of each contact, and the last day judged."""
    rows, end = [], asked.end
    for one in client.findings:
        day = one.day - asked.zero
        since = None if one.since is None else one.since - asked.zero
        spread = one.what == "+" and since is not None and since < day - 1
        if one.what in STATE and not (dated and (one.source != "self_report" or spread)):
            rows.append((day, STATE[one.what], since, day))
    if asked.missing in ("positive", "last") and not dated:
        end = max([end, *(row[0] for row in rows if row[1] == -1)])
        made = [row[0] for row in rows]
        for visit in asked.visits:
            closed = visit + asked.after
            if closed <= asked.cut and not any(visit - asked.before <= day <= closed for day in made):
                rows.append((visit, -1, None, closed))
                end = max(end, closed)
    return list(_joined(rows, asked)), end


def _joined(rows: list[Any], asked: Asked) -> Iterator[tuple[int, int, int, int]]:
    before: tuple[int, int] | None = None
    first = asked.first if asked.endpoint in ("first_use", "composite") else 1
    for day in sorted({row[0] for row in rows if row[0] >= first}):
        mine = [row for row in rows if row[0] == day]
        state = max(row[1] for row in mine)
        begin = min((_begin(row, asked) for row in mine if row[1] == 1), default=day)
        if state == -1 and day <= 0:
            continue
        if state == -1 and asked.missing == "positive":
            state = 1
        if state == -1 and asked.missing == "last" and before:
            state = before[1]
        if state == -1:
            continue
        if asked.missing == "interval" and before:
            begin = max(begin, before[0] + 1)
        yield day, state, begin, max(row[3] for row in mine)
        before = day, state


def _begin(row: Any, asked: Asked) -> int:
    day, _, since, _ = row
    if since is None and asked.missing != "interval":
        return int(day)
    return min(day, max(since or 0, 0) + 1)


def admissions(
    client: Client, asked: Asked, found: list[Finding], *, stays: bool
) -> Iterator[tuple[int, set]]:
    """(day, words) of each day of admission that is no transfer."""
    gap = asked.parameters["max_gap_days"]
    all_of = [(one.day - asked.zero, set(one.words)) for one in found if one.what == "admitted"]
    all_of += [(first - asked.zero, {level}) for level, first, _ in client.stays] if stays else []
    for day in sorted({day for day, _ in all_of}):
        said = set().union(*(words for other, words in all_of if other == day))
        ended = [
            last - asked.zero
            for level, first, last in client.stays
            if level in INPATIENT and first - asked.zero < day
        ]
        transfer = "unplanned" not in said and any(last >= day - gap for last in ended)
        if day >= asked.first and day != asked.own and not transfer:
            yield day, said


def step_up(client: Client, asked: Asked, day: int, said: set[str]) -> bool:
    care = [
        (first - asked.zero, last - asked.zero)
        for level, first, last in client.care + client.stays
        if level in LOWER
    ]
    near = any(first <= day <= last + asked.parameters["max_gap_days"] for first, last in care)
    return (
        near
        and "planned" in said
        and "unplanned" not in said
        and "residential" in said
        and "withdrawal" not in said
    )


def exact(days: list[int]) -> Event:
    return (min(days),) * 3 if days else NONE


def readmission(client: Client, asked: Asked) -> Event:
    coming = admissions(client, asked, client.findings, stays=True)
    return exact(
        [day for day, said in coming if said & set(INPATIENT) and not step_up(client, asked, day, said)]
    )


def treatment_return(client: Client, asked: Asked) -> Event:
    coming = admissions(client, asked, client.findings, stays=True)
    return exact([day for day, said in coming if said & set(INPATIENT) or not said & set(LOWER)])


def claims(client: Client, asked: Asked) -> Event:
    found = [one for one in client.findings if one.source == "claim"]
    if asked.endpoint in ("sud_claim", "composite"):
        found = [one for one in found if "sud" in one.words and one.what != "+"]
    else:
        tier = asked.endpoint.removeprefix("claim_")
        sure = TIERS[: TIERS.index(tier) + 1]
        found = [
            one
            for one in found
            if one.one_of(sure) or (tier == "possible" and one.what == "+" and not one.one_of(TIERS))
        ]
    days = [one.day - asked.zero for one in found if one.what in ("+", "emergency")]
    came = [day for day, _ in admissions(client, asked, found, stays=False)]
    return exact(came + [day for day in days if day >= asked.first])


def use(client: Client, asked: Asked) -> Event:
    found, end = contacts(client, asked)
    used = [one for one in found if one[1] == 1 and one[3] <= end]
    return (min(one[2] for one in used), used[0][0], min(one[3] for one in used)) if used else NONE


def two(client: Client, asked: Asked) -> Event:
    found = pairwise(contacts(client, asked)[0])
    runs = [(one, other) for one, other in found if one[1] == other[1] == 1]
    sure = [max(one[3], other[3]) for one, other in runs]
    return (runs[0][0][2], runs[0][0][0], min(sure)) if runs else NONE


def days_of_use(client: Client, asked: Asked) -> Event:
    days = [one[0] for one in contacts(client, asked, dated=True)[0] if one[1] == 1]
    count = asked.parameters["days"]
    within = asked.parameters.get("in_days", count)
    for end in days:
        window = [day for day in days if end - within < day <= end]
        if len(window) >= count:
            return window[-count], window[-count], end
    return NONE


def composite(client: Client, asked: Asked) -> Event:
    parts = zip(use(client, asked), readmission(client, asked), claims(client, asked), strict=True)
    earliest, latest, confirmed = (min(part) for part in parts)
    return earliest, latest, confirmed


PLAIN = {
    "first_use": use,
    "two_positives": two,
    "regular_use": days_of_use,
    "seven_days": days_of_use,
    "readmission": readmission,
    "treatment_return": treatment_return,
    "sud_claim": claims,
    **{f"claim_{tier}": claims for tier in TIERS},
    "composite": composite,
}
