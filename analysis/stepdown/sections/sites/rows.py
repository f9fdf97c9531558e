"""Sites as rows of the results."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np

from stepdown.cohort import People
from stepdown.compare.site_comparison import SiteComparison, compare_sites
from stepdown.compare.site_comparison.control_limits import funnel_limits
from stepdown.errors import DesignError
from stepdown.estimate.context import Record
from stepdown.results import Results, bind
from stepdown.sections.sites.read import (
    CASE_MIX,
    DISPERSION,
    EXPECTED,
    LEVELS,
    LIMIT,
    NOT_ESTIMATED,
    RANK,
    RATIO,
    RISK,
    SHRUNKEN,
    SITES,
    WITHHELD,
)
from stepdown.study import BaselineArm, Study

NOT_ENOUGH = "not enough people: at least 10 discharges and 5 expected relapses are needed"
_ARMS_ARE_SITES = (
    "a group of the comparison is all the people of some sites, so that their numbers would give away a "
    "comparison that is withheld."
)
_POINTS = 40
_SIZES = dict(zip(LEVELS, (0.95, 0.998), strict=True))


def site_rows(people: People, study: Study) -> Iterator[Record]:
    """Yield observed over expected relapses of each site, control limits, shrunken ratios, ranks and risks.

    Nothing where fewer than two sites are known.

    Parameters
    ----------
    people : People
        Derived discharges, whose outcome can be judged.
    study : Study
        The protocol.
    """
    if people.table.loc[people.observed, "site_id"].nunique() < 2:
        return
    keys: Record = {"analysis": SITES, "endpoint": study.outcome.endpoint, "cause": "relapse"}
    keys |= {"time": study.outcome.window[1]}
    try:
        found = compare_sites(people, study)
    except DesignError as error:
        yield keys | {"estimand": RATIO, "statistic": NOT_ESTIMATED, "note": str(error)}
        return
    for row in found.table.to_dict("records"):
        yield from (keys | one for one in _of_site(row))
    yield from (keys | one for one in _limits(found))
    yield from (keys | one for one in _of_all(found, people))


def arms_are_sites(people: People, study: Study) -> bool:
    """Return whether an arm of the comparison is all the people of some sites.

    The numbers of these sites are then those of the arm.

    Parameters
    ----------
    people : People
        Derived discharges.
    study : Study
        The protocol.
    """
    chosen = study.contrast.arms if study.contrast else None
    if not isinstance(chosen, BaselineArm):
        return False
    table = people.table[people.observed & people.table["site_id"].notna()]
    for value in chosen.values:
        inside = (table[chosen.column] == value).fillna(False).astype(bool)
        if inside.any() and not table.loc[~inside, "site_id"].isin(table.loc[inside, "site_id"]).any():
            return True
    return False


def without_sites(found: Results, study: Study) -> Results:
    """Return results without the numbers of sites, and why.

    Parameters
    ----------
    found : Results
        All rows.
    study : Study
        The protocol.
    """
    table = found.table
    if not (table["analysis"] == SITES).any():
        return found
    row: Record = {
        "analysis": SITES, "endpoint": study.outcome.endpoint, "cause": "relapse", "estimand": RATIO,
        "time": study.outcome.window[1], "statistic": NOT_ESTIMATED, "note": _ARMS_ARE_SITES,
    }  # fmt: skip
    return bind([Results(table[table["analysis"] != SITES]), [row]])


def _of_site(row: Mapping[Hashable, Any]) -> Iterator[Record]:
    keys: Record = {"site": row["site"], "statistic": "estimate"}
    if not row["shown"]:
        keys |= {"status": WITHHELD, "status_reason": NOT_ENOUGH}
    yield keys | {
        "estimand": RATIO, "statistic": "ratio", "unit": "ratio", "estimate": row["ratio"],
        "conf_low": row["ratio_low"], "conf_high": row["ratio_high"], "n": row["n"],
        "events": row["observed"], "method": "exact Poisson interval",
    }  # fmt: skip
    yield keys | {"estimand": EXPECTED, "unit": "events", "estimate": row["expected"], "n": row["n"]}
    yield keys | {
        "estimand": SHRUNKEN, "unit": "ratio", "estimate": row["shrunken"], "method": "empirical Bayes",
    }  # fmt: skip
    yield keys | {
        "estimand": RANK, "estimate": row["rank"], "conf_low": row["rank_low"],
        "conf_high": row["rank_high"],
    }  # fmt: skip
    yield keys | {
        "estimand": RISK, "unit": "probability", "estimate": row["risk"], "conf_low": row["risk_low"],
        "conf_high": row["risk_high"], "n": row["n"], "events": row["observed"],
        "method": "Aalen-Johansen",
    }  # fmt: skip


def _limits(found: SiteComparison) -> Iterator[Record]:
    """Yield the control limits of each site, and along the expected numbers of all."""
    shown = found.table[found.table["shown"]]
    if shown.empty:
        return
    variance = found.dispersion.variance
    method = "with over-dispersion" if variance else "exact Poisson"
    expected = shown["expected"].to_numpy()
    places = np.linspace(0.8 * expected.min(), 1.1 * expected.max(), _POINTS)
    for level, size in _SIZES.items():
        keys: Record = {
            "estimand": LIMIT, "level": level, "unit": "ratio", "method": method, "estimate": 1.0,
        }  # fmt: skip
        ends = zip(*funnel_limits(expected, size, variance=variance), strict=True)
        for site, many, (low, high) in zip(shown["site"], expected, ends, strict=True):
            own: Record = {"site": site, "events": many, "conf_low": low, "conf_high": high}
            yield keys | own | {"statistic": "estimate"}
        ends = zip(*funnel_limits(places, size, variance=variance), strict=True)
        for number, (many, (low, high)) in enumerate(zip(places, ends, strict=True)):
            own = {"term": f"{number + 1:02d}", "events": many, "conf_low": low, "conf_high": high}
            yield keys | own | {"statistic": "curve"}


def _of_all(found: SiteComparison, people: People) -> Iterator[Record]:
    keys: Record = {"estimand": DISPERSION, "method": "truncated at 10%"}
    if np.isfinite(found.dispersion.ratio):
        spread = float(np.sqrt(found.dispersion.variance))
        yield keys | {"statistic": "estimate", "unit": "ratio", "estimate": found.dispersion.ratio}
        yield keys | {"statistic": "sd", "unit": "log ratio", "estimate": spread}
    for name in found.covariates:
        known = people.table.loc[people.observed, name].notna()
        yield {
            "estimand": CASE_MIX, "term": name, "statistic": "count", "unit": "discharges",
            "estimate": known.sum(), "n": len(known),
        }  # fmt: skip
