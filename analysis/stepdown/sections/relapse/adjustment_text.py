"""Sentences about an adjusted comparison: what it rests on, what the data do not allow, other estimators."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from stepdown.display.estimates import confidence, estimate, interval, known
from stepdown.results import Analysis
from stepdown.results.reading import (
    FEWEST_CLUSTERS,
    contrasts_of,
    in_order,
    nobody_with,
    readable,
    rows_of,
)
from stepdown.results.table import SUPPRESSED
from stepdown.results.words import (
    count,
    happened,
    listed,
    percent,
    plural,
    points,
    ratio,
    uncapitalized,
    with_value,
)

START_ALONE = "warning=start_alone"
_STRUCTURAL = "with weights for scores that care moves (marginal structural model)"


def hazard_ratios(a: Analysis, analysis: str) -> Iterator[str]:
    """Yield the hazard ratios of current care, by each model."""
    table = readable(a.results)
    found = table[(table["analysis"] == analysis) & (table["estimand"] == "hazard_ratio")]
    found = found[(found["term"] == "in this care") & found["estimate"].notna()]
    names = {"": "adjusted", "adjusted=none": "not adjusted"}
    for _, row in found.iterrows():
        how = names.get(row["variant"], _STRUCTURAL)
        shown = f"{ratio(row['estimate'])} {confidence(row, ratio)}"
        yield f"Hazard ratio of {a.wording.relapse} in this care, {how}: {shown}."
    if len(found):
        yield (
            f"Below 1, {plural(a.wording.relapse)} were less frequent on days in this care than on other "
            "days; above 1, more frequent."
        )


def support(a: Analysis, analysis: str) -> Iterator[str]:
    """Yield what an adjusted comparison rests on, and what other estimators of it give."""
    sizes = rows_of(a.results, analysis=analysis, estimand="effective_size")
    if sizes.empty:
        return
    day, plain = a.wording.window[1], contrasts_of(a.results, analysis=analysis, unadjusted=True)
    followed = rows_of(a.results, analysis=analysis, estimand="strategy_followed")
    trials = rows_of(a.results, analysis=analysis, estimand="in_trials")
    followed = trials if len(trials) else followed
    pairs = zip(followed["arm"], followed["estimate"], strict=True)
    kept = ", ".join(f"“{arm}” {count(value)}" for arm, value in pairs)
    same = listed([count(value) for value in sizes["estimate"]])
    who = "People in each group" if len(plain) else "People who followed each plan through the grace period"
    table = a.results.table
    left = table[(table["analysis"] == analysis) & (table["estimand"] == "departure")]
    who = "People who did all that each plan asks" if len(left) else who
    who = "Entries into the trials (a discharge may enter several)" if len(trials) else who
    unmatched = rows_of(a.results, analysis=analysis, estimand="unmatched")
    cause = "Because some were lost to follow-up" if len(unmatched) else "Because of the weights"
    yield (
        f"{who}: {kept}. {cause}, the estimates of day {sizes['time'].iloc[0]:.0f} are as "
        f"precise as those from about {same} people."
    )
    yield from _departures(left)
    yield from no_interval(a, analysis)
    if len(unmatched):
        first = unmatched.iloc[0]
        yield f"Of those with “{first['arm']}”, {count(first['estimate'])} had no match and are left out."
    for _, row in rows_of(a.results, analysis=analysis, estimand="scores_missing").iterrows():
        yield (
            f"On {percent(row['estimate'])} of the days on which care could start there was no score of "
            f"{row['term']} of the week before; the latest one was used, with a mark."
        )
    plain = plain[(plain["estimand"] == "risk") & (plain["time"] == day)].dropna(subset=["estimate"])
    if len(plain):
        yield _unadjusted(a, analysis, day)
    for _, row in plain.iterrows():
        yield f"Without the adjustment, the difference by day {day} is {interval(row, points)} points."
    yield from _checks(a, analysis, day)
    yield from _per_protocol(a, analysis, day)
    yield from _left_out(a, analysis)


def _departures(left: pd.DataFrame) -> Iterator[str]:
    """Yield how many copies depart from each plan, why and when."""
    for arm in in_order(left, "arm"):
        rows = left[left["arm"] == arm].set_index(["term", "statistic"])["estimate"]
        parts = []
        for reason in in_order(left[left["arm"] == arm], "term"):
            many, first, last = (rows[reason, name] for name in ("count", "first_day", "last_day"))
            if many > 0:
                days = f"{first:.0f}" if first == last else f"{first:.0f}-{last:.0f}"
                when = f" (day{'' if first == last else 's'} {days})" if known(first) and known(last) else ""
                parts.append(f"{count(many)} with {reason}{when}")
        yield f"Departed from “{arm}”, and count in it no longer: {listed(parts)}."


def _unadjusted(a: Analysis, analysis: str, day: int) -> str:
    """Return the risks of the arms as they are."""
    risks = rows_of(a.results, analysis=analysis, estimand="risk", cause="relapse", unadjusted=True)
    risks = risks[risks["time"] == day].dropna(subset=["estimate"])
    verb = happened(a.wording.relapse)
    shown = [
        f"{percent(row['estimate'])} {verb} with “{row['arm']}” {confidence(row, percent)}"
        for _, row in risks.iterrows()
    ]
    return f"Without the adjustment, {listed(shown)} by day {day}."


def warned(a: Analysis, analysis: str) -> Iterator[str]:
    """Yield what the adjustment of a comparison cannot do with the data, and the remedy."""
    table = a.results.table
    found = table[(table["analysis"] == analysis) & (table["estimand"] == "adjustment_warning")]
    kept = (found["variant"] != START_ALONE) & (found["statistic"] == "estimate")
    for row in found[kept].to_dict("records"):
        what, other = (
            uncapitalized(a.labels.get(row[name], row[name].replace("_", " "))) for name in ("term", "level")
        )
        never = (
            f"none of the {count(row['estimate'])} discharges with {_values(a, found, row)} is in "
            f"“{row['arm']}”, so that {_instead(str(row['method']))}"
        )
        many, of = count(row["estimate"]), count(row["n"]) if known(row["n"]) else ""
        own_group = f"{many} of {of} discharges, which count as a group of their own"
        sentences = {
            "constant": f"{what} is the same for everybody and was left out.",
            "alike": (
                f"{what} and {other} hold the same information (correlation above 0.99). Name one of them."
            ),
            "unknown": (
                f"{what} is not known for "
                f"{'anybody and was left out' if row['estimate'] == row['n'] else own_group}."
            ),
            "drawn": (
                f"{what} is not known for {many} of {of} discharges; their values were drawn from what else "
                "is known of them."
            ),
            "left_out": f"{many} of {of} discharges lack a covariate and are left out of the comparison.",
            "never": (
                f"{never} Join the value with others, or exclude them by eligibility, after which the "
                "numbers are about the others only."
            ),
            "never_together": (
                f"{never} Join one of the values with others, or exclude them by eligibility, after which "
                "the numbers are about the others only."
            ),
            "extreme": (
                f"{many} of {of} discharges had a chance below 2% of one of the groups, given what is "
                'adjusted for. Adjust for less, set population = "overlap" where the design allows it, or '
                "exclude them by eligibility; the last two change whom the numbers are about."
            ),
            "heavy": (
                f"on some day one person has {percent(row['estimate'])} of the weight of “{row['arm']}”. "
                "Look for people who could hardly have been in it."
            ),
        }
        yield f"Check the adjustment: {sentences[row['variant'].removeprefix('warning=')]}"


def _values(a: Analysis, found: pd.DataFrame, row: Mapping[Hashable, Any]) -> str:
    """Return the characteristics with which nobody is in a group, with their values."""
    return listed([
        with_value(a.labels.get(term, term.replace("_", " ")), value)
        for term, value in nobody_with(found, row)
    ])  # fmt: skip


def _instead(method: str) -> str:
    """Return what an estimate rests on for people who are never in one of the groups."""
    if method.startswith("matching") and "doubly robust" not in method:
        return "they are matched, if at all, with people who have another value."
    if ", weighting" in method:
        return (
            "no weights make the groups alike in it, and nothing else makes up for it; method = "
            '"doubly_robust" would.'
        )
    return "for them the estimate rests on the outcome models alone."


def _left_out(a: Analysis, analysis: str) -> Iterator[str]:
    """Yield which columns go with the start of care and not with relapse."""
    table = a.results.table
    found = table[(table["analysis"] == analysis) & (table["variant"] == START_ALONE)]
    if len(found):
        names = [uncapitalized(a.labels.get(one, one.replace("_", " "))) for one in found["term"]]
        verb = "goes" if len(names) == 1 else "go"
        yield (
            f"Known beforehand and not adjusted for: {listed(names)}, which {verb} with the start of care "
            f"and not visibly with {a.wording.relapse}. As far as these data show, adjusting for that would "
            "widen the interval and remove no bias."
        )


def no_interval(a: Analysis, analysis: str) -> Iterator[str]:
    """Yield why a difference, or a risk beside a difference that has one, has no interval."""
    day = a.wording.window[1]
    mine = rows_of(a.results, analysis=analysis, estimand="risk", cause="relapse")
    risks = mine[(mine["time"] == day) & (mine["note"] != "") & mine["conf_low"].isna()]
    risks = risks[risks["status"] != SUPPRESSED]
    contrasts = contrasts_of(a.results, analysis=analysis)
    contrasts = contrasts[(contrasts["estimand"] == "risk") & (contrasts["time"] == day)]
    open_rows = contrasts["status"] != SUPPRESSED
    without = contrasts[contrasts["conf_low"].isna() & (contrasts["note"] != "") & open_rows]
    for note in in_order(without, "note"):
        why = str(note).removesuffix(" for an interval")
        yield f"The difference by day {day} has no confidence interval: {why}."
    for many in rows_of(a.results, analysis=analysis, estimand="quarters_for_interval")["estimate"]:
        yield (
            f"With as many discharges a quarter as now, an interval takes about {count(many)} "
            f"{'quarter' if many == 1 else 'quarters'} in all."
        )
    # Other clusters than people are sites; of six or more the note of the table is enough.
    few = rows_of(a.results, analysis=analysis, estimand="few_clusters")["estimate"]
    if len(few) and few.min() < FEWEST_CLUSTERS:
        yield (
            f"The interval allows for sites, and there are fewer than {FEWEST_CLUSTERS}: it is by t on one "
            "degree of freedom fewer than there are sites. So few sites cannot show more."
        )
    if without.empty and len(risks):
        yield (
            f"By day {day} there is no interval for {listed([f'“{arm}”' for arm in risks['arm']])} alone: "
            f"{in_order(risks, 'note')[0]}. The difference has one, because it rests on both groups."
        )


def _per_protocol(a: Analysis, analysis: str, day: int) -> Iterator[str]:
    """Yield the difference of sequential trials had those who wait not started later."""
    table = readable(a.results)
    found = table[
        (table["analysis"] == analysis) & (table["variant"] == "adherence=per_protocol")
        & (table["estimand"] == "risk") & (table["statistic"] == "difference") & (table["time"] == day)
    ]  # fmt: skip
    for _, row in found.dropna(subset=["estimate"]).iterrows():
        yield (
            "Had nobody in the other group started care up to the last trial (per protocol), the difference "
            f"by day {day} is "
            f"{interval(row, points)} points."
        )


def _checks(a: Analysis, analysis: str, day: int) -> Iterator[str]:
    """Yield the difference from the weights alone and from the outcome models alone."""
    table = readable(a.results)
    found = table[
        (table["analysis"] == analysis) & (table["estimand"] == "risk") & (table["statistic"] == "difference")
        & (table["time"] == day) & table["estimate"].notna()
    ]  # fmt: skip
    for arm, rows in found.groupby("arm", sort=False):
        other = rows[rows["variant"] != ""].set_index("variant")
        differences = {name: estimate(row, points) for name, row in other.iterrows()}
        weighted, models = (differences.get(f"estimator={name}") for name in ("weighted", "g_formula"))
        if weighted is None:
            continue
        whose = f" of “{arm}”" if found["arm"].nunique() > 1 else ""
        if models is None:
            check = f"As a check, the difference{whose} by day {day} is {weighted} points"
            yield f"{check} by matching alone."
            continue
        yield (
            f"As a check, the difference{whose} by day {day} is {weighted} points by the weights "
            f"alone and {models} by the outcome models alone."
        )
