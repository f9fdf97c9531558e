"""The table of checks that must show nothing, from the last run of `placebo_rates`."""

from pathlib import Path

import pandas as pd

from stepdown.synthetic.transition_rates import GRACE
from tools.validation.markdown_table import markdown
from tools.validation.share_error import share_error

RATES = Path(__file__).parent / "placebo_rates.csv"
_CHECKS = {
    "placebo": "`placebo`, days {first}-{last}",
    "negative_outcomes": "`negative_outcomes`",
    "negative_exposures": "`negative_exposures`",
    "score_balance": "`score_balance`",
}
_TURNED = {
    "scores_late": "the score drives the start the other way in the second week",
    "plans_late": "the score drives the start the other way in the second week",
    "plans_weeks": "the score drives who stays in care the other way after the first week",
}


def placebo_table() -> str:
    """Return how often each check warns, where nothing is wrong and where something is."""
    table = pd.read_csv(RATES)
    rows: list[tuple[str, ...]] = []
    for row in table[table["check"] != "calibrated"].to_dict("records"):
        wrong, start = _wrong(row), GRACE if row["design"] == "landmark" else 0
        rows.append((
            _CHECKS[row["check"]].format(first=start + 1, last=start + row["last_day"]),
            "plans of several steps" if row["design"] == "plans" else f"`{row['design']}`",
            wrong or ("nothing, and care works" if row["effect"] == "standard" else "nothing"),
            f"{row['size']:,}",
            f"{row['draws']:,}",
            f"{row['warning']:.1%} ({share_error(row['warning'], row['draws']):.1f})",
            f"{row['not judged']:.0%}" if row["not judged"] > 0 else "",
        ))  # fmt: skip
    columns = (
        "check", "design", "what is wrong", "discharges", "draws", "warned (its error)", "too few to compare",
    )  # fmt: skip
    return markdown(columns, rows)


def _wrong(row: dict[object, object]) -> str:
    """Return what is wrong in a case, in words."""
    if row["case"] in _TURNED:
        return _TURNED[str(row["case"])]
    if row["case"] == "placebo_landmark":
        return "nothing, but care has begun: refused by a study"
    found = "" if row["adjusted"] else "nothing is adjusted for but age"
    return f"a hidden cause (log hazard ratio {row['hidden']})" if row["hidden"] else found


def calibrated_coverage() -> str:
    """Return how often the interval of the comparison, and the calibrated one, hold the truth."""
    table = pd.read_csv(RATES)
    row = table[table["check"] == "calibrated"].iloc[0].fillna(0.0)
    raw, fair = row["both"] + row["raw"], row["both"] + row["calibrated"]
    return (
        f"{raw:.0%} of the intervals of the comparison hold the truth, and {fair:.0%} of the calibrated ones"
    )


def calibrated_draws() -> str:
    """Return from how many draws `calibrated_coverage` is."""
    table = pd.read_csv(RATES)
    return f"{int(table.loc[table['check'] == 'calibrated', 'draws'].iloc[0])}"
