"""The table of gates and checks by world, from the last run of `check_rates`."""

from pathlib import Path

import pandas as pd

from tools.validation.markdown_table import markdown

RATES = Path(__file__).parent / "check_rates.csv"
_VERDICTS = ("warning", "failed", "withheld")


def check_table() -> str:
    """Return, for each check and comparison, the share of draws with each verdict but passed, by world."""
    table = pd.read_csv(RATES)
    worlds = [world for world in dict.fromkeys(table["world"]) if world != "randomized"]
    rows = []
    drawn = table[table["world"].isin(worlds)]
    for (key, name), mine in drawn.groupby(["comparison", "check"], sort=True):
        by_world = mine.set_index("world")
        cells = tuple(_cell(by_world.loc[world]) if world in by_world.index else "" for world in worlds)
        if any(cells):
            rows.append((f"`{name}`, {str(key).replace('_', ' ')}", *cells))
    return markdown(("check", *worlds), rows)


def _cell(row: pd.Series) -> str:
    shown = [f"{row[name]:.0%} {name}" for name in _VERDICTS if row[name] > 0]
    return ", ".join(shown) or "0%"


def draws_of(world: str) -> int:
    """Return how many cohorts of a world were drawn."""
    table = pd.read_csv(RATES)
    return int(table.loc[table["world"] == world, "draws"].max())


def withheld_when_randomized() -> str:
    """Return the share of randomized cohorts that is withheld, as a percentage."""
    table = pd.read_csv(RATES)
    mine = table[(table["world"] == "randomized") & (table["check"] == "any gate")]
    share = float(mine["withheld"].iloc[0]) if len(mine) else 0.0
    return f"{share:.1%}"
