"""Sentences about relapse: the main findings, and what they do not show. Every number is looked up."""

from collections.abc import Iterator

import pandas as pd

from stepdown.display.estimates import confidence, difference, estimate, known, units
from stepdown.display.text_and_tables import Text
from stepdown.results import CAUTIONS, NOT_ADJUSTED, Analysis
from stepdown.results.reading import (
    FEWEST_CLUSTERS,
    FROM_INTERVALS,
    RESTS_ON_FEW,
    TOO_FEW_CLUSTERS,
    WHOLE,
    bounded,
    contrasts_of,
    from_intervals,
    in_order,
    landmark,
    pairs,
    rows_of,
    why_no_risk,
    why_withheld,
)
from stepdown.results.words import (
    ONLY_AN_INTERVAL,
    POPULATION,
    SMALL_NUMBERS,
    count,
    days_free,
    days_of,
    free,
    happened,
    listed,
    number,
    percent,
    plural,
    uncapitalized,
    window_name,
)
from stepdown.sections.relapse.adjustment_text import hazard_ratios, support, warned


def comparisons(a: Analysis) -> tuple[str, ...]:
    """Return the keys of the analyses that compare arms, the primary first."""
    return tuple(key for key in a.wording.analyses if key != WHOLE)


def people(a: Analysis) -> Text:
    """Return how many discharges are in the data, and how many are included."""
    steps = rows_of(a.results, analysis="", estimand="flow", statistic="kept")
    steps = steps[steps["unit"] == "discharges"]
    if steps.empty:
        return Text(("The results do not hold the selection of discharges.",))
    first, last = (float(value) for value in (steps["estimate"].iloc[0], steps["estimate"].iloc[-1]))
    left = f"{count(last)} of {count(first)} discharges are included in this report."
    why = " The table gives the reason for each exclusion." if last < first else ""
    cut = (note for note in a.wording.notes if "the data cut" in note)
    return Text((f"{left}{why}", *_lost(a), *cut))


def speed(a: Analysis) -> Text:
    """Return how soon people relapse."""
    return Text(tuple(_whole(a)))


def timing(a: Analysis) -> Text:
    """Return when the risk is highest, and the risk inside the window."""
    word = a.wording.relapse
    if bounded(a.results, analysis=WHOLE) or from_intervals(a.results, analysis=WHOLE):
        if rows_of(a.results, analysis=WHOLE, estimand="rate").empty:
            return Text((f"Not shown: rates by period and {days_free(word)}. {_unknown_days(a)}",))
        how = (
            f"Rates are estimated from the contacts, assuming a constant rate of new {plural(word)} within "
            f"each period. Not shown: {days_free(word)}. {_unknown_days(a)}"
        )
        return Text((how, *_window(a)))
    sentences = [*_peak(a), *_window(a)]
    if not sentences:
        why = SMALL_NUMBERS if a.wording.released else "the results hold no rates by period"
        return Text((f"Not shown: {why}.",))
    read = (
        f"Rate of new {plural(word)} among {_at_risk(word)}, by period. The shaded days are the study's "
        "window of interest."
    )
    return Text((read, *sentences))


def comparison(a: Analysis, analysis: str) -> Text:
    """Return how the arms of one analysis differ."""
    sentences = [
        f"{_place(a, analysis)}{a.wording.analyses[analysis]}",
        *_compared(a, analysis),
        *_spans_landmark(a, analysis),
    ]
    if why_withheld(a.results, analysis=analysis):
        return Text(tuple(sentences))
    return Text((*sentences, *support(a, analysis), *hazard_ratios(a, analysis)))


_NAMES = {
    "clone_censor_weight": "everybody under each plan",
    "baseline": "groups known on day 0",
    "sequential_trials": "sequential trials",
    "time_varying": "care as it changes",
}


def _place(a: Analysis, analysis: str) -> str:
    """Return which of several comparisons this is; empty where there is only one."""
    every = comparisons(a)
    if len(every) < 2:
        return ""
    name = analysis.replace("_", " at day ") if analysis.startswith(("landmark", "matched")) else analysis
    return f"Comparison {every.index(analysis) + 1} of {len(every)}, {_NAMES.get(analysis, name)}. "


def caution(a: Analysis, analysis: str) -> Text | None:
    """Return the caution of a comparison, or None where it has none."""
    sentences = tuple(_cannot(a, analysis))
    return Text(sentences, kind="caution") if sentences else None


_REFUSED = ("A comparison is not shown", "The adjusted comparison is not shown")


def no_comparison(a: Analysis) -> Text:
    """Return which comparisons are not shown, and why; or that the study asks for none."""
    refused = tuple(note for note in a.wording.notes if note.startswith(_REFUSED))
    asked = bool(refused or comparisons(a))
    return Text(refused if asked else ("The study defines no plans of care to compare.",))


def decisions(a: Analysis) -> Text:
    """Return what the study specifies."""
    words = a.wording
    items = (
        f"{words.relapse.capitalize()}: {words.endpoint}",
        f"Missing observations: {words.missing_rule}",
        f"Day 0 is the day of {words.time_zero}. The window of interest is {window_name(words.window)}.",
        *(f"Comparison: {sentence}" for key, sentence in words.analyses.items() if key != WHOLE),
        *words.notes,
    )
    return Text((f"The study file of “{words.title}” specifies:",), items=items)


def test_of_curves(a: Analysis, analysis: str) -> Text | None:
    """Return the log-rank test, or None where there is none."""
    tests = rows_of(a.results, analysis=analysis, estimand="logrank", statistic="p_value")
    if (tests["note"] == TOO_FEW_CLUSTERS).any() and _few_sites(a):
        return Text((_NO_TEST,))
    tests = tests.dropna(subset=["estimate"])
    if tests.empty:
        return None
    value = float(tests["estimate"].iloc[0])
    size = "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
    what = "It does not show how much the arms differ, or why."
    return Text((f"Log-rank test of equal curves: {size}. {what}",))


def _few_sites(a: Analysis) -> bool:
    table = a.results.table
    sites = table.loc[table["estimand"] == "observed_expected", "site"]
    return 1 < sites.nunique() < FEWEST_CLUSTERS


_NO_TEST = (
    "No log-rank test is given: intervals allow for sites, and there are fewer than 6. In its place is the "
    "95% confidence interval of the difference, by t on one degree of freedom fewer than there are sites. So "
    "few sites cannot show more."
)


def _unknown_days(a: Analysis) -> str:
    return (
        f"Contacts show that the {a.wording.relapse} happened since the previous contact, but not on which "
        "day."
    )


def _at_risk(word: str) -> str:
    return f"{free(word).removeprefix('still ')} people"


def _whole(a: Analysis) -> Iterator[str]:
    results = a.results
    if bounded(results, analysis=WHOLE):
        risks = pairs(results, analysis=WHOLE, estimand="risk", cause="relapse")
        risks = risks.dropna(subset=["lowest", "highest"])
        sentences = [
            f"between {percent(row['lowest'])} and {percent(row['highest'])}{done} by day {row['time']:.0f}"
            for row, done in _with_verb(risks, a)
        ]
        if sentences:
            yield _sentence(sentences)
        yield (
            f"{_unknown_days(a)} This report therefore gives the lowest and the highest share that agree "
            "with the contacts."
        )
        yield from _estimated(a)
        return
    risks = rows_of(results, analysis=WHOLE, estimand="risk", cause="relapse").dropna(subset=["estimate"])
    if reason := _not_judged(a):
        yield f"The risk of {a.wording.relapse} {uncapitalized(reason)}"
        if a.results.table["analysis"].eq("definitions").any():
            yield "The section on definitions shows what can be judged from them."
        return
    if risks.empty:
        why = why_no_risk(results, released=bool(a.wording.released))
        yield f"The risk of {a.wording.relapse} is {why}."
        return
    yield _sentence(_risks(a, risks))
    if risks["conf_low"].notna().any():
        yield "95% CI: 95% confidence interval."
    yield from _few_at_risk(a, risks)
    yield from _instead(a)


def _not_judged(a: Analysis) -> str:
    """Return why these data cannot show the study's own definition, as a sentence; empty where they can."""
    found = rows_of(a.results, analysis=WHOLE, estimand="risk", statistic="not_estimated")
    return str(found["note"].iloc[0]) if len(found) else ""


def _few_at_risk(a: Analysis, risks: pd.DataFrame) -> Iterator[str]:
    """Yield which risks rest on fewer than 10 people at risk."""
    few = risks[risks["note"].str.contains(RESTS_ON_FEW, regex=False)]
    if few.empty:
        return
    arms = [arm for arm in dict.fromkeys(few["arm"]) if arm]
    days = listed([f"day {day:.0f}" for day in dict.fromkeys(few["time"])])
    whose = f" with {listed([f'“{arm}”' for arm in arms])}" if arms else ""
    yield (
        f"The risk by {days}{whose} rests on few people: fewer than 10 were still at risk on the last day "
        f"with a {a.wording.relapse}."
    )


def _instead(a: Analysis) -> Iterator[str]:
    """Yield what was analyzed where no day is known."""
    yield from (note for note in a.wording.notes if note.startswith(ONLY_AN_INTERVAL))


def _estimated(a: Analysis) -> Iterator[str]:
    """Yield the estimate from intervals, with its assumption."""
    risks = rows_of(a.results, analysis=WHOLE, estimand="risk", cause="relapse").dropna(subset=["estimate"])
    picked = risks[risks["method"] == FROM_INTERVALS]
    if len(picked):
        yield (
            f"If being contacted is unrelated to {a.wording.relapse}, the share can be estimated: "
            f"{listed(_risks(a, picked))}."
        )


def _risks(a: Analysis, risks: pd.DataFrame) -> list[str]:
    return [
        f"{percent(row['estimate'])}{done} by day {row['time']:.0f} {confidence(row, percent)}"
        for row, done in _with_verb(risks, a)
    ]


def _with_verb(table: pd.DataFrame, a: Analysis) -> Iterator[tuple[pd.Series, str]]:
    """Yield each row, the first with the subject and verb of the sentence."""
    subject = f" of {units(a.wording.time_zero)} had {happened(a.wording.relapse)}"
    for place, (_, row) in enumerate(table.iterrows()):
        yield row, "" if place else subject


def _sentence(parts: list[str]) -> str:
    text = listed(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _lost(a: Analysis) -> Iterator[str]:
    """Yield how many were lost to follow-up, and what the figures assume about them."""
    word, counted = a.wording.relapse, units(a.wording.time_zero)
    lost, never = (
        rows_of(a.results, analysis="", estimand="followed", statistic=statistic)
        for statistic in ("lost", "never")
    )
    if lost.empty or never.empty:
        return
    first, unseen = lost.iloc[0], never["estimate"].iloc[0]
    if not first["estimate"]:
        yield (
            f"None of {count(first['n'])} {counted} was lost to follow-up before day {first['time']:.0f}, "
            f"under this definition of {word}. {a.wording.missing_rule}"
        )
        return
    many = "was" if first["estimate"] == 1 else "were"
    yield (
        f"{count(first['estimate'])} of {count(first['n'])} {counted} "
        f"({percent(first['estimate'] / first['n'])}) {many} lost to follow-up before day {first['time']:.0f}"
        f"{_never_seen(unseen)}. These "
        f"figures assume that "
        f"people lost to follow-up had the same risk of {word} as those who were followed; these data "
        "cannot confirm it."
    )


def _never_seen(unseen: float) -> str:
    """Return the end of a sentence on those without any follow-up."""
    if not known(unseen):
        return "; those without any follow-up are left out"
    return f", {count(unseen)} of them without any follow-up, who are left out" if unseen else ""


def _peak(a: Analysis) -> Iterator[str]:
    word = a.wording.relapse
    rates = rows_of(a.results, analysis=WHOLE, estimand="rate", statistic="estimate")
    rates = rates[rates["estimate"].notna() & ~rates["window_end"].isin(_not_reached(a))]
    if len(rates) < 2 or not rates["estimate"].any():
        return
    if not a.wording.periods_apart:
        yield (
            "Contacts are too far apart to show in which of these periods the rate of new "
            f"{plural(word)} was highest."
        )
        return
    ranked = rates.sort_values("estimate", kind="stable")
    high, low = ranked.iloc[-1], ranked.iloc[0]
    close = not high["conf_low"] > low["conf_high"]
    yield (
        f"The rate of new {plural(word)} was highest on days {_band(high)} ({number(high['estimate'])} per "
        f"100 {_at_risk(word)} per month) and lowest on days {_band(low)} ({number(low['estimate'])})."
        f"{' The confidence intervals of the two rates overlap.' if close else ''}"
    )


def _not_reached(a: Analysis) -> list[float]:
    """Return the days that nobody free of relapse was followed to."""
    left = rows_of(a.results, analysis=WHOLE, estimand="at_risk", statistic="at_risk")
    return [float(day) for day in left.loc[left["estimate"] == 0, "time"]]


def _window(a: Analysis) -> Iterator[str]:
    word = a.wording.relapse
    for _, row in _estimates(a, "window_risk"):
        yield (
            f"On days {_band(row)}, {estimate(row, percent)} of {units(a.wording.time_zero)} "
            f"{happened(word)} {confidence(row, percent)}."
        )
    for _, row in _estimates(a, "share_of_events_by"):
        yield (
            f"{estimate(row, percent)} of all {plural(word)} by day {row['window_end']:.0f} had happened "
            f"by day {row['time']:.0f} {confidence(row, percent)}."
        )


def _estimates(a: Analysis, estimand: str) -> Iterator[tuple[object, pd.Series]]:
    yield from rows_of(a.results, analysis=WHOLE, estimand=estimand).dropna(subset=["estimate"]).iterrows()


def _band(row: pd.Series) -> str:
    return days_of(row["window_start"], row["window_end"])


def _compared(a: Analysis, analysis: str) -> Iterator[str]:
    """Yield the risk by the end of the window in each arm, and the differences."""
    word, day = a.wording.relapse, a.wording.window[1]
    if reasons := why_withheld(a.results, analysis=analysis):
        yield f"The comparison of {_plans(a)} is withheld: these data are not enough to trust it."
        # A public report holds no reason of a gate, whose words have counts.
        yield from ("[[trust|Can this be trusted?]] gives the reasons.",) if a.wording.released else reasons
        return
    if bounded(a.results, analysis=analysis):
        yield f"The difference between the arms is not given as one number. {_unknown_days(a)}"
        return
    risks = rows_of(a.results, analysis=analysis, estimand="risk", cause="relapse")
    risks = risks[risks["time"] == day]
    verb = f"would have {happened(word)}" if (risks["population"] != "").any() else happened(word)
    sentences = [
        f"{estimate(row, percent)} {verb} with “{row['arm']}” {confidence(row, percent)}"
        for _, row in risks.iterrows()
        if known(row["estimate"])
    ]
    start = landmark(a.results, analysis)
    among = f", among those still followed and {free(word)} at day {start}" if start else ""
    about = in_order(risks[~risks["population"].isin(["", "everyone"])], "population")
    left_out = rows_of(a.results, analysis=analysis, estimand="unmatched")["estimate"].gt(0).any()
    whom = "the people matched" if left_out else POPULATION[about[0]] if about else ""
    among += f", for {whom}" if whom else ""
    if sentences:
        yield f"By day {day}{among}: {listed(sentences)}."
        yield from _few_at_risk(a, risks[risks["estimate"].notna()])
    missing = [row["arm"] for _, row in risks.iterrows() if not known(row["estimate"])]
    if missing:
        yield f"Not shown by day {day}: {listed(missing)}, because follow-up ends before that day."
    yield from _differences(a, analysis, day)
    if from_intervals(a.results, analysis=analysis):
        yield f"Not shown: {days_free(word)} and a test of the curves. Both need the day of each {word}."


def _plans(a: Analysis) -> str:
    return listed([f"“{arm}”" for arm in a.wording.arms])


def _differences(a: Analysis, analysis: str, day: int) -> Iterator[str]:
    word, mine = a.wording.relapse, contrasts_of(a.results, analysis=analysis)
    mine = mine[mine["time"] == day].dropna(subset=["estimate", "conf_low", "conf_high"])
    for _, row in mine[mine["estimand"] == "risk"].iterrows():
        what = f"{plural(word)} per 100 {units(a.wording.time_zero)}"
        yield (
            f"Difference by day {day}, “{row['arm']}” compared with “{row['reference']}”: "
            f"{difference(row, what, scale=100)}."
        )
        yield from _needed(a, analysis, row["arm"], adjusted=row["population"] != "")
    for _, row in mine[mine["estimand"] == "rmst"].iterrows():
        start = landmark(a.results, analysis)
        yield (
            f"On average, people with “{row['arm']}” had {difference(row, days_free(word))} on "
            f"days {days_of(start, day)} than people with “{row['reference']}”."
        )


def _needed(a: Analysis, analysis: str, arm: str, *, adjusted: bool) -> Iterator[str]:
    """Yield what a difference of 10 percentage points would take, where these data are too few."""

    def needed(estimand: str) -> pd.Series:
        found = rows_of(a.results, analysis=analysis, estimand=estimand, arm=arm, unadjusted=not adjusted)
        return found.loc[(found["population"] != "") == adjusted, "estimate"]

    what = "an adjusted difference" if adjusted else "a difference"
    where = "in all, divided between the groups as now" if adjusted else "in each arm"
    for many in needed("discharges_needed"):
        yield (
            f"These data are too few to show {what} of 10 per 100: that takes about {count(many)} "
            f"discharges {where} (80% power)."
        )
    for many in needed("quarters_needed"):
        yield (
            f"With as many discharges a quarter and as much follow-up as now, those take {count(many)} "
            f"{'quarter' if many == 1 else 'quarters'} in all."
        )


def _cannot(a: Analysis, analysis: str) -> Iterator[str]:
    """Yield the caution of the comparison, and what follows from it."""
    found = contrasts_of(a.results, analysis=analysis)
    tests = rows_of(a.results, analysis=analysis, estimand="logrank", statistic="p_value")
    found = found if len(found) else tests
    codes = in_order(found[found["note_code"] != ""], "note_code")
    if not codes and bounded(a.results, analysis=analysis):
        yield (
            "The ranges of the arms are not adjusted: the arms may differ in who their clients are, not only "
            "in their care."
        )
    for code in codes:
        yield CAUTIONS[code]
    yield from warned(a, analysis)
    if NOT_ADJUSTED in codes:
        yield (
            "Clients of one plan may have been less severely ill, or more motivated, from the start. That "
            "alone could produce such a difference."
        )


def _spans_landmark(a: Analysis, analysis: str) -> Iterator[str]:
    spans = rows_of(a.results, analysis=analysis, estimand="interval_spans_landmark", statistic="count")
    for value in spans["estimate"]:
        many = "discharge" if value == 1 else "discharges"
        yield (
            f"For {count(value)} {many}, it is not known whether the {a.wording.relapse} came before or "
            f"after day {landmark(a.results, analysis)}."
        )
        if bounded(a.results, analysis=analysis):
            yield "Only ranges are therefore given for the arms."
        elif rows_of(a.results, analysis=analysis, estimand="risk").empty:
            yield "No estimate is therefore given for the arms."
