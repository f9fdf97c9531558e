"""Sites of a study: observed and expected relapses, risks, control limits, shrunken ratios and ranks."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.cohort import RELAPSE, People
from stepdown.compare.covariates import filled
from stepdown.compare.site_comparison.case_mix import SITE, case_mix_names
from stepdown.compare.site_comparison.control_limits import OverDispersion, over_dispersion
from stepdown.compare.site_comparison.expected_events import expected_events
from stepdown.compare.site_comparison.shrinkage import rank_limits, shrunken_ratios
from stepdown.errors import DesignError
from stepdown.study import Study
from stepdown.survival import aalen_johansen, risk
from stepdown.survival.core.confidence_intervals import poisson_interval
from stepdown.survival.core.fit_warning import quiet

FEWEST_PEOPLE, FEWEST_EXPECTED = 10, 5.0
"""Discharges and expected relapses below which a site is not shown."""
FEW_SITES = 6
"""Sites below which neither over-dispersion nor a test between sites is estimated."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SiteComparison:
    """Sites beside each other.

    Attributes
    ----------
    table : DataFrame
        A row a site, in order of its code: `site`, `shown` (False where there are not enough people), `n`,
        `observed`, `expected`, `ratio` with `ratio_low`, `ratio_high`; `shrunken`, and `rank` with its
        limits, among the sites shown; `risk` with its limits. Numbers are missing where a site is not shown.
    covariates : tuple of str
        The case mix.
    dispersion : OverDispersion
        Of the sites shown; variance 0 and no ratio where they are few.
    until : int
        Last day that counts.
    """

    table: pd.DataFrame
    covariates: tuple[str, ...]
    dispersion: OverDispersion
    until: int


def compare_sites(people: People, study: Study) -> SiteComparison:
    """Return observed over expected relapses of each site by the last day of the window.

    A relapse of which only an interval is known counts on the latest day on which it can have begun.

    Parameters
    ----------
    people : People
        Derived discharges.
    study : Study
        The protocol; `sites` says what the case mix is.

    Raises
    ------
    DesignError
        No relapse by then, or a covariate that is no part of the case mix.
    """
    until = study.outcome.window[1]
    names = case_mix_names(people, study)
    table = people.table[people.observed & people.table[SITE].notna().to_numpy()]
    relapsed = (table["event"] == RELAPSE).to_numpy()
    days = table["days"].to_numpy(dtype=float)
    observed = relapsed & (days <= until)
    if not observed.any():
        raise DesignError(f"no {study.outcome.word} was observed by day {until}, so nothing is expected.")
    site = table[SITE].astype(str)
    expected = expected_events(days, relapsed, filled(table[list(names)]), site.to_numpy(), until=until)
    found = (
        pd.DataFrame({"site": site, "n": 1, "observed": observed, "expected": expected})
        .groupby("site", sort=True)
        .sum()
        .reset_index()
        .astype({"n": float, "observed": float})
    )
    shown = _shown(found)
    found = found.assign(shown=shown).merge(_risks(table, site, until), on="site", how="left")
    found = _with_ratios(found, seed=study.seed)
    kept = found[shown]
    many = len(kept) >= FEW_SITES
    dispersion = (
        over_dispersion(kept["observed"], kept["expected"])
        if many
        else OverDispersion(ratio=np.nan, variance=0.0)
    )
    hidden = found.columns.difference(["site", "shown"])
    found[hidden] = found[hidden].where(found["shown"], np.nan)
    return SiteComparison(table=found, covariates=names, dispersion=dispersion, until=until)


def _shown(found: pd.DataFrame) -> pd.Series:
    """Return the sites with enough people; a single one without them takes the next smallest with it.

    Otherwise its numbers would be those of all without those of the sites shown.
    """
    enough = ((found["n"] >= FEWEST_PEOPLE) & (found["expected"] >= FEWEST_EXPECTED)).to_numpy(copy=True)
    if (~enough).sum() == 1 and enough.any():
        size = np.where(enough, found["n"], np.inf)
        enough[int(size.argmin())] = False
    return pd.Series(enough, index=found.index)


def _with_ratios(found: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Return the sites with observed over expected, the shrunken ratio and the rank of those shown."""
    low, high = poisson_interval(found["observed"].to_numpy(dtype=np.int64), 0.95)
    found = found.assign(
        ratio=found["observed"] / found["expected"],
        ratio_low=low / found["expected"],
        ratio_high=high / found["expected"],
    )
    columns = ["shrunken", "rank", "rank_low", "rank_high"]
    found[columns] = np.nan
    kept = found["shown"].to_numpy()
    if found.loc[kept, "observed"].sum():
        events, mean = (found.loc[kept, name].to_numpy() for name in ("observed", "expected"))
        near = shrunken_ratios(events, mean)
        ranks = rank_limits(events, mean, seed=seed)
        found.loc[kept, columns] = np.column_stack([near.estimate, *ranks])
    return found


def _risks(table: pd.DataFrame, site: pd.Series, until: int) -> pd.DataFrame:
    """Return the risk of relapse by a day at each site, without case mix (Aalen-Johansen).

    It equals the estimate that weights each relapse by the inverse chance of being followed so far at its
    site (Satten GA, Datta S (2001), Am Stat 55:207-210).
    """
    client = table["client_id"]
    with quiet():
        curves = aalen_johansen(
            table["days"].to_numpy(dtype=float), table["event"].to_numpy(), site.to_numpy(),
            cluster=pd.factorize(client)[0] if client.duplicated().any() else None,
        )  # fmt: skip
        rows = risk(curves, until, cause=RELAPSE).table
    columns = {"arm": "site", "estimate": "risk", "conf_low": "risk_low", "conf_high": "risk_high"}
    return pd.DataFrame(rows[list(columns)].rename(columns=columns))
