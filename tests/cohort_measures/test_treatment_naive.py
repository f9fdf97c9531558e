"""A second implementation of initiation and engagement: loops over days, written from docs/measures.md."""

import math
from dataclasses import dataclass

import pytest

from stepdown.cohort.measures import measure
from stepdown.schema import Cohort, Measure, read_measures
from support_measures import CARE, items, some_cohort
from support_size import quick_or_long

pytestmark = pytest.mark.slow

SPECS = [spec for spec in read_measures() if spec.numerator.rule in ("initiated", "engaged")]
SEEDS = range(quick_or_long(8, 25))
LONG_ACTING = ("buprenorphine_long_acting", "naltrexone_long_acting")
NEVER = 10**6


@dataclass
class Span:
    start: float
    end: float
    level: str = ""

    def days(self, low: float, high: float) -> set[int]:
        return {day for day in range(int(low), int(high) + 1) if self.start <= day <= self.end}


class Client:
    """What one client received."""

    def __init__(self, cohort: Cohort, name: str) -> None:
        self.visits: list[Span] = []
        self.sessions: list[Span] = []
        self.detox: list[Span] = []
        self.medication: list[tuple[float, bool]] = []
        self.history: list[Span] = []
        parts: list[Span] = []
        for row in items(cohort.services):
            if row["client_id"] == name and row["attended"] is not False:
                self._serve(row, parts)
        for stay in items(cohort.discharges):
            if stay["client_id"] != name:
                continue
            span = Span(stay["admit_day"], NEVER if stay["discharge_day"] is None else stay["discharge_day"])
            if stay["level"] in CARE:
                self.visits.append(span)
                self.history.append(span)
            else:
                parts.append(Span(span.start, span.end, stay["level"]))
                self.history += [span] if stay["level"] == "residential" else []
        self.stays: list[Span] = []
        for part in sorted(parts, key=lambda one: (one.start, one.end)):
            if self.stays and part.start <= self.stays[-1].end + 1:
                self.stays[-1].end = max(self.stays[-1].end, part.end)
            else:
                self.stays.append(Span(part.start, part.end))

    def _serve(self, row: dict, parts: list[Span]) -> None:
        span = Span(row["start_day"], row["end_day"])
        if row["kind"] in ("drug_test", "mutual_help"):
            return
        if row["kind"] == "medication":
            self.medication.append((span.start, row["medication"] in LONG_ACTING))
            self.history.append(span)
        elif row["level"] == "withdrawal":
            self.detox.append(span)
        else:
            self.history.append(span)
            if row["level"] == "residential":
                parts.append(span)
                self.sessions.append(span)
            else:
                self.visits.append(span)

    def openings(self) -> list[float]:
        """Return the first days of visits, and of runs of withdrawal management."""
        days = [span.start for span in self.visits]
        seen: set[int] = set()
        for span in sorted(self.detox, key=lambda one: one.start):
            if not seen & {int(span.start) - 1, int(span.start)}:
                days.append(span.start)
            seen |= span.days(span.start, span.end)
        return days

    def since_care(self, day: float) -> float:
        """Return the days since the last care that began before a day."""
        return min((day - span.end for span in self.history if span.start < day), default=math.inf)

    def new_episodes(self, least: int) -> list[tuple[float, bool]]:
        """Return day 0 of each episode (a far day where not discharged), and whether it is a stay."""
        found = [(stay.end, True) for stay in self.stays if self.since_care(stay.start) > least]
        inside = [day for day in self.openings() if any(one.start <= day <= one.end for one in self.stays)]
        days = {day for day in self.openings() if day not in inside and self.since_care(day) > least}
        return found + [(day, False) for day in sorted(days)]

    def first_encounter(self) -> list[tuple[float, bool]]:
        days = self.openings() + [stay.start for stay in self.stays]
        if not days:
            return []
        first = min(days)
        return [(first, any(stay.start == first for stay in self.stays))]

    def course(self, spec: Measure, zero: float, *, stay: bool) -> tuple[bool, bool, float]:
        """Return initiated, engaged, and the last day of the stay that initiated."""
        rule, each = spec.numerator, spec.numerator.same_day == "each"
        visits = self.visits + (self.sessions if each else [])
        days = range(int(zero), int(zero) + spec.last_day(14) + 1)
        base: float | None = zero if rule.stay_initiates and stay else None
        until = -math.inf
        if base is None:
            for day in days:
                admitted = [one for one in self.stays if one.start == day and day > zero and not each]
                come = any(span.days(day, day) for span in visits) and day > zero
                if each and day == zero:
                    others = [span for span in visits if span.start == day]
                    detox = any(span.start == day for span in self.detox) and day in self.openings()
                    opened_by_visit = not stay and not detox
                    come = len(others) > opened_by_visit
                given = any(start == day for start, _ in self.medication)
                if admitted or come or given:
                    base = admitted[0].end if admitted else day
                    until = admitted[0].end if admitted else until
                    break
        if base is None:
            return False, False, until
        if base >= NEVER:
            return True, False, until
        low, high = base + 1, base + rule.more_within
        held = [span.days(low, high) for span in visits]
        if not each:
            held += [{int(one.start)} & set(range(int(low), int(high) + 1)) for one in self.stays]
        given_on = [start for start, _ in self.medication if low <= start <= high]
        if each:
            count = sum(len(days) for days in held) + len(given_on)
        else:
            count = len(set().union(*held)) + len(set(given_on))
        lasting = any(long for start, long in self.medication if low <= start <= high)
        return True, count >= rule.more or lasting, until


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_counts_are_those_of_plain_loops(spec: Measure) -> None:
    told = met = 0
    for seed in SEEDS:
        cohort = some_cohort(seed)
        ages = {row["client_id"]: None for row in items(cohort.discharges)}
        bare = cohort.discharges.drop(columns=[name for name in ("age",) if name in cohort.discharges])
        cohort = type(cohort)(**{**vars(cohort), "discharges": bare})
        numerator = denominator = 0
        for name in ages:
            client = Client(cohort, name)
            least = spec.denominator.days_without_care
            first = spec.denominator.event == "first_encounter"
            episodes = client.first_encounter() if first else client.new_episodes(least)
            for zero, stay in episodes:
                if zero >= NEVER or zero + 47 > cohort.data_cut:
                    continue
                if first and client.since_care(zero) <= 60:
                    continue
                initiated, engaged, until = client.course(spec, zero, stay=stay)
                if until + 34 > cohort.data_cut:
                    continue
                if not first and died(cohort, name, zero + 47):
                    continue
                denominator += 1
                numerator += engaged if spec.numerator.rule == "engaged" else initiated
        everyone = measure(cohort, spec, by=()).table.iloc[0]
        assert (everyone["denominator"], everyone["numerator"]) == (denominator, numerator), seed
        told, met = told + denominator, met + numerator
    assert 0 < met < told


def died(cohort: Cohort, name: str, day: float) -> bool:
    return any(
        row["finding"] == "death" and row["client_id"] == name and row["day"] <= day
        for row in items(cohort.observations)
    )


OPIOID = (
    "buprenorphine",
    "buprenorphine_long_acting",
    "methadone",
    "naltrexone",
    "naltrexone_long_acting",
    None,
)


def supplied(rows: list[dict]) -> set[float]:
    """Return the days on which a client had medication, taking one day's supply of each a day."""
    days: set[float] = set()
    by_name: dict[str | None, list[tuple[float, float]]] = {}
    for row in rows:
        once = row["medication"] in LONG_ACTING and row["start_day"] == row["end_day"]
        many = 31 if once else row["end_day"] - row["start_day"] + 1
        by_name.setdefault(row["medication"], []).append((row["start_day"], many))
    for name, given in by_name.items():
        if name is None:
            days |= {start + more for start, many in given for more in range(int(many))}
            continue
        stock = 0.0
        for day in range(int(min(start for start, _ in given)), 700):
            stock += sum(many for start, many in given if start == day)
            if stock > 0:
                days.add(day)
                stock -= 1
    return days


def test_medication_is_that_of_plain_loops() -> None:
    spec = read_measures()["medication_180"]
    steps = [step for step in spec.exclusions if step.rule in ("open_window", "long_stay", "died")]
    spec = Measure.model_validate(spec.model_dump(by_alias=True) | {"exclusions": steps})
    told = met = 0
    for seed in range(25):
        cohort = some_cohort(seed)
        numerator = denominator = 0
        for name in dict.fromkeys(row["client_id"] for row in items(cohort.discharges)):
            rows = [
                row
                for row in items(cohort.services)
                if row["client_id"] == name
                and row["kind"] == "medication"
                and row["attended"] is not False
                and row["medication"] in OPIOID
            ]
            days, stays = supplied(rows), Client(cohort, name).stays
            for zero in sorted({row["start_day"] for row in rows}):
                earlier = supplied([row for row in rows if row["start_day"] < zero])
                period = range(int(zero), int(zero) + 180)
                if any(zero - day <= 31 for day in earlier) or zero + 179 > cohort.data_cut:
                    continue
                inside = [len(stay.days(zero, zero + 179)) for stay in stays]
                if max(inside, default=0) >= 8 or died(cohort, name, zero + 179):
                    continue
                denominator += 1
                numerator += "x" * 8 not in "".join("." if day in days else "x" for day in period)
        everyone = measure(cohort, spec, by=()).table
        assert everyone[["denominator", "numerator"]].to_numpy().tolist() == [[denominator, numerator]], seed
        told, met = told + denominator, met + numerator
    assert 0 < met < told
