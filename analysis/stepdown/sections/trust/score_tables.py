"""Balance of scores by day, in numbers."""

from collections.abc import Hashable, Mapping
from typing import Any

from stepdown.display.text_and_tables import Table
from stepdown.results import Analysis
from stepdown.results.words import count, deviations
from stepdown.sections.trust.read import scores_by_day


def score_table(a: Analysis, analysis: str) -> Table | None:
    """Return how alike those who start care on a day are to those who do not; None without scores."""
    found = scores_by_day(a.results, analysis=analysis)
    if found.empty:
        return None
    rows = tuple(
        (
            _name(a, row, several=found["term"].nunique() > 1),
            count(row["n"]),
            deviations(row["before"]),
            deviations(row["after"]),
            deviations(row["std_error"]) if row["std_error"] == row["std_error"] else "",
        )
        for row in found.to_dict("records")
    )
    plans = bool((found["level"] != "").any())
    columns = (
        "Day",
        "Did" if plans else "Started care",
        "Difference before (SD)",
        "After (SD)",
        "Standard error after",
    )
    notes = ("Who starts care on the day less who does not, of those without care and relapse so far.",)
    if plans:
        notes = ("By decision of a plan: who comes to it on the day less who does not, of those who decide.",)
    return Table("Scores on the days on which care starts", columns, rows, notes, fold="Scores by day")


def _name(a: Analysis, row: Mapping[Hashable, Any], *, several: bool) -> str:
    name = [a.labels.get(row["term"], row["term"].replace("_", " "))] if several else []
    parts = [*name, *([row["level"]] if row["level"] else []), f"day {row['time']:.0f}"]
    text = ": ".join(parts)
    return f"{text[:1].upper()}{text[1:]}"
