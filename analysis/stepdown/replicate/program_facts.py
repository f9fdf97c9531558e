"""What the articles say programs are like, where the data model holds it, and a cohort's own value."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, Field

from stepdown.cohort.care import spells
from stepdown.replicate.claim import known_columns
from stepdown.replicate.registry import absent_columns, labels_of
from stepdown.results.words import number, percent
from stepdown.schema import Cohort
from stepdown.schema.declarations import Declaration, Text, checked, shipped_toml

FILE = "program_facts.toml"
FEWEST = 11
"""People below whom no value is shown."""


class ProgramFact(Declaration):
    """A fact about programs.

    Attributes
    ----------
    fact : str
        In our own words.
    articles : tuple of str
        Which of the four articles A to D state it.
    columns : tuple of str
        Columns that hold it, as "table.column".
    value : tuple of str
        How a cohort's own value is found, and of what.
    """

    fact: Text
    articles: tuple[Literal["A", "B", "C", "D"], ...] = Field(min_length=1)
    columns: Annotated[tuple[str, ...], AfterValidator(known_columns)] = Field(min_length=1)
    value: tuple[str, str]


class _ProgramFacts(Declaration):
    facts: tuple[ProgramFact, ...]


@cache
def program_facts() -> tuple[ProgramFact, ...]:
    """Return all facts, in order.

    Examples
    --------
    >>> len(program_facts()) > 20
    True
    """
    return checked(_ProgramFacts, shipped_toml("stepdown.replicate", FILE), file=FILE).facts


def own_value(fact: ProgramFact, cohort: Cohort) -> str:
    """Return a cohort's own value of a fact in words, or what it lacks.

    Parameters
    ----------
    fact : ProgramFact
        Of `program_facts`.
    cohort : Cohort
        Loaded tables.
    """
    if lacking := absent_columns(fact.columns, cohort):
        return f"not recorded: {', '.join(labels_of(lacking))}"
    what, of = fact.value
    return _VALUES[what](cohort, of)


def _middle(values: pd.Series | np.ndarray, unit: str) -> str:
    known = pd.to_numeric(pd.Series(values)).dropna().astype(float)
    if len(known) < FEWEST:
        return f"fewer than {FEWEST} with a value"
    low, middle, high = known.quantile([0.25, 0.5, 0.75])
    return f"median {number(middle)} {unit} (quartiles {number(low)} to {number(high)})"


def _share(hit: pd.Series, what: str) -> str:
    known = hit.dropna()
    if len(known) < FEWEST:
        return f"fewer than {FEWEST} {what}"
    return f"{percent(float(known.astype(float).mean()))} of {number(len(known), 0)} {what}"


def _of_spells(column: str, unit: str) -> Callable[[Cohort, str], str]:
    def value(cohort: Cohort, level: str) -> str:
        cut = cohort.data_cut if isinstance(cohort.data_cut, int) else None
        table = spells(cohort.services, cohort.discharges, data_cut=cut)
        return _middle(table.loc[table["level"] == level, column], unit)

    return value


def _stay(cohort: Cohort, level: str) -> str:
    held = cohort.discharges
    mine = held[held["level"].astype(object) == level]
    return _middle(mine["discharge_day"] - mine["admit_day"], "days")


def _flag(cohort: Cohort, name: str) -> str:
    return _share(cohort.discharges[name.partition(".")[2]], "discharges")


def _known(cohort: Cohort, name: str) -> str:
    table, _, column = name.partition(".")
    return f"known in {_share(getattr(cohort, table)[column].notna(), f'rows of {table}')}"


def _code(column: str) -> Callable[[Cohort, str], str]:
    def value(cohort: Cohort, code: str) -> str:
        held = cohort.services
        known = held[column].notna()
        return _share(held.loc[known, column].astype(object) == code, "services")

    return value


def _source(cohort: Cohort, source: str) -> str:
    return _share(cohort.observations["source"].dropna().astype(object) == source, "findings")


def _positive_urine(cohort: Cohort, _: str) -> str:
    held = cohort.observations
    urine = held[held["source"].astype(object) == "urine"]
    return f"{_share(urine['finding'].astype(object) == 'positive', 'urine tests')} positive"


def _php_before_iop(cohort: Cohort, _: str) -> str:
    held = cohort.services
    first = held.groupby([held["client_id"], held["level"].astype(object)])["start_day"].min().unstack()
    if not {"php", "iop"} <= set(first.columns):
        return f"fewer than {FEWEST} clients with both levels"
    both = first[["php", "iop"]].dropna()
    return f"PHP first in {_share(both['php'] <= both['iop'], 'clients with both levels')}"


def _plan(cohort: Cohort, _: str) -> str:
    held = cohort.discharges
    return _share((held["plan_started_day"] - held["admit_day"]) < 7, "discharges")


_VALUES: dict[str, Callable[[Cohort, str], str]] = {
    "hours_a_week": _of_spells("hours_a_week", "hours a week"),
    "most_in_7_days": _of_spells("most_in_7_days", "hours in the fullest 7 days"),
    "sessions": _of_spells("sessions", "sessions"),
    "weeks": _of_spells("weeks", "weeks"),
    "stay": _stay,
    "share": _flag,
    "known": _known,
    "kind": _code("kind"),
    "modality": _code("modality"),
    "source": _source,
    "positive_urine": _positive_urine,
    "php_before_iop": _php_before_iop,
    "plan_in_week_one": _plan,
}
