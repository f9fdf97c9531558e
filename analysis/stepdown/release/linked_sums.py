"""The sums between the counts of a release, as anybody knows them who reads the report."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stepdown.release.belonging_rows import Row, is_size
from stepdown.release.hidden_rows import family
from stepdown.release.protected_cells import REST, Divided
from stepdown.release.published_counts import PublishedCount
from stepdown.release.row_classes import SHARE
from stepdown.results.table import KEY

Place = tuple[int, str]
Sum = tuple[str, tuple[str, ...]]
_STEP = ("term", "statistic")
LACKING = "those lacking"
"""Those of a larger group who are not in a group that is printed as it; at most as many as the threshold."""


@dataclass(frozen=True)
class LinkedSums:
    """Sums between counts.

    Attributes
    ----------
    sums : tuple of (str, tuple of str)
        The name of each total with those of its parts; of one part, two names of one count.
    rests : tuple of PublishedCount
        What is left of totals beside the parts that the results hold; never printed.
    """

    sums: tuple[Sum, ...]
    rests: tuple[PublishedCount, ...]


def linked_sums(
    rows: Sequence[Row],
    classes: Sequence[str],
    counts: Mapping[Place, PublishedCount],
    divided: Sequence[Divided],
) -> LinkedSums:
    """Return the sums that hold between the counts of a release.

    They are the parts of a group (arms, sites, quarters, values of a characteristic), the steps of the
    flow and of the denominator of a measure, what became of everyone's follow-up, those with and without an
    event, counts that several rows repeat, and sizes with those of the larger groups as which they are
    printed.

    Parameters
    ----------
    rows : sequence of dict
        Rows of the results that may be published.
    classes : sequence of str
        The class of each row.
    counts : mapping of (int, str) to PublishedCount
        The count of each row, by its place and the number that it is.
    divided : sequence of (Partition, frozenset of str)
        Parts that add up to a total.
    """
    found = _SumSearch(rows, classes, counts)
    for search in (
        found.flow,
        found.measures,
        found.follow_up,
        found.with_and_without,
        found.repeated,
        found.larger,
    ):
        search()
    found.divisions(divided)
    return LinkedSums(tuple(dict.fromkeys(found.sums)), tuple(found.rests.values()))


class _SumSearch:
    """The search for sums; one that does not hold for the true counts is left out."""

    def __init__(
        self, rows: Sequence[Row], classes: Sequence[str], counts: Mapping[Place, PublishedCount]
    ) -> None:
        self.rows, self.classes, self.counts = rows, classes, counts
        self.by_name = {one.name: one for one in counts.values()}
        self.sums: list[Sum] = []
        self.rests: dict[str, PublishedCount] = {}

    def add(self, total: PublishedCount, parts: Sequence[PublishedCount], *, left: str = "") -> None:
        """Add a sum, and what is left of its total."""
        rest = total.count - sum(one.count for one in parts)
        names = [one.name for one in parts]
        if rest < 0 or total.name in names or not parts:
            return
        if rest or left:
            key = left or hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:12]
            name = f"{total.name} beside {key}"
            identifies = total.identifies or any(one.identifies for one in parts)
            self.rests[name] = PublishedCount(
                name,
                rest,
                rest,
                hidden=True,
                identifies=identifies,
                size=left.startswith(LACKING),
                printed=False,
            )
            names.append(name)
        self.sums.append((total.name, tuple(names)))

    def flow(self) -> None:
        """Add the steps of the flow: those kept before a step are removed by it or kept."""
        last: dict[tuple[object, object], PublishedCount] = {}
        removed: dict[object, PublishedCount] = {}
        for place, row in enumerate(self.rows):
            one = self.counts.get((place, "estimate"))
            if row["estimand"] != "flow" or one is None:
                continue
            key = (row["analysis"], row["unit"])
            if row["statistic"] == "removed":
                removed[key] = one
                continue
            before = last.get(key) or last.get(("", row["unit"]))
            step = removed.pop(key, None)
            if before is not None and step is not None and before.count == step.count + one.count:
                self.add(before, [step, one])
            last[key] = one

    def measures(self) -> None:
        """Add the denominator of a measure: its events are removed by a step or in it."""
        for places in self._alike("measure", _STEP):
            totals = [place for place in places if self.rows[place]["statistic"] == "events"]
            shares = [place for place in places if self.rows[place]["statistic"] == "estimate"]
            removed = [place for place in places if self.rows[place]["statistic"] == "removed"]
            if len(totals) == len(shares) == 1:
                parts = [*self._of(removed, "estimate"), *self._of(shares, "n")]
                for total in self._of(totals, "estimate"):
                    self.add(total, parts)

    def follow_up(self) -> None:
        """Add what became of everyone's follow-up."""
        for places in self._alike("followed", ("statistic", "time", "window_start", "window_end")):
            for total in self._of(places[:1], "n"):
                self.add(total, self._of(places, "estimate"))

    def with_and_without(self) -> None:
        """Add those with an event and those without, who make up a group."""
        for place, (row, name) in enumerate(zip(self.rows, self.classes, strict=True)):
            size = self.counts.get((place, "n"))
            part = self.counts.get((place, "events")) or self.counts.get((place, "estimate"))
            people = name == SHARE or (row["unit"] == "discharges" and row["statistic"] == "count")
            if size is not None and part is not None and people and not row["population"]:
                self.add(size, [part], left="those counted")

    def repeated(self) -> None:
        """Add the names of one count: sizes of one group, and events of as many in a group of one size."""
        names: dict[tuple[object, ...], str] = {}
        for (place, what), one in self.counts.items():
            row = self.rows[place]
            group = family(row)
            if one.size:
                key: tuple[object, ...] = (*group, one.count)
            elif what == "events" and (place, "n") in self.counts:
                key = (*group, self.counts[place, "n"].count, one.count)
            else:
                continue
            if (first := names.setdefault(key, one.name)) != one.name:
                self.sums.append((first, (one.name,)))

    def larger(self) -> None:
        """Add what sizes lack to those of the larger groups as which they are printed."""
        own = {
            (*family(self.rows[place]), one.count): one
            for (place, _), one in self.counts.items()
            if one.size and one.count == one.stated
        }
        seen = set()
        for (place, _), one in self.counts.items():
            groups = family(self.rows[place])
            larger = own.get((*groups, one.stated))
            if one.size and one.count != one.stated and larger and (*groups, one.count) not in seen:
                seen.add((*groups, one.count))
                self.add(larger, [one], left=f"{LACKING} of {one.name}")

    def divisions(self, divided: Sequence[Divided]) -> None:
        """Add the parts of groups."""
        sizes = {
            (*family(self.rows[place]), one.count): one for (place, _), one in self.counts.items() if one.size
        }
        of_name = {one.name: place for (place, _), one in self.counts.items()}
        for partition, _ in divided:
            parts = [self.by_name[name] for name in partition.parts if name in self.by_name and name != REST]
            total = self.by_name.get(partition.whole)
            if total is None and parts and partition.name in KEY:
                # The size of all is that of a group of as many in another row.
                group = family(self.rows[of_name[parts[0].name]] | {partition.name: ""})
                total = sizes.get((*group, partition.total))
            if total is not None and total.count == partition.total:
                self.add(total, parts)

    def _of(self, places: Sequence[int], what: str) -> list[PublishedCount]:
        return [self.counts[place, what] for place in places if (place, what) in self.counts]

    def _alike(self, estimand: str, but: Sequence[str]) -> Iterator[list[int]]:
        """Yield the rows of an estimand that differ in some keys alone."""
        keys = [name for name in KEY if name not in (*but, "method", "unit")]
        groups: dict[tuple[object, ...], list[int]] = {}
        for place, row in enumerate(self.rows):
            if row["estimand"] == estimand and not (row["reference"] or (is_size(row) and row["term"])):
                key = tuple("" if row[name] != row[name] else row[name] for name in keys)
                groups.setdefault(key, []).append(place)
        yield from groups.values()
