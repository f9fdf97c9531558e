"""Sites of a public report: ratios, limits and ranks from published events and rounded expected ones."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from stepdown.compare.site_comparison.control_limits import funnel_limits, over_dispersion
from stepdown.compare.site_comparison.shrinkage import rank_limits, shrunken_ratios
from stepdown.disclosure import round_to
from stepdown.release.belonging_rows import Row
from stepdown.release.released_numbers import Numbers
from stepdown.survival.core.confidence_intervals import poisson_interval

_SITES = "sites"
_LEVELS = {"95%": 0.95, "99.8%": 0.998}
_FEW_SITES = 6
_DERIVED = (
    "observed_expected", "expected_events", "control_limit", "over_dispersion", "shrunken_ratio", "rank",
)  # fmt: skip


def site_numbers(
    rows: Sequence[Row], shown: Sequence[Row], *, seed: int
) -> Iterator[tuple[int, Numbers | None]]:
    """Yield the derived numbers of sites by place.

    A site is shown where its number of discharges and of relapses is. Expected relapses are rounded to whole
    ones: they depend on the case mix of the site, and on the relapses of all sites together.

    Parameters
    ----------
    rows, shown : sequence of dict
        All rows with their true numbers, and with the published ones.
    seed : int
        Of the study.
    """
    places = [place for place, row in enumerate(rows) if _is_derived(row)]
    if not places:
        return
    expected = {
        str(rows[place]["site"]): max(float(round_to(_number(rows[place]["estimate"]), 1)), 1.0)
        for place in places
        if rows[place]["estimand"] == "expected_events" and math.isfinite(_number(rows[place]["estimate"]))
    }
    risks = {
        str(row["site"]): row for row in shown if row["analysis"] == _SITES and row["estimand"] == "risk"
    }
    names = [
        name
        for name, row in risks.items()
        if name in expected and math.isfinite(_number(row["events"])) and math.isfinite(_number(row["n"]))
    ]
    # One site among those that are hidden is compared with nothing that a reader sees.
    numbers = _numbers(names, risks, expected, seed) if len(names) > 1 else {}
    for place in places:
        row = rows[place]
        key = (str(row["estimand"]), str(row["site"]), str(row["level"]), str(row["term"]))
        if row["estimand"] == "over_dispersion":
            key = (str(row["estimand"]), str(row["statistic"]), "", "")
        yield place, numbers.get(key)


def _is_derived(row: Row) -> bool:
    return row["analysis"] == _SITES and row["estimand"] in _DERIVED and row["statistic"] != "not_estimated"


def _numbers(
    names: list[str], risks: Mapping[str, Row], expected: Mapping[str, float], seed: int
) -> dict[tuple[str, ...], Numbers]:
    events = np.array([_number(risks[name]["events"]) for name in names])
    mean = np.array([expected[name] for name in names])
    found: dict[tuple[str, ...], Numbers] = {}
    low, high = poisson_interval(events.astype(np.int64), 0.95)
    near, ranks = shrunken_ratios(events, mean), rank_limits(events, mean, seed=seed)
    for place, name in enumerate(names):
        counts = {"n": _number(risks[name]["n"]), "events": events[place]}
        found["observed_expected", name, "", ""] = {
            "estimate": events[place] / mean[place], "conf_low": low[place] / mean[place],
            "conf_high": high[place] / mean[place], **counts,
        }  # fmt: skip
        found["expected_events", name, "", ""] = {"estimate": mean[place], "n": counts["n"]}
        found["shrunken_ratio", name, "", ""] = {"estimate": float(near.estimate[place])}
        found["rank", name, "", ""] = dict(
            zip(("estimate", "conf_low", "conf_high"), (float(one[place]) for one in ranks), strict=True)
        )
    variance = 0.0
    if len(names) >= _FEW_SITES:
        spread = over_dispersion(events, mean)
        variance = spread.variance
        found["over_dispersion", "estimate", "", ""] = {"estimate": spread.ratio}
        found["over_dispersion", "sd", "", ""] = {"estimate": math.sqrt(variance)}
    for level, size in _LEVELS.items():
        for name, many, low_one, high_one in zip(
            names, mean, *funnel_limits(mean, size, variance=variance), strict=True
        ):
            found["control_limit", name, level, ""] = _limit(many, low_one, high_one)
        places = np.linspace(0.8 * mean.min(), 1.1 * mean.max(), 40)
        ends = zip(places, *funnel_limits(places, size, variance=variance), strict=True)
        for number, (many, low_one, high_one) in enumerate(ends):
            found["control_limit", "", level, f"{number + 1:02d}"] = _limit(many, low_one, high_one)
    return found


def _limit(many: float, low: float, high: float) -> Numbers:
    return {"estimate": 1.0, "events": float(many), "conf_low": float(low), "conf_high": float(high)}


def _number(value: object) -> float:
    return float(value)  # type: ignore[arg-type]
