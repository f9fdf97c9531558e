"""Several studies under several definitions of relapse: the tables and curves of a notebook."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from stepdown.display import Picture
from stepdown.display.estimates import INTERVAL, interval
from stepdown.display.text_and_tables import Table, Text
from stepdown.errors import StepdownError
from stepdown.report import figures as plot
from stepdown.results import Results
from stepdown.results.reading import arms, rows_of
from stepdown.results.words import count, percent
from stepdown.schema import EndpointSpec, endpoint

_KEY = "baseline"


@dataclass(frozen=True, eq=False, kw_only=True)
class Compared:
    """A study with arms known at time zero, under several definitions.

    Attributes
    ----------
    title : str
        Title of the study; its file where it cannot be read.
    time_zero : str
        Its event.
    word : str
        The study's word for the event.
    window : tuple of int
        Its window.
    results : mapping of str to Results
        By endpoint, in the order asked for.
    problems : tuple of str
        Why there are no results; empty where there are.
    """

    title: str
    time_zero: str = ""
    word: str = "relapse"
    window: tuple[int, int] = (30, 90)
    results: Mapping[str, Results] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def read(studies: Sequence[str | Path], endpoints: Sequence[str]) -> tuple[Compared, ...]:
    """Run studies under several definitions.

    Parameters
    ----------
    studies : sequence of str or Path
        Study files whose primary comparison is from time zero. A cohort that several of them name is loaded
        once.
    endpoints : sequence of str
        Names of definitions, such as "ctn0094_relapse@1".

    Returns
    -------
    tuple of Compared
        In the order of the studies. One that cannot be run says why: nothing is raised for a file or for
        data that are not there.
    """
    from stepdown.schema import Cohort
    from stepdown.sources import load
    from stepdown.study import Study

    cohorts: dict[Path, Cohort] = {}
    found = []
    for path in map(Path, studies):
        title = path.name
        try:
            study = Study.read(path)
            title, file = study.title, (path.parent / study.cohort).resolve()
            cohorts[file] = cohorts[file] if file in cohorts else load(file)
            results = {name: _estimated(cohorts[file], study.replace(endpoint=name)) for name in endpoints}
        except StepdownError as error:
            problems = tuple(str(one) for one in getattr(error, "problems", ())) or (str(error),)
            found.append(Compared(title=title, problems=problems))
            continue
        found.append(
            Compared(
                title=title,
                time_zero=study.time_zero.event,
                word=study.outcome.word,
                window=study.outcome.window,
                results=results,
            )
        )
    return tuple(found)


def _estimated(cohort: object, study: object) -> Results:
    from stepdown.cohort import derive
    from stepdown.compare import design
    from stepdown.estimate import estimate_design

    return estimate_design(design(derive(cohort, study), study), study)  # type: ignore[arg-type]


def shown(one: Compared) -> tuple[Text | Table | Picture, ...]:
    """Return a study under its definitions: a table of all, and the curves under the first."""
    if one.problems:
        return (Text((f"{one.title}: nothing is shown. Reason:",), items=one.problems[:5], kind="caution"),)
    first = next(iter(one.results.values()))
    since = {"analysis": _KEY, "word": one.word, "since": one.time_zero, "window": one.window}
    return (table(one), plot.curves(first, **since))  # type: ignore[arg-type]


def table(one: Compared) -> Table:
    """Return the share with the event by each day, a row for each definition and arm."""
    days = sorted({float(day) for results in one.results.values() for day in _risks(results)["time"]})
    return Table(
        f"{one.title}: by definition",
        ("Definition", "Arm", "People", *(f"By day {day:.0f}" for day in days)),
        tuple(row for name, results in one.results.items() for row in _rows(name, results, days)),
        (INTERVAL, *(_meaning(endpoint(name)) for name in one.results)),
    )


def _risks(results: Results) -> pd.DataFrame:
    selected = rows_of(results, analysis=_KEY, estimand="risk")
    return selected[(selected["cause"] == "relapse") & (selected["statistic"] == "estimate")]


def _rows(name: str, results: Results, days: Sequence[float]) -> Iterator[tuple[str, ...]]:
    selected = _risks(results)
    for arm in arms(results, analysis=_KEY):
        mine = selected[selected["arm"] == arm]
        by_day = {float(row["time"]): row for _, row in mine.iterrows()}
        cells = (interval(by_day[day], percent) if day in by_day else "" for day in days)
        yield (name, arm, count(float(mine["n"].iloc[0])), *cells)


def _meaning(spec: EndpointSpec) -> str:
    doi = f", doi {spec.doi}" if spec.doi else ""
    return f"`{spec.name}`: {spec.sentence} {spec.missing_rule} ({spec.source}{doi})"
