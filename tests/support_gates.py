"""Whether withheld numbers can be found, or computed from what is shown."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.checks import GateVerdict, with_gates
from stepdown.results import Results

NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"]
CLOSED = GateVerdict(
    gate="events",
    status="withheld",
    sentence="“A” has fewer than 10 relapses by day 90.",
    remedy="It takes at least 10 relapses by day 90 in each group.",
)


def closed(
    results: Results, *keys: str, follow: dict[str, list[str]] | None = None
) -> tuple[Results, Results]:
    """Return results in which gates close these comparisons, before and after they are applied."""
    rows = [
        {"analysis": key, "estimand": "check", "term": "events", "statistic": "withheld", "level": "gate",
         "note": f"{CLOSED.sentence} {CLOSED.remedy}"}
        for key in keys
    ]  # fmt: skip
    table = results.table
    checks = table["estimand"].eq("check") & table["analysis"].isin(keys)
    before = Results(pd.concat([table[~checks], pd.DataFrame(rows)], ignore_index=True))
    return before, with_gates(before, dict.fromkeys(keys, (CLOSED,)), follow=follow)


def decimals(values: pd.DataFrame) -> NDArray[np.float64]:
    """Return the numbers that are no counts, each once, without their sign."""
    found = np.abs(values.to_numpy(dtype=float).ravel())
    found = found[np.isfinite(found)]
    return np.unique(found[np.abs(found - np.round(found)) > 1e-6])


def recoverable(before: Results, after: Results) -> list[tuple[float, str]]:
    """Return the withheld estimates that are shown, or are a sum, difference, product or ratio of two shown.

    Points of curves are left to the days of the report, and shares of a few people, such as 3 / 817, which
    characteristics have too.

    To the precision of a double: with fewer digits some of the millions of pairs agree by chance.
    """
    gone = (after.table["status"] == "withheld") & (after.table["statistic"] != "curve")
    shown = decimals(after.table[NUMBERS])
    hidden = decimals(before.table.loc[gone.to_numpy(), ["estimate"]])
    sizes = np.unique(before.table.loc[gone.to_numpy(), "n"].dropna())
    whole = np.abs(hidden[:, None] * sizes - np.round(hidden[:, None] * sizes)) < 1e-9
    hidden = hidden[~whole.any(axis=1)]
    assert len(hidden) > 100
    found: list[tuple[float, str]] = []

    def near(wanted: NDArray[np.float64]) -> bool:
        place = np.searchsorted(shown, wanted)
        sides = [shown[np.clip(place - side, 0, len(shown) - 1)] for side in (0, 1)]
        return bool(
            np.any([np.abs(side - wanted) <= 2e-15 * np.maximum(np.abs(wanted), 0.1) for side in sides])
        )

    with np.errstate(divide="ignore"):
        for value in hidden:
            ways = {
                "shown": np.array([value]),
                "1 less it": np.array([1 - value]),
                "1 over it": np.array([1 / value]),
                "difference": shown + value,
                "sum": value - shown[shown < value],
                "ratio": shown * value,
                "product": value / shown,
            }
            found += [(float(value), way) for way, wanted in ways.items() if near(np.asarray(wanted))]
    return found
