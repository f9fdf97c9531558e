"""Tables for readers without statistics: every number looked up in the results."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from stepdown.display.estimates import EVERYONE, INTERVAL, between, interval, known
from stepdown.display.text_and_tables import Table
from stepdown.results import ADJUSTED, AFTER_RANDOMIZATION, CAUTIONS, NOT_ADJUSTED, Provenance, Results
from stepdown.results.reading import (
    FROM_INTERVALS,
    arms,
    contrasts_of,
    in_order,
    landmark,
    pairs,
    ranges,
    readable,
    rows_of,
)
from stepdown.results.words import (
    count,
    days_of,
    free,
    happened,
    number,
    percent,
    plural,
    points,
    ratio,
    signed,
)
from stepdown.results.words import days_free as free_days

_DIGITS = 16


def flow(results: Results, *, analysis: str = "") -> Table:
    """Return the steps by which discharges left; `analysis=""` are the steps shared by all."""
    table = results.table
    mine = table[(table["estimand"] == "flow") & (table["analysis"] == analysis)]
    selected = mine.set_index(["term", "statistic", "unit"])["estimate"]
    rows = [
        (
            step,
            "" if analysis == "" and not place else count(_get(selected, (step, "removed", "discharges"))),
            count(_get(selected, (step, "kept", "discharges"))),
            count(_get(selected, (step, "kept", "clients"))),
        )
        for place, step in enumerate(in_order(mine, "term"))
    ]
    caption = "Selection of discharges"
    if analysis:
        caption += f" for the comparison at day {landmark(results, analysis)}"
    return Table(caption, ("Step", "Excluded", "Discharges remaining", "Clients remaining"), tuple(rows))


def risks(results: Results, *, analysis: str = "whole_cohort", word: str = "relapse") -> Table:
    """Return the share with the event by each day: a column an arm, or a cause where there are no arms."""
    selected = rows_of(results, analysis=analysis, estimand="risk")
    names = arms(results, analysis=analysis)
    if names == ("",):
        heads = {cause: _cause(cause, word) for cause in in_order(selected, "cause")}
        picked = {
            head: selected[(selected["cause"] == cause) & (selected["arm"] == "")]
            for cause, head in heads.items()
        }
    else:
        selected = selected[selected["cause"] == "relapse"]
        picked = {name: selected[selected["arm"] == name] for name in names}
    return Table(
        f"{happened(word).capitalize()} by each day{_among(results, analysis, word)}",
        ("By day", *picked),
        _by(selected, "time", picked, label=lambda day: f"{day:.0f}", cell_text=_percent),
        _notes(selected),
    )


def hazard(results: Results, *, analysis: str = "whole_cohort", word: str = "relapse") -> Table:
    """Return new relapses per 100 still abstinent per month in each band of days."""
    selected = rows_of(results, analysis=analysis, estimand="rate")
    names = arms(results, analysis=analysis)
    picked = {name or f"New {plural(word)}": selected[selected["arm"] == name] for name in names}
    bands = (
        selected[["window_start", "window_end"]].apply(tuple, axis=1) if len(selected) else selected["term"]
    )
    selected = selected.assign(band=bands)
    picked = {head: part.assign(band=bands[part.index]) for head, part in picked.items()}
    rows = _by(selected, "band", picked, label=lambda band: f"Days {days_of(*band)}", cell_text=_rate)
    return Table(
        f"New {plural(word)} per 100 {_at_risk(word)} per month, by period",
        ("Period", *picked),
        rows,
        _notes(selected),
    )


def window(results: Results, *, analysis: str = "whole_cohort", word: str = "relapse") -> Table:
    """Return what happened inside the window, each measure with its meaning in words."""
    names = arms(results, analysis=analysis)
    found: list[tuple[str, ...]] = []
    shown: list[pd.DataFrame] = []
    for estimand in ("window_risk", "conditional_risk", "share_of_events_by"):
        selected = rows_of(results, analysis=analysis, estimand=estimand)
        if selected.empty:
            continue
        shown.append(selected)
        found.append((_measure(selected.iloc[0], word), *(_cell(selected, name, _percent) for name in names)))
    heads = tuple(name or EVERYONE for name in names)
    notes = _notes(pd.concat(shown)) if shown else ()
    return Table(_window_caption(results, analysis, word), ("Measure", *heads), tuple(found), notes)


def days_free(results: Results, *, analysis: str = "whole_cohort", word: str = "relapse") -> Table:
    """Return the average days free of relapse and competing events (restricted mean)."""
    selected = rows_of(results, analysis=analysis, estimand="rmst")
    names = arms(results, analysis=analysis)
    rows = [
        (
            _days_out_of(int(time), landmark(results, analysis), word),
            *(_cell(selected[selected["time"] == time], name, _days) for name in names),
        )
        for time in dict.fromkeys(selected["time"])
    ]
    return Table(
        f"Average {free_days(word)}",
        ("Measure", *(name or EVERYONE for name in names)),
        tuple(rows),
        (*_notes(selected), *_also_end(results, analysis, word)),
    )


def contrasts(results: Results, *, analysis: str, word: str = "relapse") -> Table:
    """Return the signed differences from the reference, a column an arm, each with its caution."""
    found = contrasts_of(results, analysis=analysis)
    pairs = list(dict.fromkeys(zip(found["arm"], found["reference"], strict=True)))
    start = landmark(results, analysis)
    measures = found.apply(_contrast_name, axis=1, word=word, start=start) if len(found) else found["term"]
    rows = []
    for name in dict.fromkeys(measures):
        mine = found[measures == name]
        cells = (
            _first(mine[(mine["arm"] == arm) & (mine["reference"] == reference)], _difference)
            for arm, reference in pairs
        )
        rows.append((name, *cells, _caution(mine.iloc[0])))
    cautions = [CAUTIONS[code] for code in in_order(found, "note_code") if code]
    heads = (f"{arm} (reference: {reference})" for arm, reference in pairs)
    how = "Difference per 100 discharges, or in days; a minus sign means fewer than in the reference."
    return Table(
        "Differences from the reference",
        ("Measure", *heads, "Caution"),
        tuple(rows),
        (*cautions, *_not_shown(found), *_missing(found), *_cautions(found), how, INTERVAL),
    )


def hazard_ratios(results: Results, *, analysis: str, word: str = "relapse") -> Table:
    """Return the hazard ratios of current care and of each week of it, a row a term, a column a model."""
    table = readable(results)
    found = table[(table["analysis"] == analysis) & (table["estimand"] == "hazard_ratio")]
    found = found[found["term"] != ""]
    models = {
        "adjusted=none": "Cox model, not adjusted",
        "": "Cox model, adjusted",
        "estimator=marginal_structural": "Marginal structural model",
    }
    rows = tuple(
        (
            f"{term[:1].upper()}{term[1:]}",
            *(_first(found[(found["term"] == term) & (found["variant"] == name)], _ratio) for name in models),
        )
        for term in in_order(found, "term")
    )
    how = "Compared with days out of this care at the same day after time zero. Descriptive."
    return Table(f"Hazard ratios of {word}", ("Care", *models.values()), rows, (how, INTERVAL))


def ratios_by_period(results: Results, *, analysis: str, word: str = "relapse") -> Table:
    """Return the ratios of average hazards by period, a row a period, a column an arm."""
    found = rows_of(results, analysis=analysis, estimand="hazard_ratio", statistic="ratio")
    found = found[found["term"] == ""]
    pairs = list(dict.fromkeys(zip(found["arm"], found["reference"], strict=True)))
    periods = dict.fromkeys(zip(found["window_start"], found["window_end"], strict=True))
    rows = []
    for first, last in periods:
        mine = found[(found["window_start"] == first) & (found["window_end"] == last)]
        cells = (
            _first(mine[(mine["arm"] == arm) & (mine["reference"] == other)], _ratio) for arm, other in pairs
        )
        rows.append((f"Days {days_of(first, last)}", *cells))
    heads = (f"{arm} (reference: {reference})" for arm, reference in pairs)
    how = (
        f"{plural(word).capitalize()} per event-free day of everybody in a group, divided by the same of the "
        "reference. "
        "Descriptive: those still event-free on a later day differ between the groups."
    )
    return Table(f"Hazard ratios of {word} by period", ("Period", *heads), tuple(rows), (how, INTERVAL))


def _ratio(row: pd.Series) -> str:
    return interval(row, ratio)


def bounds(results: Results, *, analysis: str = "whole_cohort", word: str = "relapse") -> Table:
    """Return the lowest and the highest that each risk can be, where only intervals are known."""
    selected = pairs(results, analysis=analysis, estimand="risk", cause="relapse")
    rows = tuple(
        (
            f"{row['arm']}, day {int(row['time'])}" if row["arm"] else f"Day {int(row['time'])}",
            percent(row["lowest"]),
            percent(row["highest"]),
            between(row, percent).strip("()") if known(row["conf_low"], row["conf_high"]) else "no interval",
        )
        for _, row in selected.iterrows()
    )
    columns = ("By", "Lowest", "Highest", "Lowest to highest 95% limit")
    return Table(
        f"{happened(word).capitalize()} by each contact{_among(results, analysis, word)}",
        columns,
        rows,
        (f"Assumes that people lost to follow-up had the same risk of {word} as those followed.",),
    )


def estimated(results: Results, *, analysis: str = "whole_cohort", word: str = "relapse") -> Table:
    """Return the risk by each day as estimated from intervals; without rows where nothing was estimated."""
    selected = rows_of(results, analysis=analysis, estimand="risk", cause="relapse")
    model = selected[selected["method"] == FROM_INTERVALS]
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
        ("By", "Range without a model", "Estimate with a constant rate within each period"),
        rows,
        (
            f"Both assume that being contacted is unrelated to {word}. The range without a model (Turnbull) "
            "contains every share that fits the contacts equally well; it has no confidence interval.",
            *_notes(model),
        ),
    )


def provenance(provenance: Provenance) -> Table:
    """Return what went in: files, rows and hashes, versions and the seed."""
    rows = [(name, count(rows) if rows else "", _short(sha256)) for name, sha256, rows in provenance.inputs]
    rows += [("study file", "", _short(provenance.study_sha256)), ("seed", "", str(provenance.seed))]
    rows += [(f"{name} (version)", "", version) for name, version in provenance.versions.items()]
    rows.append(("legal basis of the data", "", provenance.basis.replace("_", " ")))
    note = f"The first {_DIGITS} characters of each SHA-256; manifest.json holds them in full."
    return Table("Inputs", ("Input", "Rows", "SHA-256 or value"), tuple(rows), (note,))


def _short(sha256: str) -> str:
    return f"{sha256[:_DIGITS]}…"


def _get(selected: pd.Series, key: tuple[str, str, str]) -> float:
    return float(selected.get(key, math.nan))


def _by(
    selected: pd.DataFrame,
    column: str,
    picked: dict[str, pd.DataFrame],
    *,
    label: Callable[[Any], str],
    cell_text: Callable[[pd.Series], str],
) -> tuple[tuple[str, ...], ...]:
    """Return a row for each value of a column, a cell for each part picked."""
    return tuple(
        (label(value), *(_first(part[part[column] == value], cell_text) for part in picked.values()))
        for value in dict.fromkeys(selected[column])
    )


def _cell(selected: pd.DataFrame, arm: str, cell_text: Callable[[pd.Series], str]) -> str:
    return _first(selected[selected["arm"] == arm], cell_text)


def _first(part: pd.DataFrame, cell_text: Callable[[pd.Series], str]) -> str:
    return cell_text(part.iloc[0]) if len(part) else ""


def _range(low: float, high: float) -> str:
    """Return "13.4%", or "13.4% to 15.0%"; past what anyone was seen free of it, "38.3% or more"."""
    if not known(low, high):
        return "not shown"
    if percent(low) == percent(high):
        return percent(low)
    return f"{percent(low)} or more" if high == 1 else f"{percent(low)} to {percent(high)}"


def _percent(row: pd.Series) -> str:
    return interval(row, percent)


def _days(row: pd.Series) -> str:
    return interval(row, number)


def _rate(row: pd.Series) -> str:
    if not known(row["events"]):
        return interval(row, number)
    many = count(row["events"])
    return f"{interval(row, number)}; {many} event{'' if many == '1' else 's'}"


def _notes(selected: pd.DataFrame) -> tuple[str, ...]:
    return (
        *((INTERVAL,) if selected["conf_low"].notna().any() else ()),
        *_missing(selected),
        *_cautions(selected),
    )


def _not_shown(selected: pd.DataFrame) -> tuple[str, ...]:
    reasons = selected.loc[selected["estimate"].isna() & (selected["note"] != ""), "note"]
    return tuple(f"Not shown: {text}." for text in dict.fromkeys(reasons))


def _missing(selected: pd.DataFrame) -> tuple[str, ...]:
    missing = selected[selected["estimate"].notna() & selected["conf_low"].isna() & (selected["note"] != "")]
    return tuple(f"No interval: {text}." for text in dict.fromkeys(missing["note"]))


def _cautions(selected: pd.DataFrame) -> tuple[str, ...]:
    """State where an interval rests on few clusters or few people."""
    noted = selected[selected["conf_low"].notna() & (selected["note"] != "")]
    lines = []
    for text in dict.fromkeys(noted["note"]):
        names = [name for name in dict.fromkeys(noted.loc[noted["note"] == text, "arm"]) if name]
        lines.append(f"{', '.join(names)}: {text}." if names else f"{text[0].upper()}{text[1:]}.")
    return tuple(lines)


def _also_end(results: Results, analysis: str, word: str) -> tuple[str, ...]:
    causes = in_order(rows_of(results, analysis=analysis, estimand="risk"), "cause")
    others = [cause for cause in causes if cause != "relapse"]
    if not others:
        return ()
    days = free_days(word).removesuffix(" days")
    return (f"Days after {' or '.join(others)} are not counted as {days}.",)


def _window_caption(results: Results, analysis: str, word: str) -> str:
    rows = rows_of(results, analysis=analysis, estimand="window_risk")
    if rows.empty:
        return word.capitalize()
    first = rows.iloc[0]
    return f"{word.capitalize()} on days {days_of(first['window_start'], first['window_end'])}"


def _at_risk(word: str) -> str:
    return f"{free(word).removeprefix('still ')} people"


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
    if row["estimand"] == "share_of_events_by":
        whole = f"{plural(word)} by day {row['window_end']:.0f}"
        return f"Share of the {whole} that had happened by day {row['time']:.0f}"
    name = f"{happened(word).capitalize()} on days {days_of(row['window_start'], row['window_end'])}"
    if row["estimand"] == "window_risk":
        return f"{name}, of everyone"
    still = free(word).removeprefix("still ")
    return f"{name}, of those still {still} after day {row['window_start']:.0f} (descriptive)"


def _days_out_of(time: int, start: int, word: str) -> str:
    span = f"{time - start} (days {start + 1}-{time})" if start else f"{time}"
    return f"Average {free_days(word)} out of {span}"


def _difference(row: pd.Series) -> str:
    if not known(row["estimate"]):
        return "not shown (see the notes)"
    return interval(row, signed if row["unit"] == "days" else points)


def _contrast_name(row: pd.Series, *, word: str, start: int) -> str:
    if row["estimand"] == "rmst":
        return _days_out_of(int(row["time"]), start, word)
    if row["estimand"] == "window_risk":
        return f"{happened(word).capitalize()} on days {days_of(row['window_start'], row['window_end'])}"
    return f"{happened(word).capitalize()} by day {row['time']:.0f}"


def _caution(row: pd.Series) -> str:
    """Return the first words of a caution; it is printed in full under the table."""
    return {ADJUSTED: "Adjusted", NOT_ADJUSTED: "Not adjusted", AFTER_RANDOMIZATION: "Not adjusted"}.get(
        row["note_code"], CAUTIONS.get(row["note_code"], "").rstrip(".")
    )
