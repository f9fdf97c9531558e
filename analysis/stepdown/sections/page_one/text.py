"""Page one in words: the answer, what it rests on, and what it cannot show. Every number is looked up."""

import re
from collections.abc import Iterator

import pandas as pd

from stepdown.display.estimates import confidence, difference, known, units
from stepdown.display.facts import Facts
from stepdown.display.text_and_tables import Text
from stepdown.results import CAUTIONS, NOT_ADJUSTED, Analysis
from stepdown.results.reading import (
    RESTS_ON_FEW,
    WHOLE,
    bounded,
    contrasts_of,
    doubts,
    in_order,
    landmark,
    why_no_risk,
    why_withheld,
)
from stepdown.results.words import (
    ONLY_AN_INTERVAL,
    POPULATION,
    count,
    free,
    happened,
    listed,
    number,
    percent,
    plural,
    points,
    uncapitalized,
)
from stepdown.sections.page_one import read
from stepdown.sections.trust.read import FAILED, WARNING, findings
from stepdown.sections.trust.verdict_words import in_words

_MOST_REASONS = 2
_NUMBERS_INTERNAL = "The numbers of the checks are in the internal report."
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z“])")


def head(a: Analysis) -> Facts:
    """Return whose report it is, of which discharges, up to when, and whether it is final."""
    facts = [*a.wording.header.items(), ("Status", _status(a))]
    return Facts(tuple((name, (fact,)) for name, fact in facts if fact), kind="line")


def _status(a: Analysis) -> str:
    """Return "Final" or "Provisional", with how many discharges lack days before the data cut."""
    if a.wording.waits:
        return f"Provisional: not every discharge had {a.wording.window[1]} days before the data cut"
    row = read.followed(a.results, statistic="complete", day=a.wording.window[1])
    if row is None:
        return ""
    late, day = row["n"] - row["estimate"], row["time"]
    if read.is_complete(a.results, day=day, quarter=a.wording.quarter):
        return f"Final: every discharge had {day:.0f} days before the data cut"
    if not known(late):
        return f"Provisional: not every discharge had {day:.0f} days before the data cut"
    verb = "lacks" if late == 1 else "lack"
    many = f"{count(late)} of {count(row['n'])} discharges"
    return f"Provisional: {many} {verb} {day:.0f} days before the data cut"


def answer(a: Analysis) -> Text:
    """Return the box with the answer: the risk, and what the comparison found."""
    if a.wording.waits:
        until = "Until then they are in the internal report alone, because they will change by a few people."
        return Text((f"{a.wording.waits} {until}", *_last_complete(a)), heading=_finding(a), kind="answer")
    return Text((*_risk(a), *_so_far(a), *_compared(a)), heading=_finding(a), kind="answer")


def _finding(a: Analysis) -> str:
    """Return the risk by the end of the window as a headline."""
    word, day, whom = a.wording.relapse, a.wording.window[1], units(a.wording.time_zero)
    if a.wording.waits:
        return f"{a.wording.quarter}, provisional: the risk of {word} by day {day} is not published yet"
    lead = f"{a.wording.quarter}, provisional: " if _waiting(a) is not None else ""
    for _, row in read.risks(a.results, days=(day,)).iterrows():
        return f"{lead}{percent(row['estimate'])} of {whom} had {happened(word)} by day {day}"
    for _, row in read.risk_ranges(a.results, days=(day,)).iterrows():
        ends = f"{percent(row['lowest'])} and {percent(row['highest'])}"
        return f"{lead}{'between' if lead else 'Between'} {ends} of {whom} had {happened(word)} by day {day}"
    missing = f"he risk of {word} by day {day} is not"
    return f"{lead}t{missing} known yet" if lead else f"T{missing} shown"


def _waiting(a: Analysis) -> pd.Series | None:
    """Return how many discharges of the quarter reported are complete, where some are not; else None."""
    day, quarter = a.wording.window[1], a.wording.quarter
    row = read.followed(a.results, statistic="complete", day=day)
    waits = quarter and row is not None and not read.is_complete(a.results, day=day, quarter=quarter)
    return row if waits else None


def _so_far(a: Analysis) -> Iterator[str]:
    """Yield how complete the quarter reported is, and the risk of the last complete one."""
    day, row = a.wording.window[1], _waiting(a)
    if row is None:
        return
    whom = f"{count(row['n'])} {units(a.wording.time_zero)}"
    if known(row["estimate"], row["n"]):
        done = f"{count(row['estimate']) if row['estimate'] else 'None'} of its {whom}"
    else:
        done = f"Not all of its {units(a.wording.time_zero)}"
    yield f"{done} had {day} days before the data cut, so this will change."
    yield from _last_complete(a)


def _last_complete(a: Analysis) -> Iterator[str]:
    """Yield the risk of the last complete quarter."""
    word, day = a.wording.relapse, a.wording.window[1]
    last = read.complete_quarter(a.results, day=day)
    if last is not None:
        yield (
            f"{last['quarter']} is the last quarter complete to day {day}: {percent(last['estimate'])} had "
            f"{happened(word)} {confidence(last, percent)}."
        )


def _risk(a: Analysis) -> Iterator[str]:
    """Yield the risk of everybody by both days of the window, or why there is none."""
    results, word = a.results, a.wording.relapse
    if reason := read.not_judged(results):
        yield f"The risk of {word} {uncapitalized(reason)}"
        if results.table["analysis"].eq("definitions").any():
            yield "The section [[definitions|on definitions]] shows what can be judged from them."
        return
    subject = f"of {units(a.wording.time_zero)} had {happened(word)} by day"
    ranges = read.risk_ranges(results, days=a.wording.window)
    if bounded(results, analysis=WHOLE):
        parts = [
            f"between {percent(row['lowest'])} and {percent(row['highest'])}"
            f"{f' {subject}' if place == 0 else ' by day'} {row['time']:.0f}"
            for place, (_, row) in enumerate(ranges.iterrows())
        ]
        if parts:
            text = listed(parts)
            yield f"{text[0].upper()}{text[1:]}."
        yield (
            f"Contacts show that the {word} happened since the previous contact, but not on which day: these "
            "are the lowest and the highest share that agree with them."
        )
        return
    found = read.risks(results, days=a.wording.window)
    if found.empty:
        yield f"The risk of {word} is {why_no_risk(results, released=bool(a.wording.released))}."
        return
    parts = [
        f"{percent(row['estimate'])}{f' {subject}' if place == 0 else ' by day'} {row['time']:.0f} "
        f"{confidence(row, percent)}"
        for place, (_, row) in enumerate(found.iterrows())
    ]
    yield f"{listed(parts)}."
    few = found[found["note"].str.contains(RESTS_ON_FEW, regex=False)]
    if len(few):
        days = listed([f"day {day:.0f}" for day in few["time"]])
        yield (
            f"The risk by {days} rests on few people: fewer than 10 were still at risk on the last day with "
            f"a {word}."
        )


def primary(a: Analysis) -> str:
    """Return the key of the primary comparison; empty where nothing is compared."""
    return next((key for key in a.wording.analyses if key != WHOLE), "")


def _compared(a: Analysis) -> Iterator[str]:
    """Yield what the primary comparison found, why it is withheld, or that there is none."""
    key = primary(a)
    if not key:
        refused = any("omparison is not shown" in note for note in a.wording.notes)
        yield (
            "The plans of care cannot be compared with these data: see [[arms|Comparison of groups]]."
            if refused
            else "This report does not compare plans of care."
        )
        return
    if reasons := why_withheld(a.results, analysis=key):
        yield f"The comparison of {_plans(a)} is withheld: these data are not enough to trust it."
        # A public report holds no reason of a gate, whose words have counts.
        if _waiting(a) is not None or a.wording.released:
            yield "[[trust|Can this be trusted?]] gives the reasons."
            return
        yield from reasons[:_MOST_REASONS]
        if len(reasons) > _MOST_REASONS:
            yield "[[trust|Can this be trusted?]] gives the other reasons."
        return
    yield from _difference(a, key)
    if names := doubts(a.results, analysis=key):
        many = (
            "One check of this comparison" if len(names) == 1 else f"{len(names)} checks of this comparison"
        )
        yield f"{many} gave a warning or failed: see [[trust|Can this be trusted?]] before relying on it."


def _plans(a: Analysis) -> str:
    return listed([f"“{arm}”" for arm in a.wording.arms])


def _difference(a: Analysis, key: str) -> Iterator[str]:
    """Yield the difference in risk by the end of the window, a sentence an arm."""
    words, day = a.wording, a.wording.window[1]
    if bounded(a.results, analysis=key):
        yield (
            f"The difference between {_plans(a)} is not given as one number: contacts show only an interval "
            f"for the day of {words.relapse}."
        )
        return
    found = contrasts_of(a.results, analysis=key)
    found = found[(found["estimand"] == "risk") & (found["cause"] == "relapse") & (found["time"] == day)]
    if found.empty:
        yield (
            f"The comparison of {_plans(a)} gives no difference in risk by day {day}: see "
            "[[arms|Comparison of groups]]."
        )
        return
    start = landmark(a.results, key)
    among = f", among those still followed and {free(words.relapse)} at day {start}" if start else ""
    for _, row in found.iterrows():
        if not known(row["estimate"]):
            why = row["note"] or f"follow-up ends before day {day}"
            yield f"The difference between “{row['arm']}” and “{row['reference']}” is not shown: {why}."
            continue
        what = f"{plural(words.relapse)} per 100 {units(words.time_zero)}"
        whom = "" if row["population"] in ("", "everyone") else f", for {POPULATION[row['population']]}"
        verb = "there would have been" if row["population"] else "there were"
        how = (
            f"had everyone followed “{row['arm']}” rather than “{row['reference']}”"
            if key == "clone_censor_weight"
            else f"with “{row['arm']}” than with “{row['reference']}”"
        )
        yield f"By day {day}{among}{whom}, {verb} {difference(row, what, scale=100)} {how}."
        if row["note"] and not known(row["conf_low"], row["conf_high"]):
            why = row["note"].removesuffix(" for an interval")
            yield f"The difference by day {day} has no confidence interval: {why}."


def explained(a: Analysis) -> Facts:
    """Return the change from last quarter, what is counted, how plans are compared, and what is not shown."""
    word, key = a.wording.relapse, primary(a)
    facts = [("Change from last quarter", (_change(a),)), (f"What counts as {word}", tuple(_counted(a)))]
    if key and not a.wording.waits and not why_withheld(a.results, analysis=key):
        facts.append(("How the plans are compared", tuple(_design(a, key))))
        if notes := read.check_notes(a.results, analysis=key):
            shown = _warnings_in_words(a, key) if a.wording.released else map(_first, notes[:_MOST_REASONS])
            facts.append(("Warnings of the checks", tuple(shown)))
    facts.append(("What this report cannot show", tuple(_cannot(a, key))))
    return Facts(tuple(facts))


def _warnings_in_words(a: Analysis, key: str) -> Iterator[str]:
    """Yield what verdicts mean: a public report holds no sentence of a check, with its counts and values."""
    found = [one for one in findings(a.results, analysis=key) if one.verdict in (WARNING, FAILED)]
    for one in in_words(found[:_MOST_REASONS], word=a.wording.relapse, day=a.wording.window[1]):
        yield from one.sentences[:1]
    if len(found) > _MOST_REASONS:
        yield f"“Can this be trusted?” has {len(found) - _MOST_REASONS} more."
    yield _NUMBERS_INTERNAL


def _change(a: Analysis) -> str:
    """Return the change of the risk from the quarter before, and whether it is more than chance."""
    word, day = a.wording.relapse, a.wording.window[1]
    row = read.change(a.results, day=day)
    whole = read.change(a.results, day=day, complete=True)
    if row is None and whole is None:
        if read.compares_quarters(a.results):
            return "Not shown: one of the two quarters is missing, small, or not followed long enough."
        return "Not shown: this report does not compare quarters."
    # Of a quarter that is not complete nothing can be said about chance.
    if row is None or a.wording.waits or _waiting(a) is not None:
        so_far = f"Not known yet for {a.wording.quarter}."
    else:
        so_far = _moved(row, word, day)
    return (
        so_far if whole is None else f"{so_far} Complete quarters: {uncapitalized(_moved(whole, word, day))}"
    )


def _moved(row: pd.Series, word: str, day: float) -> str:
    """Return the change of the risk between two quarters as a sentence."""
    value, quarters = row["estimate"], f"From {row['reference']} to {row['quarter']}"
    size = f"{number(100 * abs(value))} percentage points {confidence(row, points)}"
    moved = f"{quarters}, the risk of {word} by day {day} {'rose' if value > 0 else 'fell'} by {size}"
    if not known(row["conf_low"], row["conf_high"]):
        return f"{moved}."
    if row["conf_low"] <= 0 <= row["conf_high"]:
        return f"{moved}: no more than chance explains."
    return f"{moved}: more than chance alone explains."


def _counted(a: Analysis) -> Iterator[str]:
    yield _first(a.wording.endpoint)
    yield a.wording.missing_rule
    yield from (_first(note) for note in a.wording.notes if note.startswith(ONLY_AN_INTERVAL))


def _first(text: str) -> str:
    """Return the first sentence of a text."""
    return _SENTENCE.split(text, maxsplit=1)[0]


_DESIGNS = {
    "clone_censor_weight": (
        "Every discharge counts under each plan for as long as the care received fits it. Weights and models "
        "balance what was recorded by discharge. Early care gets no credit for the time it takes to start."
    ),
    "landmark": (
        "Groups are read on day {day}, among those still followed and event-free then, and are followed from "
        "that day. Early care gets no credit for the time it takes to start."
    ),
    "matched": "People of one group are paired with similar people of the other, and followed from that day.",
    "baseline": "Groups are those known on day 0.",
    "sequential_trials": (
        "On each day on which care may start, those who start it are compared with those who have not yet; "
        "these comparisons are pooled."
    ),
    "time_varying": "Days in care are compared with days out of care, of people still at risk on that day.",
}


def _design(a: Analysis, key: str) -> Iterator[str]:
    """Yield the design of a comparison in plain words, and whether it is adjusted."""
    name = next((one for one in _DESIGNS if key.startswith(one)), "")
    if name:
        yield _DESIGNS[name].format(day=landmark(a.results, key))
    else:
        yield a.wording.analyses[key]
    found = contrasts_of(a.results, analysis=key)
    codes = in_order(found[found["note_code"] != ""], "note_code")
    if not codes and bounded(a.results, analysis=key):
        yield "Not adjusted: the groups may differ in who their clients are, not only in their care."
    for code in codes:
        yield _first(CAUTIONS[code]).replace("the comparison names", "[[arms|Comparison of groups]] names")


def _cannot(a: Analysis, key: str) -> Iterator[str]:
    """Yield what this report cannot show."""
    word, day = a.wording.relapse, a.wording.window[1]
    yield f"A {word} that no test, contact or record shows is not counted."
    lost = read.followed(a.results, statistic="lost", day=day)
    if lost is not None and not known(lost["estimate"], lost["n"]):
        yield (
            f"How many were lost to follow-up before day {day} is not shown. The risk assumes that they had "
            "the same risk as those followed."
        )
    elif lost is not None and lost["estimate"]:
        ends = [read.bound(a.results, statistic=one, day=day) for one in ("none", "all")]
        both = all(one is not None and known(one["estimate"]) for one in ends)
        yield (
            f"Lost to follow-up before day {day}: {count(lost['estimate'])} of {count(lost['n'])}. The risk "
            "assumes that they had the same risk as those followed"
            f"{'; best and worst case show how much depends on it' if both else ''}."
        )
    if a.wording.waits:
        yield f"Nothing is shown of what came after the discharges of {a.wording.quarter}."
        return
    if not key:
        yield "Nor does it show what any care did: no groups are compared."
        return
    if why_withheld(a.results, analysis=key):
        yield "It does not show what the plans of care did."
        return
    codes = in_order(contrasts_of(a.results, analysis=key), "note_code")
    if NOT_ADJUSTED in codes:
        yield (
            "Clients of one plan may have been less severely ill, or more motivated, from the start. That "
            "alone could produce such a difference."
        )
    elif "adjusted" in codes:
        yield (
            "The comparison is not randomized: people may have differed in ways that nobody recorded, such "
            "as motivation."
        )
