"""The tables of gates and checks on the page of validation, from the kept counts of `check_rates`."""

import pandas as pd

from tools.validation.check_rates import COUNTS, LANDMARK, read_counts
from tools.validation.gate_recovery import CLONES, KEPT
from tools.validation.markdown_table import markdown
from tools.validation.planted_faults import FAULTS, UNKNOWN
from tools.validation.recovered_sums import recovered
from tools.validation.share_error import share_error

_COMPARED = {"clone_censor_weight": "clone-censor-weight", LANDMARK: "landmark"}
_METHODS = {CLONES: "clone-censor-weight", "landmark/everyone": "landmark"}
FEWEST = 10
"""Draws below which a selection is not shown."""


def check_table(size: int) -> str:
    """Return the shares of warnings, and of failures and withheld comparisons, by check and world.

    Parameters
    ----------
    size : int
        Discharges of a cohort.
    """
    table = read_counts(COUNTS)
    drawn = table[(table["size"] == size) & (table["fault"] == "") & (table["world"] != "randomized")]
    worlds = list(dict.fromkeys(drawn["world"]))
    rows = []
    for (name, key), mine in drawn.groupby(["check", "comparison"], sort=True):
        by_world = mine.set_index("world")
        cells = tuple(_cell(by_world.loc[world]) if world in by_world.index else "" for world in worlds)
        if any(cell not in ("", "0") for cell in cells):
            rows.append((f"`{name}`, {_COMPARED[str(key)]}", *cells))
    draws = drawn.groupby("world")["draws"].max()
    heads = (f"{world} ({draws[world]})" for world in worlds)
    return markdown(("check, comparison", *heads), rows)


def fault_table() -> str:
    """Return how often the check that looks for a planted fault finds it, by size and comparison."""
    table = read_counts(COUNTS)
    rows = []
    for fault in (*FAULTS, UNKNOWN):
        mine = table[(table["fault"] == fault) & (table["check"] == fault)]
        if mine.empty:
            continue
        cells = []
        for size in (2000, 400):
            for key in _COMPARED:
                found = mine[(mine["size"] == size) & (mine["comparison"] == key)]
                cells.append(_cell(found.iloc[0]) if len(found) else "not made")
        rows.append((f"`{fault}`", *cells))
    heads = (f"{size:,}, {name}" for size in (2000, 400) for name in _COMPARED.values())
    return markdown(("fault, and the check that looks for it", *heads), rows)


def fault_draws() -> str:
    """Return how many cohorts each fault was put into: "20", or "3 to 20"."""
    table = read_counts(COUNTS)
    many = table[table["fault"] != ""].groupby(["fault", "size"])["draws"].max()
    low, high = int(many.min()), int(many.max())
    return f"{low}" if low == high else f"{low} to {high}"


def common_visit_table() -> str:
    """Return how often common visits show what extra tests find, and warn of nothing, by size."""
    table = read_counts(COUNTS)
    table = table[(table["check"] == "common_visits") & (table["fault"] == "")]
    rows = []
    for size, mine in table.groupby("size", sort=True):
        cells = []
        for world in ("detection", "even"):
            for key in _COMPARED:
                found = mine[(mine["world"] == world) & (mine["comparison"] == key)]
                row = found.iloc[0] if len(found) else None
                cells.append("not made" if row is None else f"{_cell(row)} of {row['made']}")
        rows.append((f"{size:,}", *cells))
    heads = (f"`{world}`, {name}" for world in ("detection", "even") for name in _COMPARED.values())
    return markdown(("discharges", *heads), rows)


def _cell(row: pd.Series) -> str:
    """Write the share with a warning, and after a plus sign that which failed or was withheld."""
    made = max(int(row["made"]), 1)
    warned, worse = row["warning"] / made, (row["failed"] + row["withheld"]) / made
    return " + ".join([_with_error(warned, made), *([_with_error(worse, made)] if worse else [])])


def _with_error(share: float, draws: float) -> str:
    """Write a share in percent with its Monte-Carlo error; none of a share that no draw has.

    Examples
    --------
    >>> _with_error(0.05, 398), _with_error(0.0, 20)
    ('5 (1.1)', '0')
    """
    return f"{100 * share:.0f} ({share_error(share, draws):.1f})" if share else "0"


def recovery_table() -> str:
    """Return bias and coverage over all draws, and over those that the gates show, warn of and withhold."""
    found = recovered(KEPT)
    cell = ["world", "effect", "n", "sites", "method"]
    total = found[found["selected"] == "all"].set_index(cell)["draws"]
    found = found[found["estimates"] >= FEWEST]
    rows: list[tuple[str, ...]] = []
    for one in found.to_dict("records"):
        key = tuple(one[name] for name in cell)
        intervals = int(one["intervals"])
        rows.append((
            str(one["world"]), "works" if one["effect"] == "standard" else "does nothing", f"{one['n']:,}",
            f"{one['sites']}", _METHODS[str(one["method"])], str(one["selected"]),
            _with_error(one["estimates"] / float(total[key]), float(total[key])), f"{100 * one['bias']:+.1f}",
            f"{100 * one['bias_error']:.1f}",
            f"{_with_error(one['coverage'], intervals)} of {intervals}" if intervals else "no interval",
        ))  # fmt: skip
    heads = (
        "world", "care", "discharges", "sites", "comparison", "draws", "share of draws, %", "bias, points",
        "its error", "coverage, %",
    )  # fmt: skip
    return markdown(heads, rows)


def randomized_words() -> tuple[str, str]:
    """Return the share of randomized cohorts of 60 an arm that is withheld, and of how many."""
    table = read_counts(COUNTS)
    mine = table[(table["world"] == "randomized") & (table["size"] == 60) & (table["check"] == "any gate")]
    row = mine.iloc[0]
    share = row["withheld"] / row["made"]
    return f"{100 * share:.1f}% (error {share_error(share, row['made']):.1f})", f"{row['made']:,}"
