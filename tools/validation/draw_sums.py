"""Sums over the draws of a cell, by method: draws add to them, so a run goes on where any earlier one ended.

A cell's file holds a row by method, and `seeds`: all seeds below it are in the sums, and no other.
"""

from pathlib import Path

import pandas as pd

LARGE_ENOUGH = 100.0
"""Effective size from which coverage is judged."""
SUMS = (
    "draws", "estimates", "truth", "off", "off_squared", "intervals", "std_error", "width", "inside",
    "without_zero", "sizes", "size", "large",
)  # fmt: skip


def sums_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of draws, with columns as of `SUMS`, one row by method.

    Parameters
    ----------
    rows : DataFrame
        One row by draw and method: `method`, `truth`, `estimate`, `std_error`, `conf_low`, `conf_high` and
        `size`; without an estimate a method refused the cohort, without limits it withheld the interval.
    """
    low, high, truth = rows["conf_low"], rows["conf_high"], rows["truth"]
    given, shown = rows["estimate"].notna(), low.notna() & high.notna()
    off = rows["estimate"] - truth
    found = pd.DataFrame({
        "draws": 1, "estimates": given, "truth": truth.where(given), "off": off, "off_squared": off**2,
        "intervals": shown, "std_error": rows["std_error"].where(shown), "width": high - low,
        "inside": shown & (low <= truth) & (truth <= high), "without_zero": shown & ((low > 0) | (high < 0)),
        "sizes": rows["size"].notna(), "size": rows["size"], "large": rows["size"] >= LARGE_ENOUGH,
    })  # fmt: skip
    return found[list(SUMS)].astype(float).groupby(rows["method"], sort=False).sum()


def read_sums(path: Path) -> tuple[int, pd.DataFrame]:
    """Return how many seeds a cell's file holds, and its sums; none where there is no file."""
    if not path.exists():
        return 0, pd.DataFrame(columns=list(SUMS), dtype=float)
    table = pd.read_csv(path).set_index("method")
    return int(table["seeds"].max()), table[list(SUMS)]


def add_sums(path: Path, seeds: int, rows: pd.DataFrame) -> None:
    """Add draws to a cell's file, which then holds all seeds below `seeds`."""
    _, before = read_sums(path)
    new = sums_of(rows)
    order = [*before.index, *(name for name in new.index if name not in before.index)]
    table = before.reindex(order).fillna(0.0) + new.reindex(order).fillna(0.0)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".part")
    table.assign(seeds=seeds).rename_axis("method").to_csv(written)
    written.replace(path)


def summary_of(sums: pd.DataFrame) -> pd.DataFrame:
    """Return bias with its Monte-Carlo error, spread, RMSE, coverage, power, width and size by method."""
    count, shown = sums["estimates"].where(sums["estimates"] > 0), sums["intervals"]
    shown = shown.where(shown > 0)
    bias, square = sums["off"] / count, sums["off_squared"] / count
    spread = ((square - bias**2).clip(lower=0) * count / (count - 1).where(count > 1)) ** 0.5
    return pd.DataFrame({
        "truth": sums["truth"] / count, "draws": sums["draws"].astype(int), "bias": bias,
        "bias_error": spread / count**0.5, "spread": spread, "rmse": square**0.5,
        "std_error": sums["std_error"] / shown, "intervals": sums["intervals"].astype(int),
        "coverage": sums["inside"] / shown, "power": sums["without_zero"] / shown,
        "width": sums["width"] / shown, "size": sums["size"] / sums["sizes"].where(sums["sizes"] > 0),
        "large": sums["large"] / sums["sizes"].where(sums["sizes"] > 0),
    })  # fmt: skip
