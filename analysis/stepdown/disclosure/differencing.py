"""Whether a release, with all earlier ones, would let anyone work out a small count by subtraction."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stepdown.disclosure.count_tables import DEFAULT_THRESHOLD, CountTable
from stepdown.disclosure.release_audit import ReleaseAudit, as_release
from stepdown.disclosure.release_ledger import Ledger, Release, append_release, read_ledger
from stepdown.errors import DisclosureError

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


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
    audits: dict[bytes, list[ReleaseAudit]] | None = None,
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
    audits: dict[bytes, list[ReleaseAudit]],
) -> ReleaseAudit:
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
