"""The tables of a new project as they will be written: tidied and copied where needed."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from stepdown.errors import ConfigError, Problem
from stepdown.schema import Basis, Clock
from stepdown.sources.init.answers import Answers
from stepdown.sources.init.call_findings import NEVER
from stepdown.sources.init.new_file import NewFile
from stepdown.sources.init.new_files import NewFiles, clock_of, without_identifiers
from stepdown.sources.init.questions import Question, questions
from stepdown.sources.init.source_rows import with_own_rows
from stepdown.sources.init.tidy_tables import Choices, overlapping, tidy
from stepdown.sources.init.working_copy import Copy, with_age, working_copy

# Grounds under which a project always gets a copy with random ids.
_COPIED = frozenset({"own_operations", "safe_harbor"})


@dataclass(frozen=True, eq=False, kw_only=True)
class Prepared:
    """What a new project is written from.

    Attributes
    ----------
    parts : tuple of NewFile
        The files that the cohort file maps.
    copy : Copy or None
        The copy, where one is made.
    clock, data_cut : str
        As in a cohort file.
    missing : tuple of str
        Texts for missing values.
    visits : tuple of int
        Days after discharge on which calls were due.
    notes : tuple of str
        What was left out, joined or not used.
    """

    parts: tuple[NewFile, ...]
    copy: Copy | None
    clock: Clock
    data_cut: str
    missing: tuple[str, ...]
    visits: tuple[int, ...]
    notes: tuple[str, ...]

    def with_own_rows(self, problem: Problem) -> Problem:
        """Return a problem with the rows of the person's own file in place of those of the copy."""
        named = (part for part in self.parts if part.file == problem.file)
        part = next(named, None)
        return problem if part is None or part.rows is None else with_own_rows(problem, part.rows)


def prepare(
    read: NewFiles, answers: Answers, *, basis: Basis, ids: Mapping[str, str] | None = None
) -> Prepared:
    """Tidy and copy files as their form and the legal ground need.

    Parameters
    ----------
    read : NewFiles
        The files, with what their columns seem to be.
    answers : Answers
        What a person decided.
    basis : str
        Legal ground on which the data are held.
    ids : mapping of str to str, optional
        Random id by the provider's id, of clients that had one before.

    Returns
    -------
    Prepared

    Raises
    ------
    ConfigError
        Tables have to be made, but a sheet has no column of client ids.
    """
    parts, notes, made = list(read.parts), list(read.notes), None
    to_tidy = read.tidy or answers.overlapping_stays == "join" or answers.observed_until is not None
    if (basis in _COPIED or to_tidy) and all(part.client for part in parts):
        parts = [with_age(part) for part in parts]
        if to_tidy:
            until = answers.observed_until
            choices = Choices(
                join=answers.overlapping_stays == "join",
                level=answers.iop_or_php,
                until=NEVER if until is None else (until - dt.date(1970, 1, 1)).days,
            )
            tidied = tidy(parts, clock=clock_of(parts)[0], choices=choices)
            parts = list(tidied.parts)
            notes += tidied.notes
        made = working_copy(parts, dates_kept=basis != "safe_harbor", ids=ids)
        used = [part.used for part in read.parts]
        dropped = [
            f"{part.label}: {name}"
            for part, names in zip(read.parts, used, strict=True)
            for name in part.data.column_names
            if name not in names
        ]
        made = replace(made, dropped=tuple(dropped)) if to_tidy else made
        parts = list(made.parts)
    elif to_tidy:
        raise ConfigError([_no_client(part) for part in parts if not part.client])
    elif basis != "own_operations":
        parts = [without_identifiers(part, basis) for part in parts]
    clock, latest = clock_of(parts)
    cut = answers.data_cut.isoformat() if answers.data_cut is not None and clock == "date" else latest
    return Prepared(
        parts=tuple(parts),
        copy=made,
        clock=clock,
        data_cut=cut,
        missing=("",) if made else read.missing,
        visits=tuple(sorted({one.due for part in read.parts for one in part.calls if one.due})),
        notes=tuple(dict.fromkeys(notes)),
    )


def asked(read: NewFiles, answers: Answers, ask: Callable[[Question], str]) -> Answers:
    """Ask what only a person can decide.

    Parameters
    ----------
    read : NewFiles
        The files.
    answers : Answers
        What was decided before.
    ask : callable
        Returns the answer to a question; empty for its default.

    Returns
    -------
    Answers
    """
    for question in questions(
        read.parts, overlapping=overlapping(read.parts), data_cut=clock_of(read.parts)[1]
    ):
        answers = question.answer(answers, ask(question) or question.default)
    return answers


def _no_client(part: NewFile) -> Problem:
    return Problem(
        table=part.label,
        what="has no column of client ids, so its rows cannot be joined with those of other sheets",
        remedy="Name the column of client ids client_id in every sheet, and run init again.",
    )
