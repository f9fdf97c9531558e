"""Which rows of the results are hidden: small counts, what follows from sums, and what belongs to either."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.disclosure import round_to
from stepdown.release.belonging_rows import (
    CALENDAR,
    NUMERIC,
    Belonging,
    RiskKey,
    Row,
    events_of,
    is_number,
    is_size,
    number_of,
    plain,
)
from stepdown.release.protected_cells import REST, Partition, audit_partitions, further_hidden, known_too_well
from stepdown.release.published_sizes import Family, PublishedSizes, published_sizes
from stepdown.release.row_classes import CONTRAST, COUNT, FREE, FUNCTION, MEAN, P_VALUE, QUANTILE, SHARE
from stepdown.results.reading import WHOLE
from stepdown.results.table import KEY, WITHHELD

Flags = NDArray[np.bool_]
_DIVIDED = {
    "term": ("visit", "path", "step_down_extent", "reason_for_leaving", "grace_period_end", "departure"),
    "level": ("characteristic", "contact_difference", "propensity", "series"),
}
"""Estimands whose rows divide a group by their `term` or `level`. `arm`, `site`, `quarter` divide any."""
_GROUPS = ("arm", "site", "quarter")
_WITHIN = ("simple_comparison", "sensitivity", "subgroups")
"""Analyses whose size is that of both arms."""
PARTS = ("quarters", "sites", "subgroups")
"""Analyses by part of the cohort. What is withheld there is so for its size, which a public report must not
say: it is hidden like any other number."""
_SERIES = "series"
_EVENTS = "events"
"""Unit of counts of new treatment events, of which a person may have several."""
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
    guess : float
        What is put for a part that is withheld, and has no count in the results; nan where there is none.
    """

    column: str
    what: str
    places: list[int]
    total: int
    whole: str
    guess: float = math.nan


@dataclass(frozen=True, eq=False)
class HiddenRows:
    """Which rows are hidden.

    Attributes
    ----------
    rows : list of dict
        The rows looked at.
    hidden : (n,) array of bool
        Rows whose numbers are not published.
    sizes : PublishedSizes
        The published size of each group.
    groups : mapping of (analysis, arm), and of what `group_size` names, to int
        Size of the smallest group of each arm, of each point of a series, and of each level of an arm.
    events : mapping of (quantity, endpoint, level, arm, cause, time) to float
        Events that are published of each arm.
    partitions : tuple of (Partition, frozenset of str)
        Sums that the audit looked at.
    """

    rows: list[Row]
    hidden: Flags
    sizes: PublishedSizes
    groups: dict[tuple[str, ...], int]
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


def family(row: pd.Series | Row) -> Family:
    """Return the groups whose sizes a size is compared with: those of the same arm, site and quarter."""
    return tuple(str(row[name]) for name in _GROUPS)


def cell_name(row: Row, what: str) -> str:
    """Return the name of a count, the same in every release: the keys of its row, and which number it is.

    Examples
    --------
    >>> row = dict.fromkeys(KEY, "") | {"estimand": "visit", "term": "dead", "time": 90.0}
    >>> cell_name(row, "estimate")
    'estimand=visit, term=dead, time=90: estimate'
    """
    return f"{_keys_of(row)}: {what}"


def _keys_of(row: Row) -> str:
    """Return the keys of a row as a name has them."""
    # A point of a series is the same before and after its quarter is complete.
    named = (name for name in KEY if name != "variant" or row["estimand"] != _SERIES)
    keys = (
        f"{name}={row[name]:g}" if isinstance(row[name], float) else f"{name}={row[name]}"
        for name in named
        if row[name] != "" and row[name] == row[name]
    )
    return ", ".join(keys)


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
    shown = events_of(found.rows, found.classes, found.hidden, hidden=False)
    return HiddenRows(found.rows, found.hidden, found.sizes, found.groups, shown, partitions)


class _HiddenRowSearch:
    """The search for rows to hide; `least` is the smallest count that is shown."""

    def __init__(self, table: pd.DataFrame, classes: pd.Series, threshold: int, base: int) -> None:
        self.rows: list[Row] = table.to_dict("records")  # type: ignore[assignment]
        self.classes = classes.tolist()
        self.threshold, self.base = threshold, base
        self.least = least_shown(threshold, base)
        self.hidden = np.zeros(len(self.rows), dtype=bool)
        self.names: dict[int, str] = {}
        self.unseen_sizes: dict[tuple[object, object], set[float]] = {}
        self.sizes = published_sizes(
            self._sizes(of_events=False), counted=self._sizes(of_events=True), threshold=threshold, base=base
        )
        self.groups = self._group_sizes()
        self.divisions = self._divisions()

    def _sizes(self, *, of_events: bool) -> Iterator[tuple[Family, float]]:
        for row, name in zip(self.rows, self.classes, strict=True):
            if (name not in NUMERIC and name != FREE) or (row["unit"] == _EVENTS) != of_events:
                continue
            if is_number(row["n"]) and number_of(row["n"]) >= self.least:
                yield family(row), number_of(row["n"])
            if name == COUNT and is_size(row) and number_of(row["estimate"]) >= self.least:
                yield family(row), number_of(row["estimate"])

    def _group_sizes(self) -> dict[tuple[str, ...], int]:
        found: dict[tuple[str, ...], int] = {}

        def put(size: float, *keys: tuple[str, ...]) -> None:
            for key in keys:
                found[key] = min(found.get(key, round(size)), round(size))

        for row, name in zip(self.rows, self.classes, strict=True):
            n, arm = number_of(row["n"]), str(row["arm"])
            if not is_number(n):
                continue
            if row["estimand"] == _SERIES and row["statistic"] == "estimate":
                put(n, series_key(row, str(row["quarter"])))
            whole = not (row["site"] or row["quarter"] or row["subgroup"] or row["reference"])
            if row["estimand"] == "characteristic" and row["level"] and is_number(row["estimate"]):
                put(n * number_of(row["estimate"]), ("level", str(row["term"]), str(row["level"]), arm))
            # How many have not started care yet falls from day to day.
            if name in (SHARE, COUNT) and whole and row["estimand"] not in ("measure", "start_of_care"):
                put(n, (str(row["analysis"]), arm), ("", arm))
        return found

    def size_of(self, row: Row) -> int | None:
        """Return the size of the smallest group that a number rests on; None where it is not known."""
        return group_size(row, self.groups)

    def hide_small(self) -> None:
        """Hide small counts, and shares of 0% and 100%."""
        for place, (row, name) in enumerate(zip(self.rows, self.classes, strict=True)):
            if name in NUMERIC:
                self.hidden[place] = self._is_small(row, name)
            if row["status"] == WITHHELD and row["analysis"] in PARTS:
                self.hidden[place] = True
        self._hide_arms()

    def _is_small(self, row: Row, name: str) -> bool:
        least = self.least
        n, events, value = (number_of(row[key]) for key in ("n", "events", "estimate"))
        if is_number(n) and self.sizes.published(family(row), n) is None:
            return True
        people = value if name == COUNT else events
        if name == SHARE and not is_number(events):
            size = n if is_number(n) else self.size_of(row)
            if size is None:
                return True
            n, people = float(size), value * float(size)
        if name == COUNT and is_size(row) and 0 < value < least:
            return True
        if not is_number(people):
            size = self.size_of(row)
            enough = least * LEAST_QUARTILE if name == QUANTILE else least
            return is_number(value) and (size is None or size < enough)
        if name in (FUNCTION, MEAN, QUANTILE, P_VALUE, CONTRAST):
            return people < least
        if name == COUNT and not is_number(n):
            return 0 < people < least
        if row["estimand"] in CALENDAR and people in (0, n):
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
            and is_number(row["n"]) and number_of(row["n"]) < self.least
        }  # fmt: skip
        for place, row in enumerate(self.rows):
            if row["arm"] and row["analysis"] in small:
                self.hidden[place] = True

    def hide_what_belongs(self) -> None:
        """Hide what belongs to a hidden count."""
        belonging = Belonging(self.rows, self.classes, self.hidden)
        for place, (row, name) in enumerate(zip(self.rows, self.classes, strict=True)):
            if name in NUMERIC and not self.hidden[place]:
                self.hidden[place] = self._near_unseen_size(row) or belonging.hides(row, name)

    def _near_unseen_size(self, row: Row) -> bool:
        """Return whether a size of a site or quarter is nearly one that is hidden there."""
        unseen = self.unseen_sizes.get((row["site"], row["quarter"]), ())
        return any(abs(number_of(row["n"]) - size) < self.threshold + self.base for size in unseen)

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
            for key, divides in _division_keys(row, name):
                if divides:
                    groups.setdefault(key, []).append(place)
                else:
                    totals[key] = place
        found = []
        for key, places in groups.items():
            column = str(key[0])
            whole = totals.get(key)
            if whole is None and column == "arm":
                whole = self._everyone(places, totals.get((key[0], WHOLE, *key[2:])))
            for what in ("estimate", "n", "events"):
                for guess in self._guesses(places):
                    total, name = self._total(column, what, places, whole, guess)
                    if total is not None and total >= self.threshold:
                        found.append(Division(column, what, places, total, name, guess))
        return found

    def _guesses(self, places: list[int]) -> tuple[float, ...]:
        """Return what a withheld part may count: the ends of what is small; nan where none is withheld."""
        withheld = any(self.rows[place]["status"] == WITHHELD for place in places)
        return (1.0, self.threshold - 1.0) if withheld else (math.nan,)

    def _everyone(self, places: list[int], whole: int | None) -> int | None:
        """Return the row of the whole cohort where the arms make up all of it, as arms of a first day do."""
        if whole is None:
            return None
        sizes = [number_of(self.rows[place]["n"]) for place in places]
        return whole if sum(sizes) == number_of(self.rows[whole]["n"]) else None

    def _total(
        self, column: str, what: str, places: list[int], whole: int | None, guess: float
    ) -> tuple[int | None, str]:
        """Return what the parts add up to, with its name; None where they do not divide anything."""
        counts = [self._count(place, what, guess) for place in places]
        if not all(map(is_number, counts)):
            return None, ""
        together = round(sum(counts))
        of_parts = {self.rows[place]["analysis"] for place in places} <= set(PARTS)
        sizes = {self._count(place, "n", guess) for place in places}
        whole_divided = column in _DIVIDED and not of_parts and len(sizes) == 1
        if what != "n" and whole_divided and is_number(next(iter(sizes))):
            n = round(next(iter(sizes)))
            return (n, self._name(places[0], "n")) if together <= n else (None, "")
        if whole is not None and is_number(self._count(whole, what)):
            total = round(self._count(whole, what))
            return (total, self._name(whole, what)) if together <= total else (None, "")
        # How many people there are in all is stated somewhere; how many of them have the event may not be,
        # but of all quarters or sites taken together it is.
        known = what == "estimate" if column == "time" else what == "n" or of_parts
        divides = known and (column in _GROUPS or column == "time" or of_parts)
        return (together, "") if divides and len(places) > 1 else (None, "")

    def _count(self, place: int, what: str, guess: float = math.nan) -> float:
        row, name = self.rows[place], self.classes[place]
        if row["status"] == WITHHELD and not is_number(row["n"]):
            return guess
        if what == "n":
            size = self.size_of(row) if row["estimand"] == "propensity" else None
            return number_of(row["n"]) if size is None else float(size)
        if what == "estimate":
            return number_of(row["estimate"]) if name == COUNT else math.nan
        if name == COUNT:
            return math.nan
        if not is_number(row["events"]) and (name == SHARE or row["level"]):
            return self._count(place, "n", guess) * number_of(row["estimate"])
        return number_of(row["events"])

    def _name(self, place: int, what: str) -> str:
        keys = self.names.get(place)
        if keys is None:
            keys = self.names[place] = _keys_of(self.rows[place])
        return f"{keys}: {what}"

    def partitions(self) -> list[tuple[Partition, frozenset[str]]]:
        """Return all sums with the parts that are hidden now; none with parts that are not in the results."""
        return [self._partition(division) for division in self.divisions if division.guess != division.guess]

    def _partition(self, division: Division) -> tuple[Partition, frozenset[str]]:
        what, total = division.what, division.total
        names = {self._name(place, what): place for place in division.places}
        parts = {name: round(self._count(place, what, division.guess)) for name, place in names.items()}
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
                    if division.what == "n" and division.column in ("site", "quarter"):
                        row = self.rows[place]
                        about = self.unseen_sizes.setdefault((row["site"], row["quarter"]), set())
                        about.add(number_of(row["n"]))


def group_size(row: Row, groups: dict[tuple[str, ...], int]) -> int | None:
    """Return the size of the smallest group that a number rests on; None where it is not known.

    That of a change between two quarters is the smaller of them, that of a comparison within a subgroup its
    smaller arm: where that is not known, a quarter of the subgroup.
    """
    n = round(number_of(row["n"])) if is_number(row["n"]) else None
    if row["analysis"] == "quarters" and n is None:
        quarters = [str(row[name]) for name in ("quarter", "reference") if row[name]]
        points = [groups.get(series_key(row, one)) for one in quarters]
        return min((one for one in points if one is not None), default=None) if all(points) else None
    if n is not None and not (row["reference"] and row["analysis"] in _WITHIN):
        return n
    found = [] if n is None else [n]
    for arm in dict.fromkeys((str(row["arm"]), str(row["reference"]) or str(row["arm"]))):
        size = groups.get((str(row["analysis"]), arm), groups.get(("", arm)))
        if row["subgroup"] and row["level"]:
            part = groups.get(("level", str(row["subgroup"]), str(row["level"]), arm))
            size = None if n is None else n // 4 if part is None else part
        if size is None:
            return None
        found.append(size)
    return min(found)


def series_key(row: Row, quarter: str) -> tuple[str, ...]:
    """Return what names the size of a point of a series; parts of a change are those of the risk."""
    term, level = (str(row["term"]), str(row["level"])) if row["term"] else ("risk", "")
    return _SERIES, term, level, quarter


def _division_keys(row: Row, name: str) -> Iterator[tuple[tuple[object, ...], bool]]:
    """Yield what names the groups that a row is a part of (True), or the whole of."""
    parts = row["analysis"] == "subgroups" and row["statistic"] == "difference" and not row["variant"]
    counted = name in (COUNT, SHARE, MEAN) or row["estimand"] == _SERIES
    if not parts and (row["reference"] or not counted):
        return
    # A point of a series is part of a sum whether its quarter is complete or not.
    apart = ("method", "variant") if row["estimand"] == _SERIES else ("method",)
    for column in ("level",) if parts else (*_GROUPS, *_DIVIDED):
        divides = column in _GROUPS or parts or row["estimand"] in _DIVIDED[column]
        if not row[column] or divides:
            yield _key_without(row, column, apart), bool(row[column])
    if (row["estimand"], row["statistic"]) == ("start_of_care", "observed"):
        yield _key_without(row, "time", ("method",)), True


def _key_without(row: Row, column: str, apart: tuple[str, ...]) -> tuple[object, ...]:
    return plain((column, *(row[other] for other in KEY if other not in (column, *apart))))
