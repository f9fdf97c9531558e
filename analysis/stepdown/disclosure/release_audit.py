"""All releases of a study at once: what someone who has them all can work out of small counts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stepdown.disclosure.changed_counts import (
    changed_by,
    joint_knowledge,
    least_change,
    shrunk,
    with_changes,
)
from stepdown.disclosure.count_tables import CountTable
from stepdown.disclosure.fitting_counts import round_to
from stepdown.disclosure.hidden_cells import Program, cheapest
from stepdown.disclosure.implied_bounds import implied_bounds
from stepdown.disclosure.outside_knowledge import (
    LEAST,
    Knowledge,
    TriedCounts,
    bound,
    breaches,
    first_counts,
)
from stepdown.disclosure.release_ledger import Release
from stepdown.disclosure.stated_counts import StatedCounts, stated_counts
from stepdown.errors import DisclosureError

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Link = tuple[int, int, int, int]
Change = tuple[int, int, float]
SmallChange = tuple[int, int, int, str]
_SLACK = 1e-6


def as_release(table: CountTable, hidden: Flags, like: Release) -> Release:
    """Return the record of a table: the name, rules and inputs are those of another record."""
    values = round_to(table.stated, like.base).astype(np.int64)
    sums = []
    lines = sparse.csr_array(table.relations)
    for start, end in zip(lines.indptr[:-1], lines.indptr[1:], strict=True):
        places, weights = lines.indices[start:end], lines.data[start:end]
        total = table.names[int(places[np.argmin(weights)])]
        sums.append((total, tuple(table.names[place] for place in sorted(places[weights > 0]))))
    return replace(
        like,
        cells={
            cell: None if gone else int(value)
            for cell, gone, value in zip(table.names, hidden, values, strict=True)
        },
        sums=tuple(sums),
        sizes=tuple(name for name, one in zip(table.names, table.is_size, strict=True) if one),
        lacking=tuple(name for name, one in zip(table.names, table.lacking, strict=True) if one),
    )


@dataclass(frozen=True)
class _MostPrinted:
    """What follows where all is printed but what must be hidden.

    Attributes
    ----------
    change : float
        By how much linked counts have changed in sum at most, in the first view.
    shrunk : frozenset of tuple of int
        Counts that must have become smaller somewhere, of which the second view believes nothing.
    small : tuple of dict of int to str
        The cells of earlier releases that must stay unknown, by view.
    """

    change: float
    shrunk: frozenset[tuple[int, int]]
    small: tuple[dict[int, str], ...]


class ReleaseAudit:
    """All releases at once, from two points of view, and what was found with some cells hidden.

    An outsider who believes that as little as possible has changed between releases, and one who
    believes that data only come in: that no count has become smaller whose printed values allow it.
    """

    def __init__(
        self,
        earlier: Sequence[Release],
        table: CountTable,
        release: Release,
        primary: Flags,
        costs: Floats,
        like: "ReleaseAudit | None" = None,
    ) -> None:
        self.earlier, self.table, self.release = tuple(earlier), table, release
        self.threshold = release.threshold
        self.before = [stated_counts(one) for one in earlier]
        now = stated_counts(release)
        at = np.array([now.place[name] for name in table.names], dtype=np.int64)
        # By count, not by name.
        self.at, self.place = at, now.place
        self.counts = np.zeros(len(now.names), dtype=np.int64)
        self.counts[at] = table.counts
        self.primary = np.bincount(at, primary, minlength=len(now.names)) > 0
        self.costs = costs
        self.links = self._links(now)
        self.changes = self._small_changes(now)
        # Changes of counts that are printed now, or never were, which other counts have shown to be small.
        self.watched: list[SmallChange] = []
        self.shown_before = {
            name for one in earlier for name, value in one.cells.items() if value is not None
        }
        self._views: dict[bytes, list[tuple[Program, dict[int, str]]]] = {}
        self._recoverable: dict[bytes, tuple[str, ...]] = {}
        self.tried: tuple[TriedCounts, TriedCounts] = like.tried if like else (TriedCounts(), TriedCounts())
        self.most = self._most_printed(primary | ~table.printed)
        # What earlier releases and the belief give away, with nothing published, this one does not give away.
        self.believed: tuple[set[int], ...] = (set(), set(), set())
        self.nothing: list[Program] = []
        if self.before:
            everything = np.ones(len(table.names), dtype=bool)
            self.nothing = [program for program, _ in self._made(everything)]
            self.believed = tuple(map(self._known_anyway, self.nothing))

    def recoverable(self, hidden: Flags) -> tuple[str, ...]:
        """Return the names of what could be worked out."""
        if hidden.tobytes() not in self._recoverable:
            found: list[str] = []
            for view, (program, names) in enumerate(self._programs(hidden)):
                cells = self._breached(program)
                if self.nothing and cells:
                    alone = replace(self.nothing[view], protect=np.array(sorted(cells), dtype=np.int64))
                    # Seldom: what only whole numbers give away with nothing published.
                    if given := self._breached(alone):
                        self.believed[view].update(given)
                        self._views.clear()
                found += [names[cell] for cell in sorted(cells - self.believed[view])]
            if not found and (small := self._known_changes(hidden)):
                self._watch(small)
                return self.recoverable(hidden)
            self._recoverable[hidden.tobytes()] = tuple(dict.fromkeys(found))
        return self._recoverable[hidden.tobytes()]

    def _known_anyway(self, program: Program) -> set[int]:
        """Return the cells that are breached where nothing is published."""
        lower, upper = implied_bounds(program.known)
        cells = program.protect
        sure = lower[cells] > LEAST if -1 in program.sides else np.zeros(len(cells), dtype=bool)
        sure |= (upper[cells] < self.threshold) & (1 in program.sides)
        return {*cells[sure].tolist(), *self._breached(replace(program, protect=cells[~sure]), whole=False)}

    def _breached(self, program: Program, *, whole: bool = True) -> set[int]:
        found = breaches(
            program.known,
            program.protect,
            self.threshold,
            sides=program.sides,
            whole=whole,
            tried=program.tried,
        )
        return {one.cell for one in found}

    def _known_changes(self, hidden: Flags) -> list[SmallChange]:
        """Return changes that are not looked at yet and must be small, but not none, if data only come in."""
        if not self.links:
            return []
        now = self._stated(hidden)
        starts, known = joint_knowledge([*self.before, now])
        grown = self._grown(now, starts, known, self.most.shrunk)[0]
        others = self._believed(starts, self.most.shrunk)
        seen = {(starts[number] + old, starts[-1] + new) for number, old, new, _ in self._looked_at}
        # Their variables are the last.
        first = len(grown.lower) - len(others)
        cells = [
            first + place
            for place, (old, new, _) in enumerate(others)
            if new >= starts[-1] and (old, new) not in seen
        ]
        found = breaches(
            grown, np.array(cells, dtype=np.int64), self.threshold, sides=(-1,), tried=self.tried[1], least=0
        )
        small = [
            others[one.cell - first][:2]
            for one in found
            if bound(grown, one.cell, 1, self.threshold)[0] < self.threshold - _SLACK
        ]
        return [self._named(old, new - starts[-1], starts, now) for old, new in small]

    def _named(self, old: int, new: int, starts: Sequence[int], now: StatedCounts) -> SmallChange:
        number = int(np.searchsorted(starts, old, side="right")) - 1
        return (
            number,
            old - starts[number],
            new,
            f"change of {now.names[new][0]} since {self.earlier[number].name}",
        )

    def _watch(self, changes: Sequence[SmallChange]) -> None:
        """Look at more changes from now on; those that the belief alone shows are not given away."""
        self.watched += changes
        self._views.clear()
        self.nothing = [program for program, _ in self._made(np.ones(len(self.table.names), dtype=bool))]
        self.believed[2].update(self._breached(self.nothing[2]))
        self._views.clear()

    @property
    def _looked_at(self) -> list[SmallChange]:
        return [*self.changes, *self.watched]

    def changes_of(self, hidden: Flags) -> Iterator[str]:
        """Yield the names of the small changes of some cells."""
        places = set(self.at[hidden].tolist())
        yield from dict.fromkeys(name for *_, new, name in self.changes if new in places)

    def mended(self, hidden: Flags) -> Flags:
        """Return the cells to hide: those given and as few others as it takes."""
        shown = self._stated(hidden).shown
        free = np.flatnonzero(shown)
        worth = np.bincount(self.at, np.where(hidden, 0.0, self.costs), minlength=len(shown)).astype(float)
        programs = [one for one, _ in self._programs(hidden)]
        # Where no choice is enough for all views, one that is enough for some of them is looked at again.
        chosen = np.zeros(len(shown), dtype=bool)
        for some in (programs, *([one] for one in programs)):
            try:
                choice = cheapest(some, worth[free], self.threshold, whole=False)
            except DisclosureError:
                continue
            chosen[free[choice.hidden]] = True
            if chosen.any():
                break
        if not chosen.any():
            chosen[free] = True
        return np.asarray(hidden | chosen[self.at], dtype=np.bool_)

    def subtracted(self, hidden: Flags) -> Flags:
        """Return the cells whose printed value, less the one printed before, is a small change."""
        found = np.zeros_like(hidden)
        now = self._stated(hidden)
        for number, old, new, _ in self.changes:
            if now.shown[new] and self._few(number, old, now, new):
                found |= ~hidden & (self.at == new)
        return found

    def _few(self, number: int, old: int, now: StatedCounts, new: int) -> bool:
        """Return whether fewer changes than the threshold are possible between two printed values."""
        before = self.before[number]
        return bool(
            (before.upper[old] - before.lower[old]) + (now.upper[new] - now.lower[new]) + 1 < self.threshold
        )

    def _stated(self, hidden: Flags) -> StatedCounts:
        return stated_counts(as_release(self.table, hidden, self.release))

    def _links(self, now: StatedCounts) -> list[Link]:
        """Return (release, place, later release, place) of counts that share a name."""
        latest: dict[str, tuple[int, int]] = {}
        found: dict[tuple[int, int, int, int], None] = {}
        for number, one in enumerate([*self.before, now]):
            for name, place in one.place.items():
                if name in latest:
                    found[*latest[name], number, place] = None
                latest[name] = (number, place)
        return list(found)

    def _small_changes(self, now: StatedCounts) -> list[SmallChange]:
        """Return (release, place, place now, name) of counts that may have changed by a small count."""
        found = {}
        for number, one in enumerate(self.before):
            for name, new in now.place.items():
                old = one.place.get(name)
                if old is None or not one.shown[old] or (number, old, new) in found:
                    continue
                low, high, count = one.lower[old], one.upper[old], self.counts[new]
                near = low - self.threshold < count < high + self.threshold and not low == high == count
                if near and not self._printed_again(self.earlier[number], one.names[old], new):
                    found[number, old, new] = f"change of {name} since {self.earlier[number].name}"
        return [(*key, name) for key, name in found.items()]

    def _printed_again(self, one: Release, names: tuple[str, ...], new: int) -> bool:
        """Return whether a count is printed as it was before, or would be."""
        before = {value for name in names if (value := one.cells[name]) is not None}
        return one.base == self.release.base and bool(before & self.values[new])

    @cached_property
    def values(self) -> dict[int, set[int]]:
        """Return what each count is printed as, or would be."""
        found: dict[int, set[int]] = {}
        for at, value in zip(self.at, round_to(self.table.stated, self.release.base), strict=True):
            found.setdefault(int(at), set()).add(int(value))
        return found

    def _programs(self, hidden: Flags) -> list[tuple[Program, dict[int, str]]]:
        key = hidden.tobytes()
        if key not in self._views:
            self._views[key] = self._made(hidden)
        return self._views[key]

    def _made(self, hidden: Flags) -> list[tuple[Program, dict[int, str]]]:
        now = self._stated(hidden)
        starts, known = joint_knowledge([*self.before, now])
        own = self._own(starts[-1], now)
        places = starts[-1] + np.flatnonzero(now.shown)
        if not self.links:
            return [self._program(0, known, starts, own, places)]
        least = changed_by(known, self._pairs(starts), self.most.change)
        unseen = self._own(starts[-1], now, but=self.shown_before)
        grown, changes = self._grown(now, starts, known, self.most.shrunk)
        changed = {place: name for place, name in changes.items() if place not in self.believed[2]}
        cells = np.array(sorted(changed), dtype=np.int64)
        found = breaches(grown, cells, self.threshold, sides=(-1,), whole=False, tried=self.tried[1])
        # A change that may be a large one need not be able to be none.
        more = self.threshold + 1
        large = {one.cell for one in found if bound(grown, one.cell, 1, more)[0] > more - _SLACK}
        cells = np.array([cell for cell in cells if cell not in large], dtype=np.int64)
        return [
            self._program(0, least, starts, unseen, places),
            self._program(1, grown, starts, own, places),
            (Program(grown, cells, places, sides=(-1,), tried=self.tried[1]), changed),
        ]

    def _most_printed(self, hidden: Flags) -> "_MostPrinted":
        """Return what would follow if all were printed but what must be hidden: hiding more unsettles it."""
        now = self._stated(hidden)
        starts, known = joint_knowledge([*self.before, now])
        if not self.links:
            return _MostPrinted(0.0, frozenset(), (self._still_small(0, known, starts),))
        pairs = self._pairs(starts)
        change = least_change(known, pairs)
        sure, others = self._directions(starts)
        first = with_changes(with_changes(known, self._signed(starts), least=1.0), sure)
        less = frozenset(shrunk(first, [(old, new) for old, new, _ in others]))
        grown = self._grown(now, starts, known, less)[0]
        views = (changed_by(known, pairs, change), grown)
        # From counts that hardly change many others can be had by a few changes.
        first_counts(views[0], len(views[0].lower) - 1, self.tried[0])
        small = tuple(self._still_small(view, one, starts) for view, one in enumerate(views))
        return _MostPrinted(change, less, small)

    def _pairs(self, starts: Sequence[int]) -> list[tuple[int, int]]:
        return _places(starts, self.links)

    def _program(
        self,
        view: int,
        known: Knowledge,
        starts: list[int],
        names: dict[int, str],
        places: NDArray[np.int64],
    ) -> tuple[Program, dict[int, str]]:
        names = names | self.most.small[view]
        names = {place: name for place, name in names.items() if place not in self.believed[view]}
        protect = np.array(sorted(names), dtype=np.int64)
        return Program(known, protect, places, tried=self.tried[view]), names

    def _own(self, start: int, now: StatedCounts, but: Collection[str] = ()) -> dict[int, str]:
        """Return the counts of this release that must not be known."""
        return {
            start + int(place): now.names[place][0]
            for place in np.flatnonzero(self.primary)
            if not any(name in but for name in now.names[place])
        }

    def _still_small(self, view: int, known: Knowledge, starts: Sequence[int]) -> dict[int, str]:
        """Return the cells hidden before that must stay unknown; one that cannot be small need not."""
        names = {
            starts[number] + int(place): f"{one.names[place][0]} in {self.earlier[number].name}"
            for number, one in enumerate(self.before)
            for place in np.flatnonzero(~one.shown)
        }
        lower = implied_bounds(known)[0]
        cells = np.array([one for one in sorted(names) if lower[one] < self.threshold], dtype=np.int64)
        names = {one: names[one] for one in cells.tolist()}
        found = breaches(
            known,
            cells,
            self.threshold,
            sides=(-1,),
            whole=False,
            tried=self.tried[view],
            least=self.threshold - 1,
        )
        large = {one.cell for one in found}
        return {place: name for place, name in names.items() if place not in large}

    def _directions(self, starts: Sequence[int]) -> tuple[list[Change], list[Change]]:
        """Return which counts are known to have grown or shrunk, and which are believed to have grown."""
        last = len(self.before)
        sure: list[Change] = []
        others: list[Change] = []
        for number, old, later, new in self.links:
            low, high = self.before[number].lower[old], self.before[number].upper[old]
            least, most = (
                (self.counts[new], self.counts[new])
                if later == last
                else (self.before[later].lower[new], self.before[later].upper[new])
            )
            link = (starts[number] + old, starts[later] + new, -1.0 if most < low else 1.0)
            (sure if most < low or least > high else others).append(link)
        return sure, others

    def _signed(self, starts: Sequence[int]) -> list[Change]:
        several = len(self.changes)
        return [
            (starts[number] + old, starts[-1] + new, self._sign(number, old, new) if place < several else 1.0)
            for place, (number, old, new, _) in enumerate(self._looked_at)
        ]

    def _believed(self, starts: Sequence[int], less: frozenset[tuple[int, int]]) -> list[Change]:
        """Return the counts that are believed to have grown."""
        return [one for one in self._directions(starts)[1] if one[:2] not in less]

    def _grown(
        self,
        now: StatedCounts,
        starts: Sequence[int],
        known: Knowledge,
        less: frozenset[tuple[int, int]],
    ) -> tuple[Knowledge, dict[int, str]]:
        """Return what someone knows who believes that data only come in, and which changes are hidden."""
        sure = self._directions(starts)[0]
        first = with_changes(known, self._signed(starts), least=1.0)
        wide = with_changes(first, [*sure, *self._believed(starts, less)])
        size, several = len(known.lower), len(self.changes)
        names = {
            size + place: name
            for place, (*_, new, name) in enumerate(self._looked_at)
            if place >= several or not now.shown[new]
        }
        return wide, names

    def _sign(self, number: int, old: int, new: int) -> float:
        one = self.before[number]
        middle = (one.lower[old] + one.upper[old]) / 2
        return 1.0 if self.counts[new] >= min(middle, one.upper[old]) else -1.0


def _places(starts: Sequence[int], links: Sequence[Link]) -> list[tuple[int, int]]:
    """Return where the older and the newer count of each link are among all counts."""
    return [(starts[one] + old, starts[later] + new) for one, old, later, new in links]
