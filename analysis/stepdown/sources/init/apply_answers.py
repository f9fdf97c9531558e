"""Guesses with what a person decided in their place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from stepdown.schema import OBSERVATIONS, TABLES
from stepdown.sources.init.answers import CALL_PARTS, ColumnAnswer
from stepdown.sources.init.finding_words import findings_of
from stepdown.sources.init.follow_up_calls import Calls, call_names
from stepdown.sources.init.guesses import Guess, fit, words, yes_of

Said = Mapping[str, ColumnAnswer]


def said_columns(guesses: Sequence[Guess], table: str, data: pa.Table, said: Said) -> list[Guess]:
    """Return the guesses of a table, a column that a person named in place of the one guessed."""
    declared = next(one for one in TABLES if one.name == table)
    own = {
        answer.means: fit(declared[answer.means], name, data[name])
        for name, answer in said.items()
        if answer.means in declared.names
    }
    found = {guess.name: guess for guess in guesses} | own
    return [found[column.name] for column in declared if column.name in found]


def with_codes(guesses: Sequence[Guess], said: Said) -> list[Guess]:
    """Return guesses with the codes that a person gave; values without a meaning are read as missing."""
    return [_coded(guess, said[guess.source].codes) if guess.source in said else guess for guess in guesses]


def _coded(guess: Guess, given: Mapping[str, str]) -> Guess:
    kind = next(column.kind for table in TABLES for column in table if column.name == guess.name)
    if not given or kind not in ("code", "flag"):
        return guess
    usual = {text: code for text, code in guess.options.get("codes", {}).items() if code != "TODO"}
    options = {**guess.options, "codes": {**usual, **given}}
    return replace(guess, options={**options, "unknown": "missing"}, doubt="", note="codes as answered")


def said_calls(calls: Sequence[Calls], data: pa.Table, said: Said) -> tuple[Calls, ...]:
    """Return calls with the columns and the results that a person named."""
    other = [
        _with_findings(one, said) if one.number else one for one in calls if one.of_readmission or one.number
    ]
    roles: dict[int, dict[str, str]] = {
        one.due: {"call_date": one.date, "call_result": one.result, "call_first_use": one.first_use}
        for one in calls
        if not one.of_readmission and not one.number
    }
    for name, answer in said.items():
        if answer.means in CALL_PARTS and answer.due is not None:
            roles.setdefault(answer.due, {})[answer.means] = name
    found, names = [], call_names(data.column_names)
    also = {one.result: one.also for one in calls}
    for due, parts in sorted(roles.items()):
        result = parts.get("call_result", "")
        if result:
            findings = findings_of(data[result], names.get(result, (0, ""))[1])
            findings |= said[result].codes if result in said else {}
            found.append(
                Calls(
                    due=due,
                    result=result,
                    findings=findings,
                    date=parts.get("call_date", ""),
                    first_use=parts.get("call_first_use", ""),
                    also=also.get(result, {}),
                )
            )
    return tuple(sorted([*found, *other], key=lambda one: one.due))


def _with_findings(call: Calls, said: Said) -> Calls:
    codes = said[call.result].codes if call.result in said else {}
    return replace(call, findings={**call.findings, **codes})


def said_events(
    events: Sequence[tuple[str, str, Guess]], data: pa.Table, said: Said, tables: Mapping[str, str]
) -> list[tuple[str, str, Guess]]:
    """Return events with the columns of their days that a person named."""
    own = {
        answer.means: fit(OBSERVATIONS["day"], name, data[name])
        for name, answer in said.items()
        if answer.means in words()["events"] and yes_of(data[name]) is None
    }
    kept = [event for event in events if event[1] not in own]
    return [*kept, *((tables.get(event, "services"), event, guess) for event, guess in own.items())]
