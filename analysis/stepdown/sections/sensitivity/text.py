"""What would change the answer: the sentences and tables."""

import math
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from stepdown.display.estimates import (
    INTERVAL,
    amount,
    between,
    confidence,
    difference,
    digits,
    estimate,
    interval,
    known,
    units,
)
from stepdown.display.text_and_tables import Table, Text
from stepdown.results import NOT_ADJUSTED, Analysis
from stepdown.results.reading import WHOLE, bounded, why_withheld
from stepdown.results.table import FLAGGED, HIGHEST, LOWEST
from stepdown.results.words import (
    NOT_SHOWN,
    count,
    listed,
    plural,
    points,
    ratio,
    uncapitalized,
    value_name,
)
from stepdown.sections.sensitivity.names import analysis_name, design_name, heading, in_order
from stepdown.sections.sensitivity.read import (
    ARM,
    BOTH,
    IF_LOST,
    IN_TRIALS,
    NOT_ESTIMATED,
    REFERENCE,
    SENSITIVITY,
    STRENGTH_NEEDED,
    TIPPING_POINT,
    ArmDifference,
    CovariateStrength,
    OtherAnalysis,
    covariate_strengths,
    e_values,
    no_e_value,
    not_made,
    of_pair,
    other_analyses,
    refusal,
)

NO_DIFFERENCE = 1.005  # E-values below it are written as 1.00
_NAMED = 3  # more names than these are left to the table
_CAUTION = (
    "This is no vote: all use the same records, and what they share, such as something never recorded, would "
    "mislead all of them alike."
)


def primary_pairs(a: Analysis) -> list[tuple[str, ArmDifference]]:
    """Return the key of the primary comparison with each of its differences."""
    return [(one.value, one.answer) for one in other_analyses(a.results) if one.kind == "primary"]


def not_varied(a: Analysis) -> Text | None:
    """Return why nothing is varied; None where something is, or nothing is compared."""
    why = refusal(a.results)
    key = next((one for one in a.wording.analyses if one != WHOLE), "")
    if why and bounded(a.results, analysis=key) and not why_withheld(a.results, analysis=key):
        # A reason that rests on the kind of the data alone, which a public report may give too.
        why = f"Contacts show only an interval for the day of {a.wording.relapse}, so each group has a range."
    return (
        Text((f"What would change the answer cannot be stated, because there is no answer. {why}",))
        if why
        else None
    )


def finding(a: Analysis) -> str:
    """Return how many other analyses point the same way as the primary comparison."""
    if not_varied(a) is not None:
        return "Nothing is varied, because there is no answer."
    for _, one in primary_pairs(a)[:1]:
        lines = lines_of(of_contrast(a, one), counted=True)
        shown = [line for line in lines if any(two.answer.known for two in line)]
        agree = sum(all(same_side(two.answer, one) for two in line if two.answer.known) for line in shown)
        if shown and has_no_side(one):
            return f"The main result shows no difference; {_sides(a, shown)}."
        if shown:
            return f"{agree} of {len(shown)} other analyses {_verb(agree)} the same way as the main result."
    return "No other analysis gives a number."


def in_detail(a: Analysis, one: ArmDifference) -> Text:
    """State what the analyses share, those that are not counted, and how strong recorded causes are."""
    definitions = _definitions(a, one, of_contrast(a, one))
    return Text((" ".join((*definitions, _CAUTION)), *strongest(a, one)))


def in_short(a: Analysis, one: ArmDifference) -> Text:
    """State how many other analyses agree, and what a hidden cause and those lost would have to be."""
    agreement = _agreement(a, one, of_contrast(a, one))
    return Text((agreement, *hidden(a, one), *loss(a, one)))


def of_contrast(a: Analysis, one: ArmDifference) -> list[OtherAnalysis]:
    """Return the analyses of one difference; those without a number are of any."""
    mine = (one.arm, one.reference)
    return [
        two
        for two in other_analyses(a.results)
        if not two.answer.arm or (two.answer.arm, two.answer.reference) == mine
    ]


def _what(a: Analysis) -> str:
    return f"{plural(a.wording.relapse)} per 100 {units(a.wording.time_zero)} by day {a.wording.window[1]}"


def _size(a: Analysis, one: ArmDifference) -> str:
    return difference(one.row, _what(a), scale=100)


def same_side(one: ArmDifference, primary: ArmDifference) -> bool:
    """Return whether a difference has the sign of the primary one."""
    return one.estimate * primary.estimate > 0


def has_no_side(one: ArmDifference) -> bool:
    """Return whether a difference is none, as it is written, so that others cannot agree with it in sign."""
    return amount(100 * one.estimate) == amount(0.0)


def _sides(a: Analysis, shown: Sequence[Sequence[OtherAnalysis]]) -> str:
    """State how many analyses show fewer events, and how many more: sites together, where all do."""
    fewer, more = (
        sum(all(sign * two.answer.estimate > 0 for two in line if two.answer.known) for line in shown)
        for sign in (-1, 1)
    )
    events = plural(a.wording.relapse)
    return f"of {len(shown)} other analyses {fewer or 'none'} show fewer {events} and {more or 'none'} more"


def lines_of(mine: Sequence[OtherAnalysis], *, counted: bool) -> list[tuple[OtherAnalysis, ...]]:
    """Return the analyses beside the primary one, those that leave out a site together as one."""
    here = [one for one in mine if one.kind != "primary" and one.counted == counted]
    sites = tuple(one for one in here if one.kind == "site")
    lines: list[tuple[OtherAnalysis, ...]] = [(one,) for one in here if one.kind != "site"]
    return [*lines, sites] if sites else lines


def _agreement(a: Analysis, one: ArmDifference, mine: Sequence[OtherAnalysis]) -> str:
    lines = lines_of(mine, counted=True)
    word = a.wording.relapse
    begin = f"“{one.arm}” compared with “{one.reference}”: the main result is {_size(a, one)}."
    shown = [line for line in lines if any(two.answer.known for two in line)]
    if not shown:
        return f"{begin} No other analysis of it gives a number."
    apart = [
        line for line in shown if not all(same_side(two.answer, one) for two in line if two.answer.known)
    ]
    if has_no_side(one):
        sides = f"No analysis can agree with it in sign: {_sides(a, shown)}."
        return " ".join((begin, sides, *_sure(a, one, shown), *_without_number(lines)))
    many, agree = len(shown), len(shown) - len(apart)
    defended = ", none of them adjusted either," if one.caution == NOT_ADJUSTED else " that could be defended"
    if many == 1:
        text = f"The one other analysis{defended} {'points' if agree else 'does not point'} the same way."
    else:
        how_many = agree or "none" if apart else "all"
        comma = "" if defended.endswith(",") else ","
        text = f"Of {many} other analyses{defended}{comma} {how_many} {_verb(agree)} the same way."
    text += f" {_apart(apart, one, word)}" if apart else ""
    return " ".join((begin, text, *_sure(a, one, shown), *_without_number(lines)))


def _verb(many: int) -> str:
    return "points" if many == 1 else "point"


def _apart(apart: Sequence[Sequence[OtherAnalysis]], one: ArmDifference, word: str) -> str:
    """Name the analyses that do not point the same way."""
    named = [
        f"“{analysis_name(two, word)}” ({estimate(two.answer.row, points)})"
        for line in apart
        for two in line
        if two.answer.known and not same_side(two.answer, one)
    ]
    verb = "does" if len(named) == 1 else "do"
    if len(named) > _NAMED:
        # Sites count as one analysis: the number is that of the sentence before.
        return f"{len(apart)} {'does' if len(apart) == 1 else 'do'} not; the table names them."
    return f"{listed(named)} {verb} not."


def _sure(a: Analysis, one: ArmDifference, shown: Sequence[Sequence[OtherAnalysis]]) -> Iterator[str]:
    """State in how many of those with an interval it excludes no difference."""
    bounded = [[two for two in line if known(two.answer.low, two.answer.high)] for line in shown]
    bounded = [line for line in bounded if line]
    many, sure = len(bounded), sum(all(two.answer.sure for two in line) for line in bounded)
    if not bounded:
        return
    if sure == many:
        every = "it excludes" if many == 1 else f"all {many} exclude"
        yield f"Where there is a confidence interval, {every} zero."
        return
    named = [
        f"“{analysis_name(two, a.wording.relapse)}”"
        for line in bounded
        for two in line
        if not two.answer.sure
    ]
    names = f"; in {listed(named)} it includes zero" if len(named) <= _NAMED else ""
    yield f"The confidence interval excludes zero in {sure or 'none'} of the {many} that have one{names}."


def _without_number(lines: Sequence[Sequence[OtherAnalysis]]) -> Iterator[str]:
    none = sum(not any(two.answer.known for two in line) for line in lines)
    if none:
        verb = "gives" if none == 1 else "give"
        yield f"{none} more {verb} no number; the table gives the reasons."


def _definitions(a: Analysis, one: ArmDifference, mine: Sequence[OtherAnalysis]) -> Iterator[str]:
    """State what the definitions show whose groups are not adjusted."""
    lines = [line[0] for line in lines_of(mine, counted=False) if line[0].answer.known]
    if not lines:
        return
    word = a.wording.relapse
    agree = [two for two in lines if same_side(two.answer, one)]
    apart = [(two,) for two in lines if not same_side(two.answer, one)]
    more = f" {_apart(apart, one, word)}" if apart else ""
    yield (
        f"Not counted, because the groups are not adjusted: {len(lines)} other "
        f"{'definition' if len(lines) == 1 else 'definitions or designs'}, of which "
        f"{'all' if not apart else len(agree) or 'none'} {_verb(len(agree))} the same way.{more}"
    )


def _e_values(a: Analysis, one: ArmDifference) -> tuple[float, float]:
    return e_values(a.results, _key(a, one), one)


def _key(a: Analysis, one: ArmDifference) -> str:
    return next((key for key, two in primary_pairs(a) if two.arm == one.arm), "")


def hidden(a: Analysis, one: ArmDifference) -> Iterator[str]:
    """State how strong an unrecorded cause would have to be."""
    point, limit = _e_values(a, one)
    if not math.isfinite(point):
        why = no_e_value(a.results, _key(a, one), one)
        if why:
            yield f"How strong something never recorded would have to be (E-value) is not stated: {why}."
        return
    word = a.wording.relapse
    if point < NO_DIFFERENCE:
        yield "There is no difference that something never recorded would have to explain (E-value 1)."
        return
    beyond = "" if one.caution == NOT_ADJUSTED else ", beyond all that is adjusted for"
    text = (
        "Something never recorded could explain the whole difference only if it were at least "
        f"{ratio(point)} times as frequent in one group and made a {word} at least {ratio(point)} times as "
        f"likely{beyond} (E-value)."
    )
    if limit == 1:
        # Near the limit the interval of the difference may exclude 0 where that of the ratio includes 1.
        what = "of the risk ratio includes 1" if one.sure else "includes zero"
        text += f" The confidence interval {what} as it is."
    elif math.isfinite(limit):
        text += f" At {ratio(limit)} times the confidence interval would reach zero."
    yield text


def strongest(a: Analysis, one: ArmDifference) -> Iterator[str]:
    """Compare what an unrecorded cause would have to be with the strongest of what was recorded."""
    strengths = covariate_strengths(a.results, one)
    explained = _e_values(a, one)[0] >= NO_DIFFERENCE
    if not explained or not strengths or not math.isfinite(strengths[0].ratio):
        return
    first = strengths[0]
    gone = first.ratio >= 1 if one.estimate < 0 else first.ratio <= 1
    limits = confidence(pd.Series({"conf_low": first.low, "conf_high": first.high}), ratio)
    could = f"change the risk ratio to {ratio(first.ratio)} at most {limits}, where 1 is no difference"
    yield (
        f"The strongest of what was recorded, “{covariate_name(a, first)}”, differs "
        f"{ratio(first.exposure)}-fold between the groups and {ratio(first.outcome)}-fold in risk: something "
        f"unrecorded that is as strong could {'explain the whole difference' if gone else could}."
    )


def _moved(one: CovariateStrength) -> str:
    row = pd.Series({"conf_low": one.low, "conf_high": one.high})
    return f"{ratio(one.ratio)} {between(row, ratio)}" if math.isfinite(one.ratio) else NOT_SHOWN


def covariate_name(a: Analysis, one: CovariateStrength) -> str:
    """Return a covariate with its value as it appears inside a sentence."""
    label = uncapitalized(a.labels.get(one.covariate, one.covariate.replace("_", " ")))
    value = value_name(one.covariate, one.value)
    return f"{label}, {value}" if value == "above the median" else f"{label}: {value}" if value else label


_WHERE = {BOTH: "in both groups", ARM: "under “{arm}” alone", REFERENCE: "under “{reference}” alone"}


def loss(a: Analysis, one: ArmDifference) -> Iterator[str]:
    """State from which rate on those lost to follow-up would change the answer."""
    table = a.results.table
    table = table[(table["analysis"] == SENSITIVITY) & (table["estimand"] == IF_LOST)]
    why = table.loc[table["statistic"] == NOT_ESTIMATED, "note"]
    if len(why):
        yield f"How those lost to follow-up could change the answer is not shown. {why.iloc[0]}"
    rows = of_pair(a.results, IF_LOST, one)
    rows = rows[rows["statistic"] == "lost"]
    if rows.empty:
        return
    gone = dict(zip(rows["term"], rows["estimate"], strict=True))
    day = a.wording.window[1]
    in_trials = (rows["unit"] == IN_TRIALS).any()
    begin = (
        f"Lost to follow-up before day {day}{' of a trial' if in_trials else ''}: {count(gone[ARM])} under "
        f"“{one.arm}”, {count(gone[REFERENCE])} under “{one.reference}”"
        f"{' (a discharge counts in each trial that it is in)' if in_trials else ''}."
    )
    if not any(gone.values()):
        yield begin
        return
    assumed = "The main result takes their risk to be that of comparable people who were followed."
    yield " ".join((begin, assumed, *_tipping(a, one), *_nobody_relapsed(a, one, gone)))


def _nobody_relapsed(a: Analysis, one: ArmDifference, gone: Mapping[str, float]) -> Iterator[str]:
    """State where nobody followed relapsed, so that any multiple of their rate is none."""
    rows = of_pair(a.results, IF_LOST, one)
    rows = rows[(rows["statistic"] == "difference") & (rows["bound"] == "")]
    for place, label in ((ARM, one.arm), (REFERENCE, one.reference)):
        moved = rows.loc[rows["term"] == place, "estimate"]
        if gone[place] and len(moved) and float(moved.max() - moved.min()) == 0:
            yield (
                f"Nobody of those followed under “{label}” had a {a.wording.relapse}, so a multiple of their "
                "rate is none, and says nothing of those lost there."
            )


def _tipping(a: Analysis, one: ArmDifference) -> Iterator[str]:
    rows = of_pair(a.results, TIPPING_POINT, one)
    reached = rows[rows["estimate"].notna()]
    if rows.empty:
        return
    if reached.empty:
        safe = "the confidence interval would exclude zero" if one.sure else "the sign would stay"
        yield f"Whatever rate they had, in both groups or in one, {safe}."
        return
    for scenario, part in reached.groupby("term", sort=False):
        at = part.set_index("statistic")["estimate"]
        where = _WHERE[str(scenario)].format(arm=one.arm, reference=one.reference)
        ends = []
        if "limit" in at:
            ends.append(f"at {ratio(at['limit'])} times that rate the confidence interval would reach zero")
        if "estimate" in at:
            ends.append(f"at {ratio(at['estimate'])} times that rate the difference would be gone")
        yield f"If those lost {where} had another rate, {listed(ends)}."
    other = [str(term) for term in dict.fromkeys(rows["term"]) if term not in set(reached["term"])]
    if other:
        names = [_WHERE[term].format(arm=one.arm, reference=one.reference) for term in other]
        yield f"Another rate {' or '.join(names)} would not do it."


def _bounds(a: Analysis, one: ArmDifference) -> Iterator[str]:
    rows = of_pair(a.results, IF_LOST, one)
    found = {row["bound"]: row for _, row in rows.iterrows()}
    if not {LOWEST, HIGHEST} <= set(found):
        return
    source = design_name(str(found[LOWEST]["level"]))
    ends = [
        amount(100 * float(row["estimate"]), digits(row, scale=100))
        for row in (found[LOWEST], found[HIGHEST])
    ]
    yield (
        "In the two extremes, where all of those lost in one group relapsed at once and none of the other, "
        f"the difference is {ends[0]} and {ends[1]} per 100 (comparison “{source}”, not adjusted)."
    )


def table(a: Analysis, one: ArmDifference) -> Table:
    """Return every analysis with what it varies and its difference."""
    word = a.wording.relapse
    rows = []
    for two in in_order(of_contrast(a, one)):
        answer = two.answer
        same = "yes" if same_side(answer, one) else "no"
        flagged = ", with a warning" if answer.status == FLAGGED else ""
        rows.append((
            f"{analysis_name(two, word)}{flagged}",
            heading(two.kind, word, adjusted=two.counted) or "the study as it is",
            _cell(answer),
            same if answer.known and two.kind != "primary" else "",
        ))  # fmt: skip
    notes = (
        f"Difference: {_what(a)} under “{one.arm}” compared with “{one.reference}”; a minus sign means "
        f"fewer. {INTERVAL} Without a site: from influence functions, unless the study has each fitted "
        "again.",
        *(
            [
                "With a warning: a check of its groups gave one, as “Can this be trusted?” explains for the "
                "main result; results.csv says which."
            ]
            if any(two.answer.status == FLAGGED for two in of_contrast(a, one))
            else []
        ),
        *_not_made(a),
        "Landmarks and grace periods move the day by which care has to start, so they ask a slightly "
        "different question. Analyses that are repeated use follow-up to the end of the window only.",
    )
    columns = ("Analysis", "What it varies", "Difference per 100", "Same direction")
    fold = f"All {len(rows)} analyses in a table"
    return Table("Every analysis of the same question", columns, tuple(rows), notes, fold=fold)


_KINDS = {
    "landmark": "other landmarks",
    "grace_period": "other grace periods",
    "start_law": "other rules for when care starts",
    "truncation": "other caps on the weights",
    "against_advice": "without discharges against advice",
    "site": "without each site",
    "definition": "adjusted comparisons under other definitions",
}


def _not_made(a: Analysis) -> Iterator[str]:
    kinds = [_KINDS[kind] for kind in not_made(a.results)]
    if kinds:
        yield (
            f"Not made, because the study file does not ask for it (`analyses` of `[sensitivity]`): "
            f"{listed(kinds)}."
        )


def _cell(one: ArmDifference) -> str:
    if not one.known:
        return f"{NOT_SHOWN}: {one.reason}" if one.reason else NOT_SHOWN
    return interval(one.row, points)


def strengths_table(a: Analysis, one: ArmDifference) -> Table | None:
    """Return the strengths of the covariates, and what a cause as strong could make of the risk ratio."""
    strengths = covariate_strengths(a.results, one)
    if not strengths:
        return None
    word = a.wording.relapse
    rows = tuple(
        (
            f"{covariate_name(a, two)[:1].upper()}{covariate_name(a, two)[1:]}",
            ratio(two.exposure),
            ratio(two.outcome),
            _moved(two),
        )
        for two in strengths
    )
    columns = (
        "Characteristic",
        "Times as frequent in one group",
        f"Times as high a risk of a {word}",
        "Risk ratio at most, with something unrecorded as strong",
    )
    notes = (
        f"{INTERVAL} Each characteristic with the value that is strongest. The larger risk or share is "
        "divided by the smaller one. Shares and risks as they were, risks within groups (Mantel-Haenszel). "
        "Sites are left out.",
    )
    caption = "How strong the recorded characteristics are"
    return Table(caption, columns, rows, notes, fold="The recorded characteristics in a table")


def needed_table(a: Analysis, one: ArmDifference) -> Table | None:
    """Return which strengths together would explain the difference, or let the interval reach none."""
    rows = of_pair(a.results, STRENGTH_NEEDED, one)
    if rows.empty:
        return None
    cells = []
    for level in dict.fromkeys(rows["level"]):
        mine = rows[rows["level"] == level].set_index("statistic")["estimate"]
        cells.append((f"{ratio(float(level))}", *(_needed(mine, end) for end in ("estimate", "limit"))))
    word = a.wording.relapse
    columns = (
        "Times as frequent in one group",
        f"Times as likely a {word}, to explain the difference",
        "To let the confidence interval reach zero",
    )
    caption = "Tipping points for something unrecorded"
    return Table(caption, columns, tuple(cells), fold=f"{caption} in a table")


def _needed(values: pd.Series, end: str) -> str:
    if end not in values:
        return "no interval"
    return ratio(values[end]) if math.isfinite(values[end]) else "no strength is enough"


def loss_table(a: Analysis, one: ArmDifference) -> Table | None:
    """Return the difference by the rate of those lost, in both groups and in one alone."""
    rows = of_pair(a.results, IF_LOST, one)
    rows = rows[(rows["statistic"] == "difference") & (rows["bound"] == "")]
    if rows.empty:
        return None
    cells = []
    for level in dict.fromkeys(rows["level"]):
        mine = rows[rows["level"] == level].set_index("term")
        first = "at once" if level == "inf" else f"{level} times"
        cells.append((first, *(_shifted(mine.loc[term]) for term in (BOTH, ARM, REFERENCE))))
    columns = (
        "Rate of those lost, compared with those followed",
        "In both groups",
        f"Under “{one.arm}” alone",
        f"Under “{one.reference}” alone",
    )
    notes = (
        f"Difference: {_what(a)}; a minus sign means fewer. {INTERVAL} The change is that of the groups as "
        "they were, added to the main result; its own uncertainty is left out.",
        *_bounds(a, one),
    )
    caption = "Tipping points for those lost to follow-up"
    return Table(caption, columns, tuple(cells), notes, fold=f"{caption} in a table")


def _shifted(row: pd.Series) -> str:
    return interval(row, points)
