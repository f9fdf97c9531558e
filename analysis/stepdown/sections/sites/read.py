"""Sites read from the results."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.results.table import Results

SITES = "sites"
"""Analysis of the sites."""
RATIO, EXPECTED, LIMIT = "observed_expected", "expected_events", "control_limit"
SHRUNKEN, RANK, DISPERSION, CASE_MIX = "shrunken_ratio", "rank", "over_dispersion", "case_mix"
RISK = "risk"
LEVELS = ("95%", "99.8%")
"""Values of `level` of control limits."""
NOT_ESTIMATED = "not_estimated"
WITHHELD = "withheld"
FEW_SITES = 6
"""Sites below which nothing is estimated from how much they differ."""


@dataclass(frozen=True, kw_only=True)
class SiteRow:
    """A site as the report shows it: numbers of the results, and its place in the funnel.

    `place` is "" within the 95% limits, or the level of the widest limit that it lies beyond; `above` says on
    which side.
    """

    site: str
    ratio: pd.Series
    expected: float
    shrunken: float
    rank: pd.Series
    risk: pd.Series
    place: str
    above: bool

    @property
    def shown(self) -> bool:
        """Whether there are enough people."""
        return str(self.ratio["status"]) != WITHHELD


def of_sites(results: Results, estimand: str) -> pd.DataFrame:
    """Return the rows of one estimand of the sites."""
    table = results.table
    mine = (table["analysis"] == SITES) & (table["estimand"] == estimand)
    return pd.DataFrame(table[mine & (table["statistic"] != NOT_ESTIMATED)])


def refusal(results: Results) -> str:
    """Return why sites are not compared; empty where they are."""
    table = results.table
    mine = table[(table["analysis"] == SITES) & (table["statistic"] == NOT_ESTIMATED)]
    return str(mine["note"].iloc[0]) if len(mine) else ""


def site_rows(results: Results) -> tuple[SiteRow, ...]:
    """Return the sites in the order of the results."""
    ratios = of_sites(results, RATIO)
    by_site = {name: _by_site(results, name) for name in (EXPECTED, SHRUNKEN, RANK, RISK)}
    limits = of_sites(results, LIMIT)
    found = []
    for _, row in ratios.iterrows():
        site = str(row["site"])
        own = limits[limits["site"] == site].set_index("level")
        beyond = [
            level
            for level in LEVELS
            if level in own.index and not own["conf_low"][level] <= row["estimate"] <= own["conf_high"][level]
        ]
        found.append(
            SiteRow(
                site=site,
                ratio=row,
                expected=float(by_site[EXPECTED][site]["estimate"]),
                shrunken=float(by_site[SHRUNKEN][site]["estimate"]),
                rank=by_site[RANK][site],
                risk=by_site[RISK][site],
                place=beyond[-1] if beyond else "",
                above=bool(row["estimate"] > 1),
            )
        )
    return tuple(found)


def funnel(results: Results, level: str) -> pd.DataFrame:
    """Return control limits by expected events: `events`, `conf_low`, `conf_high`, from few to many."""
    limits = of_sites(results, LIMIT)
    mine = limits[(limits["site"] == "") & (limits["level"] == level)]
    return mine[["events", "conf_low", "conf_high"]].sort_values("events")


def dispersion(results: Results) -> tuple[float, float]:
    """Return the over-dispersion and the standard deviation between sites; missing where not estimated."""
    found = of_sites(results, DISPERSION).set_index("statistic")["estimate"]
    return float(found.get("estimate", np.nan)), float(found.get("sd", np.nan))


def _by_site(results: Results, estimand: str) -> dict[str, pd.Series]:
    return {str(row["site"]): row for _, row in of_sites(results, estimand).iterrows()}
