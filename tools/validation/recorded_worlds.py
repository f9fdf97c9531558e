"""Clone-censor-weight through a study and its files, in worlds that record or leave out what matters.

`detection` finds relapse by tests, more often in care; `mnar` loses clients after a relapse; `unmeasured`
hides a covariate; `phone` asks on days 30 and 90. The bias is that of the whole way from the files to the
number.
"""

import tomllib

import numpy as np

import stepdown as sd
from stepdown.estimate.adjusted_rows import clone_censor_rows
from stepdown.sources import bundled
from stepdown.study import Study
from stepdown.synthetic import generate

WORLDS = ("detection", "mnar", "unmeasured", "phone")
DAY, IMPUTATIONS = 90, 5
NUMBERS = ("estimate", "std_error", "conf_low", "conf_high")


def study_of(world: str) -> Study:
    """Return the bundled study up to day 90; days from phone calls are imputed, others are the day found."""
    raw = tomllib.loads((bundled("synthetic") / "programs" / "study.toml").read_text(encoding="utf-8"))
    days = (
        {"interval": "imputed", "imputations": IMPUTATIONS} if world == "phone" else {"interval": "detected"}
    )
    raw["outcome"] |= {"times": [DAY], **days}
    raw["analysis"].pop("secondary")
    return Study.parse(raw)


def recorded_rows(world: str, effect: str, n: int, sites: int, *, seed: int) -> list[dict[str, float | str]]:
    """Return the differences of the risk by day 90, doubly robust and weighted, of one cohort."""
    study = study_of(world)
    frames = generate(n, seed=7_000_000 + seed, world=world, effect=effect, sites=sites)
    cohort = sd.from_frames(
        discharges=frames["discharges"], services=frames["services"], observations=frames["observations"],
        followup=frames["followup"], basis="synthetic", clock="day",
    )  # fmt: skip
    people = sd.derive(cohort, study)
    choice = study.analysis.designs[0] if study.analysis else None
    assert choice is not None
    table = clone_censor_rows(people, study, choice)
    asked = (table["estimand"] == "risk") & (table["time"] == DAY) & (table["statistic"] == "difference")
    rows: list[dict[str, float | str]] = []
    for variant, end in (("", ""), ("estimator=weighted", "/weighted")):
        found = table[asked & (table["variant"] == variant)][list(NUMBERS)].iloc[0].astype(float)
        method = f"clone_censor_weight/as_observed{end}"
        rows.append({
            "method": method, "size": np.nan, **{name: float(found[name]) for name in NUMBERS}
        })  # fmt: skip
    return rows
