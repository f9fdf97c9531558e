"""A second implementation of spells, weeks and completion: loops over clients, written from the docstrings."""

import math
import random
from collections import defaultdict
from dataclasses import dataclass, field

import pandas as pd
import pytest

from stepdown.cohort.care import rolling_hours, spells, weekly_hours
from stepdown.schema import read_care_rules
from support_care import Care, care

pytestmark = pytest.mark.slow

RULES = read_care_rules()
ORDER = ["withdrawal", "residential", "php", "iop", "outpatient"]
SHORT = dict(zip(ORDER, ["wm", "res", "php", "iop", "op"], strict=True))
GAP = {"php": 14, "iop": 14, "outpatient": 30}
LEAST = {"php": (20, 20), "iop": (9, 6)}
NEVER = 10**6
SEEDS = range(25)


@dataclass(frozen=True)
class Session:
    level: str
    start: int
    end: int
    hours: float | None
    came: bool
    planned: bool | None
    kind: str

    def drawn(self) -> str:
        words = [f"{SHORT[self.level]} {self.start}..{self.end} {self.kind}"]
        words += [f"{self.hours}h"] if self.hours is not None else []
        words += [] if self.came else ["missed"]
        words += {None: [], True: ["planned"], False: ["extra"]}[self.planned]
        return " ".join(words)


@dataclass(frozen=True)
class Stay:
    level: str
    start: int
    end: int
    reason: str

    def drawn(self) -> str:
        return f"{SHORT[self.level].upper()} {self.start}..{self.end} {self.reason}"


@dataclass
class Spell:
    level: str
    care: list[Session | Stay]
    missed: list[Session] = field(default_factory=list)

    @property
    def rows(self) -> list[Session]:
        return [row for row in self.care if isinstance(row, Session)]

    @property
    def start(self) -> int:
        return min(row.start for row in self.care)

    @property
    def end(self) -> int:
        return max(row.end for row in self.care)


def some_client(rng: random.Random) -> tuple[list[Stay], list[Session]]:
    stays, sessions = [], []
    for _ in range(rng.randrange(3)):
        start = rng.randrange(-30, 60)
        level, reason = rng.choice(["residential", "iop", "php"]), rng.choice(["completed", "other", ""])
        stays.append(Stay(level, start, start + rng.randrange(30), reason))
    day = rng.randrange(-5, 10)
    for _ in range(rng.choice([0, 1, 3, 10, 40])):
        level = rng.choice(["iop", "iop", "iop", "php", "outpatient"])
        sessions.append(
            Session(
                level=level,
                start=day,
                end=day + rng.choice([0, 0, 0, 0, 0, 6, 13]),
                hours=rng.choice([None] + [3.0] * 9 + [4.5, 9.0, 20.0]),
                came=rng.random() < 0.9,
                planned=rng.choice([None, True, False]),
                kind=rng.choice(["group", "individual", "family"]),
            )
        )
        day += rng.choice([0, 1, 2, 2, 2, 3, 4, 7, 14, 15, 16, 30, 31])
    return stays, sessions


def spells_of(stays: list[Stay], sessions: list[Session]) -> list[Spell]:
    found: list[Spell] = []
    for level in GAP:
        mine = [row for row in sessions if row.level == level]
        own: list[Spell] = []
        care = [row for row in mine if row.came] + [row for row in stays if row.level == level]
        for row in sorted(care, key=lambda one: one.start):
            if own and row.start <= own[-1].end + GAP[level]:
                own[-1].care.append(row)
            else:
                own.append(Spell(level, [row]))
        for row in (row for row in mine if not row.came):
            near = [one for one in own if one.start <= row.start <= one.end + GAP[level]]
            # Before the next spell begins there is but one that can have been meant: the latest begun.
            if near and near[-1] is [one for one in own if one.start <= row.start][-1]:
                near[-1].missed.append(row)
        found += own
    return sorted(found, key=lambda one: (one.start, ORDER.index(one.level)))


def next_care(stays: list[Stay], sessions: list[Session], spell: Spell, *, same: bool) -> int:
    """Return the first day of care after a spell, at its level too if `same`."""
    days = [NEVER]
    for stay in stays:
        last = stay.end - 1 if stay.level == "residential" else stay.end
        days += [max(stay.start, spell.end + 1)] * (last > spell.end) * (same or stay.level != spell.level)
    for row in sessions:
        if row.came and row.end > spell.end and (same or row.level != spell.level):
            days.append(max(row.start, spell.end + 1))
    return min(days)


def weeks_of(
    spell: Spell, stays: list[Stay], sessions: list[Session], cut: float
) -> list[tuple[int, float | None]]:
    """Return days and hours of each week; hours None where not known."""
    other = next_care(stays, sessions, spell, same=False)
    by_day: dict[int, float] = defaultdict(float)
    unknown = set()
    for row in spell.rows:
        for day in range(row.start, row.end + 1):
            if row.hours is None:
                unknown.add(day)
            else:
                by_day[day] += row.hours / (row.end - row.start + 1)
    found = []
    for first in range(spell.start, spell.end + 1, 7):
        last = first + 6
        if last > spell.end:
            last = int(max(spell.end, min(last, other - 1, cut)))
        days = range(first, first + 7)
        hours = None if unknown & set(days) or not spell.rows else round(sum(by_day[day] for day in days), 9)
        found.append((last - first + 1, hours))
    return found


def credit(days: int, hours: float | None, least: float) -> float:
    if hours is None:
        return math.nan
    if hours >= least:
        return 1.0
    return days / 7 if hours * 7 / days >= least else 0.0


def drawn_from(clients: dict[str, tuple[list[Stay], list[Session]]]) -> Care:
    return care(
        "\n".join(
            f"{name}: " + " | ".join(one.drawn() for one in [*stays, *sessions])
            for name, (stays, sessions) in clients.items()
        )
    )


def agrees(found: object, expected: float | None) -> bool:
    if expected is None or (isinstance(expected, float) and math.isnan(expected)):
        return bool(pd.isna(found))
    return found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("cut", [None, 60])
def test_spells_weeks_and_completion(cut: int | None) -> None:
    for seed in SEEDS:
        rng = random.Random(seed)
        clients = {name: some_client(rng) for name in "abc"}
        if cut is not None:
            clients = {
                name: (
                    [one for one in stays if one.end <= cut],
                    [one for one in sessions if one.end <= cut],
                )
                for name, (stays, sessions) in clients.items()
            }
        drawn, young = drawn_from(clients), ["b"]
        found = spells(drawn.services, drawn.discharges, data_cut=cut, adolescents=young)
        weekly = weekly_hours(drawn.services, drawn.discharges, data_cut=cut, adolescents=young)
        rolled = rolling_hours(drawn.services, drawn.discharges)
        for name, (stays, sessions) in clients.items():
            mine = spells_of(stays, sessions)
            table = found[found["client_id"] == name]
            assert list(zip(table["level"], table["start_day"], table["end_day"], strict=True)) == [
                (one.level, one.start, one.end) for one in mine
            ], (seed, name)
            for spell, row in zip(mine, table.to_dict("records"), strict=True):
                _same_spell(spell, row, stays, sessions, math.inf if cut is None else cut, name in young)
                pick = (weekly["client_id"] == name) & (weekly["level"] == spell.level)
                pick &= weekly["spell"] == row["spell"]
                weeks = weeks_of(spell, stays, sessions, math.inf if cut is None else cut)
                told = weekly[pick][["days", "hours"]].to_numpy(dtype=float).tolist()
                assert len(told) == len(weeks)
                for (days, hours), week in zip(told, weeks, strict=True):
                    assert days == week[0], (seed, name)
                    assert agrees(hours, week[1])
                _same_rolling(spell, rolled[(rolled["client_id"] == name) & (rolled["level"] == spell.level)])


def _same_spell(
    spell: Spell,
    row: dict[str, object],
    stays: list[Stay],
    sessions: list[Session],
    cut: float,
    young: bool,
) -> None:
    every = [*spell.rows, *spell.missed]
    planned = [one for one in every if one.planned is not False]
    assert row["sessions"] == len(spell.rows)
    assert row["planned"] == len(planned)
    assert row["planned_attended"] == sum(one.came for one in planned)
    assert row["kind_group"] == sum(one.kind == "group" for one in spell.rows)
    assert agrees(row["hours"], sum(one.hours or 0 for one in spell.rows))
    assert row["hours_unknown"] == sum(one.hours is None for one in spell.rows)
    weeks = weeks_of(spell, stays, sessions, cut)
    days = sum(week[0] for week in weeks)
    whole = None if None in [week[1] for week in weeks] else sum(week[1] for week in weeks)
    assert agrees(row["weeks"], days / 7)
    assert agrees(row["hours_a_week"], None if whole is None else whole * 7 / days)
    least = LEAST.get(spell.level, (math.nan, math.nan))[young]
    assert agrees(row["least_hours"], least)
    if not math.isnan(least):
        assert agrees(row["weeks_met"], sum(credit(*week, least) for week in weeks))
    gone = spell.end + GAP[spell.level]
    quiet = next_care(stays, sessions, spell, same=True) > gone and gone < cut
    assert agrees(row["dropout_day"], spell.end if quiet else None)
    _same_completion(spell, row, stays, weeks, young)


def _same_completion(
    spell: Spell,
    row: dict[str, object],
    stays: list[Stay],
    weeks: list[tuple[int, float | None]],
    young: bool,
) -> None:
    iop = spell.level == "iop"
    assert agrees(row["completed_sessions_30"], len(spell.rows) >= 30 if iop and spell.rows else None)
    surely = sum(credit(*week, 6 if young else 9) for week in weeks if week[1] is not None)
    perhaps = surely + sum(week[0] / 7 for week in weeks if week[1] is None)
    enough = True if surely >= 8 - 1e-9 else False if perhaps < 8 - 1e-9 else None
    assert agrees(row["completed_weeks_8_at_9_hours"], enough if iop else None)
    for level in ("iop", "php"):
        reasons = {
            one.reason
            for one in stays
            if one.level == level and one.start <= spell.end and one.end >= spell.start and one.reason
        }
        flag = ("completed" in reasons) if reasons and spell.level == level else None
        assert agrees(row[f"completed_program_flag_{level}"], flag)


def _same_rolling(spell: Spell, rolled: pd.DataFrame) -> None:
    mine = rolled[(rolled["day"] >= spell.start) & (rolled["day"] <= spell.end)]
    days = sorted({day for one in spell.rows for day in range(one.start, one.end + 1)})
    assert mine["day"].tolist() == days
    for day, inside, hours in mine[["day", "days", "hours"]].to_numpy(dtype=float).tolist():
        last = [
            (one.hours, max(0, min(day, one.end) - max(day - 6, one.start) + 1) / (one.end - one.start + 1))
            for one in spell.rows
            if one.start <= day and one.end >= day - 6
        ]
        assert inside == min(7, day - spell.start + 1)
        assert agrees(
            hours, None if None in [one for one, _ in last] else sum(one * part for one, part in last)
        )
