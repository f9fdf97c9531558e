"""The registry of cited effects: a TOML file each."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from stepdown.errors import ConfigError, Problem
from stepdown.replicate.claim import Claim
from stepdown.results.words import uncapitalized
from stepdown.schema import Cohort
from stepdown.schema.columns import table
from stepdown.schema.declarations import checked, read_toml, shipped_toml


@cache
def claims() -> tuple[Claim, ...]:
    """Return all claims of the package, in the order of their ids.

    Examples
    --------
    >>> from stepdown.replicate import claims
    >>> [one.id for one in claims()][:3]
    ['C01', 'C02', 'C03']
    """
    folder = files("stepdown.replicate").joinpath("claims")
    names = sorted(one.name for one in folder.iterdir() if one.name.endswith(".toml"))
    return tuple(
        checked(Claim, shipped_toml("stepdown.replicate", f"claims/{name}"), file=name) for name in names
    )


def read_claim(path: str | Path) -> Claim:
    """Read a claim from a file of one's own.

    Parameters
    ----------
    path : str or Path
        A TOML file such as those of the package, named after its id.

    Raises
    ------
    ConfigError
        What is wrong with the file, all at once.
    """
    path = Path(path)
    found = checked(Claim, read_toml(path), file=path.name)
    if path.stem != found.id:
        what = f"states the id {found.id}, which is not its name"
        raise ConfigError(
            [Problem(table=path.name, column="id", what=what, remedy=f"Name it {found.id}.toml.")]
        )
    return found


def missing_fields(claim: Claim, cohort: Cohort) -> tuple[str, ...]:
    """Return what a replication of a claim needs and a cohort does not hold.

    Parameters
    ----------
    claim : Claim
        A cited effect.
    cohort : Cohort
        Loaded tables.

    Returns
    -------
    tuple of str
        Columns, as "table.column", that are absent or without any value, then what no table can hold.
    """
    return (*absent_columns(claim.fields, cohort), *claim.not_recorded)


def labels_of(names: Sequence[str]) -> tuple[str, ...]:
    """Return columns, as "table.column", by their labels; what no table holds stays as it is.

    Examples
    --------
    >>> labels_of(["discharges.appointment_day", "a measure of mindset"])
    ('day of the appointment', 'a measure of mindset')
    """
    found = []
    for name in names:
        first, _, column = name.partition(".")
        known = column and first in ("discharges", "services", "observations", "followup", "assessments")
        found.append(uncapitalized(table(first)[column].label) if known else name)
    return tuple(dict.fromkeys(found))


def absent_columns(names: Sequence[str], cohort: Cohort) -> tuple[str, ...]:
    """Return those columns, as "table.column", that a cohort lacks or has without any value."""
    found = []
    for name in names:
        first, _, column = name.partition(".")
        frame = getattr(cohort, first)
        if column not in frame or not frame[column].notna().any():
            found.append(name)
    return tuple(found)
