"""For whom: sentences and tables."""

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from stepdown.display.estimates import interval
from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis
from stepdown.results.reading import FEWEST_CLUSTERS
from stepdown.results.words import (
    NOT_SHOWN,
    count,
    days_free,
    listed,
    number,
    percent,
    plural,
    points,
    ratio,
    uncapitalized,
    value_name,
)
from stepdown.sections.subgroups.read import (
    DOSE,
    MARGIN,
    SO_FAR,
    SUBGROUPS,
    Subgroup,
    compared_arms,
    dose_curve,
    dose_measures,
    dose_of_few_clusters,
    dose_refusal,
    interactions,
    margin_of,
    margins,
    of_subgroups,
    refusals,
    refused_margins,
    too_few_clusters,
    weekly_ratio,
    weights_differ,
    weights_of_loss_alone,
    withheld_reason,
)

ALPHA = 0.05
_UNEVEN = 0.5
"""Effective share of the weights below which the text says that they are uneven."""
_DOSE, _ALIKE = "More care, less relapse?", "Is one as good as the other?"


def finding(a: Analysis) -> str:
    """Return whether the effect differs between groups; empty where the study asks for no groups."""
    arms = compared_arms(a.results)
    if withheld_reason(a.results, SUBGROUPS) or (not arms and refusals(a.results, SUBGROUPS)):
        return "The effect in groups of people is not shown: the section gives the reason."
    if not arms:
        return ""
    tests = [interactions(a.results, arm) for arm in arms]
    if not any(len(one) for one in tests):
        return "Whether the effect differs between groups cannot be tested."
    apart = dict.fromkeys(str(name) for one in tests for name in one.index[one < ALPHA])
    if apart:
        return f"The effect differs between groups by {listed([_label(a, name) for name in apart])}."
    return "There is no evidence that the effect differs between groups."


def found(a: Analysis, arm: str) -> Text:
    """State whether the effect of an arm differs between groups of people."""
    groups = of_subgroups(a.results, arm)
    reference = str(groups[0].effect["reference"])
    shown = [one for one in groups if one.shown]
    why = withheld_reason(a.results, SUBGROUPS)
    if why:
        return Text((f"The effect in groups of people is not shown. {why}",))
    sentences = [
        f"The difference in the risk of {a.wording.relapse} by day {a.wording.window[1]}, “{arm}” compared "
        f"with “{reference}”, among people with one characteristic at a time. Below 0: fewer "
        f"{plural(a.wording.relapse)}.",
        *(_interaction(a, arm) if shown else ()),
        *_hidden(groups),
    ]
    return Text((*sentences, *refusals(a.results, SUBGROUPS)))


def _interaction(a: Analysis, arm: str) -> Iterator[str]:
    tests = interactions(a.results, arm)
    if too_few_clusters(a.results, arm):
        yield (
            "No p-value of a difference between groups is given: intervals allow for sites, and there are "
            f"fewer than {FEWEST_CLUSTERS}. In its place are the 95% confidence intervals of the groups, by "
            "t on one degree of freedom fewer than there are sites. So few sites cannot show more."
        )
        return
    if tests.empty:
        yield (
            "Whether the effect differs between groups cannot be tested: no characteristic has two groups "
            "with enough people."
        )
        return
    apart = tests[tests < ALPHA]
    several = f", allowing for {len(tests)} tests (Holm)" if len(tests) > 1 else ""
    if len(apart):
        named = listed([f"{_label(a, str(name))} ({_p(value)})" for name, value in apart.items()])
        yield f"The effect differs between groups by {named}{several}."
    else:
        small = str(tests.idxmin())
        yield (
            "There is no evidence that the effect differs between groups: smallest "
            f"{_p(float(tests.min()))}, by {_label(a, small)}{several}. That is no proof that it is "
            "the same for everybody."
        )
    yield (
        "An interval that excludes 0 in one group and not in another does not show that the effect differs; "
        "only the test of the difference does."
    )


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def _hidden(groups: Sequence[Subgroup]) -> Iterator[str]:
    hidden = [one for one in groups if not one.shown]
    reasons = " or ".join(sorted({one.reason for one in hidden}))
    if len(hidden) == len(groups):
        yield f"No group has a number: {reasons}."
    elif hidden:
        are = "is" if len(hidden) == 1 else "are"
        yield f"{len(hidden)} of {len(groups)} groups {are} listed without a number: {reasons}."


def table(a: Analysis, arm: str) -> Table:
    """Return the effect of an arm in each group, and once chance is allowed for."""
    tests = interactions(a.results, arm)
    rows = []
    before = ""
    for one in of_subgroups(a.results, arm):
        p = f"{tests[one.column]:.3f}" if one.column != before and one.column in tests.index else ""
        before = one.column
        name = f"{_label(a, one.column, capital=True)}: {value_name(one.column, one.level)}"
        if not one.shown:
            rows.append((name, "", f"{NOT_SHOWN}: {one.reason}", "", p))
            continue
        effect = interval(one.effect, points)
        near = "" if math.isnan(one.shrunken) else points(one.shrunken)
        rows.append((name, count(one.effect["n"]), effect, near, p))
    notes = (
        "In parentheses: 95% confidence interval. After chance: the difference drawn toward the mean of the "
        "groups of the same characteristic. p: test that the effect is the same in all groups of a "
        "characteristic, with Holm's adjustment for the number of characteristics.",
    )
    columns = ("Group", "Discharges", "Difference (percentage points)", "After chance", "p")
    caption = f"Difference in risk by day {a.wording.window[1]} by group: {arm}"
    return Table(caption, columns, tuple(rows), notes, fold=f"All {len(rows)} groups in a table")


def _label(a: Analysis, column: str, *, capital: bool = False) -> str:
    name = a.labels.get(column, column.replace("_", " ").capitalize())
    return name if capital else uncapitalized(name)


def dose(a: Analysis) -> Text | None:
    """State what goes with more care, by the landmark and so far; None where the study does not ask."""
    measures = dose_measures(a.results)
    if not measures:
        return None
    held = withheld_reason(a.results, DOSE)
    if held:
        return Text((f"The dose of care is not shown. {held}",), heading=_DOSE)
    sentences = [one for measure in measures for one in (*_known(a, measure), *_so_far(a, measure))]
    # Weeks and hours share their caution, and often the reason why there is no number.
    return Text((*dict.fromkeys(sentences), *_few_sites(a), *_weekly(a)), heading=_DOSE)


def _few_sites(a: Analysis) -> Iterator[str]:
    if dose_of_few_clusters(a.results):
        yield (
            "These intervals allow for sites, and there are fewer than "
            f"{FEWEST_CLUSTERS}: they are by t on one "
            "degree of freedom fewer than there are sites. So few sites cannot show more."
        )


def _known(a: Analysis, measure: str) -> Iterator[str]:
    """State what goes with the dose known at the landmark."""
    why = dose_refusal(a.results, measure)
    if why:
        yield f"The dose of care is not shown: {why.removesuffix('.')}."
        return
    curve = dose_curve(a.results, measure)
    first, word = curve.iloc[0], a.wording.relapse
    start, end = first["window_start"], first["window_end"]
    yield (
        f"Among the {count(first['n'])} people followed and free of {word} on day {start:.0f}, by the "
        f"{measure} of {_levels(first['level'])} that they had had by then. Against none, the hazard of "
        f"{word} in days {start + 1:.0f}-{end:.0f} was {_two_doses(curve, measure)}."
    )
    yield (
        "People who had more care by then differ from others in more than their care. This describes; it is "
        "no comparison of plans."
    )


def _so_far(a: Analysis, measure: str) -> Iterator[str]:
    """State what goes with the dose so far, by the marginal structural model."""
    why = dose_refusal(a.results, measure, SO_FAR)
    if why:
        yield (f"The dose of care so far (marginal structural model) is not shown: {why.removesuffix('.')}.")
    curve = dose_curve(a.results, measure, SO_FAR)
    if curve.empty:
        return
    first, word = curve.iloc[0], a.wording.relapse
    care = _levels(first["level"])
    text = (
        f"By the {measure} of {care} so far, week by week to day {first['window_end']:.0f}, among "
        f"{count(first['n'])} people: against none so far, the hazard of {word} was "
        f"{_two_doses(curve, measure)} (marginal structural model)."
    )
    share = weights_differ(a.results, measure)
    if share < _UNEVEN:
        text += (
            f" The weights are uneven: they leave {percent(share)} of the information of the weeks followed."
        )
    yield text
    # The same for weeks and hours: a paragraph of its own, which is shown once.
    if math.isnan(share) or weights_of_loss_alone(a.results, measure):
        yield (
            "Waiting counts as time without care. No score that changes after discharge is adjusted for, so "
            "reasons that arise later, for which people leave care or come to it, are not allowed for."
        )
        if not math.isnan(share):
            yield "Weights allow for what the study file says loss to follow-up depends on."
    else:
        yield (
            "Waiting counts as time without care. Weights allow for the scores that change while people are "
            "followed."
        )


def _two_doses(curve: pd.DataFrame, measure: str) -> str:
    half, last = curve.iloc[len(curve) // 2], curve.iloc[-1]
    first = f"{_hazard(half)} with {number(half['dose'])} {measure}"
    return f"{first} and {_hazard(last)} with {number(last['dose'])}"


def _levels(levels: str) -> str:
    names = {"php": "PHP", "iop": "IOP"}
    return " or ".join(names.get(one, f"{one} care") for one in levels.split("+"))


def _hazard(row: pd.Series) -> str:
    low, high = (ratio(row[name]) for name in ("conf_low", "conf_high"))
    return f"{ratio(row['estimate'])} times as high (95% CI {low} to {high})"


def _weekly(a: Analysis) -> Iterator[str]:
    for _, row in weekly_ratio(a.results).iterrows():
        low, high = (ratio(row[name]) for name in ("conf_low", "conf_high"))
        yield (
            "By the marginal structural model, which allows for measured reasons to stay in care, the hazard "
            f"ratio of each week of care so far is {ratio(row['estimate'])} (95% CI {low} to {high})."
        )


_QUANTITIES = {
    "risk": "the difference in risk by day {day}",
    "rmst": "the difference in mean {free} up to day {day}",
    "hazard_ratio": "the hazard ratio up to day {day}",
}


def margin_sentences(a: Analysis) -> Text | None:
    """State whether the arms are alike within the margin; None where the study has none."""
    found = margins(a.results)
    held = withheld_reason(a.results, MARGIN)
    if held:
        return Text((f"Whether the plans are alike within a margin is not shown. {held}",), heading=_ALIKE)
    why = [
        f"The margin of {_quantity(a, term)} is not judged: {one}."
        for term, one in refused_margins(a.results)
    ]
    if found.empty and not why:
        return None
    return Text(
        (*(_margin(a, row) for _, row in found.iterrows()), *why), heading="Is one as good as the other?"
    )


def _quantity(a: Analysis, term: str) -> str:
    return _QUANTITIES[term].format(day=a.wording.window[1], free=days_free(a.wording.relapse))


def _margin(a: Analysis, row: pd.Series) -> str:
    what = _quantity(a, row["term"])
    margin = margin_of(a.results, row)
    write, size = {
        "risk": (points, f"{number(100 * margin)} percentage points"),
        "rmst": (number, f"{number(margin)} days"),
        "hazard_ratio": (ratio, ratio(margin)),
    }[row["term"]]
    first, second = f"“{row['arm']}”", f"“{row['reference']}”"
    if math.isnan(row["estimate"]):
        return (
            f"Whether {what}, {first} compared with {second}, lies within the margin of {size} is not known: "
            f"{row['note']}."
        )
    interval = f"{write(row['conf_low'])} to {write(row['conf_high'])}"
    if row["estimand"] == "equivalence":
        claim = f"{first} and {second} are alike within the margin of {size}"
    else:
        claim = f"{first} is not worse than {second} by the margin of {size} or more"
    if row["estimate"]:
        return f"{claim}: the 95% CI of {what}, {interval}, lies within it."
    return f"That {claim} is not established: the 95% CI of {what}, {interval}, reaches beyond it."


def arms(a: Analysis) -> tuple[str, ...]:
    """Return the arms with effects in subgroups."""
    return compared_arms(a.results)
