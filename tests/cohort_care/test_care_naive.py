"""A second implementation of the ladder: loops over clients and days, written from docs/levels-of-care.md alone.

A day is told from what had happened by its end: later rows are cut away before anything is read.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise

import pandas as pd
import pytest

from stepdown.cohort.care import care_rows, client_days, join_stays, levels_started, state_rows
from support_care import Care, care, table_of

pytestmark = pytest.mark.slow

ORDER = ["withdrawal", "residential", "php", "iop", "outpatient"]
SHORT = dict(zip(ORDER, ["WM", "RES", "PHP", "IOP", "OP"], strict=True))
NIGHTS, LATE = ("withdrawal", "residential"), 10**6
GAP = {"php": 14, "iop": 14, "outpatient": 30}
ENDS = {1: "relapsed", 2: "dead", 3: "incarcerated"}
SEEDS = range(20)


@dataclass(frozen=True)
class Row:
    """A stay (`stay`) or a row of services; a day that is not known is None."""

    stay: bool
    level: str
    start: int | None
    end: int | None
    came: bool = True

    def drawn(self) -> str:
        days = f"{'?' if self.start is None else self.start}..{'?' if self.end is None else self.end}"
        short = SHORT[self.level]
        return f"{short if self.stay else short.lower()} {days}{'' if self.came else ' missed'}"


def some_care(rng: random.Random) -> list[Row]:
    rows = []
    for _ in range(rng.randrange(5)):
        start, level = rng.randrange(-30, 80), rng.choice([*ORDER, "residential"])
        end = start + rng.choice([0, 1, 2, 5, 28])
        rows.append(Row(True, level, rng.choice([start] * 6 + [None]), rng.choice([end] * 8 + [None])))
        if rng.random() < 0.5:
            more = end + rng.randrange(3)
            rows.append(Row(True, rng.choice([level, "residential"]), more, more + rng.randrange(9)))
    for _ in range(rng.randrange(9)):
        start, level = rng.randrange(-30, 80), rng.choice(["php", "iop", "iop", "outpatient", "residential"])
        rows.append(Row(False, level, start, start + rng.choice([0, 0, 0, 0, 9]), rng.random() < 0.9))
    return rows


def draw(clients: dict[str, list[Row]]) -> Care:
    return care("\n".join(f"{name}: " + " | ".join(map(Row.drawn, rows)) for name, rows in clients.items()))


def known_by(rows: list[Row], day: int) -> list[Row]:
    """Return what the end of a day knows: nothing that begins later, and no discharge that is still to come."""
    found = []
    for row in rows:
        first = row.start if row.start is not None else row.end
        if first is None or not row.came:
            continue
        if row.stay and row.start is None and row.level in NIGHTS:
            first -= 1
        if first <= day:
            found.append(replace(row, start=first))
    return found


def nights_and_services(rows: list[Row], day: int) -> tuple[dict[int, str], dict[int, set[str]]]:
    nights: dict[int, str] = {}
    services: dict[int, set[str]] = defaultdict(set)
    for row in known_by(rows, day):
        end = row.end if row.end is not None else (LATE if row.stay else row.start)
        for one in range(row.start, min(end, day) + 1):
            if row.level not in NIGHTS:
                services[one].add(row.level)
            elif one < end:
                nights[one] = min(row.level, nights.get(one, row.level), key=ORDER.index)
    return nights, services


def level_on(rows: list[Row], day: int) -> str:
    nights, services = nights_and_services(rows, day)
    if day in nights:
        return nights[day]
    night = max(nights, default=-LATE)
    seen = {one: levels for one, levels in services.items() if one > night}
    recent = {
        level for one, levels in seen.items() if day - one < 7 for level in levels if day - one <= GAP[level]
    }
    if recent:
        return min(recent, key=ORDER.index)
    if not seen:
        return "none"
    last = max(seen)
    level = min(seen[last], key=ORDER.index)
    return level if day - last <= GAP[level] else "none"


def test_levels_and_facts_of_a_day() -> None:
    for seed in SEEDS:
        rng = random.Random(seed)
        clients = {name: some_care(rng) for name in "abc"}
        asked = [(name, day) for name in clients for day in range(-35, 120, 1 + seed % 3)]
        question = pd.DataFrame(asked, columns=["client_id", "day"]).astype({"client_id": "string[pyarrow]"})
        found = client_days(question, *draw(clients))
        for (name, day), got in zip(asked, found.itertuples(), strict=True):
            nights, services = nights_and_services(clients[name], day)
            last, night = max(services, default=None), max(nights, default=None)
            assert got.level == level_on(clients[name], day), (seed, name, day)
            assert or_none(got.days_since_service) == (None if last is None else day - last)
            left = None if night is None or night == day else night + 1
            assert or_none(got.days_since_discharge) == (None if left is None else day - left)
            first = min((one for one in services if left is not None and one >= left), default=None)
            assert or_none(got.first_session_gap) == (None if first is None else first - left)
            dropped = got.level == "none" and last is not None and (night is None or last > night)
            assert or_none(got.dropout_day) == (last if dropped else None), (seed, name, day)


def or_none(value: object) -> object:
    return None if pd.isna(value) else value


def path_of(levels: list[str]) -> str:
    told: list[str] = []
    for level in levels:
        if level != "none" and (not told or told[-1] != SHORT[level]):
            told.append(SHORT[level])
    return ">".join(told)


def test_path_and_steps_so_far() -> None:
    for seed in SEEDS:
        rng = random.Random(4000 + seed)
        rows = some_care(rng)
        days = list(range(-35, 115))
        question = pd.DataFrame({"client_id": "a", "day": days}).astype({"client_id": "string[pyarrow]"})
        found = client_days(question, *draw({"a": rows}))
        path: list[str] = []
        up = down = None
        away = 0
        for day, got in zip(days, found.itertuples(), strict=True):
            level = level_on(rows, day)
            if level in NIGHTS and away > 1:
                path, up, down = [], None, None
            away = away + 1 if level == "none" else 0
            if level != "none" and (not path or path[-1] != level):
                if path and ORDER.index(level) < ORDER.index(path[-1]):
                    up = day
                elif path:
                    down = day
                path.append(level)
            told = (got.path, or_none(got.step_up_day), or_none(got.step_down_day))
            assert told == (path_of(path), up, down), (seed, day)


def some_people(rng: random.Random, clients: dict[str, list[Row]]) -> list[tuple[str, int, int, int]]:
    return [
        (
            rng.choice(list(clients)),
            rng.randrange(-5, 40),
            rng.choice([0, 1, 2, 30, 60, 90]),
            rng.randrange(4),
        )
        for _ in range(4)
    ]


@pytest.mark.parametrize("horizon", [365, 45])
def test_rows_know_only_the_days_before(horizon: int) -> None:
    for seed in SEEDS:
        rng = random.Random(1000 + seed)
        clients = {name: some_care(rng) for name in "abc"} | {"d": []}
        drawn, people = draw(clients), some_people(rng, clients)
        found = care_rows(table_of(people), *drawn, horizon=horizon)
        states = state_rows(table_of(people), *drawn, horizon=horizon)
        assert found.on_day_zero == sum(days == 0 for _, _, days, _ in people)
        for at, (name, zero, days, event) in enumerate(people):
            days, event = (horizon, 0) if days > horizon else (days, event)
            rows = found.table[found.table["at"] == at]
            assert [0, *rows["stop"]] == [*rows["start"], days] if days else rows.empty
            levels = [level_on(clients[name], zero + day) for day in range(days)]
            told = [row.state for row in rows.itertuples() for _ in range(row.start, row.stop)]
            assert told == levels, (seed, name, zero)
            assert all(a.state != b.state for a, b in pairwise(rows.itertuples()))
            assert rows["event"].tolist() == [0] * (len(rows) - 1) + [event] * bool(days)
            for row in rows.itertuples():
                highest = {one for one in levels[: row.start + 1] if one in GAP}
                assert row.most_intensive == min(highest, key=ORDER.index, default="none")
                begun = [one.start for one in clients[name] if not one.stay and one.came and one.level in GAP]
                assert row.sessions == sum(zero <= one <= zero + row.start for one in begun), (seed, name)
            moved = states[states["at"] == at]
            if days:
                assert moved["state_to"].isna().sum() == (event == 0)
                assert or_none(moved["state_to"].iloc[-1]) == ENDS.get(event)
            else:
                level = (
                    "residential"
                    if level_on(clients[name], zero) in NIGHTS
                    else level_on(clients[name], zero)
                )
                assert moved[["start", "stop", "state_from"]].to_numpy().tolist() == [
                    [0, 0.5, ENDS.get(event, level)]
                ]


def test_levels_and_paths() -> None:
    for seed in SEEDS:
        rng = random.Random(2000 + seed)
        clients = {name: some_care(rng) for name in "abc"} | {"d": []}
        people = some_people(rng, clients)
        found = levels_started(table_of(people), *draw(clients), horizon=60)
        for got, (name, zero, days, event) in zip(found.itertuples(), people, strict=True):
            days, event = (60, 0) if days > 60 else (days, event)
            last = days - (event != 0)
            services = nights_and_services(clients[name], zero + max(last, 0))[1]
            first = {
                level: min(
                    (day - zero for day, levels in services.items() if day >= zero and level in levels),
                    default=None,
                )
                for level in GAP
            }
            if last < 0:
                first = dict.fromkeys(GAP)
            assert {level: or_none(getattr(got, level)) for level in GAP} == first, (seed, name)
            levels = [level_on(clients[name], zero + day) for day in range(-1, last + 1)]
            assert got.path == path_of(levels), (seed, name, zero, last)
            php, iop, op = first.values()
            full = None not in (php, iop, op) and php < iop < op
            some = (
                "iop or php"
                if (php, iop) != (None, None)
                else "outpatient only"
                if op is not None
                else "none"
            )
            assert got.extent == ("full step-down" if full else some)


def joined(stays: list[tuple[str, int, float]], gap: int) -> list[list[tuple[str, int, float]]]:
    """Return runs of stays: each begins at most a gap after the latest end so far."""
    runs: list[list[tuple[str, int, float]]] = []
    for stay in sorted(stays, key=lambda one: one[1]):
        if runs and stay[1] <= max(end for _, _, end in runs[-1]) + gap:
            runs[-1].append(stay)
        else:
            runs.append([stay])
    return runs


@pytest.mark.parametrize("gap", [0, 1, 3, 7, 14])
def test_episodes(gap: int) -> None:
    for seed in SEEDS:
        rng = random.Random(3000 + seed)
        clients = {name: some_care(rng) for name in "abc"}
        found = join_stays(draw(clients).discharges, max_gap_days=gap)
        for name, rows in clients.items():
            stays = [
                (one.level, one.end if one.start is None else one.start, LATE if one.end is None else one.end)
                for one in rows
                if one.stay and (one.start, one.end) != (None, None)
            ]
            longer = []
            for level in ORDER:
                for run in joined([one for one in stays if one[0] == level], gap):
                    longer.append((level, run[0][1], max(end for _, _, end in run)))
            got = found.stays[found.stays["client_id"] == name]
            days = zip(got["level"], got["admit_day"], got["discharge_day"].fillna(LATE), strict=True)
            assert sorted(days) == sorted(longer), (seed, name)
            episodes = joined(longer, gap)
            mine = found.episodes[found.episodes["client_id"] == name]
            told = zip(mine["stays"], mine["first_day"], mine["last_day"].fillna(LATE), strict=True)
            expected = [(len(run), run[0][1], max(end for _, _, end in run)) for run in episodes]
            assert list(told) == expected, (seed, name)
