"""Whether a release, with all earlier ones, would let anyone work out a small count by subtraction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stepdown.disclosure.count_tables import DEFAULT_THRESHOLD, CountTable, sum_matrix
from stepdown.disclosure.fitting_counts import round_to
from stepdown.disclosure.hidden_cells import Program, cheapest, without
from stepdown.disclosure.outside_knowledge import Knowledge, breaches, check_possible, extreme, linear_program
from stepdown.disclosure.release_ledger import Ledger, Release, append_release, read_ledger
from stepdown.errors import DisclosureError

Flags = NDArray[np.bool_]
Cells = NDArray[np.int64]
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

    Returns
    -------
    ReleaseCheck

    Raises
    ------
    DisclosureError
        Where the ledger cannot be trusted, the threshold differs from that of earlier releases, a small count
        is not hidden, or nothing that could be hidden would be enough.

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
    _check_ledger(ledger, threshold)
    flags = np.asarray(hidden, dtype=bool) | ~table.printed
    primary = table.sensitive(threshold, zeros=zeros)
    _check_hidden(table, primary & ~flags)
    release = _as_release(table, flags, name=name, inputs=inputs, threshold=threshold, base=base)
    if any(release.states_the_same(other) for other in ledger.releases):
        return ReleaseCheck(True, True, (), (), release)
    audit = _Audit(ledger.releases, table, release, primary)
    recoverable = audit.recoverable(flags)
    final = flags
    # Fewer changes are certain where less is published, so what was mended is looked at again.
    while audit.recoverable(final):
        final = audit.mended(final)
    extra = tuple(np.array(table.names)[final & ~flags].tolist())
    return ReleaseCheck(not recoverable, False, recoverable, extra, release)


def _check_ledger(ledger: Ledger, threshold: int) -> None:
    if ledger.problems:
        raise DisclosureError(
            f"{' '.join(ledger.problems)} Without the earlier releases this one cannot be checked. Restore "
            f"the folder {ledger.folder.name} from a copy."
        )
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


def _as_release(
    table: CountTable, hidden: Flags, *, name: str, inputs: str, threshold: int, base: int
) -> Release:
    values = round_to(table.counts, base).astype(np.int64)
    sums = []
    for row in table.relations.toarray():
        total = table.names[int(np.argmin(row))]
        parts = tuple(table.names[place] for place in np.flatnonzero(row > 0))
        sums.append((total, parts))
    return Release(
        name=name,
        inputs=inputs,
        threshold=threshold,
        base=base,
        cells={
            cell: None if gone else int(value)
            for cell, gone, value in zip(table.names, hidden, values, strict=True)
        },
        sums=tuple(sums),
    )


def _limits(value: int, base: int, threshold: int) -> tuple[float, float]:
    """Return the smallest and largest count that is printed as a value; one below the threshold is 0."""
    low, high = value - base // 2, value - base // 2 + base - 1
    if low < threshold:
        low = 0 if value == 0 else min(threshold, high)
    return float(low), float(high if high >= threshold else value)


class _Audit:
    """All releases at once, from two points of view.

    An outsider who believes that as little as possible has changed between releases, and one who subtracts
    the published values of one cell in two releases.
    """

    def __init__(
        self, earlier: Sequence[Release], table: CountTable, release: Release, primary: Flags
    ) -> None:
        self.earlier, self.table, self.release = tuple(earlier), table, release
        self.primary, self.threshold = primary, release.threshold
        self.shown_before = {
            name for one in earlier for name, value in one.cells.items() if value is not None
        }
        self.open_before = self._hidden_before()

    def recoverable(self, hidden: Flags) -> tuple[str, ...]:
        """Return the names of what could be worked out."""
        found = []
        for program, names in self._programs(hidden):
            cells = {one.cell for one in breaches(program.known, program.protect, self.threshold)}
            found += [names[cell] for cell in sorted(cells)]
        return tuple(dict.fromkeys(found))

    def mended(self, hidden: Flags) -> Flags:
        """Return the cells to hide: those given and as few others as it takes."""
        programs = [program for program, _ in self._programs(hidden)]
        free = np.flatnonzero(~hidden)
        costs = np.maximum(self.table.counts[free], 1).astype(float)
        choice = cheapest(programs, costs, self.threshold)
        wider = hidden.copy()
        wider[free[choice.hidden]] = True
        return wider

    def _programs(self, hidden: Flags) -> list[tuple[Program, dict[int, str]]]:
        return [self._unchanged(hidden), self._subtracting(hidden)]

    def _hidden_before(self) -> list[tuple[int, str]]:
        """Return the cells that earlier releases hide and do not give away: they must stay unknown."""
        if not self.earlier:
            return []
        starts, known = _joint(self.earlier)
        places = {
            starts[number] + place: (number, name)
            for number, one in enumerate(self.earlier)
            for place, (name, value) in enumerate(one.cells.items())
            if value is None
        }
        cells = np.array(sorted(places), dtype=np.int64)
        given_away = {one.cell for one in breaches(known, cells, self.threshold)}
        return [places[int(cell)] for cell in cells if int(cell) not in given_away]

    def _unchanged(self, hidden: Flags) -> tuple[Program, dict[int, str]]:
        """Return what someone knows who believes that as little as possible has changed."""
        values = round_to(self.table.counts, self.release.base).astype(np.int64)
        cells = {
            name: None if gone else int(value)
            for name, gone, value in zip(self.table.names, hidden, values, strict=True)
        }
        every = (*self.earlier, replace(self.release, cells=cells))
        starts, known = _joint(every)
        start = starts[-1]
        own = [
            place
            for place in np.flatnonzero(self.primary)
            if self.table.names[place] not in self.shown_before
        ]
        names = {start + int(place): self.table.names[place] for place in own}
        names |= self._still_small(known, starts)
        protect = np.array(sorted(names), dtype=np.int64)
        return Program(known, protect, start + np.flatnonzero(~hidden)), names

    def _still_small(self, known: Knowledge, starts: Sequence[int]) -> dict[int, str]:
        """Return the cells hidden before that must stay unknown; one that cannot be small need not."""
        names = {
            starts[number]
            + list(self.earlier[number].cells).index(name): f"{name} in {self.earlier[number].name}"
            for number, name in self.open_before
        }
        found = breaches(known, np.array(sorted(names), dtype=np.int64), self.threshold)
        large = [
            one.cell for one in found if one.side == -1 and extreme(known, one.cell, -1) >= self.threshold
        ]
        return {place: name for place, name in names.items() if place not in large}

    def _subtracting(self, hidden: Flags) -> tuple[Program, dict[int, str]]:
        """Return what someone knows who subtracts the published values of one cell in two releases."""
        size = len(self.table.names)
        values = round_to(self.table.counts, self.release.base)
        bounds = [_limits(int(value), self.release.base, self.threshold) for value in values]
        lines: list[dict[int, float]] = []
        places = {name: place for place, name in enumerate(self.table.names)}
        names = {int(place): self.table.names[place] for place in np.flatnonzero(self.primary)}
        for one in self.earlier:
            for name, value in one.cells.items():
                place = places.get(name)
                if place is None or value is None or not self._small_change(place, value, one.base, hidden):
                    continue
                sign = 1.0 if self.table.counts[place] >= value else -1.0
                old, change = len(bounds), len(bounds) + 1
                bounds += [_limits(value, one.base, self.threshold), (0.0, np.inf)]
                lines.append({place: 1.0, old: -1.0, change: -sign})
                names[change] = f"change of {name} since {one.name}"
        extra = sparse.lil_array((len(lines), len(bounds)))
        for row, line in enumerate(lines):
            for place, weight in line.items():
                extra[row, place] = weight
        wide = sparse.hstack(
            [self.table.relations, sparse.csr_array((self.table.relations.shape[0], len(bounds) - size))]
        )
        relations = sparse.csr_array(sparse.vstack([wide, extra]))
        low, high = np.array(bounds).T
        known = Knowledge(relations, np.zeros(relations.shape[0]), low, high)
        known = without(known, np.flatnonzero(hidden))
        return Program(known, np.array(sorted(names), dtype=np.int64), np.flatnonzero(~hidden)), names

    def _small_change(self, place: int, value: int, base: int, hidden: Flags) -> bool:
        """Return whether a count may have changed by less than the threshold, and printing it shows that."""
        count = int(self.table.counts[place])
        now = int(round_to(count, self.release.base))
        if now == value and base == self.release.base:
            return False
        low, high = _limits(value, base, self.threshold)
        if not low - self.threshold < count < high + self.threshold or (low == high == count):
            return False
        if hidden[place]:
            return True
        first, last = _limits(now, self.release.base, self.threshold)
        return (last - first) + (high - low) + 1 < self.threshold


def _joint(releases: Sequence[Release]) -> tuple[list[int], Knowledge]:
    """Return what all releases state, and where the cells of each begin.

    Cells of the same name are taken to have changed as little as possible in all.
    """
    bounds: list[tuple[float, float]] = []
    starts, blocks = [], []
    latest: dict[str, int] = {}
    links: list[tuple[int, int]] = []
    for one in releases:
        starts.append(len(bounds))
        for place, (name, value) in enumerate(one.cells.items(), len(bounds)):
            if name in latest:
                links.append((latest[name], place))
            latest[name] = place
            bounds.append((0.0, np.inf) if value is None else _limits(value, one.base, one.threshold))
        blocks.append(sum_matrix(one.sums, {name: place for place, name in enumerate(one.cells)}))
    size, many = len(bounds), len(links)
    relations = sparse.csr_array(sparse.block_diag(blocks))
    if not many:
        low, high = np.array(bounds).T
        known = Knowledge(relations, np.zeros(relations.shape[0]), low, high)
        check_possible(known)
        return starts, known
    # newer = older + more - fewer
    changes = sparse.lil_array((many, size + 2 * many))
    for row, (old, new) in enumerate(links):
        changes[row, new], changes[row, old] = 1.0, -1.0
        changes[row, size + row], changes[row, size + many + row] = -1.0, 1.0
    wide = sparse.hstack([relations, sparse.csr_array((relations.shape[0], 2 * many))])
    relations = sparse.csr_array(sparse.vstack([wide, changes]))
    low, high = np.array([*bounds, *[(0.0, np.inf)] * (2 * many)]).T
    return starts, _least_change(Knowledge(relations, np.zeros(relations.shape[0]), low, high), size)


def _least_change(known: Knowledge, cells: int) -> Knowledge:
    """Add that the changes, which come after the cells, are no larger in sum than they have to be."""
    changes = np.where(np.arange(len(known.lower)) >= cells, 1.0, 0.0)
    solved = linear_program(
        changes,
        A_eq=known.relations,
        b_eq=known.totals,
        bounds=np.column_stack((known.lower, known.upper)),
        method="highs-ds",
    )
    if solved.x is None:
        check_possible(known)
    # The last variable is what the changes fall short of that sum.
    relations = sparse.vstack(
        [
            sparse.hstack([known.relations, sparse.csr_array((known.relations.shape[0], 1))]),
            sparse.csr_array(np.append(changes, 1.0)[None, :]),
        ]
    )
    return Knowledge(
        sparse.csr_array(relations),
        np.append(known.totals, np.ceil(solved.fun - _SLACK)),
        np.append(known.lower, 0.0),
        np.append(known.upper, np.inf),
    )


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
