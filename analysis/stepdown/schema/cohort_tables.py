"""A cohort: the five canonical tables with the facts that the cohort file states."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import pandas as pd

from stepdown.schema.columns import LATER, MOMENTS, Column, empty_table, table

Basis = Literal["safe_harbor", "limited_data_set", "expert_determination", "own_operations", "synthetic"]
Clock = Literal["date", "day"]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When people were due for a contact.

    Attributes
    ----------
    visits : tuple of int
        Days since time zero.
    before, after : int
        Days by which a contact may come early or late and still count as that visit.
    """

    visits: tuple[int, ...]
    before: int = 0
    after: int = 0


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file that was read: its name without any folder, the SHA-256 of its bytes, its rows."""

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Anonymity:
    """Size of the groups that share all quasi-identifiers.

    Attributes
    ----------
    columns : tuple of str
        The quasi-identifiers that the cohort holds.
    smallest : int
        Clients in the smallest group (k).
    alone : int
        Clients who are the only one of their group.
    clients : int
        All clients.
    """

    columns: tuple[str, ...]
    smallest: int
    alone: int
    clients: int


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Cohort:
    """Valid tables and the facts of the cohort file. Days are whole days on each client's own clock.

    Attributes
    ----------
    discharges, services, observations, followup, assessments : DataFrame
        Canonical tables, index 0..n-1 in file order, types as in `schema.DTYPES`. Columns that
        are neither core nor mapped are absent.
    basis : Basis
        Legal ground on which the data are held.
    clock : {"date", "day"}
        Whether days count from 1970-01-01 or from each client's own day 0.
    data_cut : int or None
        Last day that the data could show, on the same clock; None where the clock is study days
        and no cut was stated.
    schedule : Schedule or None
        When contacts were due.
    sites : mapping of str to str
        Labels of sites.
    covariates : tuple of Column
        Covariates of the discharges that the cohort file declares beyond the canonical ones.
    allowed : mapping of str to str
        Columns let past the identifier guard, each with its written reason.
    dropped : tuple of str
        Source columns left out because they hold identifiers, as "file: column".
    inputs : tuple of InputFile
        What was read, the cohort file first.
    anonymity : Anonymity or None
        k-anonymity of the discharges; None where no quasi-identifier is held.
    """

    discharges: pd.DataFrame
    services: pd.DataFrame
    observations: pd.DataFrame
    followup: pd.DataFrame
    basis: Basis
    clock: Clock
    data_cut: int | None = None
    schedule: Schedule | None = None
    sites: Mapping[str, str] = field(default_factory=dict)
    covariates: tuple[Column, ...] = ()
    allowed: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    anonymity: Anonymity | None = None
    assessments: pd.DataFrame = field(default_factory=partial(empty_table, "assessments"))

    def __repr__(self) -> str:
        """Return counts only, never a row."""
        names = ["discharges", "services", "observations", "followup"]
        names += ["assessments"] if len(self.assessments) else []
        counts = ", ".join(f"{len(getattr(self, name)):,} {name}" for name in names)
        clients = self.discharges["client_id"].nunique()
        return f"Cohort: {clients:,} clients, {counts}; basis {self.basis}, clock {self.clock}"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>"

    def column(self, name: str) -> Column | None:
        """Return the declaration of a column of the discharges, or None if the cohort lacks it."""
        if name not in self.discharges:
            return None
        declared = {column.name: column for column in (*table("discharges"), *self.covariates)}
        return declared.get(name)

    def known_day(self, name: str) -> pd.Series:
        """Return the day, by discharge, on which the value of a column becomes known.

        Parameters
        ----------
        name : str
            A column of the discharges.

        Returns
        -------
        Series of Int64
            Own clock. Missing where the value is known later, or where the day itself is missing.

        Raises
        ------
        KeyError
            The cohort has no such column.
        """
        column = self.column(name)
        if column is None:
            raise KeyError(name)
        if column.known == LATER:
            return pd.Series(pd.NA, index=self.discharges.index, dtype="Int64")
        day = MOMENTS.get(column.known, column.known)
        return self.discharges[day].astype("Int64")
