"""Tables for readers without statistics: every number looked up in the results."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from stepdown.display.text_and_tables import Table
from stepdown.results import AFTER_RANDOMIZATION, CAUTIONS, NOT_ADJUSTED, Provenance, Results
from stepdown.results.reading import FROM_INTERVALS, arms, in_order, landmark, pairs, ranges, rows_of
from stepdown.results.words import count, days_of, free, happened, number, percent, plural, points, signed
from stepdown.results.words import days_free as free_days

EVERYONE = "All"
_DIGITS = 16
INTERVAL = "In brackets: the 95% interval, where the true number may well lie."


def flow(results: Results, *, analysis: str = "") -> Table:
    """Return the steps by which discharges left; `analysis=""` are the steps shared by all."""
    table = results.table
    mine = table[(table["estimand"] == "flow") & (table["analysis"] == analysis)]
    told = mine.set_index(["term", "statistic", "unit"])["estimate"]
    rows = [
        (
            step,
            "" if analysis == "" and not place else count(_get(told, (step, "removed", "discharges"))),
            count(_get(told, (step, "kept", "discharges"))),
            count(_get(told, (step, "kept", "clients"))),
        )
        for place, step in enumerate(in_order(mine, "term"))
    ]
    caption = f"Who is in the comparison at day {landmark(results, analysis)}" if analysis else "Who is in it"
    return Table(caption, ("Step", "Taken out", "Discharges left", "Clients left"), tuple(rows))


def risks(results: Results, *, analysis: str = "whole_cohort", word: str = "relapse") -> Table:
    """Return the share with the event by each day: a column an arm, or a cause where there are no arms."""
    told = rows_of(results, analysis=analysis, estimand="risk")
    names = arms(results, analysis=analysis)
    if names == ("",):
        heads = {cause: _cause(cause, word) for cause in in_order(told, "cause")}
        picked = {head: told[(told["cause"] == cause) & (told["arm"] == "")] for cause, head in heads.items()}
    else:
        told = told[told["cause"] == "relapse"]
        picked = {name: told[told["arm"] == name] for name in names}
    return Table(
        f"{happened(word).capitalize()} by each day{_among(results, analysis, word)}",
        ("By day", *picked),
        _by(told, "time", picked, label=lambda day: f"{day:.0f}", say=_percent),
        _notes(told),
    )


def hazard(results: Results, *, analysis: str = "whole_cohort", word: str = "relapse") -> Table:
    """Return new relapses per 100 still abstinent per month in each band of days."""
    told = rows_of(results, analysis=analysis, estimand="rate")
    names = arms(results, analysis=analysis)
    picked = {name or f"New {plural(word)}": told[told["arm"] == name] for name in names}
    bands = told[["window_start", "window_end"]].apply(tuple, axis=1) if len(told) else told["term"]
    told = told.assign(band=bands)
    picked = {head: part.assign(band=bands[part.index]) for head, part in picked.items()}
    rows = _by(told, "band", picked, label=lambda band: f"Days {days_of(*band)}", say=_rate)
    return Table(
        f"New {plural(word)} per 100 {free(word)} per month, by period",
        ("Period", *picked),
        rows,
        _notes(told),
    )


def window(results: Results, *, analysis: str = "whole_cohort", word: str = "relapse") -> Table:
    """Return what happened inside the window, each measure with its meaning in words."""
    names = arms(results, analysis=analysis)
    found: list[tuple[str, ...]] = []
    shown: list[pd.DataFrame] = []
    for estimand in ("window_risk", "conditional_risk", "share_by"):
        told = rows_of(results, analysis=analysis, estimand=estimand)
        if told.empty:
            continue
        shown.append(told)
        found.append((_measure(told.iloc[0], word), *(_cell(told, name, _percent) for name in names)))
    heads = tuple(name or EVERYONE for name in names)
    notes = _notes(pd.concat(shown)) if shown else ()
    return Table("What the window tells", ("Measure", *heads), tuple(found), notes)


def days_free(results: Results, *, analysis: str = "whole_cohort", word: str = "relapse") -> Table:
    """Return the average days free of relapse and competing events (restricted mean)."""
    told = rows_of(results, analysis=analysis, estimand="rmst")
    names = arms(results, analysis=analysis)
    rows = [
        (
            _days_out_of(int(time), landmark(results, analysis), word),
            *(_cell(told[told["time"] == time], name, _days) for name in names),
        )
        for time in dict.fromkeys(told["time"])
    ]
    return Table(
        f"Average {free_days(word)}",
        ("Measure", *(name or EVERYONE for name in names)),
        tuple(rows),
        (*_notes(told), *_also_end(results, analysis, word)),
    )


def contrasts(results: Results, *, analysis: str, word: str = "relapse") -> Table:
    """Return the differences between arms, each with its caution beside it."""
    table = results.table
    told = table[(table["analysis"] == analysis) & (table["statistic"] == "difference")]
    rows = [
        (_contrast_name(row, word, landmark(results, analysis)), difference(row), _caution(row))
        for _, row in told.iterrows()
    ]
    named = dict.fromkeys(zip(told["arm"], told["reference"], strict=True))
    pair = " and ".join(" against ".join(one) for one in named)
    how = "More and fewer: with the plan named first. Minus signs in brackets mean fewer."
    cautions = [CAUTIONS[code] for code in in_order(told, "note_code") if code]
    return Table(
        f"Differences: {pair}",
        ("Measure", "Difference", "Caution"),
        tuple(rows),
        (*cautions, *_not_shown(told), *_missing(told), how, INTERVAL),
    )


def bounds(results: Results, *, analysis: str = "whole_cohort", word: str = "relapse") -> Table:
    """Return the lowest and the highest that each risk can be, where only intervals are known."""
    told = pairs(results, analysis=analysis, estimand="risk", cause="relapse")
    rows = tuple(
        (
            f"{row['arm']}, day {int(row['time'])}" if row["arm"] else f"Day {int(row['time'])}",
            percent(row["lowest"]),
            percent(row["highest"]),
            between(row, percent).strip("()") if _known(row["conf_low"], row["conf_high"]) else "no interval",
        )
        for _, row in told.iterrows()
    )
    columns = ("By", "Lowest", "Highest", "With 95% limits")
    return Table(
        f"{happened(word).capitalize()} by each contact{_among(results, analysis, word)}",
        columns,
        rows,
        ("Those lost are taken to have fared like the others.",),
    )


def estimated(results: Results, *, analysis: str = "whole_cohort", word: str = "relapse") -> Table:
    """Return the risk by each day as estimated from intervals; without rows where nothing was estimated."""
    told = rows_of(results, analysis=analysis, estimand="risk", cause="relapse")
    model = told[told["method"] == FROM_INTERVALS]
    ends = ranges(results, analysis=analysis)
    rows = tuple(
        (
            f"{row['arm']}, day {int(row['time'])}" if row["arm"] else f"Day {int(row['time'])}",
            _range(*ends.get((row["arm"], row["time"]), (math.nan, math.nan))),
            _percent(row),
        )
        for _, row in model.iterrows()
    )
    return Table(
        f"{happened(word).capitalize()} by each day, as estimated from the contacts"
        f"{_among(results, analysis, word)}",
        ("By", "Without a model", "With one rate within each period"),
        rows,
        (
            f"Both take it that being reached has nothing to do with {word}. A range without a model holds "
            "all numbers that fit the contacts equally well; it does not allow for chance.",
            *_notes(model),
        ),
    )


def provenance(said: Provenance) -> Table:
    """Return what went in: files, rows and hashes, versions and the seed."""
    rows = [(name, count(rows) if rows else "", _short(sha256)) for name, sha256, rows in said.inputs]
    rows += [("study file", "", _short(said.study_sha256)), ("seed", "", str(said.seed))]
    rows += [(f"{name} (version)", "", version) for name, version in said.versions.items()]
    rows.append(("basis of the data", "", said.basis.replace("_", " ")))
    note = f"Of each SHA-256 the first {_DIGITS} characters; manifest.json has them whole."
    return Table("What went in", ("What", "Rows", "SHA-256 or value"), tuple(rows), (note,))


def _short(sha256: str) -> str:
    return f"{sha256[:_DIGITS]}…"


def _get(told: pd.Series, key: tuple[str, str, str]) -> float:
    return float(told.get(key, math.nan))


def _by(
    told: pd.DataFrame,
    column: str,
    picked: dict[str, pd.DataFrame],
    *,
    label: Callable[[Any], str],
    say: Callable[[pd.Series], str],
) -> tuple[tuple[str, ...], ...]:
    """Return a row for each value of a column, a cell for each part picked."""
    return tuple(
        (label(value), *(_first(part[part[column] == value], say) for part in picked.values()))
        for value in dict.fromkeys(told[column])
    )


def _cell(told: pd.DataFrame, arm: str, say: Callable[[pd.Series], str]) -> str:
    return _first(told[told["arm"] == arm], say)


def _first(part: pd.DataFrame, say: Callable[[pd.Series], str]) -> str:
    return say(part.iloc[0]) if len(part) else ""


def _known(*values: float) -> bool:
    return all(math.isfinite(value) for value in values)


def interval(row: pd.Series, write: Callable[[float], str]) -> str:
    """Return "4.0 (3.1 to 4.9)", or say what is missing."""
    if not _known(row["estimate"]):
        reason = row["note"] or (
            f"follow-up ends before day {row['time']:.0f}" if _known(row["time"]) else ""
        )
        return f"not shown: {reason}" if reason else "not shown"
    if not _known(row["conf_low"], row["conf_high"]):
        return f"{write(row['estimate'])} (no interval)"
    return f"{write(row['estimate'])} {between(row, write)}"


def between(row: pd.Series, write: Callable[[float], str]) -> str:
    """Return the limits in brackets, kept on one line."""
    return f"({write(row['conf_low'])}\u00a0to\u00a0{write(row['conf_high'])})"


def _range(low: float, high: float) -> str:
    """Return "13.4%", or "13.4% to 15.0%"; past what anyone was seen free of it, "38.3% or more"."""
    if not _known(low, high):
        return "not shown"
    if percent(low) == percent(high):
        return percent(low)
    return f"{percent(low)} or more" if high == 1 else f"{percent(low)} to {percent(high)}"


def _percent(row: pd.Series) -> str:
    return interval(row, percent)


def _days(row: pd.Series) -> str:
    return interval(row, number)


def _rate(row: pd.Series) -> str:
    events = "" if not _known(row["events"]) else f"; {count(row['events'])} in all"
    return f"{interval(row, number)}{events}"


def difference(row: pd.Series) -> str:
    """Return "9.3 fewer of 100 (−13.8 to −4.8)", or say that it is missing."""
    if not _known(row["estimate"]):
        return "not shown (see the notes)"
    days = row["unit"] == "days"
    write = signed if days else points
    size = number(abs(row["estimate"]) * (1 if days else 100))
    more = "more" if row["estimate"] > 0 else "fewer"
    sure = between(row, write) if _known(row["conf_low"], row["conf_high"]) else "(no interval)"
    return f"{size} {more}{' days' if days else ' of 100'} {sure}"


def _notes(told: pd.DataFrame) -> tuple[str, ...]:
    return (*((INTERVAL,) if told["conf_low"].notna().any() else ()), *_missing(told))


def _not_shown(told: pd.DataFrame) -> tuple[str, ...]:
    reasons = told.loc[told["estimate"].isna() & (told["note"] != ""), "note"]
    return tuple(f"Not shown: {text}." for text in dict.fromkeys(reasons))


def _missing(told: pd.DataFrame) -> tuple[str, ...]:
    missing = told[told["estimate"].notna() & told["conf_low"].isna() & (told["note"] != "")]
    return tuple(f"No interval: {text}." for text in dict.fromkeys(missing["note"]))


def _also_end(results: Results, analysis: str, word: str) -> tuple[str, ...]:
    causes = in_order(rows_of(results, analysis=analysis, estimand="risk"), "cause")
    others = [cause for cause in causes if cause != "relapse"]
    if not others:
        return ()
    days = free_days(word).removesuffix(" days")
    return (f"Days after {' or '.join(others)} do not count as {days}.",)


def _among(results: Results, analysis: str, word: str) -> str:
    start = landmark(results, analysis)
    return f", of those {free(word)} and followed at day {start}" if start else ""


def _cause(cause: str, word: str) -> str:
    names = {
        "relapse": happened(word).capitalize(),
        "death": "Died first",
        "incarceration": "Incarcerated first",
    }
    return names.get(cause, f"{cause.capitalize()} first")


def _measure(row: pd.Series, word: str) -> str:
    """Name a measure of the window by what it is a share of."""
    if row["estimand"] == "share_by":
        return f"Of the {plural(word)} by day {row['window_end']:.0f}, share by day {row['time']:.0f}"
    name = f"{happened(word).capitalize()} on days {days_of(row['window_start'], row['window_end'])}"
    if row["estimand"] == "window_risk":
        return f"{name}, of all"
    still = free(word).removeprefix("still ")
    return f"{name}, of those still {still} after day {row['window_start']:.0f} (descriptive)"


def _days_out_of(time: int, start: int, word: str) -> str:
    span = f"{time - start} (days {start + 1}-{time})" if start else f"{time}"
    return f"Average {free_days(word)} out of {span}"


def _contrast_name(row: pd.Series, word: str, start: int) -> str:
    if row["estimand"] == "rmst":
        return _days_out_of(int(row["time"]), start, word)
    if row["estimand"] == "window_risk":
        return f"{happened(word).capitalize()} on days {days_of(row['window_start'], row['window_end'])}"
    return f"{happened(word).capitalize()} by day {row['time']:.0f}"


def _caution(row: pd.Series) -> str:
    """Return the first words of a caution; it stands in full under the table."""
    return {NOT_ADJUSTED: "Not adjusted", AFTER_RANDOMIZATION: "Not adjusted"}.get(
        row["note_code"], CAUTIONS.get(row["note_code"], "").rstrip(".")
    )
