"""Dose by a marginal structural model where the truth is known: bias and coverage of its hazard ratios.

Cohorts are those of `drawn_doses`: a score that changes brings people to care and to relapse. The truth
without an effect is 1. With one it is the hazard ratio in a randomized cohort (`truths`, 40 x 50,000 people),
the same model without weights. Three ways: `weighted`; `unweighted`, the same without the scores; and
`total`, the dose up to the last day against the time from discharge, which a study refuses.

    python -m tools.validation.dose_recovery DRAWS
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.compare.subgroups import dose_so_far, dose_weeks
from stepdown.compare.subgroups.dose_response import DoseCurve, curve_of, knots_of, natural_spline
from stepdown.survival import cox
from tools.validation.draw_sums import add_sums, read_sums
from tools.validation.drawn_doses import END, DrawnDoses, Effect, Measure, drawn_doses

KEPT = Path(__file__).parent / "dose_recovery"
TRUTHS = Path(__file__).parent / "dose_truths.csv"
DOSES: dict[Measure, tuple[float, ...]] = {"weeks": (2.0, 4.0), "hours": (12.0, 24.0)}
CELLS: tuple[tuple[Measure, Effect], ...] = (
    ("weeks", "none"), ("weeks", "standard"), ("hours", "none"), ("hours", "standard"),
)  # fmt: skip
PEOPLE, AT_ONCE = 1500, 20
NORMAL = 1.959964


def fitted(given: DrawnDoses, *, weighted: bool) -> DoseCurve:
    """Return the curve of the dose so far."""
    weeks = dose_weeks(given.days, given.event, given.received, until=END)
    scores = given.scores[weeks.person, weeks.week][:, None] if weighted else None
    return dose_so_far(weeks, pd.DataFrame({"severe": given.severe}), scores=scores).curve


def total(given: DrawnDoses) -> DoseCurve:
    """Return the curve of the dose up to the last day, as if it had been known at discharge."""
    over = (np.arange(given.received.shape[1]) + 1) * 7 <= given.days[:, None]
    dose = (given.received * over).sum(axis=1)
    knots = knots_of(dose[dose > 0])
    columns = natural_spline(dose, knots)
    names = [f"dose {number}" for number in range(columns.shape[1])]
    frame = pd.DataFrame(columns, columns=names).assign(severe=given.severe)
    fit = cox(given.days, given.event == 1, frame, ridge=1e-6)
    table = curve_of(fit, names, knots, dose[dose > 0])
    return DoseCurve(
        table=table, knots=knots, n=len(dose), treated=int((dose > 0).sum()), events=int(given.event.sum())
    )


def at(curve: DoseCurve, dose: float) -> dict[str, float]:
    """Return the log hazard ratio of a dose with its limits, between the points of the curve."""
    table = np.log(curve.table[["hazard_ratio", "conf_low", "conf_high"]])
    if dose > curve.table["dose"].max():
        return dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), np.nan)
    middle, low, high = (float(np.interp(dose, curve.table["dose"], table[name])) for name in table)
    half = (high - low) / 2
    return {"estimate": middle, "std_error": half / NORMAL, "conf_low": low, "conf_high": high}


def one_draw(measure: Measure, effect: Effect, seed: int, *, size: int = PEOPLE) -> list[dict[str, object]]:
    """Return the log hazard ratios of one cohort by each way."""
    given = drawn_doses(size, effect=effect, measure=measure, seed=seed)
    curves = {
        "weighted": fitted(given, weighted=True),
        "unweighted": fitted(given, weighted=False),
        "total": total(given),
    }
    return [
        {"method": f"{way}/{dose:g}", "dose": dose, "size": float(size)} | at(curve, dose)
        for way, curve in curves.items()
        for dose in DOSES[measure]
    ]


def truths(pieces: int = 40, size: int = 50_000) -> pd.DataFrame:
    """Return the log hazard ratios of doses in randomized cohorts, with their Monte-Carlo error."""
    rows = []
    for measure, doses in DOSES.items():
        found = [
            [at(fitted(given, weighted=False), dose)["estimate"] for dose in doses]
            for given in (
                drawn_doses(size, effect="standard", measure=measure, seed=10_000 + seed, randomized=True)
                for seed in range(pieces)
            )
        ]
        for place, dose in enumerate(doses):
            values = np.array(found)[:, place]
            error = values.std(ddof=1) / len(values) ** 0.5
            rows.append({"measure": measure, "dose": dose, "truth": values.mean(), "error": error})
    return pd.DataFrame(rows)


def add_draws(measure: Measure, effect: Effect, until: int) -> None:
    """Add to the sums of a cell the draws that they do not hold yet."""
    path = KEPT / f"{measure}-{effect}.csv"
    known = pd.read_csv(TRUTHS).set_index(["measure", "dose"])["truth"]
    done, _ = read_sums(path)
    for first in range(done, until, AT_ONCE):
        last = min(first + AT_ONCE, until)
        rows = pd.DataFrame([row for seed in range(first, last) for row in one_draw(measure, effect, seed)])
        true = [float(known[measure, dose]) if effect == "standard" else 0.0 for dose in rows["dose"]]
        add_sums(path, last, rows.drop(columns="dose").assign(truth=true))


def main(draws: int) -> None:
    """Write the truths where they are not kept yet, and add draws to the cells."""
    if not TRUTHS.exists():
        truths().to_csv(TRUTHS, index=False)
    for measure, effect in CELLS:
        add_draws(measure, effect, draws)
        print(measure, effect, draws, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
