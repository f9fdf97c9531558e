"""A release against all earlier ones, and its record: printed values and hashes, never a hidden count."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
)
from stepdown.disclosure.differencing import check_ledger
from stepdown.disclosure.release_audit import ReleaseAudit, as_release
from stepdown.disclosure.stated_counts import groups_of
from stepdown.release.published_counts import PublishedCount
from stepdown.release.release_step import Released
from stepdown.results.analysis import Provenance

Flags = NDArray[np.bool_]
FOLDER = "releases"
"""Folder of the list of releases, beside the study."""
_CHANGE, _SINCE = "change of ", " since "
_TOGETHER = 600
"""Counts that are looked at together at most where names of one count alone link them."""
_NOTHING = Release(name="", inputs="", threshold=1, base=1, cells={}, sums=())


def check_against_earlier(
    released: Released,
    folder: Path,
    *,
    quarter: str | None,
    head: str = "",
    alone: bool = False,
    kept: dict[bytes, ReleaseCheck] | None = None,
    audits: dict[bytes, list[ReleaseAudit]] | None = None,
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
    alone : bool
        Look at this release as if there were no earlier ones.
    kept : dict, optional
        What was found of parts of other versions of this release, which is not looked for again.
    audits : dict, optional
        The same of parts of which other counts are hidden.

    Raises
    ------
    DisclosureError
        Earlier releases had another threshold.
    """
    ledger = read_ledger(folder / FOLDER, head=head)
    check_ledger(ledger, released.threshold)
    counts = _by_name(released, quarter)
    names = {listed: [one.name for one in same] for listed, same in counts.items()}
    table = counts_of(released, quarter=quarter)
    flags = np.array([all(one.hidden for one in counts[name]) for name in table.names], dtype=bool)
    like = Release(
        name=quarter or "all",
        inputs=inputs_hash(released.analysis.provenance),
        threshold=released.threshold,
        base=released.base,
        cells={},
        sums=(),
    )
    release = as_release(table, flags, like)
    if any(release.states_the_same(one) for one in ledger.releases):
        return ledger, ReleaseCheck(True, True, (), (), release)
    same = names_of_one(table)
    # A count that is printed under another name is not hidden.
    seen = _seen(table.names, ~flags, same)
    table = _as_printed(table, ~flags, same)
    earlier = replace(ledger, releases=() if alone else tuple(map(_filled, ledger.releases)))
    known = {} if kept is None else kept
    worth = {name: max(one.worth for one in of_name) for name, of_name in counts.items()}
    costs = {
        name: max(int(count), 1) * sum(worth[other] for other in same[name])
        for name, count in zip(table.names, table.counts, strict=True)
    }
    recoverable: list[str] = []
    extra: list[str] = []
    now = as_release(table, ~seen, like)
    for group in linked_parts(earlier.releases, table):
        if not earlier.releases or (
            any(name in now.cells for name in group) and _changed(earlier, now, group)
        ):
            part, hidden = _table_of(table, ~seen, group)
            key = repr((alone, part.names, part.stated.tolist())).encode() + hidden.tobytes()
            if key not in known:
                known[key] = check_release(
                    _ledger_of(earlier, group),
                    part,
                    hidden,
                    name=like.name,
                    threshold=like.threshold,
                    base=like.base,
                    costs={name: costs[name] for name in part.names},
                    audits=audits,
                )
            found = known[key]
            recoverable += found.recoverable
            extra += found.extra
    wanted = {other for name in extra for other in same[name]}
    extra = [name for name, hidden in zip(table.names, flags, strict=True) if name in wanted and not hidden]
    found = ReleaseCheck(not recoverable, False, tuple(dict.fromkeys(recoverable)), tuple(extra), release)
    return ledger, _in_words(found, names)


def hidden_then(ledger: Ledger, released: Released, *, quarter: str | None) -> list[frozenset[str]]:
    """Return the counts that earlier releases of the same inputs, name and rules hid, the newest first."""
    names = {listed: [one.name for one in same] for listed, same in _by_name(released, quarter).items()}
    inputs = inputs_hash(released.analysis.provenance)
    own = (quarter or "all", inputs, released.threshold, released.base)
    return [
        frozenset(each for name, value in one.cells.items() if value is None for each in names.get(name, ()))
        for one in reversed(ledger.releases)
        if (one.name, one.inputs, one.threshold, one.base) == own
    ]


def names_of_one(table: CountTable) -> dict[str, list[str]]:
    """Return all names of the count of each name."""
    release = as_release(table, ~table.printed, _NOTHING)
    groups = groups_of(release.cells, (line for line in release.sums if len(line[1]) == 1))
    return {name: group for group in groups for name in group}


def _seen(names: Sequence[str], shown: Flags, same: Mapping[str, Sequence[str]]) -> Flags:
    """Return which counts are printed under one of their names."""
    printed = {other for name, one in zip(names, shown, strict=True) if one for other in same[name]}
    return np.array([name in printed for name in names], dtype=bool)


def _as_printed(table: CountTable, shown: Flags, same: Mapping[str, Sequence[str]]) -> CountTable:
    """Return the table in which a hidden name of a count states what is printed under another name of it."""
    stated, is_size = table.stated.copy(), table.is_size.copy()
    place = {name: number for number, name in enumerate(table.names)}
    for number, name in enumerate(table.names):
        others = [] if shown[number] else [place[other] for other in same[name] if shown[place[other]]]
        if others:
            stated[number], is_size[number] = table.stated[others[0]], table.is_size[others[0]]
    return replace(table, stated=stated, is_size=is_size)


def _filled(release: Release) -> Release:
    """Return an earlier release in which a count has the value that is printed under another name of it."""
    cells = dict(release.cells)
    sizes = set(release.sizes)
    for group in groups_of(cells, (line for line in release.sums if len(line[1]) == 1)):
        value = next((one for name in group if (one := release.cells[name]) is not None), None)
        cells |= dict.fromkeys(group, value)
        sizes |= set(group) if sizes & set(group) else set()
    return replace(release, cells=cells, sizes=tuple(sizes))


def _in_words(check: ReleaseCheck, names: Mapping[str, Sequence[str]]) -> ReleaseCheck:
    """Return a check that names counts as the results do; the list of releases has some as a hash."""

    def stated(name: str) -> str:
        before = _CHANGE if name.startswith(_CHANGE) else ""
        return before + re.sub(
            r"\w+ [0-9a-f]{16}", lambda one: names.get(one[0], [one[0]])[0], name[len(before) :]
        )

    recoverable = tuple(map(stated, check.recoverable))
    return replace(
        check, recoverable=recoverable, extra=tuple(each for one in check.extra for each in names[one])
    )


def linked_parts(earlier: Sequence[Release], table: CountTable) -> list[list[str]]:
    """Return the counts that sums link, now or in an earlier release, in groups.

    Groups that share a count under two names are taken together as long as they are few. Where they are many
    each knows what is printed of that count.
    """
    now = as_release(table, ~table.printed, _NOTHING)
    names = dict.fromkeys(name for one in (*earlier, now) for name in one.cells)
    sums = [line for one in (*earlier, now) for line in one.sums]
    groups = groups_of(names, (line for line in sums if len(line[1]) > 1))
    of_name = {name: number for number, group in enumerate(groups) for name in group}
    parts = {number: [number] for number in range(len(groups))}
    part_of = list(parts)
    for total, other in sums:
        one, two = sorted({part_of[of_name[total]], part_of[of_name[other[0]]]} | {-1})[-2:]
        if (
            len(other) == 1
            and one != -1
            and sum(len(groups[at]) for at in parts[one] + parts[two]) <= _TOGETHER
        ):
            for at in parts[two]:
                part_of[at] = one
            parts[one] += parts.pop(two)
    together = [[name for at in numbers for name in groups[at]] for numbers in parts.values()]
    return [group for group in together if len(group) > 1 or any(group[0] in one.cells for one in earlier)]


def _changed(ledger: Ledger, release: Release, names: list[str]) -> bool:
    """Return whether an earlier release stated other values of some counts than this one."""
    own = {name: release.cells[name] for name in names if name in release.cells}
    return any(
        stated and stated != own
        for one in ledger.releases
        for stated in [{name: one.cells[name] for name in names if name in one.cells}]
    )


def _ledger_of(ledger: Ledger, names: list[str]) -> Ledger:
    """Return the earlier releases of some counts alone."""
    kept = set(names)
    releases = []
    for one in ledger.releases:
        cells = {name: value for name, value in one.cells.items() if name in kept}
        sums = tuple((total, parts) for total, parts in one.sums if kept.issuperset((total, *parts)))
        if cells:
            sizes = tuple(name for name in one.sizes if name in kept)
            lacking = tuple(name for name in one.lacking if name in kept)
            releases.append(replace(one, cells=cells, sums=sums, sizes=sizes, lacking=lacking))
    return replace(ledger, releases=tuple(releases))


def _table_of(table: CountTable, hidden: Flags, names: list[str]) -> tuple[CountTable, Flags]:
    """Return some counts of a table, with the sums between them."""
    kept = set(names)
    places = np.array([number for number, name in enumerate(table.names) if name in kept], dtype=np.int64)
    relations = sparse.csr_array(table.relations[:, places])
    # Names of one count of which the other is in another group are no sum here.
    whole = (
        np.asarray(abs(relations).sum(axis=1)).ravel() == np.asarray(abs(table.relations).sum(axis=1)).ravel()
    )
    part = CountTable(
        names=tuple(table.names[place] for place in places),
        counts=table.counts[places],
        relations=sparse.csr_array(relations[np.flatnonzero(whole)]),
        printed=table.printed[places],
        zero_discloses=table.zero_discloses[places],
        stated=table.stated[places],
        is_size=table.is_size[places],
        lacking=table.lacking[places],
    )
    return part, hidden[places]


def counts_of(released: Released, *, quarter: str | None) -> CountTable:
    """Return the counts of a release with the sums between them."""
    cells = {
        name: min(same, key=lambda one: one.hidden) for name, same in _by_name(released, quarter).items()
    }
    listed_as = {one.name: name for name, same in _by_name(released, quarter).items() for one in same}
    sums = [(listed_as[total], [listed_as[part] for part in parts]) for total, parts in released.sums]
    return count_table(
        {name: one.count for name, one in cells.items()},
        [(total, parts) for total, parts in sums if total not in parts],
        sizes={name: one.stated for name, one in cells.items() if one.size and one.printed},
        lacking=[name for name, one in cells.items() if one.size and not one.printed],
    )


def _by_name(released: Released, quarter: str | None) -> dict[str, list[PublishedCount]]:
    """Return the counts by their names in the list of releases.

    With a quarter, its own counts have the names of those by quarter; both are one where they are as many.
    """
    found: dict[str, list[PublishedCount]] = {}
    for one in sorted(released.counts, key=lambda one: "quarter=" not in one.name):
        name = _listed_as(one, quarter)
        while name in found and found[name][0].count != one.count:
            name = f"{name} of the report"
        found.setdefault(name, []).append(one)
    return found


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
