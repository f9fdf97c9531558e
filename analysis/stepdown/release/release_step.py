"""The release step: from an analysis to one that may be published, from which everything else is made."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stepdown.disclosure.count_tables import DEFAULT_THRESHOLD, check_threshold
from stepdown.disclosure.rounded_counts import DEFAULT_BASE, check_base
from stepdown.release.belonging_rows import NUMERIC, Row
from stepdown.release.derived_numbers import derived, same_numbers
from stepdown.release.hidden_rows import PARTS, HiddenRows, hidden_rows
from stepdown.release.linked_sums import Sum, linked_sums
from stepdown.release.published_counts import PublishedCount, identifies, published_counts
from stepdown.release.released_curves import group_of, point_rows, released_curves, step_rows
from stepdown.release.released_numbers import EMPTY, Numbers, ReleasedNumbers, arm_keys, row_key
from stepdown.release.released_words import (
    NO_STRENGTH,
    WARNED,
    WITHHELD_REASON,
    released_note,
    released_provenance,
    released_wording,
)
from stepdown.release.row_classes import (
    CONTRAST,
    CURVE,
    FREE,
    INTERNAL,
    PERSON,
    VERDICT,
    row_classes,
)
from stepdown.results import Analysis, Results
from stepdown.results.reading import CHECK
from stepdown.results.table import FLAGGED, NUMBERS, SUPPRESSED, WITHHELD
from stepdown.results.words import SMALL_NUMBERS


@dataclass(frozen=True, eq=False)
class Released:
    """What may be published, and how it was made.

    Attributes
    ----------
    analysis : Analysis
        Released rows and words.
    threshold, base : int
    suppressed : int
        Rows whose numbers are hidden.
    internal : int
        Rows that are in the internal version only.
    counts : tuple of PublishedCount
        Every count of the released rows, for the list of releases.
    sums : tuple of (str, tuple of str)
        The sums between them, by name. Counts hold true counts, and are never published.
    """

    analysis: Analysis
    threshold: int
    base: int
    suppressed: int
    internal: int
    counts: tuple[PublishedCount, ...]
    sums: tuple[Sum, ...]


def release(
    analysis: Analysis,
    *,
    threshold: int = DEFAULT_THRESHOLD,
    base: int = DEFAULT_BASE,
    also: frozenset[str] = frozenset(),
) -> Released:
    """Return what of an analysis may be published under the disclosure rules.

    Parameters
    ----------
    analysis : Analysis
        As `analyze` returns it.
    threshold : int
        Smallest count that is shown, at least 5.
    base : int
        What counts are rounded to, at least 5.
    also : frozenset of str
        Names of further counts to hide, as a check against earlier releases offers them.

    Returns
    -------
    Released

    Raises
    ------
    DisclosureError
        The rules are too weak, a row has no class, or the audit finds a small count that follows from sums.
    """
    check_threshold(threshold)
    check_base(base)
    classes = row_classes(analysis.results.table)
    # A large count of weeks may stand for few people.
    weeks = [one.name for one in analysis.wording.measures if one.weeks]
    every = analysis.results.table
    of_weeks = (every["analysis"] == "measures") & every["endpoint"].isin(weeks)
    of_weeks |= (every["analysis"] == "quarters") & every["term"].isin(weeks)
    stays = (~classes.isin([PERSON, INTERNAL]) & ~of_weeks).to_numpy()
    table = _few_events_as_few(analysis.results.table[stays].reset_index(drop=True))
    names = classes[stays].tolist()
    found = hidden_rows(table, pd.Series(names, dtype=object), threshold=threshold, base=base, also=also)
    horizon = float(analysis.wording.times[-1]) if analysis.wording.times else 90.0
    numbers = ReleasedNumbers(found, horizon=horizon, threshold=threshold, base=base)
    rows = found.rows
    published = _published(rows, names, found, numbers, threshold=threshold, base=base)
    for place, one in same_numbers(rows, published):
        published[place] = None if found.hidden[place] else one
    parts = [place for place, row in enumerate(rows) if row["estimand"] == "change_part"]
    if any(published[place] is None for place in parts):
        # Parts of a change without one of them are no parts; the section states the reason.
        for place in parts:
            published[place] = {}
    primary = next(iter(analysis.wording.analyses), "")
    again, charts = derived(rows, published, primary=primary, seed=analysis.provenance.seed)
    for place, one in again.items():
        if rows[place]["status"] != WITHHELD or rows[place]["analysis"] in PARTS:
            published[place] = EMPTY | one if one else one
    released = _table(table, rows, published)
    if charts:
        released = pd.concat([released, pd.DataFrame(charts)[list(released)]], ignore_index=True)
    counts = published_counts(rows, names, published, found)
    linked = linked_sums(rows, names, counts, found.partitions)
    gone = [
        one == {} or (one is None and row["analysis"] == "sites")
        for row, one in zip(rows, published, strict=True)
    ]
    left_out = pd.concat([every[~stays], table[gone]])
    words = released_wording(analysis.wording, released, left_out=left_out, threshold=threshold, base=base)
    return Released(
        analysis=replace(
            analysis,
            results=Results(released),
            wording=words,
            provenance=released_provenance(analysis.provenance, threshold=threshold, base=base),
        ),
        threshold=threshold,
        base=base,
        suppressed=int((released["status"] == SUPPRESSED).sum()),
        internal=int((~stays).sum()),
        counts=(*counts.values(), *linked.rests),
        sums=linked.sums,
    )


def _few_events_as_few(table: pd.DataFrame) -> pd.DataFrame:
    """Return rows in which no group is said to have too few events where another gate withholds too.

    That a gate withholds by events would say that a group has fewer than the limit.
    """
    withheld = (table["estimand"] == CHECK) & (table["statistic"] == WITHHELD)
    by_events = withheld & (table["term"] == "events")
    also = by_events & table["analysis"].isin(table.loc[withheld & ~by_events, "analysis"])
    return table.assign(statistic=table["statistic"].mask(also, FLAGGED))


def _published(
    rows: list[Row],
    names: list[str],
    found: HiddenRows,
    numbers: ReleasedNumbers,
    *,
    threshold: int,
    base: int,
) -> list[Numbers | None]:
    """Return the numbers of each row: none of a hidden row, an empty mapping of a row left out."""
    published: list[Numbers | None] = [None] * len(rows)
    for place, (row, name) in enumerate(zip(rows, names, strict=True)):
        if row["analysis"] in PARTS and found.hidden[place]:
            continue
        if row["status"] == WITHHELD or name == VERDICT:
            published[place] = dict(EMPTY)
        elif (name in NUMERIC and name != CONTRAST) or name == FREE:
            published[place] = None if found.hidden[place] else numbers.of(row, name)
    shares: dict[tuple[object, ...], Row] = {}
    for row, one in zip(rows, published, strict=True):
        if one is not None and row["statistic"] == "estimate":
            # Of several methods the first is that of the report.
            shares.setdefault(row_key(row), row | one)
    for place, (row, name) in enumerate(zip(rows, names, strict=True)):
        if name == CONTRAST and row["status"] != WITHHELD and not found.hidden[place]:
            first, second = (shares.get(key) for key in arm_keys(row))
            arms = None if first is None or second is None else (first, second)
            published[place] = numbers.contrast(row, arms)
    return _with_curves(rows, names, found, numbers, published, threshold=threshold, base=base)


def _with_curves(
    rows: list[Row],
    names: list[str],
    found: HiddenRows,
    numbers: ReleasedNumbers,
    published: list[Numbers | None],
    *,
    threshold: int,
    base: int,
) -> list[Numbers | None]:
    curves = released_curves(rows, found.sizes, threshold=threshold, base=base)
    curves = {key: one for key, one in curves.items() if not _in_hidden_arm(key, rows, found)}
    made: dict[int, Numbers | None] = dict(step_rows(rows, numbers.size, threshold=threshold, base=base))
    made |= {place: one for place, one in point_rows(rows, curves) if place not in made}
    for place, one in made.items():
        if names[place] != CURVE or rows[place]["status"] == WITHHELD:
            continue
        if one is None:
            published[place] = {}
        else:
            full = EMPTY | one
            published[place] = full if math.isfinite(full["estimate"]) else None
    return published


def _in_hidden_arm(key: tuple[object, ...], rows: list[Row], found: HiddenRows) -> bool:
    """Return whether all numbers of the arm of a curve are hidden, as another arm is small."""
    mine = [
        bool(found.hidden[place])
        for place, row in enumerate(rows)
        if row["estimand"] == "risk" and row["statistic"] == "estimate" and group_of(row) == key
    ]
    return bool(mine) and all(mine) and bool(key[4])


def _table(table: pd.DataFrame, rows: list[Row], published: list[Numbers | None]) -> pd.DataFrame:
    """Return the rows with their released numbers and notes."""
    keep = np.ones(len(rows), dtype=bool)
    filled: list[Numbers] = []
    status, notes, reasons = [], [], []
    for place, (row, one) in enumerate(zip(rows, published, strict=True)):
        unseen = one is None
        keep[place] = one != {} and not (unseen and identifies(row))
        filled.append(EMPTY | (one or {}))
        state = str(row["status"])
        status.append(SUPPRESSED if unseen else state)
        note = released_note(str(row["note"]), str(row["estimand"]), str(row["statistic"]))
        if row["estimand"] == "strength_needed" and one:
            note = "" if math.isfinite(one["estimate"]) else NO_STRENGTH
        notes.append(SMALL_NUMBERS if unseen else note)
        reasons.append({FLAGGED: WARNED, WITHHELD: WITHHELD_REASON}.get(state, "") if not unseen else "")
    numbers = pd.DataFrame(filled, columns=list(NUMBERS))
    columns = {name: numbers[name].to_numpy() for name in NUMBERS}
    return table.assign(**columns, status=status, note=notes, status_reason=reasons)[keep].reset_index(
        drop=True
    )
