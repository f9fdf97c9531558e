"""Checks of a comparison that is shown, from its rows: who decides it, who was tested, which models fit.

None withholds a comparison. Each is passed, gives a warning, or fails.

Hazard ratios by period. Estimates of separate periods are close to independent, since the martingale of an
event process has independent increments. With l_j = log ratio and s_j its standard error the statistic is
sum w_j (l_j - mean)^2 with w_j = 1 / s_j^2 and the weighted mean, chi-square on one degree less than periods.

Calibration of the start model. Of each day of the grace period, (started - expected)^2 / variance with the
variance sum p (1 - p) of the model, summed over days: chi-square on the days less the three terms of time
that the model fits (1, k, log(1 + k)).
"""

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from stepdown.checks.gate_verdicts import PASSED, WARNING, GateWords
from stepdown.results import Results
from stepdown.results.reading import CHECK, nobody_with
from stepdown.results.words import (
    count,
    days_of,
    listed,
    number,
    percent,
    plural,
    points,
    ratio,
    uncapitalized,
    with_value,
)

Record = dict[str, Any]
FAILED = "failed"
TESTED = (0.8, 1.25)
"""Ratio of testing rates within which groups count as looked at equally."""
MOVES_PERSON, MOVES_SITE = 0.5, 1.0
"""Standard errors by which a difference may move without one discharge, or one site."""
FEW_FOUND = 0.1
"""Share of first findings of use below which it does not matter who was tested more often."""
_KINDS = {"urine": "urine tests", "contact": "tests and contacts"}
UNLIKELY = 0.01
"""Chance of a result at least as far off, below which a check warns."""
TIME_TERMS = 3
EXTREME = "warning=extreme"
NOBODY = ("warning=never", "warning=never_together", EXTREME)
"""Variants of `adjustment_warning` about people who are, or hardly could be, in no group."""
EQUIPOISE = 0.5
"""Share of a group in equipoise below which it has little in common with the other."""
COMMON = "common_visits_compared"


def row_checks(
    results: Results,
    key: str,
    words: GateWords,
    *,
    landmark: str = "",
    found_by: Mapping[str, float] | None = None,
    paired: bool = False,
) -> Iterator[Record]:
    """Yield what each check of a comparison found.

    Parameters
    ----------
    results : Results
        All rows, before gates.
    key : str
        The comparison.
    words : GateWords
        What sentences need.
    landmark : str
        Key of the landmark comparison, whose groups show how often people were tested where a discharge
        counts under several plans; empty for none.
    found_by : mapping of str to float, optional
        What `first_findings` returns; unknown by default.
    paired : bool
        Whether `common_visit_checks` judges the common visits of this comparison.
    """
    table = results.table
    warned = (table["estimand"] == "adjustment_warning") & table["variant"].isin(NOBODY)
    mine = table[(table["analysis"] == key) & ((table["variant"] == "") | warned)]
    common = table[
        (table["analysis"] == COMMON) & (table["estimand"] == "risk") & (table["statistic"] == "difference")
    ]
    for check in (_positivity, _overlap, _influence, _start, _hazards):
        for one in check(mine, words):
            yield {"analysis": key, "estimand": CHECK} | one
    by_landmark = landmark != "" and mine[mine["estimand"] == "testing_rate"].empty
    looked = table[(table["analysis"] == landmark) & (table["variant"] == "")] if by_landmark else mine
    by = f"By the care received by day {landmark.rpartition('_')[2]}: " if by_landmark else ""
    for one in _testing(looked, common[:0] if paired else common, words, found_by or {}):
        yield {"analysis": key, "estimand": CHECK} | one | {"note": f"{by}{_inside(one['note'], by)}"}


def _inside(sentence: str, before: str) -> str:
    return uncapitalized(sentence) if before else sentence


def _positivity(rows: pd.DataFrame, words: GateWords) -> Iterator[Record]:
    """Yield whether some people are in no group, or could hardly have been in one."""
    if rows[rows["estimand"] == "covariate_balance"].empty:
        return
    found = rows[rows["estimand"] == "adjustment_warning"]
    parts = [
        f"{count(row['estimate'])} of {count(row['n'])} discharges had a chance below 2% of a group"
        if row["variant"] == EXTREME
        else f"none of {count(row['estimate'])} discharges with {_together(found, row, words)} is in "
        f"“{row['arm']}”"
        for row in found[found["statistic"] == "estimate"].to_dict("records")
    ]
    if not parts:
        sentence = "No characteristic keeps people out of a group."
        yield {"term": "positivity", "statistic": PASSED, "note": sentence}
        return
    text = listed(parts)
    yield {
        "term": "positivity", "statistic": WARNING, "estimate": float(len(parts)),
        "note": f"{text[:1].upper()}{text[1:]}. For these people the estimate rests on models alone: exclude "
        "them by eligibility, or join values.",
    }  # fmt: skip


def _together(found: pd.DataFrame, row: Mapping[Hashable, Any], words: GateWords) -> str:
    return listed([with_value(words.name(term), value) for term, value in nobody_with(found, row)])


def _overlap(rows: pd.DataFrame, words: GateWords) -> Iterator[Record]:
    """Yield whether enough of each group could have gone either way."""
    found = rows[rows["estimand"] == "equipoise"]
    few = found[found["estimate"] < EQUIPOISE]
    shown = listed([
        f"{percent(row['estimate'], 0)} of “{row['arm']}”" for row in found.to_dict("records")
    ])  # fmt: skip
    if found.empty:
        return
    sentence = f"By their characteristics, {shown} could have gone either way."
    if len(few):
        sentence += (
            f" Where that is under {percent(EQUIPOISE, 0)}, the comparison leans on few people and on the "
            'models. population = "overlap" compares those who could have gone either way.'
        )
    yield {
        "term": "overlap", "estimate": float(found["estimate"].min()), "note": sentence,
        "statistic": WARNING if len(few) else PASSED,
    }  # fmt: skip


def _difference(rows: pd.DataFrame, words: GateWords, arm: str) -> pd.Series | None:
    """Return the row of the difference in risk by the end of the window, adjusted where there is one."""
    found = rows[
        (rows["estimand"] == "risk") & (rows["statistic"] == "difference") & (rows["time"] == words.day)
        & (rows["arm"] == arm) & (rows["bound"] == "") & rows["std_error"].notna()
    ]  # fmt: skip
    about = found[found["population"] != ""]
    found = about if len(about) else found
    return found.iloc[0] if len(found) else None


def _testing(
    rows: pd.DataFrame, common: pd.DataFrame, words: GateWords, found_by: Mapping[str, float]
) -> Iterator[Record]:
    """Yield whether groups were tested and contacted equally often, and what common visits alone find."""
    tested = rows[rows["estimand"] == "testing_rate"]
    found = tested[tested["statistic"] == "ratio"].dropna(subset=["conf_low", "conf_high"])
    advised: set[str] = set()
    for row in found.to_dict("records"):
        alone = _beside_tests(tested, row)
        if alone is not None and math.isnan(alone):
            continue
        what = {"urine": "Urine tests", "contact": "Tests and contacts"}.get(row["term"], row["term"])
        low, high = ratio(row["conf_low"]), ratio(row["conf_high"])
        by_tests = "" if alone is None else f", contacts alone {ratio(alone)} times"
        sentence = (
            f"{what} were {ratio(row['estimate'])} times as frequent (95% CI {low} to {high}) with "
            f"“{row['arm']}” as with “{row['reference']}”{by_tests}."
        )
        unequal = row["conf_low"] > TESTED[1] or row["conf_high"] < TESTED[0]
        # Where contacts alone are as frequent, the tests make the difference, and what they find matters.
        as_often = alone is not None and TESTED[0] <= alone <= TESTED[1]
        kind = "urine" if as_often else row["term"]
        share = found_by.get(kind, math.nan)
        if not math.isnan(share) and (row["term"] == "urine" or not as_often):
            sentence += (
                f" Of first findings of use {percent(share, 0)} are from {_KINDS.get(kind, kind)} alone."
            )
        if unequal and share < FEW_FOUND:
            sentence += " Unequal testing cannot change much."
            unequal = False
        elif unequal and row["arm"] not in advised:
            advised.add(row["arm"])
            sentence += (
                f" The group tested more often has more of its {plural(words.word)} found, and found sooner. "
                "Compare what is found at visits that are the same for everybody."
            )
        yield _found(row, "testing", row["estimate"], sentence, WARNING if unequal else PASSED)
    for row in common[common["time"] == words.day].to_dict("records"):
        own = _difference(rows[rows["population"] == ""], words, row["arm"])
        if own is None or row["bound"] or not np.isfinite(row["estimate"]):
            continue
        apart = not own["conf_low"] <= row["estimate"] <= own["conf_high"]
        sentence = (
            f"By what was found at common visits alone, the unadjusted difference by day {words.day} is "
            f"{points(row['estimate'])} points; by all findings {points(own['estimate'])} (95% CI "
            f"{points(own['conf_low'])} to {points(own['conf_high'])})."
        )
        if apart:
            sentence += " The two disagree: part of the difference is who was tested more often."
        yield _found(row, "common_visits", row["estimate"], sentence, FAILED if apart else PASSED)


def _beside_tests(tested: pd.DataFrame, row: Mapping[Hashable, Any]) -> float | None:
    """Return the ratio of contacts without tests; missing where there are none, None of another row."""
    if row["term"] != "contact":
        return None
    rates = tested[tested["statistic"] == "estimate"].set_index(["term", "arm"])["estimate"]
    try:
        mine, other = (
            float(rates["contact", arm] - rates["urine", arm]) for arm in (row["arm"], row["reference"])
        )
    except KeyError:
        return None
    return mine / other if mine > 0 and other > 0 else math.nan


def _found(row: Mapping[Hashable, Any], name: str, value: float, sentence: str, verdict: str) -> Record:
    """Return a check of the contrast, and the term, of a row."""
    return {
        "term": name, "level": row["term"], "arm": row["arm"], "reference": row["reference"],
        "estimate": value, "statistic": verdict, "note": sentence,
    }  # fmt: skip


def _influence(rows: pd.DataFrame, words: GateWords) -> Iterator[Record]:
    """Yield whether one discharge or one site decides the difference."""
    moved = rows[(rows["estimand"] == "leave_one_out") & (rows["statistic"] == "difference")]
    several = moved["arm"].nunique() > 1
    for row in moved.to_dict("records"):
        own = _difference(rows, words, row["arm"])
        if own is None:
            continue
        moves = abs(row["estimate"]) / own["std_error"]
        turns = own["estimate"] * (own["estimate"] + row["estimate"]) < 0
        person = row["term"] == "discharge"
        whose = f"of “{row['arm']}” from “{row['reference']}” " if several else ""
        large = moves > (MOVES_PERSON if person else MOVES_SITE)
        sentence = (
            f"Without one {'discharge' if person else 'of ' + count(row['n']) + ' sites'} the difference "
            f"{whose}by day {words.day} moves by at most {number(100 * abs(row['estimate']), 2)} points "
            f"({number(moves, 1)} standard errors).{' That turns its sign.' if turns else ''}"
        )
        if large:
            sentence += " The result rests on it: look at its records."
        verdict = FAILED if large and turns else WARNING if large else PASSED
        yield _found(row, "influence", moves, sentence, verdict)


def _start(rows: pd.DataFrame, words: GateWords) -> Iterator[Record]:
    """Yield whether the model of the start of care gives as many starts on each day as there were."""
    mine = rows[rows["estimand"] == "start_of_care"]
    expected = mine[mine["statistic"] == "expected"].set_index("time")
    expected = expected[expected["std_error"] > 0]
    observed = mine[mine["statistic"] == "observed"].set_index("time")["estimate"].reindex(expected.index)
    degrees = len(expected) - TIME_TERMS
    if degrees < 1:
        return
    apart = ((observed - expected["estimate"]) / expected["std_error"]).to_numpy(dtype=float)
    chance = float(special.chdtrc(degrees, (apart**2).sum()))
    worst = int(np.abs(apart).argmax())
    sentence = (
        f"On each day of the grace period about as many started care as the model expects (p {_p(chance)})."
    )
    if chance < UNLIKELY:
        sentence = (
            f"The model of the start of care misses on some days (p {_p(chance)}), most on day "
            f"{expected.index[worst]:.0f}: {count(observed.iloc[worst])} started, "
            f"{count(expected['estimate'].iloc[worst])} expected. Weights may be wrong there; compare the "
            "estimates by the weights alone and by the outcome models alone."
        )
    verdict = WARNING if chance < UNLIKELY else PASSED
    yield {"term": "start_model", "estimate": chance, "note": sentence, "statistic": verdict}


def _hazards(rows: pd.DataFrame, words: GateWords) -> Iterator[Record]:
    """Yield whether the ratio of hazards is the same in the periods of follow-up."""
    ratios = rows[(rows["estimand"] == "hazard_ratio") & (rows["term"] == "") & rows["std_error"].notna()]
    for (arm, reference), mine in ratios.groupby(["arm", "reference"], sort=False):
        # One row is of the whole time, which the periods make up.
        whole = (mine["window_start"] == mine["window_start"].min()) & (
            mine["window_end"] == mine["window_end"].max()
        )
        parts = mine[~whole]
        parts = parts[parts["estimate"] > 0]
        if len(parts) < 2:
            continue
        log, weight = np.log(parts["estimate"]), (parts["estimate"] / parts["std_error"]) ** 2
        mean = float((weight * log).sum() / weight.sum())
        chance = float(special.chdtrc(len(parts) - 1, float((weight * (log - mean) ** 2).sum())))
        shown = ", ".join(
            f"{ratio(row['estimate'])} on days {days_of(row['window_start'], row['window_end'])}"
            for row in parts.to_dict("records")
        )
        differ = chance < UNLIKELY
        sentence = f"Hazard ratio of “{arm}”: {shown} (p {_p(chance)} that they are one)."
        yield {
            "term": "hazards", "arm": arm, "reference": reference, "estimate": chance,
            "statistic": WARNING if differ else PASSED,
            "note": f"{sentence} The effect changes over time: use the risks by day, not one ratio."
            if differ
            else sentence,
        }  # fmt: skip


def _p(chance: float) -> str:
    return "< 0.001" if chance < 0.001 else f"= {chance:.3f}"
