"""The page of validation: coverage of every interval and size of every test, from the last long run."""

from pathlib import Path

import pandas as pd

from tools.validation.check_page import (
    FEWEST,
    check_table,
    common_visit_table,
    fault_draws,
    fault_table,
    randomized_words,
    recovery_table,
)
from tools.validation.design_page import (
    design_table,
    failing_table,
    missed_words,
    other_worlds_table,
    plan_table,
    repeated_table,
)
from tools.validation.interval_coverage import COLUMNS, EARLY, other_risk
from tools.validation.markdown_table import markdown, noise
from tools.validation.placebo_page import calibrated_coverage, calibrated_draws, placebo_table
from tools.validation.rejection_page import rejected
from tools.validation.score_page import drawn_table, protection_table, score_table

HERE = Path(__file__).parent
MEDIANS = HERE / "median_coverage.csv"
COVERAGE = HERE / "interval_coverage.csv"
FURTHER = HERE / "further_coverage.csv"
LOWEST, MEANS, ENOUGH = 0.92, (0.94, 0.98), 5
NAMES = {
    "risk": "risk by day 90",
    "window_risk": "risk on days 31-90",
    "conditional_risk": "conditional risk, days 31-90",
    "rate": "rate, days 31-90",
    "rmst": "mean days free",
    "share": "share by day 30 of the events by day 90",
    "rmtl": "mean days lost to the event",
    "event_free": "share free of events by day 90",
    "median": "median day",
    "bootstrap_risk": "bootstrap: risk by day 90",
    "bootstrap_rmst": "bootstrap: mean days free",
    "state_care": "share in care on day 90",
    "state_none": "share without care on day 90",
    "state_relapsed": "share relapsed by day 90",
    "days_care": "mean days in care",
    "days_none": "mean days without care",
    "days_relapsed": "mean days since relapse",
    "difference of risk": "difference of risks",
    "difference of window_risk": "difference of risks, days 31-90",
    "difference of rmst": "difference of mean days",
    "ratio of risk": "ratio of risks",
}
HEADS = (
    "setting", "interval", "lowest", "at", "mean", "usual form: lowest", "usual form: mean",
    "width, n = 60, risk 20%",
)  # fmt: skip
TEMPLATE = HERE / "validation.md"


def page() -> str:
    """Return the page of validation as Markdown."""
    table = pd.concat([pd.read_csv(path)[list(COLUMNS)] for path in (COVERAGE, MEDIANS)], ignore_index=True)
    simulated = int(table["cohorts"].max())
    further = pd.read_csv(FURTHER)
    rows, more = (
        [
            _row(str(key[0]), str(key[1]), part)
            for key, part in some.groupby(["setting", "interval"], sort=False)
        ]
        for some in (table, further)
    )
    return TEMPLATE.read_text(encoding="utf-8").format(
        medians=f"{int(pd.read_csv(MEDIANS)['cohorts'].min()):,}",
        cohorts=f"{simulated:,}", noise=noise(0.95, simulated), coverage=markdown(HEADS, rows),
        verdict=_verdict(table), **rejected(),
        further_cohorts=f"{int(further['cohorts'].min()):,}", further=markdown(HEADS, more),
        further_noise=noise(0.95, int(further["cohorts"].min())), further_verdict=_further(further),
        scores=score_table(), protection=protection_table(), drawn=drawn_table(),
        designs=design_table(), missed=missed_words(), repeated=repeated_table(),
        failing=failing_table(), worlds=other_worlds_table(),
        plans=plan_table(),
        checks=check_table(2000), checks_small=check_table(400), faults=fault_table(),
        fault_draws=fault_draws(), common_visits=common_visit_table(),
        recovery=recovery_table(), fewest=FEWEST, randomized_draws=randomized_words()[1],
        randomized_withheld=randomized_words()[0],
        placebo=placebo_table(), calibrated=calibrated_coverage(), calibrated_draws=calibrated_draws(),
        truth_error=f"{100 * pd.read_csv(HERE / 'design_truths.csv')['error'].max():.2f}",
    )  # fmt: skip


def _row(setting: str, name: str, part: pd.DataFrame) -> tuple[str, ...]:
    worst = part.sort_values("coverage").iloc[0]
    typical = part[(part["n"] == 60) & (part["risk"] == 0.2)]["width"]
    width = float(typical.iloc[0]) if len(typical) else float("nan")
    shown = f"{width:.1f}" if width > 1 else f"{width:.3f}" if width >= 0.01 else f"{width:.5f}"
    return (
        setting, NAMES[name], f"{100 * worst['coverage']:.1f}",
        f"n = {worst['n']}, {100 * worst['risk']:.0f}%", f"{100 * part['coverage'].mean():.1f}",
        f"{100 * part['usual'].min():.1f}", f"{100 * part['usual'].mean():.1f}", shown.replace("nan", ""),
    )  # fmt: skip


def _verdict(table: pd.DataFrame) -> str:
    """State which cells and rows are outside what is wanted."""
    low = table[table["coverage"] < LOWEST]
    means = table[~table["setting"].str.contains("exact")].groupby(["setting", "interval"])["coverage"].mean()
    few, many = means[means < MEANS[0]], means[means > MEANS[1]]
    cells = "; ".join(
        f"{NAMES[row['interval']]} ({row['setting']}, n = {row['n']}, {100 * row['risk']:.0f}%): "
        f"{100 * row['coverage']:.1f}%"
        for _, row in low.iterrows()
    )
    lines = [
        f"Of {len(table):,} cells {len(low)} are below {100 * LOWEST:.0f}%{': ' + cells if cells else ''}.",
        f"Rows with a mean below {100 * MEANS[0]:.0f}%: {_listed(few)}; "
        f"above {100 * MEANS[1]:.0f}%: {_listed(many)}.",
        *(_rare(table, *row) for row in many.index),
        *_clustered(table),
    ]
    return "\n".join(lines)


def _further(table: pd.DataFrame) -> str:
    """State what is outside what is wanted by more than twice the standard error."""
    error = (LOWEST * (1 - LOWEST) / table["cohorts"]) ** 0.5
    low = table[table["coverage"] < LOWEST - 2 * error]
    rows = table.groupby(["setting", "interval"])
    means, slack = rows["coverage"].mean(), 2 * (0.95 * 0.05 / rows["cohorts"].sum()) ** 0.5
    outside = means[(means < MEANS[0] - slack) | (means > MEANS[1] + slack)]
    return (
        f"Of {len(table):,} cells {len(low)} are below {100 * LOWEST:.0f}% by more than twice the "
        f"standard error. Rows with a mean as far outside 94-98%: {_listed(outside)}."
    )


def _clustered(table: pd.DataFrame) -> list[str]:
    """State the lowest cell with each number of clusters, and how wide intervals are with few."""
    found = table.assign(clusters=table["setting"].str.extract(r"(\d+) clusters", expand=False).astype(float))
    typical = found[(found["n"] == 60) & (found["risk"] == 0.2)]
    widths = typical.groupby(["interval", "clusters"])["width"].mean().unstack()
    return [
        f"With {count:.0f} clusters the lowest cell is {100 * part['coverage'].min():.1f}%; intervals are "
        f"{(widths[count] / widths[40.0]).median():.2f} times as wide as with 40."
        for count, part in found.groupby("clusters")
    ]


def _rare(table: pd.DataFrame, setting: str, name: str) -> str:
    """State the mean of a row where events are not rare: limits of almost no events always cover."""
    part = table[(table["setting"] == setting) & (table["interval"] == name)]
    share = 1 - EARLY if "window" in name else 1.0
    risk = part["risk"].map(other_risk) if " of " in name else part["risk"]
    expected = part["n"] * risk * share
    often, rarely = (100 * part[many]["coverage"] for many in (expected >= ENOUGH, expected < ENOUGH))
    return (
        f"{NAMES[name].capitalize()} ({setting}): {often.mean():.1f}% in the {len(often)} cells where "
        f"an arm expects {ENOUGH} events or more, {rarely.mean():.1f}% in the others."
    )


def _listed(rows: pd.Series) -> str:
    return "; ".join(f"{NAMES[name]} ({setting})" for setting, name in rows.index) or "none"
