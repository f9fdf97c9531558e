"""Negative controls in numbers."""

import math

from stepdown.display.text_and_tables import Table
from stepdown.results import Analysis
from stepdown.results.table import WITHHELD
from stepdown.results.words import count, ratio
from stepdown.sections.trust.read import NOT_ESTIMATED, OUTCOME, calibrated_ratios, negative_controls


def control_table(a: Analysis) -> Table | None:
    """Return the risk ratio of each negative control and the calibrated one; None where there is none."""
    found = negative_controls(a.results)
    found = found[found["status"] != WITHHELD]
    if found.empty:
        return None
    fair = calibrated_ratios(a.results)
    rows = [
        (
            str(row["level"]),
            "outcome" if row["term"] == OUTCOME else "exposure",
            _with_limits(row["estimate"], row["conf_low"], row["conf_high"]) or "not compared",
            str(row["note"]),
        )
        for row in found.to_dict("records")
    ]
    rows += [
        (
            f"{a.wording.relapse.capitalize()}, “{row['arm']}”",
            f"calibrated by {count(row['n'])} outcomes",
            _with_limits(row["estimate"], row["conf_low"], row["conf_high"]),
            "",
        )
        for row in fair[fair["statistic"] == "ratio"].to_dict("records")
    ]
    notes = (
        "Risk ratio by the end of the window, by the design and the adjustment of the primary comparison. 1 "
        "is no difference: what all of these should show.",
        *dict.fromkeys(fair.loc[fair["statistic"] == NOT_ESTIMATED, "note"]),
    )
    columns = ("Control", "Kind", "Risk ratio (95% CI)", "Note")
    return Table("Negative controls", columns, tuple(rows), notes, fold="Negative controls")


def _with_limits(value: float, low: float, high: float) -> str:
    if math.isnan(value):
        return ""
    return f"{ratio(value)} ({ratio(low)} to {ratio(high)})" if math.isfinite(low) else ratio(value)
