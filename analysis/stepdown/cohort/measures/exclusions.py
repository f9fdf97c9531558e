"""Exclusions, one step after the other, each with its reason and its count.

What a step cannot determine (an age that is not known, a column that the cohort lacks) keeps the event in the
measure, and is said.
"""

from collections.abc import Hashable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.episodes import still_in_care
from stepdown.cohort.eligibility import equals
from stepdown.cohort.linkage import floats
from stepdown.cohort.measures.care_record import CareRecord, clients_of
from stepdown.cohort.measures.index_events import is_dated, one_of
from stepdown.cohort.measures.treatment_episodes import before
from stepdown.cohort.observation_end import data_end, first_death
from stepdown.schema import Exclusion, Measure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
UNKNOWN_DAY = "Day of discharge not known"
UNKNOWN_ADMISSION = "Day of admission not known"


class Leaving:
    """Who leaves a measure, for what reason; `notes` collects what could not be determined."""

    def __init__(
        self,
        record: CareRecord,
        index: pd.DataFrame,
        measure: Measure,
        cut: int | None,
        *,
        key: tuple[Hashable, ...],
        until: Floats | None = None,
    ) -> None:
        self.record, self.cohort, self.index, self.measure, self.cut = (
            record,
            record.cohort,
            index,
            measure,
            cut,
        )
        self.key, self.until = key, until
        self.zero = index["zero"].to_numpy(dtype=float)
        self.client = clients_of(index)
        self.notes: list[str] = []
        self._found: dict[int, Bools] = {}

    def steps(self, window: int) -> list[tuple[str, Bools]]:
        """Return, for each step in order, its name and which events it takes out of those left."""
        left = ~np.isnan(self.zero)
        found = [] if left.all() else [(UNKNOWN_DAY, ~left)]
        if "admitted" in self.index and not self.index["admitted"].all():
            out = left & ~self.index["admitted"].to_numpy(dtype=bool)
            found.append((UNKNOWN_ADMISSION, out))
            left = left & ~out
        for step in self.measure.exclusions:
            out = left & self._taken(step, window, left)
            found.append((step.name, out))
            left = left & ~out
        return found

    def _taken(self, step: Exclusion, window: int, left: Bools) -> Bools:
        """Return which events a step takes out; what no window can change is found once."""
        last = self.measure.last_day(window)
        if step.rule == "died":
            return self._dead(max(last, step.days or 0), same_year=step.same_year)
        if step.rule == "one_per":
            return _too_soon(self.client, self.zero, left, days=step.days or 0)
        if step.rule == "open_window":
            return self._open(max(self.measure.full_days(window), step.days or 0))
        if step.rule == "long_stay":
            return self._long_stay(step.days or 0, last)
        place = self.measure.exclusions.index(step)
        if place not in self._found:
            self._found[place] = self._out(step)
        return self._found[place]

    def _out(self, step: Exclusion) -> Bools:
        if step.rule == "followed_by_stay":
            rows = self.index["row"].to_numpy(dtype=np.int64)
            gap, levels = step.gap or 0, {"levels": step.levels} if step.levels else {}
            return self.record.once(
                (*self.key, gap, step.levels),
                lambda: still_in_care(self.cohort.discharges, rows, max_gap_days=gap, **levels),
            )
        if step.rule == "age":
            return self._age(step)
        if step.rule == "reason":
            reason = self.cohort.discharges["discharge_reason"].iloc[self.index["row"]]
            return one_of(reason, step.reasons)
        if step.rule == "care_before":
            since = before(self.record, clients_of(self.index), self.zero)
            return np.asarray(self.zero - since <= (step.days or 0), dtype=bool)
        if step.rule in ("part", "unknown"):
            return self.index[step.rule].to_numpy(dtype=bool)
        if step.rule == "open_admission":
            until = np.zeros(len(self.zero)) - np.inf if self.until is None else self.until
            return self._past_end(until + (self.measure.numerator.more_within or 0))
        return self._column(step)

    def _dead(self, last: int, *, same_year: bool) -> Bools:
        death = first_death(self.cohort, self.index)
        until = self.zero + last
        if same_year and is_dated(self.cohort):
            until = np.maximum(until, last_day_of_year(self.zero))
        elif same_year:
            self._say("Days are not dates here: a death in the same year, but after the window, is not seen.")
        return np.asarray(death <= until, dtype=bool)

    def _open(self, last: int) -> Bools:
        end = data_end(self.cohort, self.index, data_cut=self.cut)
        if self.cut is None:
            self._say(
                "No data cut is stated: a window is complete where the client's follow-up, ended by the data "
                f"cut, reaches its last day. Events without such an end, kept: {int(np.isinf(end).sum()):,}."
            )
        return np.asarray(self.zero + last > end, dtype=bool)

    def _long_stay(self, days: int, last: int) -> Bools:
        stays, end = self.record.stays.days, self.zero + last
        at, place = stays.overlapping(clients_of(self.index), self.zero, end)
        inside = np.minimum(stays.end[place], end[at]) - np.maximum(stays.start[place], self.zero[at]) + 1
        found = np.zeros(len(self.index), dtype=bool)
        found[at[inside >= days]] = True
        return found

    def _past_end(self, day: Floats) -> Bools:
        return np.asarray(day > data_end(self.cohort, self.index, data_cut=self.cut), dtype=bool)

    def _age(self, step: Exclusion) -> Bools:
        ages = _ages(self.cohort.discharges)
        if ages is None:
            self._say(f"{step.name}: the cohort holds no age, so this is not checked.")
            return np.zeros(len(self.index), dtype=bool)
        low, high = (bound[self.index["row"].to_numpy()] for bound in ages)
        young = -np.inf if step.at_least is None else step.at_least
        old = np.inf if step.at_most is None else step.at_most
        out = (high < young) | (low > old)
        doubt = ~out & ~((low >= young) & (high <= old))
        if doubt.any():
            self._say(
                f"{step.name}: kept {int(doubt.sum()):,} whose age is missing or a band across the limit."
            )
        return np.asarray(out, dtype=bool)

    def _column(self, step: Exclusion) -> Bools:
        if step.column not in self.cohort.discharges:
            self._say(f"{step.name}: the cohort holds no {step.column}, so this is not checked.")
            return np.zeros(len(self.index), dtype=bool)
        values = self.cohort.discharges[step.column].iloc[self.index["row"]]
        if step.rule == "not_recorded":
            return np.asarray(values.isna().to_numpy(), dtype=bool)
        found = [equals(values, value) for value in step.is_in]
        return np.asarray(np.logical_or.reduce(found), dtype=bool)

    def _say(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def last_day_of_year(day: Floats) -> Floats:
    """Return the last day of the calendar year of each day since 1970-01-01; NaN where missing."""
    known = ~np.isnan(day)
    year = np.where(known, day, 0).astype("int64").astype("datetime64[D]").astype("datetime64[Y]")
    last = (year + 1).astype("datetime64[D]").astype("int64") - 1
    return np.where(known, last, np.nan)


def _too_soon(client: Ints, zero: Floats, left: Bools, *, days: int) -> Bools:
    """Return which events fall within some days of the client's last event that stayed in.

    One pass for the first events of all clients, one for the second, and so on.
    """
    rows = np.flatnonzero(left)
    rows = rows[np.lexsort((zero[rows], client[rows]))]
    turn = pd.Series(client[rows]).groupby(client[rows]).cumcount().to_numpy()
    last = np.full(client.max(initial=-1) + 1, -np.inf)
    soon = np.zeros(len(client), dtype=bool)
    for number in range(turn.max(initial=-1) + 1):
        now = rows[turn == number]
        near = zero[now] - last[client[now]] < days
        soon[now[near]] = True
        last[client[now[~near]]] = zero[now[~near]]
    return soon


def _ages(discharges: pd.DataFrame) -> tuple[Floats, Floats] | None:
    """Return the lowest and the highest age in whole years that each discharge can have; NaN for unknown."""
    if "age" in discharges:
        age = np.floor(floats(discharges["age"]))
        return age, age
    if "age_band" not in discharges:
        return None
    band = discharges["age_band"].astype("string").fillna("")
    parts = band.str.extract(r"^(?P<low>\d+)(?:-(?P<high>\d+)|\+)$").astype("Float64")
    low = parts["low"].to_numpy(dtype=float, na_value=np.nan)
    high = parts["high"].to_numpy(dtype=float, na_value=np.nan)
    return low, np.where(np.isnan(high) & ~np.isnan(low), np.inf, high)
