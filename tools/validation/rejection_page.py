"""The part of the page of validation on tests: how often each rejects where nothing differs."""

from pathlib import Path

import pandas as pd

from tools.validation.markdown_table import markdown, noise
from tools.validation.tested_differences import PLAIN

REJECTED = Path(__file__).parent / "rejection_rates.csv"
_BOUND = (
    "Holm's correction bounds the rate of all pairs together at 5%; each p is exact where events are few."
)
REASONS: dict[str, str] = {
    "pairs of three arms, any by Holm's p": _BOUND,
    "Cox with a covariate": "A score test, exact only of a single term: the covariate's effect is estimated.",
    "proportional hazards": "A score test at the estimated hazard ratio, which leaves no exact one.",
    "the same hazard ratio in both windows": "A score test at the common ratio, which is estimated.",
    "regression on pseudo-values": "A robust t test; differences of the curves have p by permutation.",
}
"""Why a test that rejects at another rate than 4-6% is not exact."""


def rejected() -> dict[str, str]:
    """Return the table of rejections and what stands below it, by their names in the page."""
    table = pd.read_csv(REJECTED)
    table["rate"] = table["rejections"] / table["cohorts"]
    sizes = sorted(table["n"].unique())
    rows = []
    for (setting, test), part in table.groupby(["setting", "test"], sort=False):
        by_size = part.set_index("n")
        cells = [_cell(by_size.loc[n]) if n in by_size.index else "" for n in sizes]
        rows.append((str(setting), str(test), *cells))
    stars = table.apply(_exact, axis=1)
    least, fewest = (int(table[which]["cohorts"].min()) for which in (~stars, stars))
    return {
        "tests_cohorts": f"{least:,}", "tests_noise": noise(0.05, least),
        "exact_cohorts": f"{fewest:,}", "exact_noise": noise(0.05, fewest),
        "rejected": markdown(("people", "test", *(f"{n} an arm" for n in sizes)), rows),
        "permuted": _permuted(table), "rejection_verdict": _verdict(table),
    }  # fmt: skip


def _cell(row: pd.Series) -> str:
    """Return a rate in percent, with a star where p is exact in most cohorts."""
    return f"{100 * row['rate']:.1f}{'*' if _exact(row) else ''}"


def _error(row: pd.Series) -> float:
    """Return the standard error of a rate."""
    return float((row["rate"] * (1 - row["rate"]) / row["cohorts"]) ** 0.5)


def _exact(row: pd.Series) -> bool:
    return bool(2 * row["exact"] > row["cohorts"])


def _permuted(table: pd.DataFrame) -> str:
    """State at what rate tests reject whose p is by permutation in every cohort."""
    part = table[table["exact"] == table["cohorts"]]
    rejections, cohorts = int(part["rejections"].sum()), int(part["cohorts"].sum())
    return (
        f"The {len(part)} cells in which p is by permutation in every cohort reject in "
        f"{100 * rejections / cohorts:.2f}% of {cohorts:,} cohorts together: 1,999 fixed permutations "
        "leave the level at 5%. Tests of the same people share their cohorts, and are off to the same side "
        "by chance."
    )


def _verdict(table: pd.DataFrame) -> str:
    """Name the tests that are neither exact nor R's, and whose rate is surely outside 4-6%."""
    lines = []
    for (setting, test), part in table.groupby(["setting", "test"], sort=False):
        if str(test).endswith(PLAIN):
            continue
        outside = [
            f"{100 * row['rate']:.1f}% at {row['n']} an arm"
            for _, row in part.iterrows()
            if not _exact(row) and abs(row["rate"] - 0.05) > 0.01 + 2 * _error(row)
        ]
        if outside:
            reason = REASONS.get(str(test), "")
            lines.append(f"- {test} ({setting}): {', '.join(outside)}.{' ' + reason if reason else ''}")
    if not lines:
        return "Every test that is neither exact nor R's rejects in 4-6%, up to twice the standard error."
    head = "Outside 4-6% by more than twice the standard error, and neither exact nor R's:"
    return "\n".join([head, "", *lines])
