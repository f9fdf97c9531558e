"""How many values of each small count fit everything that a public report prints, found by its reader.

`python -m tools.validation.public_counts` makes `public_counts.csv`: both bundled studies are analyzed and
released; the attacker sees `results.csv` alone, knows every rule, the exact size of each group that is
printed (a stronger attacker than any reader), which rows count the same people, and every sum between them:
over arms, sites, quarters, months, values and states, steps of the flow, days, and the table under a curve.
Linear programming then gives the smallest and the largest value of each count from 1 to 10 that fits. Nothing
of `stepdown.release` or `stepdown.disclosure` is used but to make the report.

Figures, workbook and brief are made from the same released numbers and words: `drawn_from_the_table` makes
the figures again from what `results.csv` says, and compares every coordinate; `cells_from_the_table` does so
with every cell of every table, which the page, the workbook and the brief share.
"""

import csv
import io
import itertools
import math
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

from stepdown.display.text_and_tables import Table
from stepdown.release import release
from stepdown.report import analyze
from stepdown.report.figure_files import figure_files
from stepdown.report.report_parts import report_parts
from stepdown.results import Analysis, Results, write_table
from stepdown.results.table import COLUMNS, FLOATS, KEY
from stepdown.sources import bundled

FILE = Path(__file__).with_name("public_counts.csv")
STUDIES = ("programs", "one_site")
THRESHOLD, BASE = 11, 5
_LEAST = 13  # what would be printed as less than the threshold is not printed
_MANY = 1e4
_OF_COHORT = (("quarters", "quarter"), ("sites", "site"))
_OF_EVERYBODY = ("", "risk", "early_risk", "hazard")
"""Terms of sites and of series that the whole cohort has as well; measures have totals of their own."""
Row = dict[str, object]
Cell = tuple[object, ...]
_COUNTED = ("discharges", "clients", "people", "events")
_NO_COUNTS = (
    "effective_size", "discharges_needed", "quarters_needed", "quarters_for_interval", "expected_events",
    "testing_rate", "control_limit", "rate", "hazard_ratio",
)  # fmt: skip
_PARTS_OF_N = {
    "level": ("characteristic", "contact_difference", "propensity"),
    "term": ("visit", "path", "reason_for_leaving", "departure", "grace_period_end", "step_down_extent"),
}


@dataclass(frozen=True)
class SmallCount:
    """A count from 1 to 10, and the values that fit what is printed."""

    study: str
    about: str
    least: int
    most: int

    @property
    def values(self) -> int:
        """How many whole values fit."""
        return self.most - self.least + 1


@dataclass(frozen=True, eq=False)
class _Known:
    """What the attacker knows: bounds of each count, and what sums of counts are, or are at most."""

    true: dict[Cell, float]
    low: dict[Cell, float]
    high: dict[Cell, float]
    equal: list[tuple[dict[Cell, float], float]]
    at_most: list[tuple[dict[Cell, float], float]]

    def count(self, cell: Cell, true: float, most: float) -> None:
        self.true[cell] = true
        self.low.setdefault(cell, 0.0)
        self.high[cell] = min(self.high.get(cell, math.inf), most)

    def printed(self, cell: Cell, value: float, *, size: bool = False) -> None:
        """Note a printed count: within half the base, of a size also up to ten people fewer."""
        near = BASE // 2
        ends = (max(value - near - (10 if size else 0), _LEAST), value + near) if value else (0.0, 0.0)
        self.low[cell], self.high[cell] = max(self.low[cell], ends[0]), min(self.high[cell], ends[1])


def small_counts(internal: Results, printed: pd.DataFrame, *, study: str) -> list[SmallCount]:
    """Return every count from 1 to 10 of a report with the values that fit.

    Parameters
    ----------
    internal : Results
        The true numbers.
    printed : DataFrame
        What `results.csv` of the public report holds.
    study : str
    """
    known = _known(internal, printed)
    groups = _components(known)
    found = []
    for cell, true in known.true.items():
        if not 0 < true < THRESHOLD:
            continue
        least, most = _ends(known, groups[cell], cell)
        found.append(SmallCount(study, _named(cell), math.ceil(least - 1e-6), math.floor(most + 1e-6)))
    return found


def _known(internal: Results, printed: pd.DataFrame) -> _Known:
    lines: list[Row] = printed.to_dict("records")  # type: ignore[assignment]
    shown = {_key(row): row for row in lines}
    rows: list[Row] = internal.table.to_dict("records")  # type: ignore[assignment]
    known = _Known({}, {}, {}, [], [])
    cells: list[tuple[Row, Cell | None, Cell | None]] = []
    for row in rows:
        public = shown.get(_key(row), {})
        cells.append((row, _of_events(known, row, public), _of_estimate(known, row, public)))
    for what in (1, 2):
        _sums(known, [(one[0], one[what]) for one in cells if one[what] is not None])  # type: ignore[misc]
    _steps(known, [(row, cell) for row, _, cell in cells if cell is not None and row["estimand"] == "flow"])
    _days(known, [(row, cell) for row, cell, _ in cells if cell is not None])
    _under_curves(known, [(row, cell) for row, _, cell in cells if cell and row["estimand"] == "at_risk"])
    return known


def _key(row: Mapping[str, object]) -> Cell:
    return tuple("" if row[name] != row[name] else row[name] for name in KEY)


def _number(value: object) -> float:
    return float(value)  # type: ignore[arg-type]


def _family(row: Row) -> Cell:
    return row["arm"], row["site"], row["quarter"], row["subgroup"]


def _meaning(row: Row) -> Cell:
    """Return what is counted: the same in each table that shows it."""
    day = "" if row["time"] != row["time"] else row["time"]
    if row["estimand"] == "series":
        name = row["term"]
        return (
            ("risk", row["endpoint"], "relapse", day, row["level"])
            if name == "risk"
            else (name, day, row["level"])
        )
    if row["estimand"] == "measure":
        return row["endpoint"], day, row["level"]
    if row["estimand"] == "risk":
        return "risk", row["endpoint"], row["cause"] or "relapse", day, row["level"], row["bound"]
    return row["estimand"], row["endpoint"], row["term"], day, row["level"], row["cause"], row["bound"]


def _of_events(known: _Known, row: Row, public: Mapping[str, object]) -> Cell | None:
    """Note the events of a row, and those without them; those of the same group and number are one count."""
    n, events, share = (_number(row[name]) for name in ("n", "events", "estimate"))
    if row["estimand"] in _NO_COUNTS or row["statistic"] == "curve" or not math.isfinite(n):
        return None
    if not math.isfinite(events) and row["unit"] == "probability" and not row["population"]:
        events = n * share
    if not math.isfinite(events) or abs(events - round(events)) > 1e-6 or events > n:
        return None
    group = (*_meaning(row), *_family(row), round(n), round(events))
    cell: Cell = ("events", *group)
    rest: Cell = ("without", *group)
    # A size that is not printed is not known either.
    most = n if n >= _LEAST else _MANY
    known.count(cell, round(events), most)
    known.count(rest, round(n - events), most)
    if n >= _LEAST:
        known.equal.append(({cell: 1.0, rest: 1.0}, n))
    if public and math.isfinite(_number(public["events"])):
        known.printed(cell, _number(public["events"]), size=events == n)
    elif public and row["unit"] == "probability" and math.isfinite(_number(public["estimate"])):
        size = _number(public["n"]) if math.isfinite(_number(public["n"])) else n
        known.printed(cell, _number(public["estimate"]) * size)
    return cell


def _of_estimate(known: _Known, row: Row, public: Mapping[str, object]) -> Cell | None:
    """Note a row that is a count."""
    value = _number(row["estimate"])
    counts = row["unit"] in _COUNTED and row["estimand"] not in _NO_COUNTS and math.isfinite(value)
    if not counts or row["statistic"] in ("expected", "curve") or abs(value - round(value)) > 1e-9:
        return None
    cell: Cell = ("count", *_key(row))
    known.count(cell, value, _number(row["n"]) if math.isfinite(_number(row["n"])) else 1e6)
    if public and math.isfinite(_number(public["estimate"])):
        size = row["statistic"] == "kept" or (row["estimand"], row["statistic"]) == ("measure", "events")
        curve = row["estimand"] == "at_risk"
        if curve:  # cumulative counts are 0 while they are below the threshold
            shown = _number(public["estimate"])
            ends = (0.0, THRESHOLD - 1.0) if not shown else (max(shown - BASE, 0.0), shown + BASE)
            known.low[cell] = max(known.low[cell], ends[0])
            known.high[cell] = min(known.high[cell], ends[1])
        else:
            known.printed(cell, _number(public["estimate"]), size=size)
    return cell


def _sums(known: _Known, cells: Sequence[tuple[Row, Cell]]) -> None:
    """Note what the parts of a group add up to: their total, or what is known of everybody."""
    for column in ("arm", "site", "quarter", "level", "term"):
        parts: dict[Cell, list[tuple[Row, Cell]]] = {}
        wholes: dict[Cell, Cell] = {}
        for row, cell in cells:
            apart = ("method", "variant") if row["estimand"] == "series" else ("method",)
            key = tuple(
                "" if row[name] != row[name] else row[name] for name in KEY if name not in (column, *apart)
            )
            if row[column]:
                parts.setdefault(key, []).append((row, cell))
            else:
                wholes[key] = cell
        for key, found in parts.items():
            _sum(known, column, found, wholes.get(key))
    days: dict[Cell, dict[Cell, float]] = {}
    for row, cell in cells:
        if (row["estimand"], row["statistic"]) == ("start_of_care", "observed"):
            days.setdefault((row["analysis"],), {})[cell] = 1.0
    for terms in days.values():
        known.equal.append((terms, sum(known.true[cell] for cell in terms)))


def _sum(known: _Known, column: str, found: Sequence[tuple[Row, Cell]], whole: Cell | None) -> None:
    terms: dict[Cell, float] = {}
    for _, cell in found:
        terms[cell] = terms.get(cell, 0.0) + 1.0
    total = sum(known.true[cell] * times for cell, times in terms.items())
    row = found[0][0]
    n = _number(row["n"])
    if column in _PARTS_OF_N and row["estimand"] in _PARTS_OF_N[column] and math.isfinite(n):
        (known.equal if total == n else known.at_most).append((terms, n))
    elif whole is not None and known.true[whole] == total and whole not in terms:
        known.equal.append(({**terms, whole: -1.0}, 0.0))
    elif whole is not None and known.true[whole] > total and column != "arm":
        known.at_most.append(({**terms, whole: -1.0}, 0.0))
    elif (row["analysis"], column) in _OF_COHORT and row["term"] in _OF_EVERYBODY and len(found) > 1:
        # As if it were printed: of the whole cohort something near it is.
        every: Cell = ("every", column, *sorted(map(str, terms)))
        known.count(every, total, _MANY)
        if total >= _LEAST:
            known.printed(every, float(BASE * math.floor(total / BASE + 0.5)))
        known.equal.append(({**terms, every: -1.0}, 0.0))


def _steps(known: _Known, cells: Sequence[tuple[Row, Cell]]) -> None:
    """Note that a step of the flow keeps those of the step before, without those whom it removes."""
    kept: dict[Cell, list[Cell]] = {}
    removed: dict[Cell, Cell] = {}
    for row, cell in cells:
        chain: Cell = (row["analysis"], row["unit"])
        if row["statistic"] == "kept":
            kept.setdefault(chain, []).append(cell)
        else:
            removed[(*chain, row["term"])] = cell
    terms = {cell: row["term"] for row, cell in cells if row["statistic"] == "kept"}
    for chain, steps in kept.items():
        for before, after in itertools.pairwise(steps):
            gone = removed.get((*chain, terms[after]))
            if gone is not None and known.true[before] - known.true[gone] == known.true[after]:
                known.equal.append(({before: 1.0, gone: -1.0, after: -1.0}, 0.0))


def _days(known: _Known, cells: Sequence[tuple[Row, Cell]]) -> None:
    """Note that events by a day are among those by a later one, and those of a window their difference."""
    courses: dict[Cell, dict[float, Cell]] = {}
    windows: list[tuple[Cell, float, float, Cell]] = []
    for row, cell in cells:
        key = tuple(
            row[name] for name in ("analysis", "variant", "endpoint", "arm", "level", "bound", "site")
        )
        if row["estimand"] == "risk" and row["cause"] in ("", "relapse") and row["statistic"] == "estimate":
            courses.setdefault(key, {})[_number(row["time"])] = cell
        elif row["estimand"] == "window_risk" and row["statistic"] == "estimate":
            windows.append((key, _number(row["window_start"]), _number(row["window_end"]), cell))
    for course in courses.values():
        days = sorted(course)
        for day, later in itertools.pairwise(days):
            if course[day] != course[later] and known.true[course[day]] <= known.true[course[later]]:
                known.at_most.append(({course[day]: 1.0, course[later]: -1.0}, 0.0))
    for key, start, end, cell in windows:
        first, last = courses.get(key, {}).get(start), courses.get(key, {}).get(end)
        if first and last and known.true[last] - known.true[first] == known.true[cell]:
            known.equal.append(({last: 1.0, first: -1.0, cell: -1.0}, 0.0))


def _under_curves(known: _Known, cells: Sequence[tuple[Row, Cell]]) -> None:
    """Note that those at risk, with events, and censored are everybody, on each day."""
    groups: dict[Cell, dict[object, Cell]] = {}
    for row, cell in cells:
        key = tuple(row[name] for name in KEY if name not in ("statistic", "method", "time"))
        groups.setdefault((*key, row["time"]), {})[row["statistic"]] = cell
    for found in groups.values():
        total = sum(known.true[cell] for cell in found.values())
        if len(found) == 4:
            known.equal.append((dict.fromkeys(found.values(), 1.0), total))


def _components(known: _Known) -> dict[Cell, tuple[list[Cell], list[int], list[int]]]:
    """Return, by count, all counts that sums link to it, and those sums."""
    leader: dict[Cell, Cell] = {cell: cell for cell in known.true}

    def found(cell: Cell) -> Cell:
        while leader[cell] != cell:
            leader[cell] = leader[leader[cell]]
            cell = leader[cell]
        return cell

    for terms, _ in (*known.equal, *known.at_most):
        first, *others = terms
        for other in others:
            leader[found(other)] = found(first)
    made: dict[Cell, tuple[list[Cell], list[int], list[int]]] = {}
    for cell in known.true:
        made.setdefault(found(cell), ([], [], []))[0].append(cell)
    for number, (terms, _) in enumerate(known.equal):
        made[found(next(iter(terms)))][1].append(number)
    for number, (terms, _) in enumerate(known.at_most):
        made[found(next(iter(terms)))][2].append(number)
    return {cell: made[found(cell)] for cell in known.true}


def _ends(known: _Known, group: tuple[list[Cell], list[int], list[int]], cell: Cell) -> tuple[float, float]:
    """Return the smallest and the largest value of a count that fits."""
    cells, equal, at_most = group
    place = {one: number for number, one in enumerate(cells)}
    system = [
        _matrix(lines, numbers, place) for lines, numbers in ((known.equal, equal), (known.at_most, at_most))
    ]
    bounds = [(known.low[one], known.high[one]) for one in cells]
    ends = []
    for sign in (1.0, -1.0):
        cost = np.zeros(len(cells))
        cost[place[cell]] = sign
        done = linprog(  # type: ignore[call-overload]
            cost, A_eq=system[0][0], b_eq=system[0][1], A_ub=system[1][0], b_ub=system[1][1], bounds=bounds,
            method="highs",
        )  # fmt: skip
        if done.status != 0:
            raise ValueError(f"What is printed about {_named(cell)} contradicts the true numbers.")
        ends.append(sign * float(done.fun))
    return ends[0], ends[1]


def _matrix(
    lines: Sequence[tuple[dict[Cell, float], float]], numbers: Sequence[int], place: Mapping[Cell, int]
) -> tuple[sparse.csr_array | None, np.ndarray | None]:
    if not numbers:
        return None, None
    matrix = sparse.lil_array((len(numbers), len(place)))
    for row, number in enumerate(numbers):
        for cell, weight in lines[number][0].items():
            matrix[row, place[cell]] = weight
    return sparse.csr_array(matrix), np.array([lines[number][1] for number in numbers])


def _named(cell: Cell) -> str:
    return " ".join(str(part) for part in cell if part not in ("", None))


def as_printed(released: Results, folder: Path) -> pd.DataFrame:
    """Return what `results.csv` says of released results: text and numbers of ten digits."""
    path = write_table(released, folder / "results.csv")
    texts = {name: str for name in COLUMNS if name not in FLOATS}
    return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values={name: [""] for name in FLOATS})


def drawn_from_the_table(a: Analysis, printed: pd.DataFrame) -> tuple[int, int]:
    """Return how many coordinates the figures of a report have, and how many of them its table does not give.

    A coordinate is given where the same figure, made from what `results.csv` says, has it to 0.01 points. A
    point on a straight line, which drawing leaves out or not by its last digit, may be missing.

    Parameters
    ----------
    a : Analysis
        Released.
    printed : DataFrame
        What `results.csv` says.
    """
    again = _read_again(a, printed)
    files = [figure_files(report_parts(one), banner="x", source="x") for one in (a, again)]
    many = missing = 0
    for name in (name for name in files[0] if name.endswith(".svg")):
        # Names inside a figure are hashes of it.
        plain = (re.sub(rb"[a-z][0-9a-f]{10}", b"", held[name]) for held in files)
        one, other = (np.array(re.findall(rb"-?\d+\.?\d*", drawn), dtype=float) for drawn in plain)
        other = np.sort(other)
        after = np.clip(np.searchsorted(other, one), 1, len(other) - 1)
        gap = np.minimum(np.abs(one - other[after]), np.abs(one - other[after - 1]))
        many, missing = many + len(one), missing + int((gap > 0.01).sum())
    return many, missing


def cells_from_the_table(a: Analysis, printed: pd.DataFrame) -> tuple[int, int]:
    """Return how many cells the tables of a report have, and how many are others when made from `printed`.

    Parameters
    ----------
    a, printed
        As for `drawn_from_the_table`.
    """
    one, other = (
        [
            cell
            for part in report_parts(held)
            for shown in part.shown
            if isinstance(shown, Table)
            for cell in (*shown.columns, *itertools.chain.from_iterable(shown.rows))
        ]
        for held in (a, _read_again(a, printed))
    )
    same = sum(mine == theirs for mine, theirs in zip(one, other, strict=False))
    return len(one), max(len(one), len(other)) - same


def _read_again(a: Analysis, printed: pd.DataFrame) -> Analysis:
    return replace(a, results=Results(printed.astype(dict.fromkeys(FLOATS, float))))


def searched(names: Sequence[str]) -> Iterator[SmallCount]:
    """Yield the small counts of bundled studies, with what fits.

    Parameters
    ----------
    names : sequence of str
    """
    for name in names:
        a = analyze(bundled("synthetic") / name / "study.toml")
        released = release(a, threshold=THRESHOLD, base=BASE).analysis
        with tempfile.TemporaryDirectory() as folder:
            printed = as_printed(released.results, Path(folder))
        drawn, missing = drawn_from_the_table(released, printed)
        print(f"{name}: {missing} of {drawn} coordinates of the figures do not follow from results.csv")
        cells, others = cells_from_the_table(released, printed)
        print(f"{name}: {others} of {cells} cells of the tables do not follow from results.csv")
        yield from small_counts(a.results, printed, study=name)


def written(found: Sequence[SmallCount]) -> str:
    """Return the kept file: how many small counts have how many values, at most 30 of them."""
    made = io.StringIO()
    out = csv.writer(made, lineterminator="\n")
    out.writerow(("study", "values", "counts"))
    many: dict[tuple[str, int], int] = {}
    for one in found:
        key = one.study, min(one.values, 30)
        many[key] = many.get(key, 0) + 1
    out.writerows((study, values, count) for (study, values), count in sorted(many.items()))
    return made.getvalue()


if __name__ == "__main__":
    counts = list(searched(sys.argv[1:] or STUDIES))
    for one in sorted(counts, key=lambda each: each.values)[:20]:
        print(one.values, one.least, one.most, one.study, one.about)
    FILE.write_text(written(counts), encoding="utf-8", newline="\n")
