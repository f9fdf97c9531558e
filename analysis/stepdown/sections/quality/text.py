"""Quality measures: sentences and tables."""

from collections.abc import Iterator

import pandas as pd

from stepdown.display.estimates import INTERVAL, confidence, interval, known
from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis, MeasureWords
from stepdown.results.words import NOT_SHOWN, count, listed, number, percent
from stepdown.sections.quality.read import (
    NOT_ESTIMATED,
    NOT_RECORDED,
    REMOVED,
    by_quarter,
    measure_rows,
    reasons,
    sites,
)

QUARTERS = 4
"""Quarters that the page shows; the others are in results.csv."""


def found(a: Analysis) -> Text:
    """State how many measures could be computed, one of them, and whom they count."""
    selected = measure_rows(a.results)
    asked = len(a.wording.measures)
    if not asked:
        return Text(("The study asks for no quality measures.",))
    if selected.empty:
        return Text(
            ("No quality measure can be computed from these data; the list below gives the reasons.",)
        )
    done = selected["endpoint"].nunique()
    return Text(
        (
            f"{done} of {asked} quality measures can be computed from these data (measure list version "
            f"{a.wording.measures_version}).{_example(a, selected)}",
            "Measures include every discharge or every start of care in the data, also those excluded from "
            "this study, each by its own rules. They therefore differ from one another and from the numbers "
            "above. None is the licensed or endorsed measure of a similar name. They are not risk-adjusted "
            "and do not rank sites or quarters.",
        )
    )


def table(a: Analysis) -> Table:
    """Return every measure over all events: met, of how many, the share, and how many were left out."""
    selected = measure_rows(a.results)
    before = measure_rows(a.results, statistic="events")
    rows = tuple(
        (
            _label(a, row),
            _within(row),
            count(row["events"]),
            count(row["n"]),
            f"{interval(row, percent)}{_noted(a, row)}",
            count(everyone - row["n"]),
        )
        for (_, row), everyone in zip(selected.iterrows(), before["estimate"], strict=True)
    )
    columns = ("Measure", "Time limit", "Numerator", "Denominator", "Rate (95% CI)", "Excluded")
    lower = any(one.lower for one in a.wording.measures)
    better = (
        ("A higher rate is better, unless marked “lower is better”.",)
        if lower
        else ("A higher rate is better.",)
    )
    return Table("Quality measures, all sites and quarters", columns, rows, (INTERVAL, *better))


def leaving(a: Analysis) -> Table | None:
    """Return why those who did not meet a measure of PHP or IOP left it; None where nobody is recorded."""
    selected = reasons(a.results)
    if not (selected["term"] != NOT_RECORDED).any():
        return None
    rows = tuple(
        (_label(a, row), _reason(str(row["term"])), count(row["estimate"]), count(row["n"]))
        for _, row in selected.iterrows()
    )
    notes = (
        "The reason is that of the client's last episode of PHP or IOP among the discharges.",
        "Of the full continuum, those who began PHP or IOP and had no outpatient care after it.",
    )
    columns = ("Measure not met", "Reason for leaving PHP or IOP", "Events", "Of")
    return Table("Reasons for leaving PHP and IOP, where recorded", columns, rows, notes)


def quarters(a: Analysis) -> Table | None:
    """Return the shares of the last quarters; None where no quarter is known."""
    selected = by_quarter(a.results)
    names = sorted(set(selected["quarter"]))
    if not names:
        return None
    shown = names[-QUARTERS:]
    everyone = measure_rows(a.results)
    rows = tuple(
        (
            f"{_label(a, row)}, {_within(row)}",
            *(_cell(a, selected, row, quarter) for quarter in shown),
        )
        for _, row in everyone.iterrows()
    )
    counted = (
        "A quarter is shown once the time limit of all its events has ended."
        if a.wording.released
        else "Events whose time limit ends after the data cut are not counted."
    )
    notes = [f"Rate and denominator. {counted}"]
    if len(names) > len(shown):
        notes.append(f"Quarters before {shown[0]} are in results.csv.")
    notes.append("Confidence intervals and exclusions are in results.csv.")
    return Table("Quality measures by quarter", ("Measure", *shown), rows, tuple(notes))


def by_site(a: Analysis) -> Text | None:
    """State where the rates of sites are; None where there are none."""
    many = sites(a.results)
    if not many:
        return None
    return Text(
        (
            f"Rates and confidence intervals of each of the {count(many)} sites are in results.csv, beside "
            "this page, in the rows where `analysis` is measures.",
        )
    )


def meanings(a: Analysis) -> Text:
    """Return what each measure counts, whom it left out, and what was not checked."""
    return Text(("Definition of each measure:",), items=tuple(_meaning(a, one) for one in a.wording.measures))


def _label(a: Analysis, row: pd.Series) -> str:
    word = next((one for one in a.wording.measures if one.name == row["endpoint"]), None)
    if word is None:
        return str(row["endpoint"])
    return f"{word.label}{' (lower is better)' if word.lower else ''}"


def _reason(code: str) -> str:
    return "not recorded" if code == NOT_RECORDED else code.replace("_", " ")


def _noted(a: Analysis, row: pd.Series) -> str:
    """Point to what could not be checked with these data."""
    noted = any(one.name == row["endpoint"] and one.notes for one in a.wording.measures)
    return " (see its definition)" if noted else ""


def _within(row: pd.Series) -> str:
    days = int(row["time"])
    return f"{number(days, 0)}\u00a0days" if days else "day 0"


def _example(a: Analysis, selected: pd.DataFrame) -> str:
    """State the first measure in a sentence."""
    # A public report may hold a measure without its number.
    selected = selected.dropna(subset=["estimate", "n"])
    sure = [row["endpoint"] for _, row in selected.iterrows() if row["n"] and not _noted(a, row)]
    if not sure:
        return ""
    first = selected[selected["endpoint"] == sure[0]]
    sentences = [
        f"{percent(row['estimate'])} of {count(row['n'])} within {_within(row)} {confidence(row, percent)}"
        for _, row in first.iterrows()
    ]
    return f" For example: {_label(a, first.iloc[0])}. {listed(sentences)}."


def _cell(a: Analysis, selected: pd.DataFrame, row: pd.Series, quarter: str) -> str:
    selected = selected[(selected["endpoint"] == row["endpoint"]) & (selected["time"] == row["time"])]
    mine = selected[selected["quarter"] == quarter]
    if a.wording.released and not (selected["quarter"] >= quarter).any():
        return "not yet"
    if mine.empty or not mine["n"].iloc[0]:
        return "no events"
    if not known(mine["estimate"].iloc[0], mine["n"].iloc[0]):
        return NOT_SHOWN
    return f"{percent(mine['estimate'].iloc[0])} of {count(mine['n'].iloc[0])}"


def _meaning(a: Analysis, word: MeasureWords) -> str:
    reason = measure_rows(a.results, statistic=NOT_ESTIMATED, measure=word.name)
    selected = [f"{word.label} (`{word.name}`): {word.sentence}"]
    if len(reason):
        selected.append(f"Not computed: {reason['note'].iloc[0]}")
    else:
        selected += [*_left_out(a, word.name), *word.notes]
    selected += [f"Differs from its source: {word.deviations}"] if word.deviations else []
    own = word.not_verified.startswith("Nothing to verify")
    return " ".join([*selected, word.not_verified if own else f"Not verified: {word.not_verified}"])


def _left_out(a: Analysis, name: str) -> Iterator[str]:
    """State how many left for each reason, for the longest window."""
    selected = measure_rows(a.results, statistic=REMOVED, measure=name)
    if selected.empty:
        return
    last = selected[selected["time"] == selected["time"].max()]
    events = measure_rows(a.results, statistic="events", measure=name)
    everyone = count(events["estimate"].iloc[-1])
    gone = [f"{count(row['estimate'])} “{row['term']}”" for _, row in last.iterrows() if row["estimate"]]
    window = _within(last.iloc[0])
    yield (
        f"Excluded from {everyone} ({window}): {listed(gone)}."
        if gone
        else f"None of {everyone} is excluded."
    )
