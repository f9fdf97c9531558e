"""Whether those who start care on a day resemble, after weighting, those who do not, in their latest scores.

Of each score, over the days d of decisions, with the weighted differences x_d and their standard errors s_d:

    mean = sum(x_d / s_d^2) / sum(1 / s_d^2),    se = 1 / sqrt(sum(1 / s_d^2)).

The decisions of different days are of the same people, but each is a new one, so that the differences are
close to independent. A warning where the mean, or the difference of one day, is above the limit by more than
chance explains: |mean| > limit and |mean| > 1.96 se, or |x_d| - z s_d > limit with z of 95% for all days and
scores together (Bonferroni). Of plans of several steps each decision has its own mean, and 1.96 becomes the z
of 95% for all decisions together.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from stepdown.checks.gate_verdicts import PASSED, WARNING, GateWords
from stepdown.results import Results
from stepdown.results.reading import CHECK
from stepdown.results.words import count, deviations

NAME = "score_balance"


def score_checks(results: Results, key: str, words: GateWords, *, limit: float) -> Iterator[dict[str, Any]]:
    """Yield, for each score of a comparison, whether its weights balance it on each day.

    Parameters
    ----------
    results : Results
        All rows, before gates.
    key : str
        The comparison.
    words : GateWords
        What sentences need.
    limit : float
        Standard deviations above which a difference is named: `[gates]`, `balance.warn`.
    """
    table = results.table
    mine = table[(table["analysis"] == key) & (table["estimand"] == NAME) & (table["variant"] == "")]
    after = mine[mine["statistic"] == "after"]
    after = after.assign(std_error=after["std_error"].fillna(1 / np.sqrt(after["n"])))
    for (term, decision), rows in after.groupby(["term", "level"], sort=False):
        same = (mine["statistic"] == "before") & (mine["term"] == term) & (mine["level"] == decision)
        before = mine[same].set_index("time")["estimate"]
        verdict, sentence, worst = _judged(
            rows, before, words.name(str(term)), str(decision), all_days=len(after),
            decisions=after["level"].nunique(), limit=limit,
        )  # fmt: skip
        level = f"{term}: {decision}" if decision else str(term)
        yield {
            "analysis": key, "estimand": CHECK, "term": NAME, "level": level, "arm": rows["arm"].iloc[0],
            "reference": rows["reference"].iloc[0], "statistic": verdict, "estimate": worst, "note": sentence,
        }  # fmt: skip


def _judged(
    rows: pd.DataFrame,
    before: pd.Series,
    name: str,
    decision: str,
    *,
    all_days: int,
    decisions: int,
    limit: float,
) -> tuple[str, str, float]:
    """Return the verdict on one score, the sentence, and its largest difference."""
    value, error = rows["estimate"].to_numpy(dtype=float), rows["std_error"].to_numpy(dtype=float)
    weight = 1 / error**2
    mean, se = float((value * weight).sum() / weight.sum()), float(1 / np.sqrt(weight.sum()))
    raw = float((before.reindex(rows["time"]).to_numpy(dtype=float) * weight).sum() / weight.sum())
    strict, usual = (float(-special.ndtri(0.025 / many)) for many in (all_days, decisions))
    sure = np.abs(value) - strict * error > limit
    worst = int((np.abs(value) / error).argmax())
    row = rows.iloc[worst]
    days = f"{count(len(rows))} days" if len(rows) > 1 else "1 day"
    who, done, model = "start care", "started", "the start of care"
    if decision:
        who, done, model = f"come to “{decision}”", "did", f"“{decision}”"
    sentence = (
        f"After weighting, the latest {name} of those who {who} on a day and of those who do not "
        f"differs by {deviations(mean)} standard deviations on average over {days} ({deviations(raw)} "
        f"before), and most clearly on day {row['time']:.0f} ({deviations(value[worst])}; "
        f"{count(row['n'])} {done})."
    )
    found = float(value[worst])
    if sure.any() or (abs(mean) > limit and abs(mean) > usual * se):
        sentence += (
            f" That is more than {limit:g} and more than chance explains: the model of {model} "
            f"misses how it depends on {name}, so the weights do not undo it. Compare the estimates by the "
            "weights alone and by the outcome models alone, and do not rely on a result that needs the "
            "weights."
        )
        return WARNING, sentence, found
    return PASSED, f"{sentence} Chance explains that.", found
