"""How often each gate and check of a comparison fires, by world: its type I error, and its power.

A world or a planted fault (`planted_faults`) that a check is made for has something to find; `clean` has
nothing. Randomized cohorts have nothing either, and must be shown. Counts are kept in `check_rates.csv`, a
row by cell, comparison and check, so that a run goes on where the last one ended; the differences in risk
of worlds with a truth go into the sums of `gate_recovery`.

    python -m tools.validation.check_rates DRAWS

adds draws to each cell, in rounds, until it has DRAWS.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import stepdown as sd
from stepdown.checks import (
    GateVerdict,
    GateWords,
    common_visit_checks,
    first_findings,
    judge_comparison,
    known_rows,
    loss_rows,
    row_checks,
    trend_rows,
    verdicts_of,
    withheld,
)
from stepdown.cohort import eligible, with_outcome
from stepdown.cohort.followup import observable
from stepdown.compare import design, whole
from stepdown.compare.known_arms import compare_known_arms
from stepdown.errors import StepdownError
from stepdown.estimate.adjusted_rows import adjusted_rows, clone_censor_rows
from stepdown.estimate.design_rows import estimate_design
from stepdown.results import Results, bind, rows
from stepdown.schema import Cohort
from stepdown.sections.followup.rows import _tested
from stepdown.study import Gates, Study
from stepdown.synthetic import generate
from stepdown.synthetic.worlds import WORLDS, Recording, World
from tools.validation.design_recovery import TRUTHS, Cell, true_difference
from tools.validation.draw_sums import add_sums
from tools.validation.gate_recovery import CELLS as ARRAYS
from tools.validation.gate_recovery import CLONES, KEPT, NUMBERS, Row, rows_of
from tools.validation.planted_faults import FAULTS, UNKNOWN, planted
from tools.validation.recorded_worlds import DAY, study_of

LANDMARK = "landmark_14"
EVEN = World(
    name="even",
    sentence="First use is found by urine tests only, once a week for everyone.",
    recording=Recording(
        mode="test", visits=(*range(7, 85, 7), 90, 120, 180), early=1, late=1, contact=0.9, urine_every=0
    ),
)
"""Nothing for the check of common visits to find: days 30, 60 and 90 are due, other tests come between."""
COUNTS = Path(__file__).parent / "check_rates.csv"
VERDICTS = ("warning", "failed", "withheld")
_FIRST_SEED, AT_ONCE = 9_000_000, 5
KEYS = ["world", "fault", "effect", "size", "sites", "comparison", "check"]
_ORDER = ("passed", "warning", "failed", "withheld")
Verdict = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class CheckCell:
    """One setting: a world, or a fault planted into one; with randomized cohorts, people an arm."""

    world: str
    fault: str = ""
    effect: str = "standard"
    size: int
    sites: int = 20


_SIZES, _MORE_SIZES = ((2000, 20), (400, 1)), (1000, 5000)
_WORLDS = ("clean", "detection", "even", "mnar", "unmeasured", "feedback", "phone")
CELLS = (
    *(CheckCell(world=world, size=size, sites=sites) for size, sites in _SIZES for world in _WORLDS),
    *(
        CheckCell(world="clean", fault=fault, size=size, sites=sites)
        for size, sites in _SIZES
        for fault in (*FAULTS, UNKNOWN)
        if sites > 1 or fault != "influence"
    ),
    *(CheckCell(world="randomized", effect="none", size=size, sites=1) for size in (60, 200)),
    # Of how many discharges it takes for common visits to show what extra tests find.
    *(
        CheckCell(world=world, size=size, sites=20)
        for size in _MORE_SIZES
        for world in ("detection", EVEN.name)
    ),
)


def most(cell: CheckCell, draws: int) -> int:
    """Return how many draws are made of a cell where `draws` are asked for."""
    if cell.world == "randomized":
        return 10 * draws
    # Planted faults are large; what they find needs fewer draws. Imputed days take five times as long.
    if cell.fault:
        return draws // 3
    return 2 * draws // 3 if cell.world == "phone" or cell.size in _MORE_SIZES else draws


def study_with_landmark(world: str) -> Study:
    """Return the study of a world with the landmark beside clone-censor-weight."""
    raw = study_of(world).model_dump(exclude_none=True)
    raw["outcome"]["times"] = [30, DAY]
    raw["analysis"]["secondary"] = [{"design": "landmark", "day": 14}]
    return Study.parse(raw)


@dataclass(frozen=True, eq=False, kw_only=True)
class CheckedCohort:
    """What the gates and checks of one drawn cohort found, and the differences in risk by day 90."""

    verdicts: tuple[Verdict, ...]
    differences: tuple[Row, ...]


def checked_cohort(cell: CheckCell, *, seed: int) -> CheckedCohort:
    """Draw a cohort of a world, with the fault of the cell, and judge both comparisons as a report would."""
    study = study_with_landmark(cell.world)
    cohort = _cohort(cell, seed)
    chosen = eligible(cohort, study)
    people = with_outcome(chosen, study)
    assert study.analysis is not None
    until, primary = observable(cohort, people), study.analysis.primary
    landmark, everyone = design(people, study, choice=study.analysis.groups[0]), whole(people, study)
    # Of the follow-up, what the checks read.
    tested = (row for one in (landmark, everyone) for row in _tested(cohort, people, one, study))
    parts: list[Results | pd.DataFrame] = [
        estimate_design(landmark, study),
        rows(tested),
        pd.DataFrame(known_rows([landmark, everyone], until, day=DAY, clones=[primary.key])),
    ]
    keys, found = [], []
    for name in (primary.key, LANDMARK):
        try:
            parts.append(
                adjusted_rows(people, landmark, study)
                if name == LANDMARK
                else clone_censor_rows(people, study, primary, predictors=False)
            )
            keys.append(name)
        except StepdownError:
            found.append((name, "any gate", "withheld"))
    results = bind(parts)
    words = GateWords(day=DAY, discharges=cell.size, quarters=8, risk=0.3)
    verdicts = verdicts_of(results, keys, study.gates, words)
    found_by = first_findings(cohort, people, horizon=DAY)
    shown = "" if withheld(verdicts.get(LANDMARK, ())) else LANDMARK
    differences: list[Row] = []
    for name in keys:
        paired = [*common_visit_checks(chosen, people, study, name, words)]
        checks = [*row_checks(results, name, words, landmark=shown, found_by=found_by, paired=True), *paired]
        checks += loss_rows(cohort, people, until, name, words, horizon=DAY)
        by = landmark if name == LANDMARK else everyone
        checks += trend_rows(by, people.table["quarter"], name, words)
        found += _worst(name, verdicts[name], [(one["term"], one["statistic"]) for one in checks])
        differences += _difference(results, name, tuple(one.status for one in verdicts[name]))
    return CheckedCohort(verdicts=tuple(found), differences=tuple(differences))


def _cohort(cell: CheckCell, seed: int) -> Cohort:
    world = EVEN if cell.world == EVEN.name else WORLDS[cell.world]
    recording = WORLDS["detection" if world is EVEN else cell.world].recording
    frames = generate(cell.size, seed=_FIRST_SEED + seed, world=world, effect=cell.effect, sites=cell.sites)
    frames = planted(frames, cell.fault, seed=seed)
    seen = frames["observations"]
    if recording.mode == "test":
        # Tests have no due day: visits are known by the schedule, and contacts missed are no rows.
        seen = seen[seen["due_day"].isna()].drop(columns="due_day").reset_index(drop=True)
    return sd.from_frames(
        discharges=frames["discharges"], services=frames["services"], observations=seen,
        followup=frames["followup"], basis="synthetic", clock="day",
        schedule={
            "visits": [day for day in recording.visits if day <= DAY], "before": recording.early,
            "after": recording.late,
        },
    )  # fmt: skip


def _worst(name: str, verdicts: tuple[GateVerdict, ...], checks: list[tuple[str, str]]) -> Iterator[Verdict]:
    """Yield the worst verdict of each check over its groups, and that of all gates."""
    worst: dict[str, str] = {}
    for check, verdict in [*((one.gate, one.status) for one in verdicts), *checks]:
        worst[check] = max(verdict, worst.get(check, "passed"), key=_ORDER.index)
    yield from ((name, check, verdict) for check, verdict in worst.items())
    yield name, "any gate", max((one.status for one in verdicts), key=_ORDER.index, default="passed")


def _difference(results: Results, name: str, statuses: tuple[str, ...]) -> list[Row]:
    table = results.table
    mine = table[
        (table["analysis"] == name) & (table["estimand"] == "risk") & (table["statistic"] == "difference")
        & (table["time"] == DAY) & (table["variant"] == "") & (table["population"] != "")
    ]  # fmt: skip
    if mine.empty:
        return []
    numbers: Row = {one: float(mine[one].iloc[0]) for one in NUMBERS}
    return rows_of("landmark/everyone" if name == LANDMARK else CLONES, numbers, statuses)


def randomized(size: int, *, seed: int) -> Iterator[Verdict]:
    """Yield the verdicts on a randomized cohort with so many an arm, adjusted for five covariates."""
    rng, many = np.random.default_rng([20261129, seed]), 2 * size
    covariates = pd.DataFrame({
        "age": rng.normal(38, 12, many), "sex": rng.choice(["male", "female"], many, p=[0.65, 0.35]),
        "severity": rng.choice(["mild", "moderate", "severe"], many, p=[0.17, 0.35, 0.48]),
        "home": rng.choice(["stable", "unstable"], many, p=[0.8, 0.2]),
        "substance": rng.choice(["alcohol", "opioids", "other"], many, p=[0.35, 0.35, 0.3]),
    })  # fmt: skip
    arm = rng.permutation(np.repeat([0, 1], size))
    event = np.ceil(rng.exponential(1 / (0.006 * np.exp(0.5 * (covariates["severity"] == "severe")))))
    lost = np.minimum(np.ceil(rng.exponential(1000, many)), DAY)
    found = compare_known_arms(
        np.minimum(event, lost), event <= lost, arm, covariates, labels=("IOP", "none"), method="weighting",
        times=(DAY,), window=None, rmst=None,
    )  # fmt: skip
    verdicts = judge_comparison(found, Gates(), GateWords(discharges=many, quarters=4, risk=0.4))
    yield from _worst("baseline", verdicts, [])


def add_draws(cell: CheckCell, until: int, *, counts: Path, sums: Path) -> None:
    """Add to the counts of a cell, and to its sums, the draws that they do not hold yet.

    Parameters
    ----------
    cell : CheckCell
        The setting.
    until : int
        Draws that the counts hold afterward.
    counts, sums : Path
        File of the counts, and folder of the sums of differences.
    """
    while (done := draws_done(cell, counts)) < until:
        seeds = range(done, min(done + AT_ONCE, until))
        verdicts: list[Verdict] = []
        rows: list[Row] = []
        for seed in seeds:
            if cell.world == "randomized":
                verdicts += randomized(cell.size, seed=seed)
                continue
            one = checked_cohort(cell, seed=seed)
            verdicts += one.verdicts
            rows += one.differences
        _add_counts(cell, Counter(verdicts), seeds.stop, counts)
        if rows and not cell.fault:
            _add_differences(cell, seeds.stop, pd.DataFrame(rows), sums)


def _add_differences(cell: CheckCell, draws: int, rows: pd.DataFrame, folder: Path) -> None:
    """Add differences to the sums of a world whose truth is known, and that is not drawn as arrays."""
    recorded, truths = (
        Cell(world=cell.world, effect=cell.effect, n=cell.size, sites=cell.sites),
        pd.read_csv(TRUTHS),
    )
    hidden = cell.world == "unmeasured" and cell.effect != "none" and cell.sites == 1
    if recorded not in ARRAYS and not hidden and cell.world != EVEN.name and cell.size not in _MORE_SIZES:
        truth = [true_difference(recorded, method, truths) for method in rows["method"]]
        add_sums(folder / f"{recorded.name}.csv", draws, rows.assign(truth=truth))


def draws_done(cell: CheckCell, counts: Path) -> int:
    """Return how many draws of a cell the counts hold."""
    table = read_counts(counts)
    return int(table.loc[_of(table, cell), "draws"].max()) if _of(table, cell).any() else 0


def read_counts(path: Path) -> pd.DataFrame:
    """Return the counts; no row where there is no file."""
    if not path.exists():
        return pd.DataFrame(columns=[*KEYS, "draws", "made", *VERDICTS])
    return pd.read_csv(path, keep_default_na=False)


def _of(table: pd.DataFrame, cell: CheckCell) -> pd.Series:
    mine = pd.Series(True, index=table.index)
    for name, value in asdict(cell).items():
        mine &= table[name] == value
    return mine


def _add_counts(cell: CheckCell, new: Counter[Verdict], draws: int, path: Path) -> None:
    table = read_counts(path)
    mine = _of(table, cell)
    before = table[mine].set_index(["comparison", "check"])[["made", *VERDICTS]]
    rows = []
    for key in sorted({*before.index, *(one[:2] for one in new)}):
        made = sum(count for one, count in new.items() if one[:2] == key)
        here = {"made": made} | {verdict: new[(*key, verdict)] for verdict in VERDICTS}
        if key in before.index:
            here = {name: int(value + before.loc[key, name]) for name, value in here.items()}
        rows.append(asdict(cell) | {"comparison": key[0], "check": key[1], "draws": draws} | here)
    found = (
        pd.concat([table[~mine], pd.DataFrame(rows)], ignore_index=True) if len(table) else pd.DataFrame(rows)
    )
    written = path.with_suffix(".part")
    found[[*KEYS, "draws", "made", *VERDICTS]].to_csv(written, index=False)
    written.replace(path)


def main(draws: int) -> None:
    """Add draws to every cell, in rounds that double, so that each has some early."""
    reached = AT_ONCE
    while True:
        for cell in CELLS:
            add_draws(cell, most(cell, min(reached, draws)), counts=COUNTS, sums=KEPT)
        print(reached, flush=True)
        if reached >= draws:
            return
        reached *= 2


if __name__ == "__main__":
    main(int(sys.argv[1]))
