"""Sentences from numbers that are looked up: what was found, and what it cannot say."""

import math
from collections.abc import Iterator

import pandas as pd

from stepdown.display.text_and_tables import Text
from stepdown.results import CAUTIONS, NOT_ADJUSTED, Analysis
from stepdown.results.reading import (
    FROM_INTERVALS,
    WHOLE,
    bounded,
    from_intervals,
    in_order,
    landmark,
    pairs,
    rows_of,
)
from stepdown.results.words import (
    ONLY_AN_INTERVAL,
    count,
    days_free,
    days_of,
    free,
    happened,
    hundred,
    listed,
    number,
    percent,
    plural,
    signed,
    window_name,
)

UNKNOWN_DAYS = "Contacts tell only that it happened since the contact before, not on which day."
_UNITS = {"admission": "admissions", "randomization": "randomized"}


def comparisons(a: Analysis) -> tuple[str, ...]:
    """Return the keys of the analyses that compare arms, the primary first."""
    return tuple(key for key in a.wording.analyses if key != WHOLE)


def headline(a: Analysis) -> Text:
    """Say in a box what was found, with intervals in plain words, and what it cannot say."""
    said = [*_whole(a), *_lost(a)]
    for analysis in comparisons(a)[:1]:
        said += [*_compared(a, analysis), *_cannot(a, analysis)]
    if not comparisons(a):
        said.append("Plans of care are not compared in this report.")
    return Text(tuple(said), heading="What was found", kind="answer")


def people(a: Analysis) -> Text:
    """Say how many came in, and how many are left."""
    steps = rows_of(a.results, analysis="", estimand="flow", statistic="kept")
    steps = steps[steps["unit"] == "discharges"]
    if steps.empty:
        return Text(("How discharges came into this report is not in the results.",))
    first, last = (float(value) for value in (steps["estimate"].iloc[0], steps["estimate"].iloc[-1]))
    left = f"{count(last)} of {count(first)} discharges are in this report."
    why = " The table names why the others are not." if last < first else ""
    cut = (note for note in a.wording.notes if "the data cut" in note)
    return Text((f"{left}{why}", *_lost(a), *cut))


def speed(a: Analysis) -> Text:
    """Say how fast people relapse."""
    return Text(tuple(_whole(a, short=False)))


def timing(a: Analysis) -> Text:
    """Say when the risk is highest, and what happens inside the window."""
    if bounded(a.results, analysis=WHOLE) or from_intervals(a.results, analysis=WHOLE):
        if rows_of(a.results, analysis=WHOLE, estimand="rate").empty:
            return Text((f"Not shown: rates by period and days free. {UNKNOWN_DAYS}",))
        how = (
            f"Estimated from the contacts, with the rate of new {plural(a.wording.relapse)} taken to be the "
            f"same within each period. Not shown: days free. {UNKNOWN_DAYS}"
        )
        return Text((how, *_window(a)))
    said = [*_peak(a), *_window(a)]
    if not said:
        return Text(("Not shown: the results hold no rates by period.",))
    read = (
        f"The rate among those {free(a.wording.relapse)}, period by period. The shaded days are the window "
        "that the study asks about."
    )
    return Text((read, *said))


def comparison(a: Analysis, analysis: str) -> Text:
    """Say how the arms of one analysis differ, and what that cannot say."""
    said = [a.wording.analyses[analysis], *_compared(a, analysis), *_straddle(a, analysis)]
    return Text(tuple(said))


def caution(a: Analysis, analysis: str) -> Text | None:
    """Return the warning of a comparison, or None where it has none."""
    said = tuple(_cannot(a, analysis))
    return Text(said, kind="caution") if said else None


def no_comparison(a: Analysis) -> Text:
    """Say that nothing is compared."""
    refused = tuple(note for note in a.wording.notes if note.startswith("A comparison is not shown"))
    return Text(
        refused or ("There is no comparison in this report: the study names no plans of care to compare.",)
    )


def decisions(a: Analysis) -> Text:
    """Say what the study decided."""
    words = a.wording
    items = (
        f"{words.relapse.capitalize()}: {words.endpoint}",
        f"Missing observations: {words.missing_rule}",
        f"Day 0 is the day of {words.time_zero}. The window of interest is {window_name(words.window)}.",
        *(f"Comparison: {sentence}" for key, sentence in words.analyses.items() if key != WHOLE),
        *words.notes,
    )
    return Text((f"What the study file of “{words.title}” decides, in words:",), items=items)


def _whole(a: Analysis, *, short: bool = True) -> Iterator[str]:
    word, results = a.wording.relapse, a.results
    if bounded(results, analysis=WHOLE):
        told = pairs(results, analysis=WHOLE, estimand="risk", cause="relapse").dropna(subset=["lowest"])
        told = told.dropna(subset=["highest"])
        said = [
            f"between {_plain(row['lowest'])} and {_plain(row['highest'])}{done} by day {row['time']:.0f}"
            for (_, row), done in _with_verb(told, word)
        ]
        if said:
            yield f"Of every 100 {units(a)}, {listed(said)}."
        yield (
            f"{UNKNOWN_DAYS} So this report gives the lowest and the highest number that the contacts allow, "
            "not one number."
        )
        yield from _estimated(a, short=short)
        return
    told = rows_of(results, analysis=WHOLE, estimand="risk", cause="relapse").dropna(subset=["estimate"])
    if told.empty:
        yield f"How many {happened(word)} cannot be told from these data."
        return
    days = [*a.wording.window, told["time"].max()] if short else list(told["time"])
    picked = told[told["time"].isin(days)]
    said = [
        f"{_plain(row['estimate'])}{done} by day {row['time']:.0f}{_sure(row)}"
        for (_, row), done in _with_verb(picked, word)
    ]
    yield f"Of every 100 {units(a)}, {listed(said)}."
    if picked["conf_low"].notna().any():
        yield "The ranges in brackets allow for chance: the true numbers may well lie anywhere inside them."
    yield from _instead(a, short=short)
    if short:
        yield from _peak(a)


def _instead(a: Analysis, *, short: bool) -> Iterator[str]:
    """Say what was analyzed where no day is known; in short, the first sentence of it."""
    for note in a.wording.notes:
        if note.startswith(ONLY_AN_INTERVAL):
            yield f"{note.split('. ')[0].rstrip('.')}." if short else note


def _estimated(a: Analysis, *, short: bool) -> Iterator[str]:
    """Say the estimate from intervals, with what it takes for granted."""
    word, results = a.wording.relapse, a.results
    told = rows_of(results, analysis=WHOLE, estimand="risk", cause="relapse").dropna(subset=["estimate"])
    told = told[told["method"] == FROM_INTERVALS]
    days = [*a.wording.window, told["time"].max()] if short else list(told["time"])
    said = [
        f"{_plain(row['estimate'])}{done} by day {row['time']:.0f}{_sure(row)}"
        for (_, row), done in _with_verb(told[told["time"].isin(days)], word)
    ]
    if said:
        yield (
            f"If being reached has nothing to do with {word}, the numbers can be estimated: of every 100 "
            f"{units(a)}, {listed(said)}."
        )


def _lost(a: Analysis) -> Iterator[str]:
    """Say how many were lost, because all that is told rests on those who were not."""
    told = {
        statistic: rows_of(a.results, analysis="", estimand="followed", statistic=statistic)
        for statistic in ("lost", "never")
    }
    if any(table.empty for table in told.values()):
        return
    lost, never = told["lost"].iloc[0], told["never"]["estimate"].iloc[0]
    if not lost["estimate"]:
        yield (
            f"None of {count(lost['n'])} {units(a)} was lost before day {lost['time']:.0f}, as the "
            f"definition counts it. {a.wording.missing_rule}"
        )
        return
    unseen = f", {count(never)} of them never followed at all" if never else ""
    yield (
        f"{count(lost['estimate'])} of {count(lost['n'])} {units(a)} "
        f"{'was' if lost['estimate'] == 1 else 'were'} "
        f"lost before day {lost['time']:.0f}{unseen}. The numbers hold if these fared like the others, "
        "which nobody knows."
    )


def _with_verb(table: pd.DataFrame, word: str) -> Iterator[tuple[tuple[object, pd.Series], str]]:
    """Yield each row, the first with the verb of the sentence."""
    for place, row in enumerate(table.iterrows()):
        yield row, "" if place else f" had {happened(word)}"


def _peak(a: Analysis) -> Iterator[str]:
    word = a.wording.relapse
    told = rows_of(a.results, analysis=WHOLE, estimand="rate").dropna(subset=["estimate"])
    if len(told) < 2 or not told["estimate"].any():
        return
    ranked = told.sort_values("estimate", kind="stable")
    high, low = ranked.iloc[-1], ranked.iloc[0]
    close = not high["conf_low"] > low["conf_high"]
    yield (
        f"New {plural(word)} were most frequent on days {_band(high)}: {number(high['estimate'])} a month "
        f"per 100 still {free(word).removeprefix('still ')}. They were least frequent on days {_band(low)}: "
        f"{number(low['estimate'])}.{' Chance alone could make that difference.' if close else ''}"
    )


def _window(a: Analysis) -> Iterator[str]:
    word = a.wording.relapse
    for estimand, text in (
        ("window_risk", "On days {days}, {value} {units} {happened}{sure}."),
        ("share_by", "Of all {plural} within {horizon:.0f} days, {share} had happened by day {day}."),
    ):
        told = rows_of(a.results, analysis=WHOLE, estimand=estimand).dropna(subset=["estimate"])
        for _, row in told.iterrows():
            yield text.format(
                days=_band(row),
                horizon=row["window_end"],
                value=hundred(row["estimate"]),
                units=units(a),
                share=percent(row["estimate"], 0),
                happened=happened(word),
                plural=plural(word),
                day=f"{row['time']:.0f}",
                sure=_sure(row),
            )


def _band(row: pd.Series) -> str:
    return days_of(row["window_start"], row["window_end"])


def _sure(row: pd.Series) -> str:
    """Return the interval in brackets, in people of a hundred."""
    if not (math.isfinite(row["conf_low"]) and math.isfinite(row["conf_high"])):
        return " (no interval)"
    return f" ({_plain(row['conf_low'])} to {_plain(row['conf_high'])})"


def _compared(a: Analysis, analysis: str) -> Iterator[str]:
    """Say the risk by the end of the window in each arm, and the differences."""
    word, day = a.wording.relapse, a.wording.window[1]
    if bounded(a.results, analysis=analysis):
        yield f"How much the arms differ is not given as one number. {UNKNOWN_DAYS}"
        return
    told = rows_of(a.results, analysis=analysis, estimand="risk", cause="relapse")
    told = told[told["time"] == day]
    said = [
        f"{hundred(row['estimate'])} {happened(word)} with “{row['arm']}”{_sure(row)}"
        for _, row in told.iterrows()
        if math.isfinite(row["estimate"])
    ]
    start = landmark(a.results, analysis)
    among = f", among those still followed and {free(word)} at day {start}" if start else ""
    if said:
        yield f"By day {day}{among}: {listed(said)}."
    missing = [row["arm"] for _, row in told.iterrows() if not math.isfinite(row["estimate"])]
    if missing:
        yield f"Not shown by day {day}: {listed(missing)}, because follow-up ends before."
    yield from _differences(a, analysis, day)
    if from_intervals(a.results, analysis=analysis):
        yield "Not shown: average days free and a test of the curves. They need days."


def _differences(a: Analysis, analysis: str, day: int) -> Iterator[str]:
    table = a.results.table
    mine = table[(table["analysis"] == analysis) & (table["statistic"] == "difference")]
    mine = mine[
        (mine["time"] == day)
        & mine["estimate"].notna()
        & mine["conf_low"].notna()
        & mine["conf_high"].notna()
    ]
    for _, row in mine[mine["estimand"] == "risk"].iterrows():
        pair = f"{row['arm']} against {row['reference']}"
        none = ", no difference included" if row["conf_low"] <= 0 <= row["conf_high"] else ""
        fit = f"between {_fewer(row['conf_low'])} and {_fewer(row['conf_high'])}{none}"
        rounded = ", worked out before rounding" if _off(a, analysis, row) else ""
        yield f"That is {_fewer(row['estimate'])} of 100{rounded} ({pair}); the data fit anything {fit}."
    for _, row in mine[mine["estimand"] == "rmst"].iterrows():
        span = day - landmark(a.results, analysis)
        more = "more" if row["estimate"] >= 0 else "fewer"
        yield (
            f"In days: {number(abs(row['estimate']))} {more} {days_free(a.wording.relapse)} on average, "
            f"out of "
            f"{span} (the data fit {signed(row['conf_low'])} to {signed(row['conf_high'])})."
        )


def _cannot(a: Analysis, analysis: str) -> Iterator[str]:
    """Yield the caution of the comparison, and what follows from it."""
    table = a.results.table
    mine = table[(table["analysis"] == analysis) & (table["note_code"] != "")]
    codes = in_order(mine, "note_code")
    if not codes and bounded(a.results, analysis=analysis):
        yield (
            "The ranges of the arms stand side by side, not adjusted: the arms may differ in who their "
            "clients are, not only in their care."
        )
    for code in codes:
        yield CAUTIONS[code]
    if NOT_ADJUSTED in codes:
        yield (
            "What this simple comparison cannot say: the clients of one plan may have been better off, or "
            "more willing, from the start. That alone could make such a difference."
        )


def test_of_curves(a: Analysis, analysis: str) -> Text | None:
    """Say the log-rank test, or None where there is none."""
    told = rows_of(a.results, analysis=analysis, estimand="logrank", statistic="p_value").dropna(
        subset=["estimate"]
    )
    if told.empty:
        return None
    value = float(told["estimate"].iloc[0])
    size = "below 0.001" if value < 0.001 else f"{value:.3f}"
    return Text(
        (
            f"A test of whether the arms' curves differ at all (log-rank): p = {size}. It says nothing about "
            "how much they differ, nor why.".replace("p = below", "p below"),
        )
    )


def _straddle(a: Analysis, analysis: str) -> Iterator[str]:
    told = rows_of(a.results, analysis=analysis, estimand="straddle", statistic="count")
    for value in told["estimate"]:
        many = "discharge" if value == 1 else "discharges"
        yield (
            f"For {count(value)} {many} it is not known whether the {a.wording.relapse} came before or "
            f"after day {landmark(a.results, analysis)}."
        )
        if bounded(a.results, analysis=analysis):
            yield "So nothing but these ranges is given for the arms."
        elif rows_of(a.results, analysis=analysis, estimand="risk").empty:
            yield "So nothing is given for the arms."


def units(a: Analysis) -> str:
    """Return what the rows of the data are on day 0."""
    return _UNITS.get(a.wording.time_zero, "discharges")


def _off(a: Analysis, analysis: str, row: pd.Series) -> bool:
    """Say whether a difference in whole people is not that of the arms in whole people."""
    told = rows_of(a.results, analysis=analysis, estimand="risk", cause="relapse")
    told = told[(told["time"] == row["time"]) & told["arm"].isin([row["arm"], row["reference"]])]
    whole = [math.floor(100 * value + 0.5) for value in told["estimate"] if math.isfinite(value)]
    shown = math.floor(100 * abs(row["estimate"]) + 0.5)
    return len(whole) == 2 and abs(whole[0] - whole[1]) != shown


def _plain(value: float) -> str:
    """Return whole people of a hundred without saying "of 100"."""
    return hundred(value).removesuffix(" of 100")


def _fewer(value: float) -> str:
    whole = _plain(abs(value)).replace("fewer than", "less than")
    if whole == "0":
        return "0"
    return f"{whole} {'more' if value > 0 else 'fewer'}"
