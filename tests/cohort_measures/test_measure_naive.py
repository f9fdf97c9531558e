"""A second implementation of every measure: loops over events, written from docs/measures.md.

The definition is read from the same data file; what it means is written out here once more.
"""

import math
from dataclasses import dataclass
from typing import Any

import pytest

from stepdown.cohort.measures import measure
from stepdown.errors import DesignError
from stepdown.schema import Cohort, Credit, Exclusion, Measure, read_measures
from support_measures import CARE, ROUND_THE_CLOCK, items, some_cohort
from support_size import quick_or_long

pytestmark = pytest.mark.slow

REGISTRY = read_measures()
READ_OFF = [spec for spec in REGISTRY if spec.denominator.event in ("discharge", "new_care")]
SEEDS = range(quick_or_long(14, 16))
LONG = 1000
"""Days after which care that is not over need not be looked at."""


@dataclass(frozen=True)
class Event:
    client: str
    zero: float
    level: str
    row: int


class Naive:
    def __init__(self, cohort: Cohort, spec: Measure) -> None:
        self.spec, self.cut = spec, cohort.data_cut
        self.stays = items(cohort.discharges)
        self.services = [row for row in items(cohort.services) if row["attended"] is not False]
        self.found = items(cohort.observations)
        self.care = self.received()

    def received(self) -> list[dict[str, Any]]:
        """Return sessions and spans that are care, and episodes of the discharges with their row."""
        care = [
            row | {"row": None} for row in self.services if row["kind"] not in ("drug_test", "mutual_help")
        ]
        for row, stay in enumerate(self.stays):
            if stay["level"] in CARE:
                end = math.inf if stay["discharge_day"] is None else stay["discharge_day"]
                days = {"start_day": stay["admit_day"], "end_day": end, "row": row}
                care.append(
                    {"client_id": stay["client_id"], "level": stay["level"], "kind": None, "modality": None}
                    | days
                )
        return care

    def events(self) -> list[Event]:
        asked = self.spec.denominator
        if asked.event == "discharge":
            return [
                Event(stay["client_id"], number(stay["discharge_day"]), stay["level"], row)
                for row, stay in enumerate(self.stays)
                if not asked.levels or stay["level"] in asked.levels
            ]
        clients = dict.fromkeys(row["client_id"] for row in [*self.services, *self.stays])
        return [event for client in clients for event in self.new_care(client)]

    def new_care(self, client: str) -> list[Event]:
        asked = self.spec.denominator
        care = [
            (row["start_day"], row["end_day"], row["level"])
            for row in (self.care if asked.of == "care" else self.services)
            if row["client_id"] == client
            and (not asked.levels or row["level"] in asked.levels)
            and (not asked.kinds or row["kind"] in asked.kinds)
            and row["kind"] not in asked.not_kinds
        ]
        stays = [(row, stay) for row, stay in enumerate(self.stays) if stay["client_id"] == client]
        if asked.stays and asked.of == "services":
            care += [
                (
                    stay["admit_day"],
                    math.inf if stay["discharge_day"] is None else stay["discharge_day"],
                    stay["level"],
                )
                for _, stay in stays
                if not asked.levels or stay["level"] in asked.levels
            ]
        fresh = []
        for start, _, level in sorted(care, key=lambda one: one[0]):
            earlier = [one for one in care if one[0] < start]
            twice = any(event.zero == start for event in fresh)
            if not twice and all(start - end > asked.days_without_care for _, end, _ in earlier):
                begun = [(stay["admit_day"], -row) for row, stay in stays if stay["admit_day"] <= start]
                first = min((stay["admit_day"], row) for row, stay in stays)
                fresh.append(Event(client, start, level, -max(begun)[1] if begun else first[1]))
        return fresh

    def leaves(self, step: Exclusion, event: Event, window: int, stayed: list[Event]) -> bool:
        stay, spec = self.stays[event.row], self.spec
        last = window if spec.window_end == "included" else window - 1
        match step.rule:
            case "followed_by_stay":
                levels = step.levels or ROUND_THE_CLOCK
                return any(
                    row != event.row
                    and other["client_id"] == event.client
                    and other["level"] in levels
                    and other["admit_day"] <= event.zero + step.gap
                    and (other["discharge_day"] is None or other["discharge_day"] > event.zero)
                    for row, other in enumerate(self.stays)
                )
            case "age":
                years = stay["age"]
                if years is None:
                    return False
                return math.floor(years) < (step.at_least or 0) or math.floor(years) > (step.at_most or 999)
            case "reason":
                return stay["discharge_reason"] in step.reasons
            case "column":
                return stay[step.column] in step.is_in
            case "not_recorded":
                return stay[step.column] is None
            case "died":
                return any(
                    row["finding"] == "death"
                    and row["client_id"] == event.client
                    and row["day"] <= event.zero + max(last, step.days or 0)
                    for row in self.found
                )
            case "one_per":
                mine = [one.zero for one in stayed if one.client == event.client]
                return bool(mine) and event.zero - max(mine) < step.days
        full = last + (spec.numerator.more_within or 0)
        return event.zero + max(full, step.days or 0) > self.cut

    def denominator(self, window: int) -> tuple[list[Event], dict[str, int]]:
        left = self.events()
        known = [event for event in left if not math.isnan(event.zero)]
        out = {"Day of discharge not known": len(left) - len(known)}
        left = known
        for step in self.spec.exclusions:
            stayed: list[Event] = []
            for event in sorted(left, key=lambda one: (one.zero, one.row)):
                if not self.leaves(step, event, window, stayed):
                    stayed.append(event)
            out[step.name] = len(left) - len(stayed)
            left = stayed
        return left, {name: count for name, count in out.items() if count}

    def days(self, credit: Credit, event: Event, until: int) -> set[int]:
        """Return the days after day 0 on which a credit counts, up to `until`."""
        if credit.after and event.level not in credit.after:
            return set()
        last = until if credit.last_day is None else min(until, credit.last_day)
        found: set[int] = set()
        for start, end in self.spans(credit, event):
            lasts = credit.source in ("services", "care")
            if not lasts or credit.begins:
                found |= (
                    set(range(start, (end if lasts else start) + 1))
                    if (credit.first_day <= start <= last)
                    else set()
                )
            else:
                found |= {day for day in range(start, end + 1) if credit.first_day <= day <= last}
        return {day for day in found if day <= until}

    def spans(self, credit: Credit, event: Event) -> list[tuple[int, int]]:
        zero = event.zero
        if credit.source in ("services", "care"):
            rows = [
                (row["start_day"] - zero, min(row["end_day"] - zero, LONG), row)
                for row in (self.care if credit.source == "care" else self.services)
                if (not credit.kinds or row["kind"] in credit.kinds)
                and (not credit.modalities or row["modality"] in credit.modalities)
                and row["kind"] not in credit.not_kinds
            ]
        elif credit.source == "stays":
            own = self.spec.denominator.event == "new_care"
            rows = [
                (stay["admit_day"] - zero, stay["admit_day"] - zero, stay)
                for row, stay in enumerate(self.stays)
                if own or row != event.row
            ]
        else:
            rows = [
                (row["day"] - zero, row["day"] - zero, row)
                for row in self.found
                if row["finding"] in credit.findings and not (credit.unplanned and row.get("planned") is True)
            ]
        ranks = list(credit.ranks)
        return [
            (int(start), int(end))
            for start, end, row in rows
            if row["client_id"] == event.client
            and (not credit.levels or row["level"] in credit.levels)
            and (
                not ranks
                or (row.get("level") in ranks and ranks.index(row["level"]) >= ranks.index(event.level))
            )
        ]

    def in_order(self, event: Event, last: int) -> bool:
        after = -math.inf
        for credit in self.spec.numerator.credits:
            days = [
                day
                for start, end in self.spans(credit, event)
                for day in ([start] if credit.begins else range(start, end + 1))
                if credit.first_day <= day <= last and day > after
            ]
            if not days:
                return False
            after = min(days)
        return True

    def met(self, event: Event, window: int) -> bool:
        rule, stay = self.spec.numerator, self.stays[event.row]
        last = window if self.spec.window_end == "included" else window - 1
        for credit in rule.credits:
            if credit.source == "column" and stay[credit.column] in credit.is_in:
                return True
        if rule.rule == "in_order":
            return self.in_order(event, last)
        far = last + (rule.more_within or 0)
        days = set().union(*(self.days(one, event, far) for one in rule.credits if one.source != "column"))
        first = min((day for day in days if day <= last), default=None)
        if rule.rule == "any":
            return first is not None
        if rule.rule == "engagement":
            more = [day for day in days if first is not None and first < day <= first + rule.more_within]
            return len(more) >= rule.more
        lacking = "".join("." if day in days else "x" for day in range(last + 1))
        return "x" * rule.gap_days not in lacking


@pytest.mark.parametrize("spec", [*READ_OFF, *REGISTRY.earlier], ids=lambda spec: spec.name)
def test_counts_are_those_of_plain_loops(spec: Measure) -> None:
    told = met = 0
    for seed in SEEDS:
        cohort = some_cohort(seed)
        naive = Naive(cohort, spec)
        try:
            result = measure(cohort, spec, by=("site_id",))
        except DesignError:
            assert not naive.events()
            continue
        for window in spec.windows:
            left, out = naive.denominator(window)
            table = result.table[result.table["window"] == window]
            everyone = table[table["site_id"] == ""].iloc[0]
            assert (everyone["events"], everyone["denominator"]) == (len(naive.events()), len(left)), seed
            removed = result.exclusions[
                (result.exclusions["window"] == window) & (result.exclusions["site_id"] == "")
            ]
            counts = dict(zip(removed["reason"], removed["removed"], strict=True))
            assert {name: count for name, count in counts.items() if count} == out, seed
            hits = [event for event in left if naive.met(event, window)]
            assert everyone["numerator"] == len(hits), (seed, window)
            told, met = told + len(left), met + len(hits)
            for row in table[table["site_id"] != ""].itertuples():
                name = None if row.site_id == "not known" else row.site_id
                mine = [event for event in left if naive.stays[event.row]["site_id"] == name]
                assert (row.denominator, row.clients) == (len(mine), len({one.client for one in mine})), seed
                assert row.numerator == sum(naive.met(event, window) for event in mine)
    assert 0 < met < told


def number(value: float | None) -> float:
    return math.nan if value is None else value
