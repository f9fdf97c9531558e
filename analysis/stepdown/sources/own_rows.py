"""Cohort files checked and loaded: problems of a working copy have the rows of the file that it was made of.

The rows of a copy are in the order of random ids, and no list of whose they are is kept. Where a cohort file
says of which file `init` made its copy (`made_from`), that file is read again, in the same way. Clients are
matched by all that their rows hold. Those whose rows are alike have the same problems, so that their rows
are right together. Where the file is gone or has changed, the rows are those of the copy.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.errors import DataError, Problem, StepdownError
from stepdown.schema import Cohort
from stepdown.sources import loading
from stepdown.sources.init.answers import answers_of
from stepdown.sources.init.new_files import read_parts
from stepdown.sources.init.prepared import prepare
from stepdown.sources.init.source_rows import SourceRows, with_own_rows
from stepdown.sources.loading import CheckedCohort
from stepdown.sources.map.cohort_file_rules import read_cohort_file

_Frames = Mapping[str, pd.DataFrame]
_Ints = NDArray[np.int64]


def load(path: str | Path) -> Cohort:
    """Read, check and type the data of a cohort file.

    Parameters
    ----------
    path : str or Path
        The cohort file (cohort.toml); the files it names are relative to it.

    Returns
    -------
    Cohort
        Five canonical tables, types as in `schema.DTYPES`.

    Raises
    ------
    ConfigError
        The cohort file is wrong, or names files that are not there.
    IdentifierError
        The files hold, or seem to hold, identifiers; lists the other problems too.
    DataError
        The data break the rules of their tables.
    """
    try:
        return loading.load(path)
    except DataError as error:
        found = type(error)(own_problems(path, error.problems)) if error.problems else error
    raise found


def check_cohort(path: str | Path) -> list[Problem]:
    """Return every problem of a cohort file and its data; an empty list where there is none.

    Parameters
    ----------
    path : str or Path
        The cohort file.

    Returns
    -------
    list of Problem
        The cohort file's own problems first; while it has any, the data are not read.
    """
    return list(checked_cohort(path).problems)


def checked_cohort(path: str | Path) -> CheckedCohort:
    """Return every problem of a cohort file and its data, and what a person should look at.

    Parameters
    ----------
    path : str or Path
        The cohort file.

    Returns
    -------
    CheckedCohort
    """
    found = loading.checked_cohort(path)
    both = own_problems(path, (*found.problems, *found.warnings))
    count = len(found.problems)
    return CheckedCohort(problems=both[:count], warnings=both[count:])


def own_problems(path: str | Path, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return problems of a working copy with the rows of the file that it was made of, where that is there.

    Parameters
    ----------
    path : str or Path
        The cohort file.
    problems : sequence of Problem
        Of any of its files.
    """
    if not any(problem.file_rows for problem in problems):
        return tuple(problems)
    config = read_cohort_file(path)
    project = Path(path).parent
    source = project / config.made_from
    if not config.made_from or not source.exists():
        return tuple(problems)
    said = answers_of(project)
    try:
        ready = prepare(read_parts(source, project, said), said, basis=config.basis)
        there = ready.copy is not None and all((project / name).is_file() for name in ready.copy.texts)
    except StepdownError:
        there = False
    if not there or ready.copy is None:
        return tuple(problems)
    copied = {part.file: _cells((project / part.file).read_text(encoding="utf-8")) for part in ready.parts}
    again = {name: _cells(text) for name, text in ready.copy.texts.items()}
    if any([*copied[name]] != [*again[name]] for name in again):
        return tuple(problems)
    same = _same_client(copied, again)
    rows = {
        part.file: _in_order(part.rows, copied[part.file], again[part.file], same) for part in ready.parts
    }
    return tuple(_own(problem, rows.get(problem.file)) for problem in problems)


def _own(problem: Problem, rows: SourceRows | None) -> Problem:
    """Return a problem with the rows of the person's own files; as it is where one of them is not known."""
    places = np.array(problem.file_rows, dtype=np.int64) - 2
    known = rows is not None and places.max(initial=-1) < len(rows.row) and (rows.row[places] >= 0).all()
    return with_own_rows(problem, rows) if rows is not None and known else problem


def _cells(text: str) -> pd.DataFrame:
    """Return the cells of a file of the copy as text, empty ones too."""
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def _same_client(copied: _Frames, again: _Frames) -> pd.Series:
    """Return the client of the new copy by that of the old one, matched by all that their rows hold."""
    old, new = (_numbered(_marks(frames)) for frames in (copied, again))
    both = old.merge(new, on=["mark", "place"], suffixes=("", "_again"))
    return both.set_index("client_id")["client_id_again"]


def _numbered(marks: pd.Series) -> pd.DataFrame:
    """Return the clients with a number among those with the same rows, who are matched in any order."""
    return marks.reset_index().assign(place=marks.groupby(marks.to_numpy()).cumcount().to_numpy())


def _marks(frames: _Frames) -> pd.Series:
    """Return for each client a number for all that the client's rows hold, in their order."""
    marks = []
    for place, (_, frame) in enumerate(sorted(frames.items())):
        rows = pd.util.hash_pandas_object(frame.drop(columns="client_id"), index=False).to_numpy()
        number = frame.groupby("client_id").cumcount().to_numpy().astype(np.uint64)
        odd = np.uint64(2) * (number + np.uint64(1)) * np.uint64(place + 1) + np.uint64(1)
        marks.append(pd.Series(rows * odd, index=frame["client_id"]))
    found: pd.Series = pd.concat(marks).groupby(level=0).sum()
    return found.rename("mark").rename_axis("client_id")


def _in_order(
    rows: SourceRows | None, copied: pd.DataFrame, again: pd.DataFrame, same: pd.Series
) -> SourceRows | None:
    """Return the rows of the person's own files in the order of the old copy; -1 for a client not found."""
    if rows is None:
        return None
    number = copied.groupby("client_id").cumcount()
    keys = pd.MultiIndex.from_arrays([copied["client_id"].map(same), number])
    there = pd.MultiIndex.from_arrays([again["client_id"], again.groupby("client_id").cumcount()])
    place = there.get_indexer(keys)
    row = np.where(place < 0, -1, rows.row[place])
    return replace(rows, file=rows.file[place], row=row)
