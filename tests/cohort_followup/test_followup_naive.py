"""A second implementation of the states of follow-up and the testing rate: loops, from docs/follow-up.md."""

import random
from dataclasses import dataclass

import pytest

from stepdown.cohort import derive, follow
from stepdown.cohort.followup import completeness, rates_of_testing
from support_cohort import draw
from support_study import described

pytestmark = pytest.mark.slow

# The windows of 30 and 44 overlap: day 37 is as near to either.
PLANS, BEFORE, AFTER = ((30, 90, 180), (30, 44, 90)), 7, 14
USABLE = ("+", "-", "inconclusive")
SEEDS = range(30)


@dataclass(frozen=True)
class Seen:
    what: str
    day: int
    source: str = ""
    due: int | None = None

    def drawn(self) -> str:
        due = "" if self.due is None else f" due {self.due}"
        return f"{self.what} {self.day} {self.source}{due}"


@dataclass(frozen=True)
class Span:
    start: int
    end: int
    reason: str

    def drawn(self) -> str:
        return f"follow {self.start}..{self.end} {self.reason}"


@dataclass
class Client:
    stays: list[tuple[int, int]]
    seen: list[Seen]
    spans: list[Span]

    def lines(self, name: str) -> list[str]:
        words = [[f"stay {admit}..{leave}"] for admit, leave in self.stays]
        words[0] += [one.drawn() for one in [*self.seen, *self.spans]]
        return [f"{name}: " + " | ".join(line) for line in words]


def some_client(rng: random.Random, *, due: bool) -> Client:
    zero = rng.randrange(-20, 60)
    stays = [(zero - 28, zero)]
    if rng.random() < 0.3:
        more = zero + rng.choice([20, 61, 120])
        stays.append((more, more + rng.randrange(1, 20)))
    edges = [22, 23, 30, 36, 37, 38, 44, 45, 82, 83, 97, 104, 105, 172, 173, 180, 194, 195]
    seen = []
    for _ in range(rng.randrange(6)):
        what = rng.choice(["-", "-", "-", "+", "?", "refused", "inconclusive", "jail"])
        day = zero + rng.choice([*edges, rng.randrange(-10, 210)])
        source = rng.choice(["", "urine", "self_report", "collateral", "registry"])
        planned = rng.choice([None, zero + 30, zero + 90, zero + 37, zero + 60]) if due else None
        seen.append(Seen(what, day, source if what in ("+", "-") else "self_report", planned))
    spans = []
    if rng.random() < 0.7:
        end = zero + rng.choice([44, 45, 104, 194, 20, 300])
        spans.append(Span(zero - 1, end, rng.choice(["lost", "moved", "withdrew", "data_cut"])))
        if rng.random() < 0.3:
            spans.append(Span(end + 2, end + 60, rng.choice(["lost", "data_cut"])))
    if rng.random() < 0.2:
        last = max([zero + 44, *(one.day for one in seen), *(one.end for one in spans)])
        seen.append(Seen("death", last + rng.choice([0, 1, 60]), "self_report"))
    return Client(stays, seen, spans)


def state(
    client: Client, zero: int, visit: int, cut: int, relapse: float, plan: tuple[int, ...], *, due: bool
) -> str:
    close = visit + AFTER
    if zero + close > cut:
        return "not_due"
    mine = [one for one in client.seen if belongs(one, zero, visit, plan, due=due)]
    inside, outside = [], []
    for one in mine:
        if one.what in USABLE and one.source in ("", "urine", "self_report"):
            meant = one.due - zero if due else visit
            near = meant - BEFORE <= one.day - zero <= meant + AFTER
            (inside if near else outside).append(one)
    deaths = [one.day - zero for one in client.seen if one.what == "death"]
    spans = [span for span in client.spans if span.end >= zero and span.start - zero <= close]
    last = max(spans, key=lambda span: span.end, default=None)
    why = last.reason if last is not None and last.end - zero <= close else ""
    states = {
        "contacted": bool(inside),
        "dead": any(day <= close for day in deaths),
        "incarcerated": in_custody(client, zero, close),
        "out_of_window": bool(outside),
        "relapsed": relapse <= close,
        "refused": any(one.what == "refused" for one in mine) or why == "withdrew",
        "lost": why in ("lost", "moved"),
    }
    return next((name for name, true in states.items() if true), "missed")


def belongs(one: Seen, zero: int, visit: int, plan: tuple[int, ...], *, due: bool) -> bool:
    """Tell whether a contact is one of this visit: by its due day where any is told, else by its own."""
    if due and one.due is None:
        return False
    day = (one.due if due else one.day) - zero
    if not visit - BEFORE <= day <= visit + AFTER:
        return False
    return min(plan, key=lambda other: (abs(other - day), other)) == visit


def in_custody(client: Client, zero: int, close: int) -> bool:
    by_then = [one for one in client.seen if 0 <= one.day - zero <= close]
    taken = max((one.day for one in by_then if one.what == "jail"), default=None)
    return taken is not None and not any(
        one.what in USABLE and one.source in ("", "urine", "self_report") and one.day > taken
        for one in by_then
    )


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("due", [False, True])
def test_states_are_those_of_plain_loops(due: bool, plan: tuple[int, ...]) -> None:
    told = set()
    for seed in SEEDS:
        rng = random.Random(seed)
        clients = {name: some_client(rng, due=due) for name in "abcdef"}
        any_due = any(one.due is not None for client in clients.values() for one in client.seen)
        cut = rng.choice([100, 200, 400])
        text = "\n".join(line for name, client in clients.items() for line in client.lines(name))
        cohort = draw(text, data_cut=cut, visits=plan, before=BEFORE, after=AFTER)
        people = derive(cohort, described(time_zero__episode="all"))
        result = completeness(cohort, people)
        for visit in plan:
            found = list(result.at(visit))
            expected = []
            for row in people.table.to_dict("records"):
                relapse = row["days"] if row["event"] == 1 else float("inf")
                client = clients[row["client_id"]]
                expected.append(state(client, row["zero"], visit, cut, relapse, plan, due=any_due))
            assert found == expected, (seed, visit)
            told |= set(expected)
            row = result.table[result.table["visit"] == visit].iloc[0]
            eligible = [one for one in expected if one not in ("not_due", "dead", "incarcerated")]
            assert row["eligible"] == len(eligible)
            if eligible:
                assert row["rate"] == pytest.approx(eligible.count("contacted") / len(eligible))
    assert len(told) >= 9 - (not due)


def test_testing_rates_are_those_of_plain_loops() -> None:
    for seed in SEEDS:
        rng = random.Random(seed)
        clients = {name: some_client(rng, due=False) for name in "abcdef"}
        text = "\n".join(line for name, client in clients.items() for line in client.lines(name))
        cohort = draw(text, data_cut=400)
        people = derive(cohort, described(time_zero__episode="all"))
        (reading, *_) = follow(people, horizon=180, contacts=())
        table = rates_of_testing(cohort, people, reading).table.set_index("what")
        tests = contacts = days = 0
        for at, last in zip(reading.rows, reading.days, strict=True):
            row = people.table.iloc[at]
            for one in clients[row["client_id"]].seen:
                if one.what in USABLE and 0 < one.day - row["zero"] <= last:
                    source = one.source or ("self_report" if one.what in "+-" else "")
                    tests += source == "urine"
                    contacts += source in ("urine", "self_report")
            days += last
        assert table["findings"].tolist() == [tests, contacts], seed
        assert table["person_days"].tolist() == [days, days]
