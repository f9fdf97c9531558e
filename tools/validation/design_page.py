"""The tables of designs on the page of validation, from the kept summary."""

import pandas as pd

from tools.validation import plan_recovery
from tools.validation.design_recovery import CELLS, KEPT_AGAIN, WORKING, Cell, asked_of, summary, summary_in
from tools.validation.proof_rule import TOO_FEW, missed

FEWEST = 4
"""Draws below which a cell is not shown."""
_WORKING = dict(zip(
    WORKING,
    (
        "clone-censor-weight, doubly robust (default)", "clone-censor-weight, weights alone",
        "the default with a bootstrap of 200 replicates", "landmark, doubly robust, everyone",
        "landmark, weighting, overlap", "matched, with outcome hazards (default)", "matched alone",
        "sequential trials, as started", "sequential trials, per protocol",
    ),
    strict=True,
))  # fmt: skip
_PLANS = {
    f"{plan}{how}": f"{name}, {words}"
    for plan, name in (("kept_up", "kept up for 4 weeks"), ("in_steps", "then outpatient care"))
    for how, words in (
        ("", "doubly robust (default)"),
        ("/weighted", "weights alone"),
        ("/g_formula", "hazards alone"),
    )
}
_FAILING = {
    "naive": "ever against never started",
    "landmark/unadjusted": "landmark, not adjusted",
    "marginal_stabilization": "clones, weights stabilized by the chance of all",
    "clone_censor_weight/natural": "clone-censor-weight, law `natural`",
    "clone_censor_weight/natural/weighted": "clone-censor-weight, law `natural`, weights alone",
    "clone_censor_weight/without_scores": "clone-censor-weight without the weekly score",
    "clone_censor_weight/first_score": "clone-censor-weight with the score of discharge alone",
}
_EFFECTS = {"standard": "works", "none": "does nothing"}
_HEADS = (
    "world", "care", "discharges", "sites", "method", "truth", "bias", "its error", "RMSE", "coverage",
    "intervals", "width", "power", "effective size", "draws",
)  # fmt: skip


def design_table() -> str:
    """Return the methods that should hold, as Markdown, with what each misses of the proof."""
    return _table(_judged(_kept(("clean", "feedback"))), _WORKING)


def repeated_table() -> str:
    """Return what missed, from fresh draws, as Markdown."""
    if not any(KEPT_AGAIN.glob("*.csv")):
        return "Nothing has been drawn once more yet."
    return _table(_judged(summary_in(KEPT_AGAIN, CELLS)), _WORKING)


def missed_words() -> str:
    """Return how many rows are judged, and how many of them hold."""
    judged = _judged(_kept(("clean", "feedback")))
    verdicts = judged.loc[judged["method"].isin(WORKING), "misses"]
    enough = verdicts[verdicts != TOO_FEW]
    hold = int((enough == "").sum())
    return f"{len(enough)} of {len(verdicts)} rows have all draws asked for; {hold} of them hold."


def failing_table() -> str:
    """Return the methods that fail by nature, in cohorts of 2,000 of 20 sites."""
    found = _kept(("clean", "feedback"))
    return _table(found[(found["n"] == 2000) & (found["sites"] == 20)], _FAILING)


def other_worlds_table() -> str:
    """Return clone-censor-weight in the worlds that record otherwise or hide a covariate."""
    return _table(_kept(("detection", "mnar", "unmeasured", "phone")), dict(list(_WORKING.items())[:2]))


def plan_table() -> str:
    """Return plans that unfold, as Markdown."""
    return _table(summary_in(plan_recovery.KEPT, plan_recovery.CELLS), _PLANS)


def _kept(worlds: tuple[str, ...]) -> pd.DataFrame:
    table = summary()
    cell = ["world", "effect", "n", "sites"]
    enough = table.groupby(cell)["draws"].transform("max") >= FEWEST
    return table[table["world"].isin(worlds) & enough]


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(misses=[
        missed(row, asked=asked_of(
            Cell(world=row["world"], effect=row["effect"], n=row["n"], sites=row["sites"]), row["method"]
        ))
        for _, row in table.iterrows()
    ])  # fmt: skip


def _table(found: pd.DataFrame, names: dict[str, str]) -> str:
    heads = (*_HEADS, "misses") if "misses" in found else _HEADS
    rows = [heads, ("---",) * len(heads)]
    found = found[found["method"].isin(list(names))]
    order = {name: place for place, name in enumerate(names)}
    found = found.assign(place=found["method"].map(order))
    found = found.sort_values(
        ["world", "effect", "n", "sites", "place"], ascending=[True, False, True, True, True]
    )
    for row in found.to_dict("records"):
        rows.append((
            f"`{row['world']}`", _EFFECTS[row["effect"]], f"{row['n']:,}", str(row["sites"]),
            names[row["method"]],
            _points(row["truth"], "+.2f"), _points(row["bias"], "+.2f"), _points(row["bias_error"], ".2f"),
            _points(row["rmse"], ".2f"), _percent(row["coverage"]), str(row["intervals"]),
            _points(row["width"], ".1f"), _percent(row["power"]),
            "" if pd.isna(row["size"]) else f"{row['size']:,.0f}", str(row["draws"]),
            *([row["misses"]] if "misses" in found else []),
        ))  # fmt: skip
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _points(value: float, form: str) -> str:
    return "" if pd.isna(value) else f"{100 * value:{form}}"


def _percent(value: float) -> str:
    return "" if pd.isna(value) else f"{100 * value:.0f}%"
