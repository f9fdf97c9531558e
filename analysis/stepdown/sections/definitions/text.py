"""The panel in words: whether the answer depends on what counts as relapse."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pandas as pd

from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis
from stepdown.results.reading import landmark
from stepdown.results.words import (
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
from stepdown.schema import MISSING, endpoint
from stepdown.sections.definitions.read import (
    COMPARED,
    Definition,
    Number,
    contrasts,
    definitions,
    left_out,
)
from stepdown.sections.relapse import tables
from stepdown.sections.relapse import text as prose

Pair = tuple[str, str]
OWN = "the study's own"
_NAMED = 4  # more names than these are left to the table


def found(a: Analysis) -> Text:
    """Say whether the answer is the same under the other definitions, and what that cannot say."""
    told = definitions(a.results)
    others = told[1:]
    if not told:
        return Text(("The results hold no panel of definitions.",))
    if not others:
        return Text((_alone(a),))
    pairs = contrasts(a.results)
    said = [*(_answer(a, told, pair) for pair in pairs), *_spread(a, told), *_nothing_found(others)]
    return Text((*said, *_caution(a, comparing=any(_distinct(told, pair) for pair in pairs))))


def table(a: Analysis) -> Table:
    """Return a row for each definition and rule: how many, how often, and how the groups differ."""
    word, day = a.wording.relapse, a.wording.window[1]
    told, pairs = definitions(a.results), contrasts(a.results)
    sizes = {one.n for one in told if math.isfinite(one.n)}
    columns: dict[str, Callable[[Definition], str]] = {"Definition and rule": _label}
    if len(sizes) > 1:
        columns[prose.units(a).capitalize()] = lambda one: count(one.n)
    columns |= {
        plural(word).capitalize(): _events,
        f"{happened(word).capitalize()} by day {day}": lambda one: _share(one, one.risk),
        f"On {window_name(a.wording.window)}": lambda one: _share(one, one.window),
    }
    columns |= {_head(pair, pairs): partial(_difference, pair=pair) for pair in pairs}
    notes = [f"{count(sizes.pop())} {prose.units(a)} under every definition."] if len(sizes) == 1 else []
    return Table(
        f"One study, other definitions of {word}",
        tuple(columns),
        tuple(tuple(cell(one) for cell in columns.values()) for one in told),
        (*notes, *_notes(a, told)),
    )


def meanings(a: Analysis) -> Text:
    """Return every definition that was run, in full sentences, with its source."""
    names = dict.fromkeys(one.endpoint for one in definitions(a.results))
    settings = {one.endpoint: one.settings for one in definitions(a.results) if one.settings}
    return Text(
        ("What each definition says:",),
        items=tuple(_meaning(name, settings.get(name, "")) for name in names),
    )


def not_run(a: Analysis) -> Text | None:
    """Return what these data cannot serve, with the reasons; None where they serve everything."""
    reasons: dict[str, list[str]] = {}
    for name, rule, reason in left_out(a.results):
        told = f"{definition_name(name)}, {rule_name(rule)}" if rule else definition_name(name)
        reasons.setdefault(reason, []).append(told)
    if not reasons:
        return None
    items = (f"{'; '.join(names)}: {reason}." for reason, names in reasons.items())
    return Text(("What these data cannot serve, and why:",), items=tuple(items))


def _alone(a: Analysis) -> str:
    return (
        f"These data can serve no other definition of {a.wording.relapse} than the study's own, so nobody "
        "can tell from them how far the answer depends on it."
    )


def _spread(a: Analysis, told: Sequence[Definition]) -> Iterator[str]:
    """Say how far the risk itself depends on the definition."""
    own, begin = told[0], f"Of all {prose.units(a)}, by day {a.wording.window[1]}"
    did = happened(a.wording.relapse)
    others = [one for one in told[1:] if _shown(one.risk) and _alike(own, one) and one.risk.events[1]]
    said = []
    if _shown(own.risk):
        said.append(f"{_size(own.risk)} {did} under the study's own definition")
    if len(others) == 1:
        said.append(f"{_size(others[0].risk)} under the other that found any ({_name(others[0])})")
    elif others:
        least = min(others, key=lambda one: _ends(one.risk)[0])
        most = max(others, key=lambda one: _ends(one.risk)[1])
        said.append(
            f"from {percent(_ends(least.risk)[0])} ({_name(least)}) to {percent(_ends(most.risk)[1])} "
            f"({_name(most)}) under the {len(others)} others that found any"
        )
    if said:
        yield f"{begin}, {listed(said)}."


def _nothing_found(others: Sequence[Definition]) -> Iterator[str]:
    none = [one for one in others if one.risk.events[1] == 0]
    if none:
        yield f"{_sentence_list(none)} found nothing by then: that may say more of records than of people."
    failed = [one for one in others if not math.isfinite(one.n)]
    if failed:
        yield f"{_sentence_list(failed)} could not be run; the notes of the table say why."
    different = [one for one in others if not _same_kind(one)]
    if different:
        yield f"{_sentence_list(different)} is no relapse: it is shown, and not counted here."


def _answer(a: Analysis, told: Sequence[Definition], pair: Pair) -> str:
    """Say whether the difference comes out as under the study's own definition."""
    own, others = told[0], _distinct(told, pair)
    mine = own.differences.get(pair, Number())
    said = [_own(a, own, mine, pair)]
    single = [one for one in others if not one.differences[pair].ranged]
    ranges = [one for one in others if one.differences[pair].ranged]
    if not others:
        said.append("No other definition tells how they differ.")
    lead = "Of the others, "
    if single and mine.known and not mine.ranged:
        same = [one for one in single if one.differences[pair].side == mine.side]
        everyone = len(same) == len(single)
        said.insert(0, f"{_pair(pair)}: {_SAME if everyone else _DEPENDS}")
        said.append(f"{_of(single, same)} the same: {_says(mine.side, pair)}.")
        single, lead = [one for one in single if one not in same], "Of the rest, "
    else:
        said.insert(0, f"{_pair(pair)}.")
    said.append(_sides(single, pair, lead=lead))
    said.append(_sides(ranges, pair, lead="Of those that give only a range, without chance, "))
    return " ".join(text for text in said if text)


_SAME = "the answer is the same under every definition that gives one number."
_DEPENDS = "the answer depends on the definition."


def _pair(pair: Pair) -> str:
    return "“{}” against “{}”".format(*pair)


def _own(a: Analysis, own: Definition, mine: Number, pair: Pair) -> str:
    """Say the difference under the study's own definition."""
    start = landmark(a.results, COMPARED)
    among = f", among those {free(a.wording.relapse)} at day {start}" if start else ""
    under = f"Under the study's own definition ({_name(own)})"
    if not mine.known:
        return f"{under} how they differ by day {a.wording.window[1]} cannot be told."
    if mine.ranged:
        return (
            f"{under} only a range is known: {points(mine.low)} to {points(mine.high)} of 100 by day "
            f"{a.wording.window[1]}{among}."
        )
    first = f"with “{pair[0]}”"
    return (
        f"{under} {tables.difference(_row(mine))} {happened(a.wording.relapse)} by day "
        f"{a.wording.window[1]} {first}{among}."
    )


def _of(single: Sequence[Definition], same: Sequence[Definition]) -> str:
    if len(single) == 1:
        return f"The one other that gives a number {'says' if same else 'does not say'}"
    if len(same) == len(single) == 2:
        return "Both others say"
    if len(same) == len(single):
        return f"All {len(single)} others say"
    if not same:
        return f"None of the {len(single)} others that give one number says"
    return (
        f"{len(same)} of the {len(single)} others that give one number {'says' if len(same) == 1 else 'say'}"
    )


def _says(side: int, pair: Pair) -> str:
    if not side:
        return "that there may be no difference"
    return f"clearly {'fewer' if side < 0 else 'more'} with “{pair[0]}”"


def _sides(told: Sequence[Definition], pair: Pair, *, lead: str) -> str:
    """Name those that lie on one side without doubt, and those that leave it open."""
    parts = []
    for side in (-1, 1, 0):
        here = [one for one in told if one.differences[pair].side == side]
        if here:
            which = f" ({_sentence_list(here)})" if len(here) <= _NAMED else ""
            verb, rest = _does(side, ranged=here[0].differences[pair].ranged)
            parts.append(f"{len(here)}{which} {verb}{'s' if len(here) == 1 else ''} {rest}")
    return f"{lead}{listed(parts)}." if parts else ""


def _does(side: int, *, ranged: bool) -> tuple[str, str]:
    if not side:
        return "leave", "open which has fewer"
    way = "fewer" if side < 0 else "more"
    return ("lie", f"wholly on the side of {way}") if ranged else ("point", f"clearly to {way}")


def _caution(a: Analysis, *, comparing: bool) -> Iterator[str]:
    yield (
        "This is a sensitivity analysis: it shows how far the answer rests on what counts as "
        f"{a.wording.relapse}. The definitions look at the same people, and often at the same findings: they "
        "do not confirm one another, and to count them is no test. The answer of this report stays that of "
        "the study's own definition."
    )
    if comparing:
        yield (
            "Clearly: the 95% interval leaves out no difference. Definitions with the very same difference "
            "are counted once. A group that is tested more often has more chances to meet a definition that "
            "asks for several findings, whatever its care did."
        )


def _distinct(told: Sequence[Definition], pair: Pair) -> list[Definition]:
    """Return the others that tell how the groups differ, each set of numbers once."""
    seen = {_numbers(told[0], pair)}
    kept = []
    for one in told[1:]:
        if pair not in one.differences or not one.differences[pair].known or not _alike(told[0], one):
            continue
        if _numbers(one, pair) not in seen:
            seen.add(_numbers(one, pair))
            kept.append(one)
    return kept


def _numbers(one: Definition, pair: Pair) -> tuple[float, ...]:
    number = one.differences.get(pair, Number())
    return (-math.inf if number.ranged else number.value, number.low, number.high)


def _same_kind(one: Definition) -> bool:
    return endpoint(one.endpoint).relapse


def _alike(own: Definition, other: Definition) -> bool:
    """Say whether two definitions tell of the same kind of event."""
    return endpoint(own.endpoint).relapse == endpoint(other.endpoint).relapse


def _name(one: Definition) -> str:
    return f"{definition_name(one.endpoint)}, {rule_name(one.rule)}"


def _sentence_list(told: Sequence[Definition]) -> str:
    return listed([f"“{_name(one)}”" for one in told])


def _label(one: Definition) -> str:
    name = f"{_name(one)} ({OWN})" if one.own else _name(one)
    return name if _same_kind(one) else f"{name} (no relapse)"


def _shown(number: Number) -> bool:
    return math.isfinite(number.value) or number.ranged


def _ends(number: Number) -> tuple[float, float]:
    return (number.low, number.high) if number.ranged else (number.value, number.value)


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
        return f"{percent(number.low)} to {percent(number.high)} (range)"
    if one.risk.ranged:
        return "not shown: only a range of days is known"
    if one.risk.events[1] == 0:
        return "none found"
    return tables.interval(_row(number), percent)


def _difference(one: Definition, *, pair: Pair) -> str:
    number = one.differences.get(pair, Number())
    if one.risk.events[1] == 0:
        return "none found"
    if number.ranged:
        return f"{points(number.low)} to {points(number.high)} (range)"
    return tables.interval(_row(number, reason="see the notes"), points)


def _row(number: Number, *, reason: str | None = None) -> pd.Series:
    """Return a number as a row of the results."""
    told = {"estimate": number.value, "conf_low": number.low, "conf_high": number.high, "time": math.nan}
    return pd.Series(told | {"unit": "probability", "note": number.reason if reason is None else reason})


def _head(pair: Pair, pairs: Sequence[Pair]) -> str:
    return "Difference, of 100" if len(pairs) == 1 else f"Difference, of 100: {' against '.join(pair)}"


def _notes(a: Analysis, told: Sequence[Definition]) -> Iterator[str]:
    pairs = contrasts(a.results)
    start = landmark(a.results, COMPARED)
    if pairs:
        named = " and ".join(" against ".join(pair) for pair in pairs)
        among = f", of those {free(a.wording.relapse)} and followed at day {start}" if start else ""
        yield (
            f"Difference: {named}, by day {a.wording.window[1]}{among}; minus signs mean fewer with the plan "
            "named first."
        )
        known = [one.differences[pair].reason for one in told for pair in pairs if pair in one.differences]
        yield from list(dict.fromkeys(text for text in known if text))[:1]
    yield tables.INTERVAL
    ranged = any(one.risk.ranged or any(number.ranged for number in one.differences.values()) for one in told)
    if ranged:
        yield "Range: the lowest and the highest that the contacts allow; it does not allow for chance."
    for rule in dict.fromkeys(one.rule for one in told):
        if rule != "as_defined":
            yield f"{rule_name(rule).capitalize()}: {MISSING[rule]}"
    for one in told:
        if one.reason:
            yield f"{_name(one)}: {one.reason}"


def _meaning(name: str, settings: str) -> str:
    spec = endpoint(name)
    doi = f", doi {spec.doi}" if spec.doi else ""
    source = f" Source: {spec.source.rstrip('.')}{doi}." if spec.source else ""
    here = f" Here with {settings}." if settings else ""
    return (
        f"{definition_name(name)} (`{name}`): {spec.sentence}{here} Its own rule: {spec.missing_rule}{source}"
    )
