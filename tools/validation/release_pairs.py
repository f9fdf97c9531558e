"""An attacker of pairs of public reports: small random cohorts through the release step.

`python -m tools.validation.release_pairs 1000` makes `release_pairs.csv`, and goes on where it stopped.
The attacker sees released rows of both reports alone, knows every rule and every sum, and that the second
cohort has all discharges of the first; and works out counts by integer programming, without the code that it
attacks.

The columns: small counts of both reports (`small`: those with and without an event, removed by a step, and in
a group), how many of them are in no row (`hidden`), how many are found exactly (`exact`) or have fewer
possible values than the threshold (`few`), the fewest possible values (`least`); small changes of counts
between the reports (`changes`), those found exactly (`changes_exact`) and those known to be from 1 to 10
(`changes_small`); counts that were hidden for the sake of the first report (`extra`), counts that the last
report shows and has (`shown`, `counts`), and whether a report was refused.
"""

import csv
import math
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from stepdown.disclosure import record_release, wilson
from stepdown.release.checked_release import checked_release
from stepdown.results import Analysis, Provenance, Results, Wording, rows

FILE = Path(__file__).with_name("release_pairs.csv")
COLUMNS = (
    "seed", "small", "hidden", "exact", "few", "least", "changes", "changes_exact", "changes_small",
    "extra", "shown", "counts", "refused",
)  # fmt: skip
THRESHOLD, BASE = 11, 5
Cell = tuple[str, ...]
View = dict[Cell, tuple[float, float]]
_STATES = ("contacted", "lost", "refused", "dead")
_LEVELS = ("common", "middle", "rare")


def cohort(rng: np.random.Generator) -> pd.DataFrame:
    """Return a small random cohort: a row a discharge."""
    n = int(rng.integers(30, 500))
    sites, quarters = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    shares = rng.dirichlet(np.full(sites, 0.8))
    return pd.DataFrame(
        {
            "adult": rng.random(n) > rng.choice([0.0, 0.01, 0.05]),
            "arm": np.where(rng.random(n) < rng.choice([0.05, 0.3, 0.5]), "care", "none"),
            "site": rng.choice([f"S{one}" for one in range(sites)], size=n, p=shares),
            "quarter": rng.choice([f"2026Q{one + 1}" for one in range(quarters)], size=n),
            "level": rng.choice(_LEVELS, size=n, p=[0.7, 0.25, 0.05]),
            "state": rng.choice(_STATES, size=n, p=[0.6, 0.25, 0.12, 0.03]),
            "event": rng.random(n) < rng.choice([0.03, 0.2, 0.4]),
            "met": rng.random(n) < rng.choice([0.1, 0.5, 0.9]),
        }
    )


def later(rng: np.random.Generator, first: pd.DataFrame) -> pd.DataFrame:
    """Return the cohort of a later report: that of the first, with more discharges."""
    more = cohort(rng).head(int(rng.choice([1, 3, 9, 30, 120])))
    return pd.concat([first, more], ignore_index=True)


def _risk(events: float, n: float) -> dict[str, float]:
    if not n:
        return {"estimate": math.nan, "n": n, "events": events}
    share = events / n
    low, high = wilson(events, n)
    error = math.sqrt(share * (1 - share) / n)
    numbers = {"estimate": share, "std_error": error, "conf_low": float(low), "conf_high": float(high)}
    return {**numbers, "n": n, "events": events}


def analyzed(frame: pd.DataFrame) -> Analysis:
    """Return the results of a cohort, with the keys that the package gives them."""
    return Analysis(
        results=Results(rows([row for _, row in _rows(frame)]).table),
        wording=Wording(
            title="Pair", relapse="relapse", endpoint="", missing_rule="", time_zero="discharge",
            window=(30, 90), times=(90,), arms=("care", "none"),
            analyses={"baseline": "", "whole_cohort": ""},
        ),
        provenance=Provenance(study_sha256="0", inputs=(), seed=1, versions={}, basis="synthetic"),
    )  # fmt: skip


def _rows(frame: pd.DataFrame) -> Iterator[tuple[dict[str, Cell], dict[str, object]]]:
    """Yield every row, with the meaning of its counts: which people each of them counts."""
    adults = frame[frame["adult"]]
    step = {"estimand": "flow", "unit": "discharges"}
    yield {"estimate": ("all",)}, {**step, "term": "All", "statistic": "kept", "estimate": len(frame)}
    yield (
        {"estimate": ("minors",)},
        {**step, "term": "Adults", "statistic": "removed", "estimate": len(frame) - len(adults)},
    )
    yield {"estimate": ("adults",)}, {**step, "term": "Adults", "statistic": "kept", "estimate": len(adults)}
    risk = {
        "endpoint": "first_use@1",
        "estimand": "risk",
        "cause": "relapse",
        "time": 90,
        "unit": "probability",
    }
    risk |= {"window_start": 0, "statistic": "estimate", "method": "Aalen-Johansen"}
    yield (
        {"n": ("adults",), "events": ("adults", "event")},
        {**risk, "analysis": "whole_cohort", **_risk(int(adults["event"].sum()), len(adults))},
    )
    for arm in ("care", "none"):
        mine = adults[adults["arm"] == arm]
        yield (
            {"n": ("adults", arm), "events": ("adults", arm, "event")},
            {**risk, "analysis": "baseline", "arm": arm, **_risk(int(mine["event"].sum()), len(mine))},
        )
        for level in _LEVELS:
            count = int((mine["level"] == level).sum())
            yield (
                {"n": ("adults", arm), "events": ("adults", arm, level)},
                {
                    "analysis": "baseline", "estimand": "characteristic", "arm": arm, "term": "severity",
                    "level": level, "statistic": "share", "unit": "probability",
                    "estimate": count / len(mine) if len(mine) else math.nan, "n": len(mine), "events": count,
                },
            )  # fmt: skip
    for state in _STATES:
        visit = {"estimand": "visit", "term": state, "time": 90, "statistic": "count", "unit": "discharges"}
        count = int((adults["state"] == state).sum())
        yield (
            {"n": ("adults",), "estimate": ("adults", state)},
            {**visit, "estimate": count, "n": len(adults)},
        )
    for names, part in _measured(frame):
        mine = frame if not names else frame[frame[names[0]] == names[1]]
        measure = {"analysis": "measures", "endpoint": "m@1", "estimand": "measure", "time": 7, **part}
        who = names or ("all",)
        yield {"estimate": who}, {**measure, "statistic": "events", "unit": "events", "estimate": len(mine)}
        yield (
            {"n": who, "events": (*who, "met")},
            {
                **measure,
                "statistic": "estimate",
                "unit": "probability",
                **_risk(int(mine["met"].sum()), len(mine)),
            },
        )


def _measured(frame: pd.DataFrame) -> Iterator[tuple[Cell, dict[str, object]]]:
    yield (), {}
    for column in ("site", "quarter"):
        for value in sorted(frame[column].unique()):
            yield (column, value), {column: value}


def sums(cells: Mapping[Cell, int]) -> Iterator[tuple[Cell, Sequence[Cell]]]:
    """Yield every sum that holds between counts, as anybody knows who reads the report."""
    everyone: list[Cell] = [("adults",), ("minors",)]
    yield ("all",), everyone
    arms = ("care", "none")
    yield ("adults",), [("adults", arm) for arm in arms]
    yield ("adults", "event"), [("adults", arm, "event") for arm in arms]
    yield ("adults",), [("adults", state) for state in _STATES]
    for arm in arms:
        yield ("adults", arm), [("adults", arm, level) for level in _LEVELS]
    for column in ("site", "quarter"):
        parts = [cell for cell in cells if cell[0] == column and len(cell) == 2]
        yield ("all",), parts
        yield ("all", "met"), [(*part, "met") for part in parts]


def truth(frame: pd.DataFrame) -> dict[Cell, int]:
    """Return the true count of each cell, those without an event among them."""
    found: dict[Cell, int] = {}
    for meaning, row in _rows(frame):
        for what, cell in meaning.items():
            found[cell] = int(row[what])  # type: ignore[call-overload]
    return found | {
        _without(cell): found[cell[:-1]] - found[cell] for cell in found if _is_event(cell, found)
    }


def _is_event(cell: Cell, cells: Collection[Cell]) -> bool:
    return cell[-1] in ("event", "met") and cell[:-1] in cells


def _without(cell: Cell) -> Cell:
    return (*cell[:-1], f"no {cell[-1]}")


def seen(frame: pd.DataFrame, released: Results) -> View:
    """Return the least and the largest value of each cell that the printed numbers allow."""
    table = released.table.drop_duplicates()
    keys = ["analysis", "estimand", "arm", "term", "level", "site", "quarter", "statistic", "unit"]
    printed = {tuple(row[key] for key in keys): row for row in table.to_dict("records")}
    found: View = {}
    for meaning, row in _rows(frame):
        shown = printed.get(tuple(row.get(key, "") for key in keys))
        for what, cell in meaning.items():
            low, high = found.get(cell, (0.0, math.inf))
            if shown is not None and math.isfinite(shown[what]):
                value = float(shown[what])
                # Nothing below 13 is shown but 0.
                ends = (max(value - 2, 13.0), value + 2) if value else (0.0, 0.0)
                low, high = max(low, ends[0]), min(high, ends[1])
            found[cell] = (low, high)
    low, high = found["adults",]
    # Adults may be printed as all: as a group with at most 11 people more, of 121 or more.
    if found["all",] in ((low, high), (0.0, math.inf)) and 11 * THRESHOLD <= high < math.inf:
        found["adults",] = (low - THRESHOLD, high)
    return found | {_without(cell): (0.0, math.inf) for cell in found if _is_event(cell, found)}


def _printed_as_one(view: View) -> bool:
    """Return whether adults and all are printed alike, so that one may stand for the other."""
    low, high = view["all",]
    return view["adults",] == (low - THRESHOLD, high)


def _lines(views: list[View]) -> Iterator[tuple[dict[tuple[int, Cell], float], float]]:
    """Yield what holds between counts: a line of weights, and the largest value of it (0 is the least)."""
    for number, view in enumerate(views):
        for total, parts in sums(dict.fromkeys(view, 0)):
            yield {(number, total): -1.0} | {(number, part): 1.0 for part in parts}, 0.0
        if _printed_as_one(view):
            yield {(number, ("minors",)): 1.0}, float(THRESHOLD)
        for cell in view:
            # Parts of a group: those with an event and those without.
            if _is_event(cell, view):
                yield {(number, cell[:-1]): -1.0, (number, cell): 1.0, (number, _without(cell)): 1.0}, 0.0
    if len(views) > 1:
        for cell in views[0]:
            if cell in views[1]:
                yield {(1, cell): 1.0, (0, cell): -1.0}, math.inf


Target = Mapping[tuple[int, Cell], float]
"""Weights of the counts whose sum is looked for: one count, or one less another."""


def extremes(views: list[View], targets: Sequence[Target]) -> list[tuple[float, float]]:
    """Return the least and largest value of each target that both reports allow together."""
    names = [(number, cell) for number, view in enumerate(views) for cell in view]
    place = {name: number for number, name in enumerate(names)}
    lines = list(_lines(views))
    matrix = sparse.lil_array((len(lines), len(names)))
    for row, (line, _) in enumerate(lines):
        for name, weight in line.items():
            matrix[row, place[name]] = weight
    rules = LinearConstraint(matrix.tocsr(), np.zeros(len(lines)), np.array([most for _, most in lines]))
    low, high = np.array([views[number][cell] for number, cell in names]).T
    # Whatever is larger than a few hundred is as good as unbounded.
    bounds = Bounds(low, np.minimum(high, 5000))

    def best(target: Target, sign: float) -> float:
        cost = np.zeros(len(names))
        for name, weight in target.items():
            cost[place[name]] = weight
        solved = milp(
            sign * cost, constraints=rules, bounds=bounds, integrality=np.ones(len(names), dtype=np.int64)
        )
        if solved.x is None:
            raise RuntimeError("no counts agree with both reports: the attacker's rules are wrong")
        return float(np.round(solved.x @ cost))

    return [(best(target, 1.0), best(target, -1.0)) for target in targets]


def attack(seed: int, base: int = BASE) -> dict[str, int]:
    """Release a random pair of cohorts, and count what the attacker works out of the small counts."""
    rng = np.random.default_rng(seed)
    first = cohort(rng)
    frames = [first, later(rng, first)]
    views, extra, shown, counts = [], 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for frame in frames:
            found = checked_release(analyzed(frame), Path(folder), threshold=THRESHOLD, base=base)
            if not found.mended:
                break
            record_release(found.ledger, found.check)
            views.append(seen(frame, found.released.analysis.results))
            extra += len(found.extra)
            shown = sum(not one.hidden for one in found.released.counts)
            counts = sum(one.printed for one in found.released.counts)
    true = [truth(frame) for frame in frames[: len(views)]]
    small = [
        (number, cell)
        for number, cells in enumerate(true)
        for cell, count in cells.items()
        if 0 < count < THRESHOLD
    ]
    changes = [
        cell for cell in true[0] if len(true) > 1 and 0 < true[1].get(cell, 0) - true[0][cell] < THRESHOLD
    ] if true else []  # fmt: skip
    targets: list[Target] = [{one: 1.0} for one in small]
    targets += [{(1, cell): 1.0, (0, cell): -1.0} for cell in changes]
    ends = extremes(views, targets)
    widths = [high - low + 1 for low, high in ends[: len(small)]]
    changed = ends[len(small) :]
    return {
        "seed": seed,
        "small": len(small),
        "hidden": sum(views[number][cell][1] == math.inf for number, cell in small),
        "exact": sum(width == 1 for width in widths),
        "few": sum(width < THRESHOLD for width in widths),
        "least": int(min(widths, default=0)),
        "changes": len(changes),
        "changes_exact": sum(low == high for low, high in changed),
        "changes_small": sum(low >= 1 and high < THRESHOLD for low, high in changed),
        "extra": extra,
        "shown": shown,
        "counts": counts,
        "refused": len(frames) - len(views),
    }


def main(pairs: int, file: Path = FILE, progress: Callable[[str], None] = print) -> None:
    """Attack so many pairs, and keep what was found; pairs that are kept are not attacked again."""
    kept = 0
    if file.is_file():
        with file.open(encoding="utf-8", newline="") as opened:
            kept = sum(1 for _ in csv.DictReader(opened))
    with file.open("a", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, COLUMNS, lineterminator="\n")
        if not kept:
            writer.writeheader()
        for seed in range(kept, pairs):
            found = attack(seed)
            writer.writerow(found)
            opened.flush()
            if found["few"] or found["refused"] or found["changes_small"]:
                progress(f"Pair {seed}: {found}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
