"""The public data that bear on claims, where they lie in the folder named by STEPDOWN_REAL_DATA."""

from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from stepdown.errors import StepdownError
from stepdown.replicate.claim import RealData
from stepdown.schema import Cohort
from stepdown.sources import load, real_cohort
from stepdown.sources.teds_d import TedsDischarges, read_teds_d

NAMES: dict[RealData, str] = {"uis": "UIS", "ctn0094": "CTN-0094", "teds_d": "TEDS-D"}
SENTENCES: dict[RealData, str] = {
    "uis": "UIS: 628 people in two residential programs; loss to follow-up is counted as a return to use.",
    "ctn0094": "CTN-0094: three trials of medication for opioid use disorder, from randomization.",
    "teds_d": "TEDS-D: discharges in the United States, over a million a year; fewer here are a sample.",
}
LOSS_AS_RELAPSE = (NAMES["uis"],)
"""Data that cannot separate loss to follow-up from a return to use."""
TABLES: tuple[RealData, ...] = ("uis", "ctn0094")
"""Those with people who are followed."""


def folder_of(name: RealData) -> Path | None:
    """Return the folder of public data, None where it is not there."""
    return real_cohort(name, root=Path.cwd())


@cache
def public_cohort(name: RealData) -> Cohort | None:
    """Return public data as a cohort; None where they are not there, or are not whole."""
    if folder_of(name) is None:
        return None
    place = files("stepdown.replicate").joinpath(f"studies/{name}_cohort.toml")
    with as_file(place) as path:
        try:
            return load(path)
        except StepdownError:
            return None


def teds_d_files() -> tuple[Path, ...]:
    """Return the public-use files of discharges that are there, by name."""
    folder = folder_of("teds_d")
    if folder is None:
        return ()
    return tuple(sorted(path for path in folder.glob("tedsd_*.csv*") if "as_published" not in path.name))


@cache
def teds_d() -> TedsDischarges | None:
    """Return the last of the public-use files of discharges; None where there is none."""
    found = teds_d_files()
    return read_teds_d(found[-1]) if found else None
