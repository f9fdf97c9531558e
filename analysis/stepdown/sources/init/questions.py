"""What only a person can decide about a project's files, as questions with the answers that are possible."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from stepdown.schema import TABLES
from stepdown.sources.init.answers import NOTHING, Answers, ColumnAnswer
from stepdown.sources.init.date_guesses import TWO_EPOCHS
from stepdown.sources.init.follow_up_calls import Calls
from stepdown.sources.init.indicated_events import KINDS, WHICH
from stepdown.sources.init.local_days import has_zones
from stepdown.sources.init.new_file import NewFile
from stepdown.sources.map.dates import YEAR_FIRST
from stepdown.sources.map.plain_columns import as_text

MOST = 25
# A text of fewer rows than this is neither asked about nor shown.
FEWEST = 11
_FINDINGS = ("positive", "negative", "missing", "refused", "death", "incarceration", "admission")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question.

    Attributes
    ----------
    text : str
        The question.
    choices : tuple of str
        What can be answered.
    default : str
        What holds where nothing is answered.
    answer : callable
        Answers with this answer, from the answers before it.
    """

    text: str
    choices: tuple[str, ...]
    default: str
    answer: Callable[[Answers, str], Answers] = field(compare=False)


def questions(parts: Sequence[NewFile], *, overlapping: int, data_cut: str) -> list[Question]:
    """Return the questions of a project, at most 25.

    Parameters
    ----------
    parts : sequence of NewFile
        The files and sheets that are used.
    overlapping : int
        Stays that overlap another of the same client.
    data_cut : str
        Latest date of the files; empty where they hold none.

    Returns
    -------
    list of Question
        The most consequential first.
    """
    found = []
    if data_cut:
        # The latest date is not known before the epoch is.
        found.append(_data_cut("" if any(map(_two_epochs, parts)) else data_cut))
    if overlapping:
        found.append(
            Question(
                text=f"{overlapping} stays overlap another stay of the same client. Join them, or keep "
                "them for you to correct?",
                choices=("join", "keep"),
                default="join",
                answer=lambda answers, said: answers.model_copy(update={"overlapping_stays": said}),
            )
        )
    if any(has_zones(name, part.data[name]) for part in parts for name in part.data.column_names):
        found.append(_zone())
    found_in = [event for part in parts for table, event, _ in part.events if table == "observations"]
    if data_cut and found_in and not any(map(_observed, parts)):
        found.append(_observed_until())
    for part in parts:
        found += [*_orders(part), *_indicators(part), *_levels(part), *_due(part), *_results(part)]
        found += _codes(part)
    return found[:MOST]


def _data_cut(latest: str) -> Question:
    return Question(
        text="On which day were the files exported? After it nothing could be recorded (YYYY-MM-DD)",
        choices=(),
        default=latest,
        answer=lambda answers, said: (
            Answers.model_validate({**answers.model_dump(), "data_cut": said}) if said else answers
        ),
    )


def _observed(part: NewFile) -> bool:
    """Return whether a file shows how long clients were observed."""
    ends = any(event == "followup_end" or guess.since for _, event, guess in part.events)
    return ends or bool(part.calls) or part.table == "followup"


def _observed_until() -> Question:
    return Question(
        text="No column shows how long clients were observed. Until which day would a relapse or readmission "
        "of any client have been recorded (YYYY-MM-DD; empty where that is not known)?",
        choices=(),
        default="",
        answer=lambda answers, said: (
            Answers.model_validate({**answers.model_dump(), "observed_until": said}) if said else answers
        ),
    )


def _zone() -> Question:
    return Question(
        text="The files hold times with a time zone. In which zone is the program (such as America/Denver)?",
        choices=(),
        default="",
        answer=lambda answers, said: Answers.model_validate({**answers.model_dump(), "timezone": said}),
    )


def _orders(part: NewFile) -> list[Question]:
    unproved = [
        guess
        for guess in (*part.maps, *part.dates)
        if "both fit" in guess.note or "all fit" in guess.note or "no date proves" in guess.note
    ]
    found = []
    if any(YEAR_FIRST in guess.note for guess in unproved):
        text = (
            f"In {part.label}: is 03-04-05 March 4, 2005 (month first), April 3, 2005 (day first), or "
            "April 5, 2003 (year first)?"
        )
        found.append(_order(part, text, ("month_first", "day_first", "year_first")))
    elif unproved:
        text = f"In {part.label}: is 3/4/2026 March 4 (month first) or April 3 (day first)?"
        found.append(_order(part, text, ("month_first", "day_first")))
    if _two_epochs(part):
        text = (
            f"In {part.label}: is day number 46000 December 9, 2025 (usual) or December 10, 2029 (old Mac)?"
        )
        found.append(_order(part, text, ("epoch_1900", "epoch_1904")))
    return found


def _two_epochs(part: NewFile) -> bool:
    return any(guess.note.startswith(TWO_EPOCHS) for guess in (*part.maps, *part.dates))


def _order(part: NewFile, text: str, choices: tuple[str, ...]) -> Question:
    name = part.sheet or part.label
    return Question(
        text=text,
        choices=choices,
        default=choices[0],
        answer=lambda answers, said: answers.model_copy(
            update={"date_order": {**answers.date_order, name: said}}
        ),
    )


def _indicators(part: NewFile) -> list[Question]:
    """Ask what an indicator shows whose name does not: which value is the event, or which event it is."""
    found = []
    for _, _, guess in part.events:
        for name in guess.when:
            values = sorted(as_text(part.data[name]).drop_null().unique().to_pylist())
            if guess.doubt:
                text = f'Which value of "{name}" means that the event happened?'
                found.append(_indicator(name, text, (*values, NOTHING), NOTHING))
            elif guess.note == WHICH:
                text = f'Which event does "{name}" show?'
                found.append(_indicator(name, text, (*KINDS, NOTHING), KINDS[0]))
    return found


def _indicator(column: str, text: str, choices: tuple[str, ...], default: str) -> Question:
    def answer(answers: Answers, said: str) -> Answers:
        new = (
            ColumnAnswer(means=said)
            if said in (*KINDS, NOTHING)
            else ColumnAnswer(means=KINDS[0], codes={said: "event"})
        )
        return answers.model_copy(update={"columns": {**answers.columns, column: new}})

    return Question(text=text, choices=choices, default=default, answer=answer)


def _levels(part: NewFile) -> list[Question]:
    return [
        Question(
            text=f'Which level of care starts on the day in "{guess.source}", where no session shows it?',
            choices=("iop", "php"),
            default="iop",
            answer=lambda answers, said: answers.model_copy(update={"iop_or_php": said}),
        )
        for _, event, guess in part.events
        if event == "iop_or_php"
    ]


def _due(part: NewFile) -> list[Question]:
    """Ask on which day calls were due that are counted, and whose dates show none."""
    return [
        Question(
            text=f'On which day after discharge was call {one.number} due ("{one.date}")? A number of days; '
            "empty where it was due on none",
            choices=(),
            default="",
            answer=partial(_with_due, one),
        )
        for one in part.calls
        if one.number and not one.due
    ]


def _with_due(call: Calls, answers: Answers, said: str) -> Answers:
    if not said:
        return answers
    parts = {"call_date": call.date, "call_result": call.result, "call_first_use": call.first_use}
    new = {
        name: {
            **answers.columns.get(name, ColumnAnswer()).model_dump(),
            "means": means,
            "due": int(said) if said.isdigit() else said,
        }
        for means, name in parts.items()
        if name
    }
    return Answers.model_validate({**answers.model_dump(), "columns": {**answers.columns, **new}})


def _results(part: NewFile) -> list[Question]:
    return [
        _code(call.result, text, _FINDINGS, "missing")
        for call in part.calls
        for text in _frequent(
            part, call.result, [text for text, code in call.findings.items() if code == "TODO"]
        )
    ]


def _codes(part: NewFile) -> list[Question]:
    declared = next(table for table in TABLES if table.name == part.table)
    return [
        _code(guess.source, text, declared[guess.name].codes, "nothing")
        for guess in part.guesses
        if guess.doubt and "codes" in guess.options
        for text in _frequent(
            part, guess.source, [text for text, code in guess.options["codes"].items() if code == "TODO"]
        )
    ]


def _frequent(part: NewFile, column: str, texts: Sequence[str]) -> list[str]:
    counts = Counter(as_text(part.data[column]).drop_null().to_pylist())
    return [text for text in texts if counts[text] >= FEWEST]


def _code(column: str, text: str, codes: Sequence[str], default: str) -> Question:
    def answer(answers: Answers, said: str) -> Answers:
        before = answers.columns.get(column, ColumnAnswer())
        codes = before.codes if said == "nothing" else {**before.codes, text: said}
        new = before.model_copy(update={"codes": codes})
        return answers.model_copy(update={"columns": {**answers.columns, column: new}})

    choices = tuple(dict.fromkeys([*codes, default]))
    return Question(
        text=f'What does "{text}" in "{column}" mean?', choices=choices, default=default, answer=answer
    )
