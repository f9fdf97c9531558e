"""The comparison of definitions of relapse and rules for missed contacts, read from the results."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from stepdown.results.reading import readable
from stepdown.results.table import HIGHEST, LOWEST, SUPPRESSED, WITHHELD, Results

DEFINITIONS, COMPARED = "definitions", "definitions_compared"
"""Analyses: the whole cohort under each definition, and the primary comparison under each."""
DEFINITION, OWN, NOT_ESTIMATED = "definition", "own", "not_estimated"


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number of the comparison.

    Attributes
    ----------
    value : float
        The estimate; missing where only a range is known, or nothing.
    low, high : float
        95% limits; the ends of the range where only that is known. Missing where there are none.
    ranged : bool
        Whether only a range is known.
    events : tuple of float
        Relapses that it rests on: fewest and most.
    reason : str
        Why something is missing, or what to know with it.
    """

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    ranged: bool = False
    events: tuple[float, float] = (math.nan, math.nan)
    reason: str = ""

    @property
    def known(self) -> bool:
        """Whether both limits, or both ends of a range, are known."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def ends(self) -> tuple[float, float]:
        """The two ends of a range; of an estimate itself, twice. Missing where there is neither."""
        return (self.low, self.high) if self.ranged else (self.value, self.value)

    @property
    def side(self) -> int:
        """Where the number lies without doubt: -1 below nothing, 1 above it, 0 neither."""
        if not self.known:
            return 0
        return int(self.low > 0) - int(self.high < 0)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """The study under one definition and one rule for missed contacts.

    Attributes
    ----------
    endpoint, rule : str
        Name of the definition, and value of `outcome.missing`.
    own : bool
        Whether this is what the study itself asks for.
    settings : str
        Parameters that are not those of the definition; empty for none.
    n : float
        Discharges; missing where the definition could not be run.
    risk, window : Number
        Share with a relapse by the end of the window, and inside it.
    differences : mapping of (str, str) to Number
        By arm and reference, in the primary comparison.
    reason : str
        Why the definition, or its comparison, could not be run.
    relapse : bool
        Whether its event is a relapse.
    withheld : str
        Why its comparison is withheld; empty where it is shown.
    """

    endpoint: str
    rule: str
    own: bool
    settings: str
    n: float
    risk: Number
    window: Number
    differences: Mapping[tuple[str, str], Number]
    reason: str
    relapse: bool = True
    withheld: str = ""


def definitions(results: Results) -> tuple[Definition, ...]:
    """Return every definition in order, the study's own first; empty where nothing was compared."""
    table = readable(results)
    heads = table[(table["analysis"] == DEFINITIONS) & (table["estimand"] == DEFINITION)]
    heads = heads[heads["statistic"] == OWN]
    numbers = _parts(table[table["analysis"] == DEFINITIONS])
    compared = _parts(table[table["analysis"] == COMPARED])
    every = results.table
    held = every[(every["analysis"] == COMPARED) & (every["status"] == WITHHELD)]
    reasons = held.groupby(["endpoint", "level"])["status_reason"].first().to_dict()
    found = []
    for _, head in heads.iterrows():
        key = (head["endpoint"], head["level"])
        mine, theirs = (parts.get(key, table.iloc[:0]) for parts in (numbers, compared))
        found.append(replace(_definition(head, mine, theirs), withheld=str(reasons.get(key, ""))))
    return tuple(found)


def others_with_any(found: Sequence[Definition]) -> tuple[Definition, ...]:
    """Return the other definitions of the same kind of event whose risk is shown and not 0."""
    own = found[0]
    return tuple(
        one
        for one in found[1:]
        if one.relapse == own.relapse and math.isfinite(one.risk.ends[1]) and one.risk.events[1]
    )


def contrasts(results: Results) -> tuple[tuple[str, str], ...]:
    """Return the contrasts of the comparison in order, each as (arm, reference); empty for none."""
    table = readable(results)
    found = table[(table["analysis"] == COMPARED) & (table["reference"] != "")]
    return tuple(dict.fromkeys(zip(found["arm"], found["reference"], strict=True)))


def left_out(results: Results) -> tuple[tuple[str, str, str], ...]:
    """Return what these data cannot serve: definition, rule (empty for all of it), reason."""
    table = results.table
    selected = table[(table["analysis"] == DEFINITIONS) & (table["statistic"] == NOT_ESTIMATED)]
    return tuple(
        (str(row["endpoint"]), str(row["level"]), str(row["note"])) for _, row in selected.iterrows()
    )


def _parts(table: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    return {(str(name), str(rule)): part for (name, rule), part in table.groupby(["endpoint", "level"])}


def _definition(head: pd.Series, mine: pd.DataFrame, theirs: pd.DataFrame) -> Definition:
    gaps = [head["note"], *theirs.loc[theirs["estimand"] == DEFINITION, "note"]]
    selected = theirs[(theirs["estimand"] == "risk") & (theirs["statistic"] == "difference")]
    estimates = mine[(mine["statistic"] == "estimate")]
    return Definition(
        endpoint=str(head["endpoint"]),
        rule=str(head["level"]),
        own=bool(head["estimate"]),
        settings=str(head["term"]),
        n=float(head["n"]),
        risk=_number(estimates[estimates["estimand"] == "risk"]),
        window=_number(estimates[estimates["estimand"] == "window_risk"]),
        differences={
            (str(arm), str(reference)): _number(part)
            for (arm, reference), part in selected.groupby(["arm", "reference"], sort=False)
        },
        reason=" ".join(str(gap) for gap in gaps if gap),
    )


def _number(selected: pd.DataFrame) -> Number:
    """Read one number, or the two ends of a range."""
    selected = selected[selected["status"] != SUPPRESSED]
    if selected.empty:
        return Number()
    ends = list(_ends(selected))
    if len(ends) == 2:
        lowest, highest = ends
        return Number(
            low=float(lowest["estimate"]),
            high=float(highest["estimate"]),
            ranged=True,
            events=(float(lowest["events"]), float(highest["events"])),
            reason=str(lowest["note"]),
        )
    row = selected.iloc[0]
    return Number(
        value=float(row["estimate"]),
        low=float(row["conf_low"]),
        high=float(row["conf_high"]),
        events=(float(row["events"]),) * 2,
        reason=str(row["note"]),
    )


def _ends(selected: pd.DataFrame) -> Iterator[pd.Series]:
    for end in (LOWEST, HIGHEST):
        rows = selected[selected["bound"] == end]
        if len(rows):
            yield rows.iloc[0]
