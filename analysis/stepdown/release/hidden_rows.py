"""Which rows of the results are hidden: small counts, what follows from sums, and what belongs to either."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.disclosure import round_to
from stepdown.release.protected_cells import REST, Partition, audit_partitions, further_hidden, known_too_well
from stepdown.release.published_sizes import Family, PublishedSizes, published_sizes
from stepdown.release.row_classes import CONTRAST, COUNT, FREE, FUNCTION, MEAN, P_VALUE, QUANTILE, SHARE
from stepdown.results.reading import WHOLE
from stepdown.results.table import KEY

Flags = NDArray[np.bool_]
RiskKey = tuple[str, str, str, str, str, float]
NUMERIC = frozenset((COUNT, SHARE, CONTRAST, FUNCTION, MEAN, QUANTILE, P_VALUE))
"""Classes whose rows hold numbers of people that this module decides on."""
_DIVIDED = {
    "term": ("visit", "path", "step_down_extent", "reason_for_leaving", "grace_period_end", "departure"),
    "level": ("characteristic", "contact_difference"),
}
"""Estimands whose rows divide a group by their `term` or `level`. `arm`, `site`, `quarter` divide any."""
_GROUPS = ("arm", "site", "quarter")
_OF_PEOPLE = ("characteristic", "contact_difference", "covariate_balance")
CALENDAR = ("observable",)
"""Shares of time, not of people: that all of a quarter can be followed follows from the data cut."""
_RISKS = ("risk", "window_risk")
LEAST_QUARTILE = 4
"""A quartile needs as many people as this times the threshold: the threshold on its smaller side."""


@dataclass(frozen=True)
class Division:
    """Rows that divide a group.

    Attributes
    ----------
    column : str
        The column in which they differ.
    what : str
        The number that adds up: "estimate", "n" or "events".
    places : list of int
        The rows.
    total : int
        What the numbers add up to, with those in no row.
    whole : str
        Name of the total, empty where no row holds it.
    """

    column: str
    what: str
    places: list[int]
    total: int
    whole: str


@dataclass(frozen=True, eq=False)
class HiddenRows:
    """Which rows are hidden.

    Attributes
    ----------
    hidden : (n,) array of bool
        Rows whose numbers are not published.
    sizes : PublishedSizes
        The published size of each group.
    groups : mapping of (analysis, arm) to int
        Size of the smallest group of each arm.
    events : mapping of (quantity, endpoint, level, arm, cause, time) to float
        Events that are published of each arm.
    partitions : tuple of (Partition, frozenset of str)
        Sums that the audit looked at.
    """

    hidden: Flags
    sizes: PublishedSizes
    groups: dict[tuple[str, str], int]
    events: dict[RiskKey, float]
    partitions: tuple[tuple[Partition, frozenset[str]], ...]


def least_shown(threshold: int, base: int) -> int:
    """Return the smallest count that is shown: one that is not printed as less than the threshold.

    Examples
    --------
    >>> least_shown(11, 5), least_shown(10, 5)
    (13, 10)
    """
    return next(count for count in range(threshold, threshold + base) if round_to(count, base) >= threshold)


def family(row: pd.Series | dict[str, object]) -> Family:
    """Return the groups whose sizes a size is compared with: those of the same arm, site and quarter."""
    return tuple(str(row[name]) for name in _GROUPS)


def cell_name(row: "dict[str, object]", what: str) -> str:
    """Return the name of a count, the same in every release: the keys of its row, and which number it is.

    Examples
    --------
    >>> row = dict.fromkeys(KEY, "") | {"estimand": "visit", "term": "dead", "time": 90.0}
    >>> cell_name(row, "estimate")
    'estimand=visit, term=dead, time=90: estimate'
    """
    keys = (
        f"{name}={row[name]:g}" if isinstance(row[name], float) else f"{name}={row[name]}"
        for name in KEY
        if row[name] != "" and row[name] == row[name]
    )
    return f"{', '.join(keys)}: {what}"


def hidden_rows(
    table: pd.DataFrame,
    classes: pd.Series,
    *,
    threshold: int,
    base: int,
    also: frozenset[str] = frozenset(),
) -> HiddenRows:
    """Decide which rows are hidden.

    Parameters
    ----------
    table : DataFrame
        Results without the rows that are never published.
    classes : Series of str
        Class of each row.
    threshold, base : int
    also : frozenset of str
        Names of further counts to hide, since earlier releases would give something away.

    Raises
    ------
    DisclosureError
        The audit finds a small count that follows from sums.
    """
    found = _HiddenRowSearch(table, classes, threshold, base)
    found.hide_small()
    found.hide_named(also)
    before = -1
    while found.hidden.sum() != before:
        before = int(found.hidden.sum())
        found.hide_what_belongs()
        found.hide_by_sums()
        if found.hidden.sum() == before:
            found.hide_together(known_too_well(found.partitions(), threshold=threshold, base=base))
    partitions = tuple(found.partitions())
    audit_partitions(partitions, threshold=threshold, base=base)
    return HiddenRows(found.hidden, found.sizes, found.groups, found.events_of(hidden=False), partitions)


class _HiddenRowSearch:
    """The search for rows to hide; `least` is the smallest count that is shown."""

    def __init__(self, table: pd.DataFrame, classes: pd.Series, threshold: int, base: int) -> None:
        self.rows: list[dict[str, object]] = table.to_dict("records")  # type: ignore[assignment]
        self.classes = classes.tolist()
        self.threshold, self.base = threshold, base
        self.least = least_shown(threshold, base)
        self.hidden = np.zeros(len(self.rows), dtype=bool)
        self.names: dict[tuple[int, str], str] = {}
        self.sizes = published_sizes(self._sizes(), threshold=threshold, base=base)
        self.groups = self._group_sizes()
        self.divisions = self._divisions()

    def _sizes(self) -> Iterator[tuple[Family, float]]:
        for row, name in zip(self.rows, self.classes, strict=True):
            if name not in NUMERIC and name != FREE:
                continue
            if _is(row["n"]) and _number(row["n"]) >= self.least:
                yield family(row), _number(row["n"])
            if name == COUNT and is_size(row) and _number(row["estimate"]) >= self.least:
                yield family(row), _number(row["estimate"])

    def _group_sizes(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for row, name in zip(self.rows, self.classes, strict=True):
            whole = not (row["site"] or row["quarter"] or row["subgroup"] or row["reference"])
            if name in (SHARE, COUNT) and _is(row["n"]) and whole and row["estimand"] != "measure":
                for key in ((str(row["analysis"]), str(row["arm"])), ("", str(row["arm"]))):
                    found[key] = min(found.get(key, round(_number(row["n"]))), round(_number(row["n"])))
        return found

    def size_of(self, row: dict[str, object]) -> int | None:
        """Return the size of the smallest group that a number rests on; None where it is not known."""
        return group_size(row, self.groups)

    def hide_small(self) -> None:
        """Hide small counts, and shares of 0% and 100%."""
        for place, (row, name) in enumerate(zip(self.rows, self.classes, strict=True)):
            if name in NUMERIC:
                self.hidden[place] = self._is_small(row, name)
        self._hide_arms()

    def _is_small(self, row: dict[str, object], name: str) -> bool:
        least = self.least
        n, events, value = (_number(row[key]) for key in ("n", "events", "estimate"))
        if _is(n) and self.sizes.published(family(row), n) is None:
            return True
        people = value if name == COUNT else events
        if name == SHARE and not _is(events):
            size = n if _is(n) else self.size_of(row)
            if size is None:
                return True
            n, people = float(size), value * float(size)
        if name == COUNT and is_size(row) and 0 < value < least:
            return True
        if not _is(people):
            size = self.size_of(row)
            enough = least * LEAST_QUARTILE if name == QUANTILE else least
            return _is(value) and (size is None or size < enough)
        if name in (FUNCTION, MEAN, QUANTILE, P_VALUE, CONTRAST):
            return people < least
        if name == COUNT and not _is(n):
            return 0 < people < least
        if row["estimand"] in CALENDAR and people == n:
            return False
        rest = n - people
        # Shares are whole people but for noise; imputed counts and weighted ones are not.
        return min(people, rest) < least - 1e-6

    def _hide_arms(self) -> None:
        """Hide a whole comparison one of whose arms is small: the other would give it away."""
        small = {
            row["analysis"]
            for row in self.rows
            if row["arm"] and not row["reference"] and not (row["level"] or row["term"] or row["subgroup"])
            and _is(row["n"]) and _number(row["n"]) < self.least
        }  # fmt: skip
        for place, row in enumerate(self.rows):
            if row["arm"] and row["analysis"] in small:
                self.hidden[place] = True

    def events_of(self, *, hidden: bool) -> dict[RiskKey, float]:
        """Return events of the unadjusted risks of each arm that are hidden, or that are not."""
        found: dict[RiskKey, float] = {}
        for place, (row, name) in enumerate(zip(self.rows, self.classes, strict=True)):
            plain = name == SHARE and row["estimand"] in _RISKS and not row["population"]
            if plain and not row["variant"] and self.hidden[place] == hidden:
                key = risk_key(row, str(row["arm"]))
                events = _number(row["events"])
                found[key] = min(found.get(key, math.inf), events if _is(events) else math.inf)
        return found

    def hide_what_belongs(self) -> None:
        """Hide what belongs to a hidden count."""
        unseen, seen = self.events_of(hidden=True), self.events_of(hidden=False)
        levels = {
            (row["term"], row["level"])
            for place, row in enumerate(self.rows)
            if self.hidden[place] and row["estimand"] in ("characteristic", "contact_difference")
            and row["level"]
        }  # fmt: skip
        lost = {
            tuple(row[key] for key in ("analysis", "arm", "time"))
            for place, row in enumerate(self.rows)
            if self.hidden[place] and row["estimand"] == "risk_bound" and row["statistic"] == "lost"
        }
        ends = {_range_key(row) for place, row in enumerate(self.rows) if self.hidden[place] and row["bound"]}
        places = {
            (row["analysis"], row["endpoint"], row["site"], row["quarter"])
            for place, row in enumerate(self.rows)
            if self.hidden[place] and is_size(row) and (row["site"] or row["quarter"])
        }
        pairs = {
            (round(_number(row["n"])), round(_number(row["events"])))
            for place, row in enumerate(self.rows)
            if self.hidden[place] and _is(row["n"]) and _is(row["events"])
        }
        for place, (row, name) in enumerate(zip(self.rows, self.classes, strict=True)):
            if name not in NUMERIC or self.hidden[place]:
                continue
            if (row["analysis"], row["endpoint"], row["site"], row["quarter"]) in places:
                # Nothing is stated of a site or quarter whose size is hidden, not even that it has none.
                self.hidden[place] = True
            elif (row["bound"] and _range_key(row) in ends) or (
                row["estimand"] in _OF_PEOPLE and row["level"] and (row["term"], row["level"]) in levels
            ):
                self.hidden[place] = True
            elif row["estimand"] == "risk_bound" and row["statistic"] in ("none", "all"):
                self.hidden[place] = tuple(row[key] for key in ("analysis", "arm", "time")) in lost
            elif _of_risks(row, name):
                keys = [risk_key(row, str(row[arm])) for arm in ("arm", "reference") if row[arm]]
                self.hidden[place] = not keys or any(key in unseen or key not in seen for key in keys)
            elif name == P_VALUE:
                last = max((key[5] for key in (*unseen, *seen) if key[3]), default=math.nan)
                self.hidden[place] = any(key[3] and key[4:] == ("relapse", last) for key in unseen)
            elif _is(row["n"]) and _is(row["events"]) and row["estimand"] not in CALENDAR:
                self.hidden[place] = (round(_number(row["n"])), round(_number(row["events"]))) in pairs

    def hide_named(self, also: frozenset[str]) -> None:
        """Hide the rows of counts by name."""
        for place in range(len(self.rows) if also else 0):
            if also & {self._name(place, what) for what in ("estimate", "n", "events")}:
                self.hidden[place] = True

    def hide_together(self, names: Iterable[str]) -> None:
        """Hide all parts of each sum that a cell is in: several sums together give it away."""
        given_away = set(names)
        for division in self.divisions:
            if given_away & set(self._partition(division)[0].parts):
                self.hidden[division.places] = True

    def _divisions(self) -> list[Division]:
        """Return what divides a group."""
        groups: dict[tuple[object, ...], list[int]] = {}
        totals: dict[tuple[object, ...], int] = {}
        for place, (row, name) in enumerate(zip(self.rows, self.classes, strict=True)):
            if name not in (COUNT, SHARE, MEAN) or row["reference"]:
                continue
            for column in (*_GROUPS, *_DIVIDED):
                key = (column, *(row[other] for other in KEY if other not in (column, "method")))
                if not row[column]:
                    totals[_plain(key)] = place
                elif column in _GROUPS or row["estimand"] in _DIVIDED[column]:
                    groups.setdefault(_plain(key), []).append(place)
        found = []
        for key, places in groups.items():
            column = str(key[0])
            whole = totals.get(key)
            if whole is None and column == "arm":
                whole = self._everyone(places, totals.get((key[0], WHOLE, *key[2:])))
            for what in ("estimate", "n", "events"):
                total, name = self._total(column, what, places, whole)
                if total is not None and total >= self.threshold:
                    found.append(Division(column, what, places, total, name))
        return found

    def _everyone(self, places: list[int], whole: int | None) -> int | None:
        """Return the row of the whole cohort where the arms make up all of it, as arms of a first day do."""
        if whole is None:
            return None
        sizes = [_number(self.rows[place]["n"]) for place in places]
        return whole if sum(sizes) == _number(self.rows[whole]["n"]) else None

    def _total(self, column: str, what: str, places: list[int], whole: int | None) -> tuple[int | None, str]:
        """Return what the parts add up to, with its name; None where they do not divide anything."""
        counts = [self._count(place, what) for place in places]
        if not all(map(_is, counts)):
            return None, ""
        together = round(sum(counts))
        sizes = {_number(self.rows[place]["n"]) for place in places}
        if what != "n" and column in _DIVIDED and len(sizes) == 1 and _is(next(iter(sizes))):
            n = round(next(iter(sizes)))
            return (n, self._name(places[0], "n")) if together <= n else (None, "")
        if whole is not None and _is(self._count(whole, what)):
            total = round(self._count(whole, what))
            return (total, self._name(whole, what)) if together <= total else (None, "")
        # How many people there are in all is stated somewhere; how many of them have the event may not be.
        return (together, "") if what == "n" and column in _GROUPS and len(places) > 1 else (None, "")

    def _count(self, place: int, what: str) -> float:
        row, name = self.rows[place], self.classes[place]
        if what == "n":
            return _number(row["n"])
        if what == "estimate":
            return _number(row["estimate"]) if name == COUNT else math.nan
        if name == COUNT:
            return math.nan
        if not _is(row["events"]) and (name == SHARE or row["level"]):
            return _number(row["n"]) * _number(row["estimate"])
        return _number(row["events"])

    def _name(self, place: int, what: str) -> str:
        found = self.names.get((place, what))
        if found is None:
            found = self.names[place, what] = cell_name(self.rows[place], what)
        return found

    def partitions(self) -> list[tuple[Partition, frozenset[str]]]:
        """Return all sums with the parts that are hidden now."""
        return [self._partition(division) for division in self.divisions]

    def _partition(self, division: Division) -> tuple[Partition, frozenset[str]]:
        what, total = division.what, division.total
        names = {self._name(place, what): place for place in division.places}
        parts = {name: round(self._count(place, what)) for name, place in names.items()}
        if total > sum(parts.values()):
            parts[REST] = total - sum(parts.values())
        unseen = frozenset(
            name for name, place in names.items() if self.hidden[place] or 0 < parts[name] < self.least
        )
        return Partition(division.column, total, parts, division.whole), unseen

    def hide_by_sums(self) -> None:
        """Hide as many further counts as it takes where a sum would give a small one away."""
        for division in self.divisions:
            partition, unseen = self._partition(division)
            more = further_hidden(partition, unseen, threshold=self.threshold, base=self.base)
            for place in division.places:
                if self._name(place, division.what) in more:
                    self.hidden[place] = True


def group_size(row: "dict[str, object]", groups: dict[tuple[str, str], int]) -> int | None:
    """Return the size of the smallest group that a number rests on; None where it is not known."""
    if _is(row["n"]):
        return round(_number(row["n"]))
    found = []
    for arm in dict.fromkeys((str(row["arm"]), str(row["reference"]) or str(row["arm"]))):
        size = groups.get((str(row["analysis"]), arm), groups.get(("", arm)))
        if size is None:
            return None
        found.append(size)
    return min(found)


def risk_key(row: "dict[str, object]", arm: str) -> RiskKey:
    """Return what names the events of an arm: quantity, definition, rule, arm, cause and day."""
    cause = str(row["cause"]) or "relapse"
    estimand = "window_risk" if row["estimand"] == "window_risk" else "risk"
    return estimand, str(row["endpoint"]), str(row["level"]), arm, cause, _number(row["time"])


def is_size(row: "dict[str, object]") -> bool:
    """Return whether the estimate of a row is the size of a group."""
    return row["statistic"] == "kept" or (row["estimand"], row["statistic"]) == ("measure", "events")


def _of_risks(row: "dict[str, object]", name: str) -> bool:
    """Return whether a number compares or adjusts risks, so that it rests on the events of the arms."""
    about = ("risk", "window_risk", "hazard_ratio", "e_value")
    return row["estimand"] in about and (name in (CONTRAST, FUNCTION) or bool(row["population"]))


def _range_key(row: "dict[str, object]") -> tuple[object, ...]:
    """Return the key of a range, of which one end means little without the other."""
    return _plain(tuple(row[name] for name in KEY if name != "bound"))


def _plain(key: tuple[object, ...]) -> tuple[object, ...]:
    """Return a key in which missing days equal each other."""
    return tuple("" if one != one else one for one in key)


def _number(value: object) -> float:
    return float(value)  # type: ignore[arg-type]


def _is(value: object) -> bool:
    return math.isfinite(_number(value))
