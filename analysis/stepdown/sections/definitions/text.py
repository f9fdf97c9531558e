"""Definitions of relapse: whether the conclusion depends on the definition, in sentences and a table."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd

from stepdown.display.estimates import INTERVAL, difference, interval, units
from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis
from stepdown.results.reading import bounded, landmark
from stepdown.results.words import (
    NOT_RELEASED,
    count,
    definition_name,
    free,
    happened,
    listed,
    percent,
    plural,
    points,
    rule_name,
    window_name,
)
from stepdown.sections.definitions.read import (
    COMPARED,
    Definition,
    Number,
    contrasts,
    definitions,
    left_out,
    others_with_any,
)

Pair = tuple[str, str]
OWN = "the study's own"
_NAMED = 4  # more names than these are left to the table


def found(a: Analysis) -> Text:
    """State whether the answer is the same under the other definitions, and what that cannot say."""
    selected = _found(a)
    others = selected[1:]
    if not selected:
        return Text(("The results hold no other definitions.",))
    if not others:
        return Text((_alone(a),))
    pairs = contrasts(a.results)
    sentences = [
        *(_answer(a, selected, pair) for pair in pairs),
        *_spread(a, selected),
        *_nothing_found(others),
    ]
    return Text((*sentences, *_caution(a, comparing=any(_distinct(selected, pair) for pair in pairs))))


def table(a: Analysis) -> Table:
    """Return a row for each definition and rule: how many, how often, and how the groups differ."""
    word, day = a.wording.relapse, a.wording.window[1]
    selected, pairs = _found(a), contrasts(a.results)
    sizes = {one.n for one in selected if math.isfinite(one.n)}
    columns: dict[str, Callable[[Definition], str]] = {"Definition and rule": _label}
    if len(sizes) > 1:
        columns[units(a.wording.time_zero).capitalize()] = lambda one: count(one.n)
    columns |= {
        plural(word).capitalize(): _events,
        f"{happened(word).capitalize()} by day {day}": lambda one: _share(one, one.risk),
        f"On {window_name(a.wording.window)}": lambda one: _share(one, one.window),
    }
    columns |= {_head(pair, pairs): partial(_difference, pair=pair) for pair in pairs}
    counted = units(a.wording.time_zero)
    notes = [f"{count(sizes.pop())} {counted} under every definition."] if len(sizes) == 1 else []
    return Table(
        f"Results under each definition of {word}",
        tuple(columns),
        tuple(tuple(cell(one) for cell in columns.values()) for one in selected),
        (*notes, *_notes(a, selected)),
    )


def meanings(a: Analysis) -> Text:
    """Return every definition that was run, in full sentences, with its source."""
    names = dict.fromkeys(one.endpoint for one in _found(a))
    settings = {one.endpoint: one.settings for one in _found(a) if one.settings}
    return Text(
        ("Definitions:",),
        items=tuple(
            f"{a.labels[name]}{f' Here with {settings[name]}.' if name in settings else ''}" for name in names
        ),
    )


def not_run(a: Analysis) -> Text | None:
    """Return what these data cannot serve, with the reasons; None where they serve everything."""
    reasons: dict[str, list[str]] = {}
    for name, rule, reason in left_out(a.results):
        selected = f"{definition_name(name)}, {rule_name(rule)}" if rule else definition_name(name)
        reasons.setdefault(reason, []).append(selected)
    if not reasons:
        return None
    items = (f"{'; '.join(names)}: {reason}." for reason, names in reasons.items())
    return Text(("Definitions that cannot be applied to these data, with the reason:",), items=tuple(items))


def _alone(a: Analysis) -> str:
    return (
        f"Only the study's own definition of {a.wording.relapse} can be applied to these data, so they "
        "cannot show whether the conclusion depends on the definition."
    )


def _spread(a: Analysis, selected: Sequence[Definition]) -> Iterator[str]:
    """State how far the risk itself depends on the definition."""
    own, begin = selected[0], f"Of all {units(a.wording.time_zero)}, by day {a.wording.window[1]}"
    did = happened(a.wording.relapse)
    others = others_with_any(selected)
    sentences = []
    if _shown(own.risk):
        sentences.append(f"{_size(own.risk)} {did} under the study's own definition")
    if len(others) == 1:
        sentences.append(f"{_size(others[0].risk)} under the other definition with any ({_name(others[0])})")
    elif others:
        least = min(others, key=lambda one: one.risk.ends[0])
        most = max(others, key=lambda one: one.risk.ends[1])
        sentences.append(
            f"from {percent(least.risk.ends[0])} ({_name(least)}) to {percent(most.risk.ends[1])} "
            f"({_name(most)}) under the {len(others)} other definitions with any"
        )
    if sentences:
        yield f"{begin}, {listed(sentences)}."


def _nothing_found(others: Sequence[Definition]) -> Iterator[str]:
    none = [one for one in others if one.risk.events[1] == 0]
    if none:
        yield (
            f"{_sentence_list(none)}: no events by that day, which may reflect incomplete records rather "
            "than no events."
        )
    failed = [one for one in others if not math.isfinite(one.n) and one.reason]
    if failed:
        yield f"{_sentence_list(failed)} could not be applied; see the notes of the table."
    different = [one for one in others if not one.relapse]
    if different:
        yield f"{_sentence_list(different)}: not a relapse; shown in the table but not counted in this text."


def _answer(a: Analysis, found: Sequence[Definition], pair: Pair) -> str:
    """Return whether the difference agrees with that under the study's own definition."""
    own, others = found[0], _distinct(found, pair)
    mine = own.differences.get(pair, Number())
    single = [one for one in others if not one.differences[pair].ranged]
    ranges = [one for one in others if one.differences[pair].ranged]
    sentences = [f"{_pair(pair)}."]
    if single and mine.known and not mine.ranged:
        same = all(one.differences[pair].side == mine.side for one in single)
        sentences = [f"{_pair(pair)}: {_SAME if same else _DEPENDS}"]
    sentences.append(_own(a, own, mine, pair))
    if not others:
        sentences.append("No other definition gives a difference.")
    sentences.append(_sides(a, single, pair, what="one number"))
    sentences.append(_sides(a, ranges, pair, what="only a range"))
    return " ".join(text for text in sentences if text)


_SAME = "every definition that gives one number leads to the same conclusion."
_DEPENDS = "the conclusion depends on the definition."


def _pair(pair: Pair) -> str:
    return "“{}” compared with “{}”".format(*pair)


def _own(a: Analysis, own: Definition, mine: Number, pair: Pair) -> str:
    """Return the difference under the study's own definition."""
    start = landmark(a.results, COMPARED)
    among = f", among people {free(a.wording.relapse)} at day {start}" if start else ""
    under = f"Under the study's own definition ({_name(own)})"
    what = f"{plural(a.wording.relapse)} per 100 {units(a.wording.time_zero)} by day {a.wording.window[1]}"
    if own.withheld:
        return f"{under}, the unadjusted difference is withheld. {own.withheld}"
    if not mine.known:
        hidden = a.wording.released and not bounded(a.results, analysis=COMPARED)
        why = NOT_RELEASED if hidden else "not identifiable from these data"
        return f"{under}, the difference by day {a.wording.window[1]} is {why}."
    if mine.ranged:
        return (
            f"{under}, only a range is known: {points(mine.low)} to {points(mine.high)} {what}{among} "
            "(a minus sign means fewer)."
        )
    return f"{under}: {difference(_row(mine), what, scale=100)}{among}."


def _sides(a: Analysis, found: Sequence[Definition], pair: Pair, *, what: str) -> str:
    """Return how many definitions show fewer, how many more, and how many neither."""
    parts = []
    for side in (-1, 1, 0):
        here = [one for one in found if one.differences[pair].side == side]
        if not here:
            continue
        one = len(here) == 1
        which = f"{len(here)} ({_sentence_list(here)})" if len(here) <= _NAMED else f"{len(here)}"
        which = _sentence_list(here) if one else which
        result = f"{'shows' if one else 'show'} {'fewer' if side < 0 else 'more'} {plural(a.wording.relapse)}"
        if not side:
            result = f"{'does' if one else 'do'} not show which arm has fewer"
        parts.append(f"{which} {result}")
    if not parts:
        return ""
    many = f"{len(found)} other {'definition' if len(found) == 1 else 'definitions'}"
    return f"{many} {'gives' if len(found) == 1 else 'give'} {what}: {listed(parts)}."


def _caution(a: Analysis, *, comparing: bool) -> Iterator[str]:
    yield (
        "This is a sensitivity analysis. The definitions use the same people and often the same findings, so "
        "their results are not independent and counting them is not a test. The result of this report is the "
        "one under the study's own definition."
    )
    if comparing:
        yield (
            "“Fewer” and “more” mean that the 95% confidence interval, or the range, excludes zero. "
            "Definitions with identical differences are counted once. A group tested more often has more "
            "chances to meet a definition that requires several findings, whatever the effect of its care."
        )


def _distinct(selected: Sequence[Definition], pair: Pair) -> list[Definition]:
    """Return the others that show how the groups differ, each set of numbers once."""
    seen = {_numbers(selected[0], pair)}
    kept = []
    for one in selected[1:]:
        if pair not in one.differences or not one.differences[pair].known:
            continue
        if one.relapse != selected[0].relapse:
            continue
        if _numbers(one, pair) not in seen:
            seen.add(_numbers(one, pair))
            kept.append(one)
    return kept


def _numbers(one: Definition, pair: Pair) -> tuple[float, ...]:
    number = one.differences.get(pair, Number())
    return (-math.inf if number.ranged else number.value, number.low, number.high)


def _found(a: Analysis) -> tuple[Definition, ...]:
    """Return the definitions, with those marked whose event is not a relapse."""
    other = {name.removesuffix(".not_a_relapse") for name in a.labels if name.endswith(".not_a_relapse")}
    return tuple(replace(one, relapse=one.endpoint not in other) for one in definitions(a.results))


def _name(one: Definition) -> str:
    return f"{definition_name(one.endpoint)}, {rule_name(one.rule)}"


def _sentence_list(selected: Sequence[Definition]) -> str:
    return listed([f"“{_name(one)}”" for one in selected])


def _label(one: Definition) -> str:
    name = f"{_name(one)} ({OWN})" if one.own else _name(one)
    return name if one.relapse else f"{name} (not a relapse)"


def _shown(number: Number) -> bool:
    return math.isfinite(number.value) or number.ranged


def _size(number: Number) -> str:
    if number.ranged:
        return f"between {percent(number.low)} and {percent(number.high)}"
    return percent(number.value)


def _events(one: Definition) -> str:
    fewest, most = one.risk.events
    if not math.isfinite(fewest):
        return "not shown"
    return count(fewest) if fewest == most else f"{count(fewest)} to {count(most)}"


def _share(one: Definition, number: Number) -> str:
    if number.ranged:
        low, high = percent(number.low), percent(number.high)
        return f"{low} (range)" if low == high else f"{low} to {high} (range)"
    if one.risk.ranged:
        return "not shown: only intervals are known"
    if one.risk.events[1] == 0:
        return "no events"
    return interval(_row(number), percent)


def _difference(one: Definition, *, pair: Pair) -> str:
    number = one.differences.get(pair, Number())
    if one.risk.events[1] == 0:
        return "no events"
    if one.withheld:
        return "withheld"
    if number.ranged:
        return f"{points(number.low)} to {points(number.high)} (range)"
    return interval(_row(number, reason="see the notes"), points)


def _row(number: Number, *, reason: str | None = None) -> pd.Series:
    """Return a number as a row of the results."""
    selected = {"estimate": number.value, "conf_low": number.low, "conf_high": number.high, "time": math.nan}
    return pd.Series(selected | {"unit": "probability", "note": number.reason if reason is None else reason})


def _head(pair: Pair, pairs: Sequence[Pair]) -> str:
    arm, reference = pair
    return f"Difference per 100 (reference: {reference})" + (f", {arm}" if len(pairs) > 1 else "")


def _notes(a: Analysis, selected: Sequence[Definition]) -> Iterator[str]:
    pairs = contrasts(a.results)
    start = landmark(a.results, COMPARED)
    if pairs:
        named = " and ".join(_pair(pair) for pair in pairs)
        among = f", among people {free(a.wording.relapse)} and followed at day {start}" if start else ""
        yield (
            f"Difference: {named}, by day {a.wording.window[1]}{among}. A minus sign means fewer than in the "
            "reference."
        )
        known = [
            one.differences[pair].reason for one in selected for pair in pairs if pair in one.differences
        ]
        yield from list(dict.fromkeys(text for text in known if text))[:1]
        reasons = dict.fromkeys(one.withheld for one in selected if one.withheld)
        for reason in reasons:
            held = _sentence_list([one for one in selected if one.withheld == reason])
            yield f"Withheld under {held}. {reason}"
    yield INTERVAL
    ranged = any(
        one.risk.ranged or any(number.ranged for number in one.differences.values()) for one in selected
    )
    if ranged:
        yield "Range: lowest to highest value that agrees with the contacts; it is not a confidence interval."
    for rule in dict.fromkeys(one.rule for one in selected):
        if rule != "as_defined":
            yield f"{rule_name(rule).capitalize()}: {a.labels[f'missing.{rule}']}"
    for one in selected:
        if one.reason:
            yield f"{_name(one)}: {one.reason}"
