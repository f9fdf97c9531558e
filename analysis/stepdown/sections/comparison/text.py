"""Who was compared: sentences and the table of characteristics."""

import math
from collections.abc import Iterator

import pandas as pd

from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis
from stepdown.results.reading import NOTABLE, WHOLE
from stepdown.results.words import (
    NOT_SHOWN,
    count,
    deviations,
    free,
    listed,
    number,
    percent,
    uncapitalized,
    value_name,
)
from stepdown.sections.comparison.read import (
    adjusted_by,
    balanced,
    characteristics,
    described_on,
    fates_of_copies,
    largest,
)

MOST = 5
"""Characteristics that are named."""


def compared(a: Analysis) -> tuple[str, ...]:
    """Return the keys of the analyses of which characteristics are known, the primary first."""
    return tuple(
        key for key in a.wording.analyses if key != WHOLE and len(characteristics(a.results, analysis=key))
    )


def finding(a: Analysis) -> str:
    """Return how many characteristics differed before the adjustment of the primary comparison."""
    for key in compared(a)[:1]:
        found = characteristics(a.results, analysis=key)
        ranked = list(largest(found[(found["statistic"] == "standardized") & (found["level"] == "")]))
        many = sum(size >= NOTABLE for _, size in ranked)
        if not ranked:
            break
        return (
            f"{many} of {len(ranked)} characteristics{_which(a)} differed by {number(NOTABLE)} standard "
            "deviations or more before adjustment."
        )
    return "The characteristics of the groups are not shown."


def _which(a: Analysis) -> str:
    return " that are shown" if a.wording.released else ""


def balance(a: Analysis, analysis: str) -> Text:
    """Return how the groups differ before the adjustment, and after it."""
    found = characteristics(a.results, analysis=analysis)
    apart = found[(found["statistic"] == "standardized") & (found["level"] == "")]
    after = balanced(a.results, analysis=analysis)
    sentences = [a.wording.analyses[analysis], *_followers(a, analysis), _before(a, apart)]
    if after["estimate"].notna().any() or (len(after) and not a.wording.released):
        sentences.append(_after(a, after, adjusted_by(a.results, analysis=analysis)))
    elif not a.wording.released:
        sentences.append("Nothing was adjusted for in this comparison.")
    return Text(tuple(sentences))


def _followers(a: Analysis, analysis: str) -> Iterator[str]:
    """Yield who is described where the plans are compared by copies of everybody."""
    copies = fates_of_copies(a.results, analysis=analysis)
    if copies:
        by_arm = described_on(a.results, analysis=analysis)
        days = sorted(set(by_arm.values()))
        until = (
            f"day {days[0]}"
            if len(days) == 1
            else listed([f"day {day} (“{arm}”)" for arm, day in by_arm.items()])
        )
        yield (
            f"Described are those who had followed a plan until {until} and were still followed then, "
            f"{free(a.wording.relapse)}. The estimates themselves count everybody."
        )


def _before(a: Analysis, apart: pd.DataFrame) -> str:
    ranked = list(largest(apart))
    notable = [(name, size) for name, size in ranked if size >= NOTABLE]
    least, of = number(NOTABLE), len(ranked)
    if not ranked:
        return "How far the characteristics known by day 0 differ between the groups is not shown."
    if not notable:
        if of == 1:
            return (
                f"The one characteristic known by day 0 differs between the groups by less than {least} "
                "standard deviations (SD)."
            )
        return (
            f"None of the {of} characteristics known by day 0{_which(a)} differs between the groups by "
            f"{least} standard deviations (SD) or more."
        )
    named = [f"{_name(a, name)} ({deviations(size)})" for name, size in notable[:MOST]]
    one = len(notable) == 1
    what = (
        f"{len(notable)} of {of} characteristics known by day 0{_which(a)} {'differs' if one else 'differ'}"
    )
    if of == 1:
        what = "The one characteristic known by day 0 differs"
    return (
        f"{what} between the groups by {least} standard deviations (SD) or more. The largest "
        f"{'difference is' if one else 'differences are'} in {listed(named)}."
    )


def _after(a: Analysis, after: pd.DataFrame, method: str) -> str:
    ranked = list(largest(after))
    if not ranked:
        return "What was adjusted for is the same for everybody."
    name, size = ranked[0]
    many = len(ranked)
    what = "The characteristic adjusted for" if many == 1 else f"The {many} characteristics adjusted for"
    if a.wording.released:
        what = f"Of the characteristics adjusted for, the {'one' if many == 1 else many} shown"
    if size < NOTABLE:
        return (
            f"{what} {'is' if many == 1 else 'are'} alike in the groups with the weights of the "
            f"adjustment: the largest difference is {deviations(size)} SD ({_name(a, name)})."
        )
    apart = [f"{_name(a, one)} ({deviations(value)} SD)" for one, value in ranked if value >= NOTABLE]
    still = f"With the weights of the adjustment the groups still differ in {listed(apart[:MOST])}."
    if method == "matching":
        return (
            f"{still} Nothing else makes up for it: match exactly on these, choose a smaller caliper, or set "
            'method = "doubly_robust".'
        )
    if method.endswith(", weighting"):
        return f'{still} Nothing else makes up for it; method = "doubly_robust" would.'
    return f"{still} The outcome models of the adjustment have to make up for it."


def table(a: Analysis, analysis: str) -> Table:
    """Return the characteristics by group: means with standard deviations, or counts with shares."""
    found = characteristics(a.results, analysis=analysis)
    after = balanced(a.results, analysis=analysis).set_index(["term", "level", "arm"])["estimate"]
    given = found[found["reference"] == ""].set_index(["term", "level", "arm", "statistic"]).sort_index()
    apart = found[found["statistic"] == "standardized"].set_index(["term", "level", "arm"])["estimate"]
    seen = {*found["arm"], *found["reference"]}
    arms = [arm for arm in a.wording.arms if arm in seen]
    several = len(arms) > 2
    heads = [f"Difference (SD){f', {arm}' if several else ''}" for arm in arms[:-1]]
    fair = [f"{head}, adjusted" for head in heads] if len(after) else []
    rows = []
    # Of a characteristic of many values only the difference is given.
    counted = {(term, level) for term, level, *_ in given.index}
    for term, level in _lines(found):
        cells = [_cell(given, term, level, arm) for arm in arms]
        differences = [_difference(apart, (term, level, arm)) for arm in arms[:-1]]
        if a.wording.released:
            differences = [one or NOT_SHOWN for one in differences]
            if (term, level) in counted:
                cells = [one or NOT_SHOWN for one in cells]
        # A model has a flag as a number, which has no levels.
        modeled = "" if level == "true" else level
        adjusted = [_difference(after, (term, modeled, arm)) for arm in arms[:-1]] if fair else []
        rows.append((_row_name(a, term, level), *cells, *differences, *adjusted))
    notes = (
        "Numbers: mean (standard deviation). Categories: discharges (share). Differences are in standard "
        "deviations (SD), from the last group.",
    )
    columns = ("Characteristic", *arms, *heads, *fair)
    return Table("Characteristics of the groups", columns, tuple(rows), notes)


def _lines(found: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield the characteristics and levels that have a row: of a flag the share of yes alone."""
    levels: dict[str, list[str]] = {}
    for term, level in zip(found["term"], found["level"], strict=True):
        if level not in levels.setdefault(term, []):
            levels[term].append(level)
    for term, mine in levels.items():
        flag = {"true"} <= set(mine) <= {"", "true", "false"}
        yield from ((term, level) for level in mine if not flag or level == "true")


def _row_name(a: Analysis, term: str, level: str) -> str:
    name = a.labels.get(term, term.replace("_", " ").capitalize())
    if level in ("", "true"):
        return name
    return f"{name}: {'not known' if level == 'missing' else value_name(term, level)}"


def _name(a: Analysis, term: str) -> str:
    return uncapitalized(a.labels.get(term, term.replace("_", " ")))


def _cell(given: pd.DataFrame, term: str, level: str, arm: str) -> str:
    def value(statistic: str, column: str) -> float:
        key = (term, level, arm, statistic)
        return float(given[column].get(key, math.nan))

    if not math.isnan(value("share", "estimate")):
        return f"{count(value('share', 'events'))} ({percent(value('share', 'estimate'), 0)})"
    mean, spread = value("mean", "estimate"), value("sd", "estimate")
    if math.isnan(mean):
        return ""
    return number(mean) if math.isnan(spread) else f"{number(mean)} ({number(spread)})"


def _difference(found: pd.Series, key: tuple[str, str, str]) -> str:
    value = float(found.get(key, math.nan))
    return "" if math.isnan(value) else deviations(value)
