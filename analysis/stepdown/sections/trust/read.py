"""What gates and checks found, read from the results."""

from dataclasses import dataclass

import pandas as pd

from stepdown.results.reading import CALIBRATED, CHECK, GATE, in_order
from stepdown.results.table import Results

OUTCOME, EXPOSURE, NOT_ESTIMATED = "outcome", "exposure", "not_estimated"
"""Kinds of negative controls (`term`), and the statistic of one that was not compared."""
PASSED, NOT_JUDGED, WARNING, FAILED, WITHHELD = "passed", "not_judged", "warning", "failed", "withheld"
"""Statistics of a check: its verdict; "not_judged" of a gate that the study file leaves out."""
_WORST = (PASSED, NOT_JUDGED, WARNING, FAILED, WITHHELD)
NAMES = {
    "adjusted": "Can the adjustment be made?",
    "balance": "Are the groups alike?",
    "positivity": "Could everybody have been in each group?",
    "overlap": "Do the groups overlap?",
    "effective_size": "Are there enough people?",
    "events": "Are there enough events?",
    "outcome_known": "Is the outcome known?",
    "largest_share": "Does one person count for many?",
    "placebo": "Do the groups differ before care can act?",
    "negative_outcomes": "Do outcomes differ that care cannot change?",
    "negative_exposures": "Does what cannot matter seem to?",
    "loss": "Are people lost after the event?",
    "testing": "Were the groups looked at equally often?",
    "common_visits": "Do common visits find the same?",
    "influence": "Does one person or one site decide it?",
    "start_model": "Does the model of the start of care fit?",
    "score_balance": "Are scores alike on the day care starts?",
    "hazards": "Is the effect the same all along?",
    "calendar": "Did relapse change over the quarters?",
}
"""Question that each check answers, in the order of the report."""


@dataclass(frozen=True, kw_only=True)
class CheckFinding:
    """What one check found of one comparison.

    Attributes
    ----------
    name : str
        Key of the check, such as "balance".
    analysis : str
        Key of the comparison; empty of the study as a whole.
    verdict : str
        "passed", "warning", "failed", or of a gate "withheld" or "not_judged": the worst of its groups.
    sentences : tuple of str
        What was found, of the groups with that verdict.
    gate : bool
        Whether its limits can withhold the comparison.
    """

    name: str
    analysis: str
    verdict: str
    sentences: tuple[str, ...]
    gate: bool


def findings(results: Results, *, analysis: str) -> tuple[CheckFinding, ...]:
    """Return what each check found of a comparison, in the order of the questions."""
    table = results.table
    mine = table[(table["estimand"] == CHECK) & (table["analysis"] == analysis)]
    found = []
    for name in sorted(in_order(mine, "term"), key=list(NAMES).index):
        rows = mine[mine["term"] == name]
        worst = max(rows["statistic"], key=_WORST.index)
        notes = [note for note in rows.loc[rows["statistic"] == worst, "note"] if note]
        found.append(
            CheckFinding(
                name=name,
                analysis=analysis,
                verdict=worst,
                sentences=tuple(dict.fromkeys(notes)),
                gate=bool((rows["level"] == GATE).any()),
            )
        )
    return tuple(found)


def balance(results: Results, *, analysis: str) -> pd.DataFrame:
    """Return the standardized differences before and after weighting.

    Returns
    -------
    DataFrame
        `term, level, arm, before, after`, in the order of the results.
    """
    table = results.table
    mine = table[(table["estimand"] == "covariate_balance") & (table["analysis"] == analysis)]
    keys = ["term", "level", "arm"]
    before, after = (
        mine[mine["statistic"] == when].set_index(keys)["estimate"].rename(when)
        for when in ("before", "after")
    )
    return before.to_frame().join(after, how="inner").reset_index()


def scores_by_day(results: Results, *, analysis: str) -> pd.DataFrame:
    """Return how alike those who start care on a day are to those who do not, in their latest scores.

    Empty where a gate withholds the comparison.

    Returns
    -------
    DataFrame
        `term, level, time, before, after, std_error, n`, in the order of the results; `level` is the decision
        of a plan of several steps.
    """
    table = results.table
    mine = table[
        (table["estimand"] == "score_balance") & (table["analysis"] == analysis) & (table["variant"] == "")
        & table["estimate"].notna()
    ]  # fmt: skip
    keys = ["term", "level", "time"]
    before = mine[mine["statistic"] == "before"].set_index(keys)["estimate"].rename("before")
    after = mine[mine["statistic"] == "after"].set_index(keys)[["estimate", "std_error", "n"]]
    return after.rename(columns={"estimate": "after"}).join(before, how="inner").reset_index()


def negative_controls(results: Results) -> pd.DataFrame:
    """Return the risk ratio of each negative control: `term`, `level`, arms, numbers and `note`."""
    table = results.table
    mine = table[
        (table["estimand"] == "negative_control") & table["statistic"].isin(["ratio", NOT_ESTIMATED])
    ]
    return mine.reset_index(drop=True)


def calibrated_ratios(results: Results) -> pd.DataFrame:
    """Return the empirically calibrated risk ratios of the primary comparison, or why there are none."""
    table = results.table
    mine = (table["estimand"] == CALIBRATED) & table["statistic"].isin(["ratio", NOT_ESTIMATED])
    return table[mine].reset_index(drop=True)


def measures_of_balance(results: Results, *, analysis: str) -> pd.DataFrame:
    """Return all measures of balance: a row a characteristic and value, a column a measure."""
    table = results.table
    mine = table[(table["estimand"] == "covariate_balance") & (table["analysis"] == analysis)]
    wide = mine.pivot(index=["arm", "term", "level"], columns="statistic", values="estimate")
    return wide.reindex(pd.MultiIndex.from_frame(mine[["arm", "term", "level"]].drop_duplicates()))


def propensity(results: Results, *, analysis: str) -> pd.DataFrame:
    """Return the share of each group (a column) by range of the chance of the first group (a row)."""
    table = results.table
    mine = table[(table["estimand"] == "propensity") & (table["analysis"] == analysis)]
    wide = mine.pivot(index="level", columns="arm", values="estimate")
    return wide[in_order(mine, "arm")]


def equipoise(results: Results, *, analysis: str) -> dict[str, float]:
    """Return the share of each group that could have gone either way."""
    table = results.table
    mine = table[(table["estimand"] == "equipoise") & (table["analysis"] == analysis)].dropna(
        subset=["estimate"]
    )
    return dict(zip(mine["arm"], mine["estimate"], strict=True))


def sizes_by_day(results: Results, *, analysis: str) -> pd.DataFrame:
    """Return the effective people of each group (a column) on each day of the report (a row)."""
    table = results.table
    mine = table[
        (table["analysis"] == analysis) & (table["estimand"] == "effective_size")
        & (table["statistic"] == "curve") & (table["variant"] == "") & table["estimate"].notna()
    ]  # fmt: skip
    return mine.pivot(index="time", columns="arm", values="estimate")[in_order(mine, "arm")]


def weights(results: Results, *, analysis: str) -> pd.DataFrame:
    """Return what the weights of each group rest on: a row a group, a column a number.

    Returns
    -------
    DataFrame
        `carried`, `effective`, `share` on the first day; `largest_weight`, `capped` over all days. `share`
        and `largest_weight` are missing from a public report.
    """
    table = results.table
    mine = table[(table["analysis"] == analysis) & (table["variant"] == "") & (table["population"] != "")]
    first = mine[mine["statistic"] == "first_day"].set_index(["estimand", "arm"])
    rest = mine[mine["statistic"] == "estimate"].set_index(["estimand", "arm"])["estimate"]
    if first.empty:
        return pd.DataFrame()
    sizes = first.loc["effective_size"]
    return pd.DataFrame(
        {
            "carried": sizes["n"],
            "effective": sizes["estimate"],
            # A public report has no number that is of one person.
            **{
                name: table.loc[estimand]
                for name, table, estimand in (
                    ("share", first["estimate"], "largest_share"),
                    ("largest_weight", rest, "largest_weight"),
                    ("capped", rest, "weights_capped"),
                )
                if estimand in table.index.get_level_values("estimand")
            },
        }
    )
