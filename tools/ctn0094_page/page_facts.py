"""The few numbers that the page's text states, counted in the tables."""

from pathlib import Path

import pandas as pd

from stepdown.sources.ctn0094 import designs, randomized
from tools.ctn0094_page.rebuilt_patterns import tables_of

_KEPT = ("visit", "final")
_REASONS = ("is_dead", "is_left_study", "is_in_jail", "is_moved")


def facts(folder: Path) -> dict[str, int]:
    """Return the counts by the name that the text gives them.

    Parameters
    ----------
    folder : Path
        The tables of CTN-0094 as Parquet files.
    """
    tables = tables_of(folder)
    people, _ = randomized(tables, designs())
    doses = people.merge(tables["derived_inductDelay"], on="who", how="left")
    never, naltrexone = doses["inductDelay"].isna(), doses["arm"] == "Inpatient NR-NTX"
    days = _visit_days(tables, people[people["project"] == "30"])
    told_nothing = days[~days["positive"]]
    return {
        "people": len(people),
        "never_dosed": int(never.sum()),
        "never_dosed_ntx": int((never & naltrexone).sum()),
        "ntx": int(naltrexone.sum()),
        "samples_30": len(told_nothing),
        "temperature_30": int(told_nothing["temperature"].sum()),
        "flagged": int(days["reason"].sum()),
        "flagged_sampled": int((days["reason"] & days["positive"]).sum()),
    }


def _visit_days(tables: dict[str, pd.DataFrame], people: pd.DataFrame) -> pd.DataFrame:
    """Return one row a person and day with a kept visit after randomization."""
    visit = tables["visit"].merge(people[["who", "zero"]], on="who")
    kept = visit[visit["what"].isin(_KEPT) & (visit["when"] > visit["zero"])]
    reason = kept[list(_REASONS)].notna().any(axis=1)
    flagged = kept[reason][["who", "when"]].drop_duplicates().assign(reason=True)
    days: pd.DataFrame = kept[["who", "when"]].drop_duplicates()
    days = days.merge(flagged, on=["who", "when"], how="left")
    days["reason"] = days["reason"].eq(True)
    for name, table in (("positive", "uds"), ("temperature", "uds_temp")):
        seen = tables[table][["who", "when"]].dropna().drop_duplicates().assign(**{name: True})
        days = days.merge(seen, on=["who", "when"], how="left")
        days[name] = days[name].eq(True)
    return days
