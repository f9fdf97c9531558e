"""What the cohort file states of sites, as covariates of the discharges that are known at admission."""

from collections.abc import Mapping

import pandas as pd

from stepdown.schema import DISCHARGES, Column
from stepdown.sources.map.cohort_file import SiteMap

_MEANINGS = {
    "accredited": ("Accredited site", "The site is accredited."),
    "dual_diagnosis": ("Site for co-occurring disorders", "The site treats co-occurring disorders."),
    "virtual": ("Site with virtual care", "The site offers virtual care."),
    "evening": ("Site with evening sessions", "The site offers sessions in the evening."),
}


def site_covariates(
    frame: pd.DataFrame, sites: Mapping[str, SiteMap]
) -> tuple[pd.DataFrame, tuple[Column, ...]]:
    """Return the discharges with what is stated of their sites, and the declarations of these columns.

    Parameters
    ----------
    frame : DataFrame
        Discharges; without `site_id` nothing is added.
    sites : mapping of str to SiteMap
        Sites by id.

    Returns
    -------
    frame : DataFrame
    columns : tuple of Column
        Flags; missing for discharges of sites of which nothing is stated.
    """
    stated = [name for name in _MEANINGS if any(getattr(site, name) is not None for site in sites.values())]
    if "site_id" not in frame:
        return frame, ()
    made: dict[str, pd.Series] = {}
    columns = []
    for name in stated:
        if name in frame or name in DISCHARGES:
            continue
        known = {key: getattr(site, name) for key, site in sites.items()}
        made[name] = pd.Series(frame["site_id"].astype(object).map(known), dtype="boolean")
        label, meaning = _MEANINGS[name]
        columns.append(Column(name=name, label=label, meaning=meaning, kind="flag", known="admission"))
    return frame.assign(**made), tuple(columns)
