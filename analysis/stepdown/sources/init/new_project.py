"""A new project from a person's own files: mapped as far as names, types and ranges allow."""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc

from stepdown.errors import ConfigError, Problem, errors_of_kind
from stepdown.schema import TABLES, Basis
from stepdown.schema.declarations import no_file
from stepdown.sources.data_folders import bundled
from stepdown.sources.init.answers import Answers, answers_text, read_answers
from stepdown.sources.init.mapping_table import MappedColumn, mapped_columns, mapping_page
from stepdown.sources.init.new_file import NewFile
from stepdown.sources.init.new_files import read_parts
from stepdown.sources.init.prepared import Prepared, asked, prepare
from stepdown.sources.init.private_files import private
from stepdown.sources.init.project_text import cohort_text, study_text, todos
from stepdown.sources.init.questions import Question
from stepdown.sources.init.working_copy import LEFT_OUT, Copy
from stepdown.sources.loading import checked_cohort
from stepdown.sources.map.plain_columns import as_text
from stepdown.sources.read.raw_tables import SUFFIXES, suffix
from stepdown.sources.safe_errors import quiet

_ROW_IDS = (
    "No column of client ids was found, so each row counts as a client. If a client can have several rows, "
    "name that column client_id, and run init again in a new folder."
)
# The stay itself, and what another column holds in more detail.
_NO_COVARIATES = ("level", "asam_edition", "age_band")
# Problems that are shown at once; check shows all.
_MOST_PROBLEMS = 10
_DEMO = "../data/synthetic/programs/study.toml"


@dataclass(frozen=True, kw_only=True)
class Project:
    """What `init` made; as text, what to do next.

    Attributes
    ----------
    folder : Path
        The project.
    files : tuple of str
        What was written, relative to the folder.
    todo : tuple of str
        Lines of cohort.toml that need a person.
    dropped : tuple of str
        Columns left out of the de-identified copy, as "file: column".
    unused : tuple of str
        Files and sheets that are not used, each with the reason.
    notes : tuple of str
        What was left out, joined or not used, with the rows of the file.
    mapping : tuple of MappedColumn
        What each column was taken for.
    problems : tuple of Problem
        Problems that `check` finds in the new cohort file, with the rows of the files that it is made of.
    next_steps : tuple of str
        What to do, in order.
    """

    folder: Path
    files: tuple[str, ...]
    todo: tuple[str, ...]
    dropped: tuple[str, ...]
    unused: tuple[str, ...]
    notes: tuple[str, ...]
    mapping: tuple[MappedColumn, ...]
    problems: tuple[Problem, ...]
    next_steps: tuple[str, ...]

    def __str__(self) -> str:
        """Return the next steps, numbered."""
        lines = [f"Wrote {', '.join(self.files)} in {self.folder.name}."]
        if self.dropped:
            by_file: dict[str, list[str]] = {}
            for file, _, column in (name.partition(": ") for name in self.dropped):
                by_file.setdefault(file, []).append(column)
            lines += [f"Not copied from {file}: {', '.join(names)}." for file, names in by_file.items()]
        if self.unused:
            lines.append(f"Not used: {'; '.join(self.unused)}.")
        lines += [f"Note: {note}." for note in self.notes]
        # Those of rows of a copy, by the rows of the file itself, which check cannot name.
        own = [problem for problem in self.problems if problem.file and not problem.rows]
        lines += [f"Problem: {problem}" for problem in own[:_MOST_PROBLEMS]]
        return "\n".join([*lines, "Next:", *(f"  {n}. {step}" for n, step in enumerate(self.next_steps, 1))])


@quiet
@errors_of_kind("own files")
def create_project(
    path: str | Path,
    out: str | Path,
    *,
    basis: Basis = "own_operations",
    key: str | Path | None = None,
    answers: str | Path | None = None,
    ask: Callable[[Question], str] | None = None,
) -> Project:
    """Start a project from a file, or from a folder with a file a table.

    Parameters
    ----------
    path : str or Path
        A file with one row a client or discharge, or a folder of files named after their tables.
    out : str or Path
        Folder of the new project; must not exist, or be empty.
    basis : str
        Legal ground on which the data are held. Under "own_operations" the project gets a copy
        without identifiers: random ids, days for dates, identifier columns left out.
    key : str or Path, optional
        Where to write the key of random ids to client ids; outside the project. Not written
        unless asked for.
    answers : str or Path, optional
        File of answers, as an earlier project has it: answers.toml.
    ask : callable, optional
        Called with each question of what only a person can decide; returns one of its choices, or an empty
        text for the default.

    Returns
    -------
    Project

    Raises
    ------
    ConfigError
        A path cannot be used.
    DataError
        A file cannot be read.
    """
    path, out = Path(path), Path(out)
    _allowed(path, out, basis, key)
    said = read_answers(answers) if answers is not None else Answers()
    read = read_parts(path, out, said)
    if ask is not None:
        said = asked(read, said, ask)
        read = read_parts(path, out, said)
    if key is not None and any(part.row_ids for part in read.parts):
        what = "has no column of client ids, so that no key can recognize a client in the next extract"
        raise ConfigError([_wrong(path.name, what, "Leave the key out, or name the column client_id.")])
    ready = prepare(read, said, basis=basis)
    source = Path(os.path.relpath(path.resolve(), out.resolve())).as_posix()
    texts = project_texts(ready, basis=basis, source=source)
    mapping = mapped_columns(read.parts, basis=basis)
    texts["mapping.html"] = mapping_page(mapping, read.unused, ready.notes)
    if answers is not None or ask is not None:
        texts["answers.toml"] = answers_text(said)
    files = _write_all(out, texts, ready.copy, Path(key) if key is not None else None)
    problems = tuple(ready.with_own_rows(problem) for problem in checked_cohort(out / "cohort.toml").problems)
    return Project(
        folder=out,
        files=files,
        todo=todos(texts["cohort.toml"]),
        dropped=ready.copy.dropped if ready.copy else (),
        unused=read.unused,
        notes=ready.notes,
        mapping=mapping,
        problems=problems,
        next_steps=(
            *(_ROW_IDS for part in read.parts if part.row_ids),
            *_next(problems, basis=basis, made=ready.copy, key=key),
        ),
    )


def project_texts(ready: Prepared, *, basis: Basis, source: str) -> dict[str, str]:
    """Return the texts of a new project by file: the cohort file, the study file and the notebooks."""
    levels = {event for part in ready.parts for table, event, _ in part.events if table == "services"}
    found = {
        guess.name
        for part in ready.parts
        if part.table == "discharges"
        for guess in part.guesses
        if not guess.doubt
    }
    findings = {event for part in ready.parts for table, event, _ in part.events if table == "observations"}
    findings |= {text for part in ready.parts for text in _findings(part)}
    readmissions = "admission" in findings and "positive" not in findings
    intervals = (bool(ready.visits) or any(map(_has_intervals, ready.parts))) and not readmissions
    # A range of risks, as where relapses are only known to precede the last contact, cannot be adjusted.
    ranges = not intervals and any(guess.since for part in ready.parts for _, _, guess in part.events)
    texts = {
        "cohort.toml": cohort_text(
            ready.parts,
            basis=basis,
            clock=ready.clock,
            data_cut=ready.data_cut,
            missing=ready.missing,
            visits=ready.visits,
            made_from=source if ready.copy is not None else "",
        ),
        "study.toml": study_text(
            event="discharge" if "discharge_day" in found or "admit_day" not in found else "admission",
            adults="age" in found,
            comparison=bool(levels & {"iop", "php"}) or any(map(_has_care, ready.parts)),
            covariates=[] if ranges else [name for part in ready.parts for name in _covariates(part)],
            intervals=intervals,
            readmissions=readmissions,
        ),
    }
    for notebook in sorted(bundled("notebooks").glob("*.ipynb")):
        text = notebook.read_text(encoding="utf-8")
        # Those on other data than the demo are not about the person's own study.
        if _DEMO in text:
            texts[f"notebooks/{notebook.name}"] = text.replace(_DEMO, "../study.toml")
    return texts


def _covariates(part: NewFile) -> list[str]:
    """Return the columns of the discharges known before care that can differ between clients."""
    if part.table != "discharges":
        return []
    table = next(table for table in TABLES if table.name == part.table)
    sources = {guess.name: guess.source for guess in part.guesses if not guess.doubt}
    return [
        column.name
        for column in table
        if column.name in sources
        and (column.known == "admission" or column.name == "discharge_reason")
        and column.kind in ("code", "flag", "integer", "number")
        and column.name not in _NO_COVARIATES
        and pc.count_distinct(part.data[sources[column.name]]).as_py() > 1
    ]


def _has_care(part: NewFile) -> bool:
    """Return whether a table holds sessions, or episodes of IOP or PHP among the discharges."""
    level = next((guess for guess in part.guesses if guess.name == "level" and not guess.doubt), None)
    if part.table == "services" or level is None or level.source not in part.data.column_names:
        return part.table == "services"
    codes = level.options.get("codes", {})
    texts = as_text(part.data[level.source]).unique().drop_null().to_pylist()
    return any(codes.get(text, text.lower()) in ("iop", "php") for text in texts)


def _findings(part: NewFile) -> list[str]:
    """Return what a table of observations holds as findings, in the words of its file."""
    names = [guess.source for guess in part.guesses if guess.name == "finding"]
    held = [
        part.data[name] for name in names if part.table == "observations" and name in part.data.column_names
    ]
    return [text for values in held for text in as_text(values).unique().drop_null().to_pylist()]


def _has_intervals(part: NewFile) -> bool:
    """Return whether a table of observations holds intervals."""
    held = part.table == "observations" and "since_day" in part.data.column_names
    return held and part.data["since_day"].null_count < part.data.num_rows


def _wrong(name: str, what: str, remedy: str) -> Problem:
    return Problem(table=name, what=what, remedy=remedy)


def _allowed(path: Path, out: Path, basis: Basis, key: str | Path | None) -> None:
    found = []
    fault = no_file(path)
    if fault and fault[0] != "is a folder":
        found.append(_wrong(path.name, *fault))
    elif not fault and suffix(path.name) not in SUFFIXES:
        found.append(
            _wrong(
                path.name, "has a file extension that is not supported", f"Allowed: {', '.join(SUFFIXES)}."
            )
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        found.append(_wrong(out.name, "exists already", "Name a new folder; nothing is overwritten."))
    if key is not None:
        found += _key_problems(Path(key).resolve(), out, basis)
    if found:
        raise ConfigError(found)


def _key_problems(key: Path, out: Path, basis: Basis) -> list[Problem]:
    found = []
    if basis != "own_operations":
        found.append(_wrong(key.name, 'is only for basis = "own_operations"', "Leave the key out."))
    if key.is_relative_to(out.resolve()):
        found.append(
            _wrong(key.name, "is inside the project", "Keep the key of client ids outside the project.")
        )
    elif not key.parent.is_dir():
        found.append(_wrong(key.name, "is in a folder that does not exist", "Make the folder first."))
    if key.exists():
        found.append(_wrong(key.name, "exists already", "Name a new file; nothing is overwritten."))
    return found


def _write_all(out: Path, texts: Mapping[str, str], made: Copy | None, key: Path | None) -> tuple[str, ...]:
    """Write the key and the project; where one cannot be written, leave neither."""
    name = out.name
    try:
        if made is not None and key is not None:
            name = key.name
            private(key, made.key.to_csv(index=False, lineterminator="\n"))
            name = out.name
        return _write(out, texts, made)
    except OSError:
        if name == out.name:
            shutil.rmtree(out, ignore_errors=True)
            if key is not None:
                key.unlink(missing_ok=True)
    remedy = "Check the permissions and the space of its folder; nothing was kept."
    raise ConfigError([_wrong(name, "cannot be written", remedy)])


def _write(out: Path, texts: Mapping[str, str], made: Copy | None) -> tuple[str, ...]:
    out.mkdir(parents=True, exist_ok=True)
    (out / "notebooks").mkdir()
    if made is not None:
        for folder in (out, out / "notebooks", out / "data"):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)
        texts = {**texts, **made.texts}
    for name, text in texts.items():
        if made is None and name != "answers.toml":
            (out / name).write_text(text, encoding="utf-8", newline="\n")
        else:
            private(out / name, text)
    return tuple(texts)


def _next(
    problems: Sequence[Problem], *, basis: Basis, made: Copy | None, key: str | Path | None
) -> list[str]:
    steps = []
    if basis == "own_operations" and made is None:
        steps.append(
            "No column of client ids was found, so no de-identified copy was made. Rename that column "
            "to client_id in every file, and run init again in a new folder."
        )
    if made is not None and key is None:
        steps.append(
            "The random ids cannot be traced back: no key was kept. To keep one, run init with --key FILE."
        )
    if made is not None and key is not None:
        steps.append("Keep the key of client ids secure, and apart from the project.")
    if made is not None and any(
        guess.doubt.startswith(LEFT_OUT) for part in made.parts for guess in part.maps
    ):
        steps.append(
            "Columns that cohort.toml marks as left out of the copy could not be read: correct them in "
            "your own file, and run init again in a new folder."
        )
    steps.append("Open cohort.toml: check each line marked GUESS, and complete each marked TODO.")
    if problems:
        count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
        steps.append(f"Run `stepdown check cohort.toml`: it reports {count} now.")
    else:
        steps.append("Run `stepdown check cohort.toml`: it reports no problem.")
    return [
        *steps,
        "Adapt study.toml to your question, and run `stepdown run study.toml`.",
    ]
