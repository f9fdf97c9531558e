"""A new extract for a project: the same mapping and the same random ids; edits of the project are kept."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from stepdown.errors import ConfigError, DataError, Problem, errors_of_kind
from stepdown.schema import TABLES
from stepdown.sources.init.answers import answers_of
from stepdown.sources.init.new_files import read_parts
from stepdown.sources.init.prepared import Prepared, prepare
from stepdown.sources.init.private_files import private
from stepdown.sources.loading import checked_cohort
from stepdown.sources.map.cohort_file import CohortFile
from stepdown.sources.map.cohort_file_rules import read_cohort_file
from stepdown.sources.safe_errors import quiet

_MADE = re.compile(r'^made_from = "(?:[^"\\]|\\.)*"', re.MULTILINE)
_CUT = re.compile(r"^data_cut = (\d{4}-\d\d-\d\d)(?=  # GUESS)", re.MULTILINE)
_LOST = (
    "Without the key of random ids no client can be recognized: each would get a new id, and the link of "
    "earlier reports to your records would be lost. Give the key, or start a new project with init --key."
)


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What a new extract brought.

    Attributes
    ----------
    folder : Path
        The project.
    clients, new_clients, gone_clients : int
        Clients of the new extract, those that the key did not have, and those of the key that it lacks.
    changes : tuple of str
        Columns and codes that are new or missing.
    notes : tuple of str
        What was left out, joined or not used, with the rows of the file.
    problems : tuple of Problem
        Problems that `check` finds now.
    """

    folder: Path
    clients: int
    new_clients: int
    gone_clients: int
    changes: tuple[str, ...]
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        """Return what changed, and what to do next."""
        lines = [
            f"Refreshed {self.folder.name}: {self.clients:,} clients, {self.new_clients:,} of them new; "
            f"{self.gone_clients:,} of the earlier clients are not in the new file."
        ]
        lines += [f"Changed: {change}." for change in self.changes]
        lines += [f"Note: {note}." for note in self.notes]
        count = len(self.problems)
        found = f"{count} problem{'' if count == 1 else 's'}" if count else "no problem"
        return "\n".join([*lines, f"`stepdown check cohort.toml` reports {found} now."])


@quiet
@errors_of_kind("own files")
def refresh_project(project: str | Path, path: str | Path, *, key: str | Path) -> Refreshed:
    """Put a new extract into a project that holds a working copy.

    Parameters
    ----------
    project : str or Path
        Folder of the project.
    path : str or Path
        The new file, or folder of files, in the form of the one that the project was made from.
    key : str or Path
        The key of random ids that `init --key` wrote; new clients are added to it.

    Returns
    -------
    Refreshed

    Raises
    ------
    ConfigError
        The project, the file or the key cannot be used; nothing was written.
    DataError
        The new file cannot be read, or lacks columns that the project uses; nothing was written.
    """
    project, path, key = Path(project), Path(path), Path(key)
    ids = _usable(project, path, key)
    config = read_cohort_file(project / "cohort.toml")
    said = answers_of(project)
    ready = prepare(read_parts(path, project, said), said, basis=config.basis, ids=ids)
    used = {origin.file: config.sources(origin.file, origin.sheet) for origin in config.origins}
    lacking = _lacking(ready, used)
    if lacking:
        raise DataError(lacking)
    changes = _changes(project, ready, _codes(config))
    text = (project / "cohort.toml").read_text(encoding="utf-8")
    changes += _new_cut(text, ready.data_cut)
    if ready.data_cut:
        text = _CUT.sub(f"data_cut = {ready.data_cut}", text)
    source = json.dumps(
        Path(os.path.relpath(path.resolve(), project.resolve())).as_posix(), ensure_ascii=False
    )
    text = _MADE.sub(lambda _: f"made_from = {source}", text)
    copy = ready.copy
    assert copy is not None
    before, now = set(ids), set(copy.key["source_id"])
    gone = pd.DataFrame({"client_id": [ids[one] for one in before - now], "source_id": [*(before - now)]})
    whole = pd.concat([copy.key, gone], ignore_index=True).sort_values("client_id", ignore_index=True)
    texts = {project / name: data for name, data in copy.texts.items()}
    texts |= {project / "cohort.toml": text, key: whole.to_csv(index=False, lineterminator="\n")}
    _replace_all(texts)
    return Refreshed(
        folder=project,
        clients=len(now),
        new_clients=len(now - before),
        gone_clients=len(before - now),
        changes=tuple(changes),
        notes=ready.notes,
        problems=tuple(
            ready.with_own_rows(problem) for problem in checked_cohort(project / "cohort.toml").problems
        ),
    )


def _usable(project: Path, path: Path, key: Path) -> dict[str, str]:
    """Return the random id by the provider's id, or raise a ConfigError."""
    found = []
    if not (project / "cohort.toml").is_file():
        found.append(_wrong(project.name, "holds no cohort.toml", "Name the folder that init made."))
    elif not (project / "data").is_dir():
        remedy = "Replace the data file itself, and run `stepdown check cohort.toml`."
        found.append(_wrong(project.name, "maps its files where they are: it holds no copy", remedy))
    if not path.exists():
        found.append(_wrong(path.name, "does not exist", "Check the path."))
    if not key.is_file():
        found.append(_wrong(key.name, "does not exist", _LOST))
    elif key.resolve().is_relative_to(project.resolve()):
        found.append(
            _wrong(key.name, "is inside the project", "Keep the key of client ids outside the project.")
        )
    if not found:
        frame = pd.read_csv(key, dtype=str, keep_default_na=False)
        if [*frame.columns] == ["client_id", "source_id"] and not frame["source_id"].duplicated().any():
            return dict(zip(frame["source_id"], frame["client_id"], strict=True))
        found.append(_wrong(key.name, "is not a key of random ids", _LOST))
    raise ConfigError(found)


def _wrong(name: str, what: str, remedy: str) -> Problem:
    return Problem(table=name, what=what, remedy=remedy)


def _lacking(ready: Prepared, used: dict[str, frozenset[str]]) -> list[Problem]:
    """Return the columns that the project uses and the new extract lacks."""
    there = {part.file: part.data.column_names for part in ready.parts} if ready.copy is not None else {}
    what = "is used by the project, but the new file gives no such column"
    remedy = "Name the column of the new file as before, or state in answers.toml what it means."
    return [
        Problem(table=file, column=name, what=what, remedy=remedy)
        for file, names in used.items()
        for name in sorted(names)
        if name not in there.get(file, ())
    ]


def _codes(config: CohortFile) -> dict[str, list[str]]:
    """Return by file the columns that are mapped to codes."""
    found: dict[str, list[str]] = {}
    for origin in config.origins:
        declared = next(table for table in TABLES if table.name == origin.table)
        for name, mapping in origin.columns.items():
            if mapping.source and declared[name].kind == "code":
                found.setdefault(origin.file, []).append(mapping.source)
    return found


def _changes(project: Path, ready: Prepared, codes_of: dict[str, list[str]]) -> list[str]:
    found = []
    for part in ready.parts:
        old = project / part.file
        if not old.is_file():
            found.append(f"{part.file} is new: map it in cohort.toml to use it")
            continue
        before = pd.read_csv(old, dtype=str)
        now = part.data.to_pandas()
        new = [name for name in now if name not in before]
        if new:
            found.append(f"{part.file} has new columns: {', '.join(new)}")
        for name in codes_of.get(part.file, ()):
            if name in before and name in now:
                codes = set(now[name].dropna()) - set(before[name].dropna())
                if codes:
                    noun = "a new value" if len(codes) == 1 else f"{len(codes)} new values"
                    found.append(f"{part.file} has {noun} in {name}: check its codes in cohort.toml")
    return found


def _new_cut(text: str, latest: str) -> list[str]:
    cut = _CUT.search(text)
    if cut is not None and latest and cut[1] != latest:
        return [f"data_cut is {latest} now, the latest date of the new file; it was {cut[1]}"]
    if cut is None and latest and re.search(r"^data_cut", text, re.MULTILINE):
        return [f"data_cut is yours and was kept; the latest date of the new file is {latest}"]
    return []


def _replace_all(texts: dict[Path, str]) -> None:
    """Write all files beside the old ones, then put them in their places; where one fails, change none."""
    made: list[Path] = []
    try:
        for path, text in texts.items():
            new = path.with_name(f"{path.name}.new")
            new.unlink(missing_ok=True)
            made.append(new)
            private(new, text)
        for path in texts:
            os.replace(path.with_name(f"{path.name}.new"), path)
    except OSError:
        for new in made:
            new.unlink(missing_ok=True)
        remedy = "Check the permissions and the space of the project and of the folder of the key."
        raise ConfigError([_wrong("the project", "cannot be written", remedy)]) from None
