"""Gates applied to results: verdicts on every comparison, and results without the numbers that are withheld.

A comparison is withheld as a whole: all arms, days, causes, estimators, ratios and curves, adjusted or not,
since the risks of two groups give their difference, and everybody less all other groups gives a group. What
describes the groups before and apart from their outcome stays: who they are, how alike, how much they weigh.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from stepdown.checks.gate_verdicts import WARNING, GateVerdict, GateWords, judge, withheld
from stepdown.cohort import People
from stepdown.compare import Design, design, whole
from stepdown.results import Results
from stepdown.results.reading import CHECK, GATE, WHOLE
from stepdown.results.table import FLAGGED, NUMBERS, SHOWN, WITHHELD
from stepdown.study import IN_SEVERAL, Gates, Study
from stepdown.survival.core.sample import Floats

Record = dict[str, Any]
KNOWN = "outcome_known"
"""Estimand of the share whose outcome is known."""
DESCRIBES = frozenset(
    [
        CHECK, KNOWN, "flow", "characteristic", "covariate_balance", "largest_share",
        "largest_weight", "weights_capped", "strategy_followed", "in_trials", "unmatched", "scores_missing",
        "adjustment_warning", "departure", "interval_spans_landmark", "definition", "effective_share",
        "propensity", "equipoise",
    ]
)  # fmt: skip
"""Estimands that describe groups and weights, and from which no outcome of a group can be computed.

The effective size does so on the first day alone: on later ones it falls as people relapse.
"""


def known_rows(
    designs: Iterable[Design], until: Floats, *, day: int, clones: Sequence[str] = ()
) -> list[Record]:
    """Return the share of each group whose outcome by a day is known, of those due by the data cut.

    Known is who had the event or a competing one by the day, or was followed to it.

    Parameters
    ----------
    designs : iterable of Design
        Comparisons, and the whole cohort.
    until : array (n,)
        Last day since time zero that the data could show, of every discharge.
    day : int
        The day.
    clones : sequence of str
        Comparisons in which a discharge counts under several plans: everybody is judged together.
    """
    rows: list[Record] = []
    for one in designs:
        arms = one.readings[0]
        followup = arms.followup
        due = until[followup.rows] >= day
        known = (followup.days >= day) | (followup.event > 0)
        for key in clones if one.key == WHOLE else (one.key,):
            for number, label in enumerate(one.labels):
                mine = due & (arms.arm == number)
                rows.append({
                    "analysis": key, "estimand": KNOWN, "arm": label, "time": day, "statistic": "estimate",
                    "unit": "probability", "n": int(mine.sum()),
                    "estimate": float(known[mine].mean()) if mine.any() else np.nan,
                })  # fmt: skip
    return rows


def known_of_primary(people: People, study: Study, until: Floats) -> list[Record]:
    """Return the rows of `known_rows` of the primary comparison alone.

    Parameters
    ----------
    people : People
        Those who are compared, with those who were never followed.
    study : Study
        The protocol, which has a comparison.
    until : array (n,)
        As for `known_rows`.
    """
    assert study.analysis is not None
    choice, day = study.analysis.primary, study.outcome.window[1]
    if choice.design in IN_SEVERAL:
        return known_rows([whole(people, study, unfollowed=True)], until, day=day, clones=[choice.key])
    return known_rows([design(people, study, choice=choice, unfollowed=True)], until, day=day)


def verdicts_of(
    results: Results, keys: Iterable[str], gates: Gates, words: GateWords
) -> dict[str, tuple[GateVerdict, ...]]:
    """Return the verdicts on each comparison, from the rows of what it rests on.

    Parameters
    ----------
    results : Results
        With the rows of the comparisons, those of `known_rows` included.
    keys : iterable of str
        Keys of the comparisons.
    gates, words
        As for `judge`.
    """
    found = {}
    for key in keys:
        mine = results.table[(results.table["analysis"] == key) & (results.table["variant"] == "")]
        weighted = mine[mine["population"] != ""]
        # Hazards alone weigh nobody.
        weighted = weighted[~weighted["method"].str.contains("standardization")]
        arms = _weighted_arms(weighted) if len(weighted) else _plain_arms(mine, words.day)
        if arms.empty:
            continue
        known = mine[mine["estimand"] == KNOWN].set_index("arm")["estimate"]
        arms["outcome_known"] = arms["arm"].map(known)
        verdicts = judge(arms, _balance(weighted), gates, replace(words, weighted=len(weighted) > 0))
        if "" in known.index:
            alone = pd.DataFrame({"arm": [""], "outcome_known": [known[""]]})
            verdicts += judge(alone, pd.DataFrame(), gates, words)
        # Of a gate that is left out both judgments say so.
        found[key] = tuple(dict.fromkeys(verdicts))
    return found


def _weighted_arms(rows: pd.DataFrame) -> pd.DataFrame:
    first = rows[rows["statistic"] == "first_day"].set_index(["estimand", "arm"])
    if first.empty:
        return pd.DataFrame()
    sizes = first.loc["effective_size"]
    events = rows[rows["estimand"] == "events_by_window_end"].set_index("arm")["estimate"]
    return pd.DataFrame({
        "arm": sizes.index, "carried": sizes["n"].to_numpy(), "effective_size": sizes["estimate"].to_numpy(),
        "largest_share": first.loc["largest_share"]["estimate"].reindex(sizes.index).to_numpy(),
        "events": events.reindex(sizes.index).to_numpy(),
    })  # fmt: skip


def _plain_arms(rows: pd.DataFrame, day: int) -> pd.DataFrame:
    """Return the groups of a comparison without weights, in which everybody counts as 1."""
    risks = rows[
        (rows["estimand"] == "risk") & (rows["statistic"] == "estimate") & (rows["cause"] == "relapse")
        & (rows["arm"] != "") & (rows["time"] <= day) & (rows["population"] == "") & rows["n"].gt(0)
    ]  # fmt: skip
    if risks.empty:
        return pd.DataFrame()
    last = risks[risks["time"] == risks["time"].max()]
    by_arm: pd.DataFrame = last.groupby("arm", sort=False)[["n", "events"]].max().reset_index()
    return by_arm.assign(carried=by_arm["n"], effective_size=by_arm["n"], largest_share=1 / by_arm["n"])


def _balance(rows: pd.DataFrame) -> pd.DataFrame:
    after = rows.loc[(rows["estimand"] == "covariate_balance") & (rows["statistic"] == "after")]
    names = {"term": "covariate", "level": "value", "estimate": "after", "std_error": "error"}
    return after.rename(columns=names)


def gate_rows(verdicts: Mapping[str, Sequence[GateVerdict]]) -> list[Record]:
    """Return the verdicts as rows: what was found, in `estimate`; in words, in `note`."""
    return [
        {
            "analysis": key, "estimand": CHECK, "term": one.gate, "arm": one.arm, "reference": one.reference,
            "statistic": one.status, "estimate": one.value, "level": GATE,
            "note": " ".join(part for part in (one.sentence, one.remedy) if part),
        }
        for key, found in verdicts.items()
        for one in found
    ]  # fmt: skip


def with_gates(
    results: Results,
    verdicts: Mapping[str, Sequence[GateVerdict]],
    *,
    follow: Mapping[str, Sequence[str]] | None = None,
) -> Results:
    """Return results in which no number of a withheld comparison is left.

    Parameters
    ----------
    results : Results
        All rows.
    verdicts : mapping of str to sequence of GateVerdict
        By the key of the comparison.
    follow : mapping of str to sequence of str
        Analyses that repeat comparisons, such as "definitions_compared", with the keys of these: withheld
        where any of them is.

    Returns
    -------
    Results
        Rows of a withheld comparison keep their keys and lose their numbers; `status` and `status_reason` say
        why. Those of a comparison with a warning keep their numbers.
    """
    table = results.table.copy()
    keys = {key: [key] for key in verdicts} | dict(follow or {})
    describes = table["estimand"].isin(DESCRIBES) | (table["statistic"] == "not_estimated")
    describes |= (table["estimand"] == "effective_size") & (table["statistic"] == "first_day")
    for name, repeated in keys.items():
        mine = ~describes & (table["analysis"] == name)
        found = [one for key in repeated for one in verdicts.get(key, ())]
        if withheld(found):
            table.loc[mine, list(NUMBERS)] = np.nan
            table.loc[mine, ["note_code", "note"]] = ""
            _mark(table, mine, WITHHELD, found)
        elif any(one.status == WARNING for one in found):
            _mark(table, mine & (table["status"] == SHOWN), FLAGGED, found)
    return Results(table)


def with_own_counts(
    results: Results, analyses: Sequence[str], gates: Gates, words: GateWords, *, by: Sequence[str]
) -> Results:
    """Return results in which what repeats a comparison is judged by its own people and events.

    Another definition of relapse has other events, and scheduled visits find fewer: a comparison that rests
    on enough of them by the study's own definition may not by these.

    Parameters
    ----------
    results : Results
        Rows after `with_gates`.
    analyses : sequence of str
        What repeats a comparison, such as "definitions_compared".
    gates, words
        As for `judge`.
    by : sequence of str
        Columns whose values together name one repetition.

    Returns
    -------
    Results
        Rows of a repetition with too few people or events in a group lose their numbers, and `status_reason`
        says why; those between the limits carry a warning.
    """
    table = results.table.copy()
    mine = table[table["analysis"].isin(list(analyses)) & (table["status"] != WITHHELD)]
    for _, rows in mine.groupby(["analysis", *by], sort=False):
        arms = _plain_arms(rows, words.day)
        if arms.empty:
            continue
        verdicts = judge(arms, pd.DataFrame(), gates, replace(words, weighted=False, discharges=0))
        here = table.index.isin(rows.index[~rows["estimand"].isin(DESCRIBES)])
        chosen = pd.Series(here, index=table.index)
        if withheld(verdicts):
            table.loc[chosen, list(NUMBERS)] = np.nan
            table.loc[chosen, ["note_code", "note"]] = ""
            _mark(table, chosen, WITHHELD, verdicts)
        elif any(one.status == WARNING for one in verdicts):
            _mark(table, chosen & (table["status"] == SHOWN), FLAGGED, verdicts)
    return Results(table)


def without_first_relapses(results: Results, verdicts: Mapping[str, Sequence[GateVerdict]]) -> Results:
    """Return results without the share who relapse before any session, where a comparison is withheld.

    With S the share who have a session first by a day, F the share who relapse first, and R the risk of
    everybody, of those with a session about (R - F) / S relapse, and of the others about F / (1 - S): that is
    the comparison of ever against never started, which is left out.
    """
    held = [one for found in verdicts.values() if withheld(found) for one in found]
    if not held:
        return results
    table = results.table.copy()
    mine = (table["estimand"] == "first_session") & (table["term"] == "relapse")
    table.loc[mine, list(NUMBERS)] = np.nan
    table.loc[mine, ["note_code", "note"]] = ""
    _mark(table, mine, WITHHELD, held)
    return Results(table)


def _mark(table: pd.DataFrame, rows: "pd.Series[bool]", status: str, found: Sequence[GateVerdict]) -> None:
    table.loc[rows, "status"] = status
    table.loc[rows, "status_reason"] = " ".join(
        dict.fromkeys(one.sentence for one in found if one.status == status)
    )
