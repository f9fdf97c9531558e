"""Whether comparisons that must show nothing show something: before care could act, and negative controls.

Each is judged by its 95% interval, so that 1 of 20 warns by chance alone. A warning is bias or chance; that
none warns does not show that there is no bias.
"""

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stepdown.checks.gate_verdicts import PASSED, TWO_SIDED, WARNING, GateWords
from stepdown.results import Results
from stepdown.results.reading import CALIBRATED, CHECK, NEGATIVE_CONTROLS, PLACEBO
from stepdown.results.words import count, number, percent, plural, points, ratio

Record = dict[str, Any]
Row = Mapping[Hashable, Any]
BY_CHANCE = 0.05
"""Share of controls that warn where nothing is wrong."""
FEWEST_EVENTS = 5
"""Effective events in a group below which a period before care is not judged."""
SEEN = TWO_SIDED + 0.8416212335729143
"""Standard errors of a difference that is found in 80% of samples."""
CONTROLS = {
    "outcome": (
        "negative_outcomes", "outcome that care cannot change", "outcomes that care cannot change",
        ("differ", "between the groups"),
    ),
    "exposure": (
        "negative_exposures", "exposure that cannot change {word}", "exposures that cannot change {word}",
        ("go", "with more or less of it"),
    ),
}  # fmt: skip
"""Of each kind of control the check, what one and several of them are, and what they must not do."""
MOST_LISTED = 3
"""Controls that differ in nothing and are listed each."""


def placebo_checks(results: Results, key: str, words: GateWords) -> Iterator[Record]:
    """Yield whether the groups of a comparison differ before care could act.

    Parameters
    ----------
    results : Results
        All rows, before gates.
    key : str
        The comparison.
    words : GateWords
        What sentences need.
    """
    table = results.table
    mine = table[
        (table["analysis"] == key) & (table["estimand"] == PLACEBO) & (table["variant"] == "")
        & table["cause"].isin(["relapse", ""])
    ]  # fmt: skip
    adjusted = mine[mine["population"] != ""]
    mine = adjusted if len(adjusted) else mine
    risks = mine[mine["statistic"] == "estimate"].set_index("arm")
    for row in mine[mine["statistic"] == "difference"].to_dict("records"):
        named = {"arm": row["arm"], "reference": row["reference"]}
        pair = [risks.loc[named[end]] for end in ("arm", "reference")]
        verdict, sentence = _placebo(row, pair, words)
        yield {
            "analysis": key, "estimand": CHECK, "term": "placebo", "statistic": verdict, "note": sentence,
            "estimate": row["estimate"], **named,
        }  # fmt: skip


def _placebo(row: Row, pair: list[pd.Series], words: GateWords) -> tuple[str, str]:
    day = int(row["time"])
    # An arm may lack the standard error that the difference has.
    few = any(
        not one["estimate"] > 0 or (one["estimate"] / one["std_error"]) ** 2 < FEWEST_EVENTS for one in pair
    )
    if few or not math.isfinite(row["conf_low"]):
        return WARNING, (
            f"Through day {day}, before care can act, there are too few {plural(words.word)} to compare the "
            "groups. Name a longer period if care cannot act in it, or leave checks.placebo out."
        )
    risk, other = (percent(one["estimate"]) for one in pair)
    sentence = (
        f"Through day {day}, before care can act, the risk of {words.word} is {risk} with “{row['arm']}” and "
        f"{other} with “{row['reference']}”: a difference of {points(row['estimate'])} points (95% CI "
        f"{points(row['conf_low'])} to {points(row['conf_high'])})."
    )
    if row["conf_low"] <= 0 <= row["conf_high"]:
        return PASSED, (
            f"{sentence} That shows nothing of differences below about "
            f"{number(100 * SEEN * row['std_error'])} points, which so few {plural(words.word)} would hide."
        )
    return WARNING, (
        f"{sentence} By the study file care cannot be the reason. Either the groups differ in something that "
        "is not adjusted for, and part of the later difference is that too; or this is chance, as in 1 of 20 "
        "comparisons; or care acts sooner than the file states."
    )


def control_checks(results: Results, key: str, words: GateWords) -> Iterator[Record]:
    """Yield, for outcomes and for exposures, how many controls differ, and then what each found.

    Parameters
    ----------
    results, key, words
        As for `placebo_checks`; the key of the primary comparison.
    """
    table = results.table
    mine = table[(table["analysis"] == NEGATIVE_CONTROLS) & (table["estimand"] == "negative_control")]
    for kind, (name, single, many, does) in CONTROLS.items():
        rows = mine[(mine["term"] == kind) & mine["statistic"].isin(["ratio", "not_estimated"])]
        if rows.empty:
            continue
        found = [_control(row) for row in rows.to_dict("records")]
        shared: Record = {"analysis": key, "estimand": CHECK, "term": name}
        judged, differ = sum(one.judged for one in found), sum(one.differs for one in found)
        if judged:
            alone, several = (text.format(word=words.word) for text in (single, many))
            several = several if judged <= rows["level"].nunique() else f"comparisons of {several}"
            summary = _summary(differ, judged, alone, several, does, word=words.word)
            yield shared | {
                "statistic": WARNING if differ else PASSED,
                "estimate": float(differ), "n": judged,
                "note": summary + (_calibrated(table, words) if kind == "outcome" else ""),
            }  # fmt: skip
        for row, one in zip(rows.to_dict("records"), found, strict=True):
            # A long list of those that do not differ is left to the table.
            yield shared | {
                "level": row["level"], "arm": row["arm"], "reference": row["reference"],
                "statistic": one.verdict, "estimate": row["estimate"],
                "note": one.sentence if one.verdict == WARNING or judged <= MOST_LISTED else "",
            }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ControlFinding:
    """What one control shows: its verdict and sentence, whether it could be judged, whether it differs."""

    verdict: str
    sentence: str
    judged: bool = False
    differs: bool = False


def _control(row: Row) -> ControlFinding:
    name = row["level"]
    if row["statistic"] == "not_estimated":
        return ControlFinding(verdict=WARNING, sentence=f"{name} was not compared: {row['note']}")
    if not math.isfinite(row["conf_low"]):
        why = row["note"] or "it has no standard error"
        return ControlFinding(verdict=WARNING, sentence=f"{name} has no interval and shows nothing: {why}.")
    differs = not row["conf_low"] <= 1 <= row["conf_high"]
    return ControlFinding(
        verdict=WARNING if differs else PASSED,
        sentence=f"{name}: risk ratio {ratio(row['estimate'])} (95% CI {ratio(row['conf_low'])} to "
        f"{ratio(row['conf_high'])}) with “{row['arm']}” compared with “{row['reference']}”.",
        judged=True,
        differs=differs,
    )


def _summary(differ: int, judged: int, what: str, many: str, does: tuple[str, str], *, word: str) -> str:
    """Return how many controls show something, how many would by chance, and what that means."""
    verb, how = does
    plain = f"{verb}es" if verb == "go" else f"{verb}s"
    if judged == 1:
        first = f"The {what} {plain if differ else f'does not {verb}'} {how}"
        by_chance = "By chance alone 1 of 20 such controls does."
    else:
        who = "None" if not differ else count(differ)
        first = f"{who} of {count(judged)} {many} {plain if differ < 2 else verb} {how}"
        by_chance = f"By chance alone about {number(BY_CHANCE * judged, 2 if judged < 10 else 1)} would."
    if not differ:
        return f"{first}. That speaks against a bias that would show here too, and against no other."
    return (
        f"{first}. {by_chance} It is bias or chance: what lies behind it, and is not adjusted for, may make "
        f"the groups differ in {word} too."
    )


def _calibrated(table: pd.DataFrame, words: GateWords) -> str:
    """Return what the calibrated ratios are, or why there are none; a space first."""
    mine = table[(table["analysis"] == NEGATIVE_CONTROLS) & (table["estimand"] == CALIBRATED)]
    texts = []
    for row in mine[mine["statistic"] == "ratio"].to_dict("records"):
        same = (mine["arm"] == row["arm"]) & (mine["reference"] == row["reference"])
        others = mine[same].set_index("statistic")["estimate"]
        texts.append(
            f"These {count(row['n'])} controls differ by a mean ratio of {ratio(math.exp(others['mean']))}. "
            f"Taken out of it, the risk ratio of {words.word} by day {words.day} with “{row['arm']}” is "
            f"{ratio(row['estimate'])} (empirically calibrated 95% CI {ratio(row['conf_low'])} to "
            f"{ratio(row['conf_high'])})."
        )
    texts += dict.fromkeys(mine.loc[mine["statistic"] == "not_estimated", "note"])
    return "".join(f" {text}" for text in texts)
