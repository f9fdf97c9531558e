"""A release against all earlier ones, and its record: printed values and hashes, never a hidden count."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stepdown.disclosure import (
    CountTable,
    Ledger,
    Release,
    ReleaseCheck,
    check_release,
    count_table,
    read_ledger,
    round_to,
)
from stepdown.errors import DisclosureError
from stepdown.release.release_step import PublishedCount, Released
from stepdown.results.analysis import Provenance

Flags = NDArray[np.bool_]
FOLDER = "releases"
"""Folder of the list of releases, beside the study."""
_CHANGE, _SINCE = "change of ", " since "
_NOBODY, _NOBODY_COUNT = "at least as many", 20
"""A count of nobody, added where a size is printed as that of a larger group: what the size lacks to the
larger one is then not taken for a small count."""


def check_against_earlier(
    released: Released, folder: Path, *, quarter: str | None, head: str = ""
) -> tuple[Ledger, ReleaseCheck]:
    """Return the earlier releases, and whether this one may be published after them.

    Parameters
    ----------
    released : Released
    folder : Path
        Folder of the study.
    quarter : str or None
        The quarter that was chosen: its counts have other names than those of all quarters.
    head : str
        What the last report states of the list of releases; empty where there is none.

    Raises
    ------
    DisclosureError
        The list of releases cannot be trusted, or nothing that could be hidden would be enough.
    """
    ledger = read_ledger(folder / FOLDER, head=head)
    counts = _by_name(released, quarter)
    names = {listed: one.name for listed, one in counts.items()}
    table = counts_of(released, quarter=quarter)
    flags = np.array(
        [name != _NOBODY and (name not in counts or counts[name].hidden) for name in table.names], dtype=bool
    )
    asked = _Asked(
        quarter or "all", inputs_hash(released.analysis.provenance), released.threshold, released.base
    )
    # Alone first: this also finds where the earlier releases cannot be trusted, or had another threshold.
    alone = asked.check(replace(ledger, releases=()), table, flags)
    if not ledger.releases:
        return ledger, _in_words(asked.check(ledger, table, flags), names)
    if any(alone.release.states_the_same(one) for one in ledger.releases):
        return ledger, replace(alone, repeated=True)
    _same_threshold(ledger, released.threshold)
    recoverable, extra = list(alone.recoverable), list(alone.extra)
    together, single = _parts(ledger, table)
    for name in _changed_a_little(ledger, table, flags, single, asked):
        recoverable.append(name)
        extra.append(name.removeprefix(_CHANGE).rpartition(_SINCE)[0])
    for group in together:
        if any(name in alone.release.cells for name in group) and _changed(ledger, alone.release, group):
            part = asked.check_part(_ledger_of(ledger, group), *_table_of(table, flags, group))
            recoverable += part.recoverable
            extra += part.extra
    found = ReleaseCheck(
        not recoverable, False, tuple(dict.fromkeys(recoverable)), tuple(dict.fromkeys(extra)), alone.release
    )
    return ledger, _in_words(found, names)


def _in_words(check: ReleaseCheck, names: Mapping[str, str]) -> ReleaseCheck:
    """Return a check that names counts as the results do; the list of releases has some as a hash."""

    def stated(name: str) -> str:
        before = _CHANGE if name.startswith(_CHANGE) else ""
        return before + re.sub(
            r"\w+ [0-9a-f]{16}", lambda one: names.get(one[0], one[0]), name[len(before) :]
        )

    recoverable = tuple(map(stated, check.recoverable))
    return replace(check, recoverable=recoverable, extra=tuple(names.get(one, one) for one in check.extra))


@dataclass(frozen=True)
class _Asked:
    """What is asked of every part of a release."""

    name: str
    inputs: str
    threshold: int
    base: int

    def check(self, ledger: Ledger, table: CountTable, hidden: Flags) -> ReleaseCheck:
        return check_release(
            ledger,
            table,
            hidden,
            name=self.name,
            inputs=self.inputs,
            threshold=self.threshold,
            base=self.base,
        )

    def check_part(self, ledger: Ledger, table: CountTable, hidden: Flags) -> ReleaseCheck:
        try:
            return self.check(ledger, table, hidden)
        except DisclosureError:
            raise DisclosureError(
                f"Release {self.name} is refused: with what was published before, a small count would follow "
                f"from the sums about {table.names[0]!r}, whatever else is hidden. Keep this report internal "
                "until more discharges have come."
            ) from None


def _same_threshold(ledger: Ledger, threshold: int) -> None:
    other = {one.threshold for one in ledger.releases} - {threshold}
    if other:
        raise DisclosureError(
            f"The threshold is {threshold}, and earlier releases used {min(other)}. Use {min(other)}, or "
            "another folder of releases if these data were never published."
        )


def _parts(ledger: Ledger, table: CountTable) -> tuple[list[list[str]], list[str]]:
    """Return the counts that sums link, now or in an earlier release, in groups; and those in no sum."""
    sums = [[total, *parts] for one in ledger.releases for total, parts in one.sums]
    names = np.array(table.names, dtype=object)
    lines = table.relations.tolil()
    sums += [names[lines.rows[row]].tolist() for row in range(lines.shape[0])]
    leader: dict[str, str] = {}

    def found(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for first, *others in sums:
        for name in others:
            leader[found(name)] = found(first)
    groups: dict[str, list[str]] = {}
    for name in leader:
        groups.setdefault(found(name), []).append(name)
    return list(groups.values()), [name for name in table.names if name not in leader]


def _changed(ledger: Ledger, release: Release, names: list[str]) -> bool:
    """Return whether an earlier release stated other values of some counts than this one."""
    own = {name: release.cells[name] for name in names if name in release.cells}
    return any(
        stated and stated != own
        for one in ledger.releases
        for stated in [{name: one.cells[name] for name in names if name in one.cells}]
    )


def _changed_a_little(
    ledger: Ledger, table: CountTable, hidden: Flags, names: list[str], asked: _Asked
) -> list[str]:
    """Return the changes of counts in no sum that subtracting two printed values would give away."""
    found = []
    place = {name: number for number, name in enumerate(table.names)}
    for name in names:
        number = place[name]
        count = int(table.counts[number])
        for one in ledger.releases:
            value = one.cells.get(name)
            if value is None or hidden[number]:
                continue
            printed = int(round_to(count, asked.base))
            if printed == value and asked.base == one.base:
                continue
            possible = asked.base + one.base - 1
            near = abs(count - value) < asked.threshold + one.base // 2
            if near and possible < asked.threshold:
                found.append(f"{_CHANGE}{name}{_SINCE}{one.name}")
                break
    return found


def _ledger_of(ledger: Ledger, names: list[str]) -> Ledger:
    """Return the earlier releases of some counts alone."""
    kept = set(names)
    releases = []
    for one in ledger.releases:
        cells = {name: value for name, value in one.cells.items() if name in kept}
        sums = tuple((total, parts) for total, parts in one.sums if total in kept)
        if cells:
            releases.append(replace(one, cells=cells, sums=sums))
    return replace(ledger, releases=tuple(releases))


def _table_of(table: CountTable, hidden: Flags, names: list[str]) -> tuple[CountTable, Flags]:
    """Return some counts of a table, with the sums between them."""
    kept = set(names)
    places = np.array([number for number, name in enumerate(table.names) if name in kept], dtype=np.int64)
    relations = table.relations[:, places]
    used = np.asarray(abs(relations).sum(axis=1)).ravel() > 0
    part = CountTable(
        names=tuple(table.names[place] for place in places),
        counts=table.counts[places],
        relations=sparse.csr_array(relations[np.flatnonzero(used)]),
        printed=table.printed[places],
        zero_discloses=table.zero_discloses[places],
    )
    return part, hidden[places]


def counts_of(released: Released, *, quarter: str | None) -> CountTable:
    """Return the counts of a release with the sums between them that hold for what is printed."""
    cells = _by_name(released, quarter)
    counts = {name: one.count for name, one in cells.items()}
    listed_as = {one.name: name for name, one in cells.items()}
    sums: list[tuple[str, list[str]]] = []
    unprinted: dict[str, int] = {}
    for number, (partition, _) in enumerate(released.sums):
        true = {listed_as[one]: count for one, count in partition.parts.items() if one in listed_as}
        whole = listed_as.get(partition.whole, "")
        # Sizes are printed as those of larger groups: parts that are sizes do not add up to anything printed.
        if len(true) < 2 or whole not in counts or any(counts[one] != count for one, count in true.items()):
            continue
        parts = list(true)
        if left := partition.total - sum(true.values()):
            unprinted[f"rest {number} of {whole}"] = left
            parts.append(f"rest {number} of {whole}")
        if counts[whole] != partition.total:
            own, more, lack = (f"{what} {number} of {whole}" for what in ("own", "more", "lack"))
            counts[_NOBODY] = _NOBODY_COUNT
            unprinted |= {own: partition.total, more: counts[whole] + _NOBODY_COUNT}
            unprinted[lack] = unprinted[more] - partition.total
            sums += [(more, [whole, _NOBODY]), (more, [own, lack])]
            whole = own
        sums.append((whole, parts))
    return count_table(counts | unprinted, sums, unprinted=list(unprinted))


def _by_name(released: Released, quarter: str | None) -> dict[str, PublishedCount]:
    return {_listed_as(one, quarter): one for one in released.counts}


def _listed_as(one: PublishedCount, quarter: str | None) -> str:
    """Return the name of a count in the list of releases: a hash where the name may identify someone."""
    name = named(one.name, quarter)
    if not one.identifies:
        return name
    found = re.search(r"estimand=(\w+)", name)
    return f"{found[1] if found else 'count'} {hashlib.sha256(name.encode()).hexdigest()[:16]}"


def named(name: str, quarter: str | None) -> str:
    """Return the name of a count of one quarter: as the rows of that quarter have it in other reports.

    Examples
    --------
    >>> named("estimand=flow, term=Adults: estimate", "2026Q3")
    'estimand=flow, term=Adults, quarter=2026Q3: estimate'
    """
    if not quarter or "quarter=" in name or not name:
        return name
    keys, _, what = name.rpartition(": ")
    parts = keys.split(", ")
    after = ("site=", "subgroup=", "level=", "time=", "window_", "bound=", "statistic=", "unit=", "method=")
    place = next((number for number, one in enumerate(parts) if one.startswith(after)), len(parts))
    return f"{', '.join([*parts[:place], f'quarter={quarter}', *parts[place:]])}: {what}"


def inputs_hash(provenance: Provenance) -> str:
    """Return one hash of all inputs."""
    text = "\n".join(
        [provenance.study_sha256, *(f"{name} {digest}" for name, digest, _ in provenance.inputs)]
    )
    return hashlib.sha256(text.encode()).hexdigest()
