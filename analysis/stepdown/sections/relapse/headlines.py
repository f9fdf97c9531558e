"""What the sections on relapse found: a short sentence each, visible while the section is closed."""

from stepdown.display.estimates import amount, digits, known, units
from stepdown.results import Analysis
from stepdown.results.reading import WHOLE, bounded, contrasts_of, from_intervals, rows_of, why_withheld
from stepdown.results.words import count, days_of, happened, listed, number, percent, plural
from stepdown.sections.relapse import text


def people(a: Analysis) -> str:
    """Return how many discharges are included."""
    steps = rows_of(a.results, analysis="", estimand="flow", statistic="kept")
    steps = steps[steps["unit"] == "discharges"]
    if steps.empty:
        return "The selection of discharges is not shown."
    first, last = (float(value) for value in (steps["estimate"].iloc[0], steps["estimate"].iloc[-1]))
    return f"{count(last)} of {count(first)} discharges are included."


def speed(a: Analysis) -> str:
    """Return the risk by the end of the window and by the last day."""
    word = a.wording.relapse
    risks = rows_of(a.results, analysis=WHOLE, estimand="risk", cause="relapse").dropna(subset=["estimate"])
    if bounded(a.results, analysis=WHOLE):
        return f"The day of {word} is known as an interval only, so the risk is a range."
    picked = risks[risks["time"].isin([a.wording.window[1], a.wording.times[-1]])]
    if picked.empty:
        return f"The risk of {word} is not shown."
    parts = [f"{percent(row['estimate'])} by day {row['time']:.0f}" for _, row in picked.iterrows()]
    return f"{happened(word).capitalize()}: {listed(parts)}."


def timing(a: Analysis) -> str:
    """Return in which periods the rate was highest and lowest."""
    rates = rows_of(a.results, analysis=WHOLE, estimand="rate").dropna(subset=["estimate"])
    spread = a.wording.periods_apart and len(rates) > 1 and rates["estimate"].any()
    if not spread or bounded(a.results, analysis=WHOLE) or from_intervals(a.results, analysis=WHOLE):
        return "The period of the highest rate is not shown."
    ranked = rates.sort_values("estimate", kind="stable")
    high, low = (
        f"days {days_of(row['window_start'], row['window_end'])} ({number(row['estimate'])})"
        for row in (ranked.iloc[-1], ranked.iloc[0])
    )
    return f"New {plural(a.wording.relapse)} per 100 people at risk a month: most on {high}, fewest on {low}."


def arms(a: Analysis) -> str:
    """Return the difference of the primary comparison by the end of the window, or why there is none."""
    day, keys = a.wording.window[1], text.comparisons(a)
    if not keys:
        asked = text.no_comparison(a).paragraphs[0].startswith("The study defines")
        return (
            "The study compares no groups."
            if asked
            else "A comparison is not shown: the section gives the reason."
        )
    if why_withheld(a.results, analysis=keys[0]):
        return "Withheld: these data are not enough to trust the comparison."
    found = contrasts_of(a.results, analysis=keys[0])
    found = found[(found["estimand"] == "risk") & (found["time"] == day) & (found["cause"] == "relapse")]
    if bounded(a.results, analysis=keys[0]) or found.empty or not known(found["estimate"].iloc[0]):
        return f"A difference in risk by day {day} is not shown."
    value, name = 100 * float(found["estimate"].iloc[0]), found["arm"].iloc[0]
    size = f"{amount(value, digits(found.iloc[0], scale=100))} {plural(a.wording.relapse)}"
    return f"{size[:1].upper()}{size[1:]} per 100 {units(a.wording.time_zero)} by day {day} with “{name}”."


def decisions(a: Analysis) -> str:
    """Return what the section holds."""
    files = len([name for name, _, rows in a.provenance.inputs if rows])
    return f"What the study file specifies, and the {files} data files that went in."
