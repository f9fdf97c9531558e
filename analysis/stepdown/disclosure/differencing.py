"""Whether a release, with all earlier ones, would let anyone work out a small count by subtraction."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
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
from stepdown.disclosure.count_tables import DEFAULT_THRESHOLD, CountTable
from stepdown.disclosure.fitting_counts import round_to
from stepdown.disclosure.hidden_cells import Program, cheapest
from stepdown.disclosure.outside_knowledge import (
    Knowledge,
    TriedCounts,
    bound,
    breaches,
    first_counts,
)
from stepdown.disclosure.release_ledger import Ledger, Release, append_release, read_ledger
from stepdown.disclosure.stated_counts import StatedCounts, stated_counts
from stepdown.errors import DisclosureError

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Link = tuple[int, int, int, int]
Change = tuple[int, int, float]
_SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class ReleaseCheck:
    """What a release would add to the earlier ones.

    Attributes
    ----------
    allowed : bool
        Whether it may be published as it is.
    repeated : bool
        Whether an earlier release states the same: there is nothing to record.
    recoverable : tuple of str
        Cells that could be worked out: of this release, of an earlier one, or the change between two.
    extra : tuple of str
        The fewest further cells that have to be hidden; empty where it is allowed.
    release : Release
        What is recorded once it is published.
    """

    allowed: bool
    repeated: bool
    recoverable: tuple[str, ...]
    extra: tuple[str, ...]
    release: Release

    def __str__(self) -> str:
        """Return the verdict in words."""
        if self.repeated:
            return f"Release {self.release.name} states what an earlier release states."
        if self.allowed:
            return f"Release {self.release.name} may be published: no small count follows from all releases."
        count = len(self.recoverable)
        noun = "small count follows" if count == 1 else "small counts follow"
        return (
            f"Release {self.release.name} is refused: {count} {noun} from it and earlier releases:\n"
            f"  {'; '.join(self.recoverable)}\nHide as well:\n  {'; '.join(self.extra)}"
        )


def check_release(
    ledger: Ledger,
    table: CountTable,
    hidden: Flags,
    *,
    name: str,
    inputs: str = "",
    threshold: int = DEFAULT_THRESHOLD,
    zeros: bool = True,
    base: int = 1,
    costs: Mapping[str, float] | None = None,
    audits: "dict[bytes, list[ReleaseAudit]] | None" = None,
) -> ReleaseCheck:
    """Return whether a table may be published after all that was published before.

    Parameters
    ----------
    ledger : Ledger
    table : CountTable
        Cells of the same name in two releases are the same quantity, such as "2026Q1, site A, relapsed".
    hidden : (n,) array of bool
        Cells that are not published, as `suppress` returns them.
    name : str
        Name of the release.
    inputs : str
        Hash of the inputs.
    threshold : int
        That of the earlier releases.
    zeros : bool
        As in `suppress`.
    base : int
        What published counts are rounded to; 1 where they are not.
    costs : mapping of str to float, optional
        What hiding a cell costs; otherwise its count, or 1 where that is less.
    audits : dict, optional
        What was found of the same table after the same releases with other cells hidden, which is kept.

    Returns
    -------
    ReleaseCheck

    Raises
    ------
    DisclosureError
        Where the threshold differs from that of earlier releases, or a small count is not hidden.

    Examples
    --------
    Two more discharges in a re-run of the same quarter:

    >>> import tempfile
    >>> from stepdown.disclosure import count_table, read_ledger, record_release
    >>> ledger = read_ledger(tempfile.mkdtemp())
    >>> first = check_release(ledger, count_table({"2026Q1": 120}), [False], name="April")
    >>> ledger = record_release(ledger, first)
    >>> print(check_release(ledger, count_table({"2026Q1": 122}), [False], name="July"))
    Release July is refused: 1 small count follows from it and earlier releases:
      change of 2026Q1 since April
    Hide as well:
      2026Q1
    """
    check_ledger(ledger, threshold)
    flags = np.asarray(hidden, dtype=bool) | ~table.printed
    primary = table.sensitive(threshold, zeros=zeros)
    _check_hidden(table, primary & ~flags)
    like = Release(name=name, inputs=inputs, threshold=threshold, base=base, cells={}, sums=())
    release = as_release(table, flags, like)
    if any(release.states_the_same(other) for other in ledger.releases):
        return ReleaseCheck(True, True, (), (), release)
    price = {name: max(int(count), 1) for name, count in zip(table.names, table.counts, strict=True)} | dict(
        costs or {}
    )
    worth = np.array([price[name] for name in table.names], dtype=float)
    audit = _audit_of(ledger, table, release, primary, worth, flags, {} if audits is None else audits)
    subtracted = audit.subtracted(flags)
    # Nothing else would mend what two printed values of one count give away.
    final = flags | subtracted
    recoverable = tuple(dict.fromkeys((*audit.changes_of(subtracted), *audit.recoverable(final))))
    # The change of a newly hidden count must be unknown too, and whole numbers may show more than fractions.
    while audit.recoverable(final):
        final = audit.mended(final)
    extra = tuple(np.array(table.names)[final & ~flags].tolist())
    return ReleaseCheck(not recoverable, False, recoverable, extra, release)


def check_ledger(ledger: Ledger, threshold: int) -> None:
    """Refuse a threshold that earlier releases did not have."""
    other = {one.threshold for one in ledger.releases} - {threshold}
    if other:
        raise DisclosureError(
            f"The threshold is {threshold}, and earlier releases used {min(other)}. Use {min(other)}, or "
            "another folder of releases if these data were never published."
        )


def _check_hidden(table: CountTable, small: Flags) -> None:
    count = int(small.sum())
    if count:
        noun = "count that must be hidden is" if count == 1 else "counts that must be hidden are"
        raise DisclosureError(
            f"{count} {noun} not hidden, the first of them {table.names[int(np.argmax(small))]!r}. "
            "Hide what `suppress` names."
        )


def _audit_of(
    ledger: Ledger,
    table: CountTable,
    release: Release,
    primary: Flags,
    worth: Floats,
    hidden: Flags,
    audits: "dict[bytes, list[ReleaseAudit]]",
) -> "ReleaseAudit":
    """Return the audit of the same table, where what is printed is printed as it was then."""
    lines = sparse.csr_array(table.relations)
    arrays = (table.counts, table.printed, table.lacking, primary, worth, *(lines.data, lines.indices))
    text = repr((ledger.releases, replace(release, cells={}, sums=(), sizes=(), lacking=()), table.names))
    key = hashlib.sha256(text.encode())
    for array in (*arrays, lines.indptr):
        key.update(np.asarray(array).tobytes())
    kept = audits.setdefault(key.digest(), [])
    for one in kept:
        differ = (one.table.stated != table.stated) | (one.table.is_size != table.is_size)
        if not np.any(differ & ~hidden):
            return one
    kept.append(
        ReleaseAudit(ledger.releases, table, release, primary, worth, like=kept[-1] if kept else None)
    )
    return kept[-1]


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
        self.shown_before = {
            name for one in earlier for name, value in one.cells.items() if value is not None
        }
        self.open_before: list[tuple[int, int]] = like.open_before if like else self._hidden_before()
        self._views: dict[bytes, list[tuple[Program, dict[int, str]]]] = {}
        self._recoverable: dict[bytes, tuple[str, ...]] = {}
        self.tried: tuple[TriedCounts, TriedCounts] = like.tried if like else (TriedCounts(), TriedCounts())
        self.most = self._most_printed(primary | ~table.printed)
        # What the belief alone gives away, with nothing published, is not given away by this release.
        self.believed: tuple[set[int], ...] = (set(), set(), set())
        self.nothing: list[Program] = []
        if self.links:
            everything = np.ones(len(table.names), dtype=bool)
            self.nothing = [program for program, _ in self._made(everything)]
            self.believed = tuple(self._breached(program, whole=False) for program in self.nothing)

    def recoverable(self, hidden: Flags) -> tuple[str, ...]:
        """Return the names of what could be worked out."""
        if hidden.tobytes() not in self._recoverable:
            found = []
            for view, (program, names) in enumerate(self._programs(hidden)):
                cells = self._breached(program)
                if self.nothing and cells:
                    alone = replace(self.nothing[view], protect=np.array(sorted(cells), dtype=np.int64))
                    # Seldom: what only whole numbers give away with nothing published.
                    if given := self._breached(alone):
                        self.believed[view].update(given)
                        self._views.clear()
                found += [names[cell] for cell in sorted(cells - self.believed[view])]
            self._recoverable[hidden.tobytes()] = tuple(dict.fromkeys(found))
        return self._recoverable[hidden.tobytes()]

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

    def _small_changes(self, now: StatedCounts) -> list[tuple[int, int, int, str]]:
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

    def _hidden_before(self) -> list[tuple[int, int]]:
        """Return the counts that earlier releases hide and do not give away: they must stay unknown."""
        if not self.earlier:
            return []
        links = [link for link in self.links if link[2] < len(self.before)]
        starts, known = joint_knowledge(self.before)
        if links:
            pairs = _places(starts, links)
            known = changed_by(known, pairs, least_change(known, pairs))
        places = {
            starts[number] + int(place): (number, int(place))
            for number, one in enumerate(self.before)
            for place in np.flatnonzero(~one.shown)
        }
        cells = np.array(sorted(places), dtype=np.int64)
        given_away = {one.cell for one in breaches(known, cells, self.threshold, whole=False)}
        return [places[int(cell)] for cell in cells if int(cell) not in given_away]

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
            starts[number] + place: f"{self.before[number].names[place][0]} in {self.earlier[number].name}"
            for number, place in self.open_before
        }
        cells = np.array(sorted(names), dtype=np.int64)
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
        return [
            (starts[number] + old, starts[-1] + new, self._sign(number, old, new))
            for number, old, new, _ in self.changes
        ]

    def _grown(
        self,
        now: StatedCounts,
        starts: Sequence[int],
        known: Knowledge,
        less: frozenset[tuple[int, int]],
    ) -> tuple[Knowledge, dict[int, str]]:
        """Return what someone knows who believes that data only come in, and which changes are hidden."""
        sure, others = self._directions(starts)
        first = with_changes(known, self._signed(starts), least=1.0)
        wide = with_changes(first, [*sure, *(one for one in others if one[:2] not in less)])
        size = len(known.lower)
        names = {
            size + place: name for place, (*_, new, name) in enumerate(self.changes) if not now.shown[new]
        }
        return wide, names

    def _sign(self, number: int, old: int, new: int) -> float:
        one = self.before[number]
        middle = (one.lower[old] + one.upper[old]) / 2
        return 1.0 if self.counts[new] >= min(middle, one.upper[old]) else -1.0


def _places(starts: Sequence[int], links: Sequence[Link]) -> list[tuple[int, int]]:
    """Return where the older and the newer count of each link are among all counts."""
    return [(starts[one] + old, starts[later] + new) for one, old, later, new in links]


def record_release(ledger: Ledger, check: ReleaseCheck) -> Ledger:
    """Record a release that may be published, and return the ledger with it.

    A release that states what an earlier one states changes nothing.

    Raises
    ------
    DisclosureError
        Where it may not be published.
    """
    if check.repeated:
        return ledger
    if not check.allowed:
        raise DisclosureError(str(check))
    append_release(ledger, check.release)
    return read_ledger(ledger.folder)
