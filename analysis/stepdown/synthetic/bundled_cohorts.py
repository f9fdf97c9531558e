"""The two cohorts that are installed with the package, and the true risks of two more worlds."""

from dataclasses import dataclass, replace
from pathlib import Path

from stepdown.synthetic.cohort_files import write
from stepdown.synthetic.generator import SITES, generate
from stepdown.synthetic.known_truth import truth
from stepdown.synthetic.worlds import WORLDS, World

# As the world of this name, with a third call.
_PHONE = replace(
    WORLDS["phone"],
    sentence="One site that calls its clients and records only what happened since the previous call.",
    recording=replace(WORLDS["phone"].recording, visits=(30, 90, 180), contact=0.6, contact_after=0.6),
)


@dataclass(frozen=True, kw_only=True)
class Bundled:
    """How one bundled cohort is made.

    Attributes
    ----------
    name, title : str
        Folder, and title of its study.
    n, seed, sites : int
        Discharges, seed, sites.
    world : World
        Its world; the effect is "standard".
    times : tuple of int
        Days for which its study reports results.
    adjusted : bool
        Whether its study compares everybody under each plan, adjusted; else groups at day 14 as they are.
    """

    name: str
    title: str
    n: int
    seed: int
    sites: int
    world: World
    times: tuple[int, ...]
    adjusted: bool = False


BUNDLED: tuple[Bundled, ...] = (
    Bundled(
        name="programs",
        title="IOP or PHP within 14 days of residential discharge",
        n=2000,
        seed=20260930,
        sites=SITES,
        world=WORLDS["clean"],
        times=(30, 60, 90, 180, 365),
        adjusted=True,
    ),
    Bundled(
        name="one_site",
        title="Follow-up by phone after residential discharge",
        n=8 * 140,
        seed=20260931,
        sites=1,
        world=_PHONE,
        times=(30, 90, 180),
    ),
)


WORLDS_WITH_TRUTH = ("feedback", "phone")
"""Worlds whose truth.json is installed without a cohort: `stepdown synth` makes one of any size."""
# The chain of feedback has the weekly score beside the state of care, and takes many times as long.
_POINTS, _BATCHES = 2048, 8


def write_cohort(cohort: Bundled, folder: Path) -> None:
    """Write the data, cohort.toml and study.toml of one bundled cohort, but not its truth."""
    frames = generate(cohort.n, seed=cohort.seed, world=cohort.world, sites=cohort.sites)
    write(frames, folder, world=cohort.world)
    (folder / "study.toml").write_text(_study(cohort), encoding="utf-8", newline="\n")


def bundle(folder: str | Path) -> None:
    """Remake both bundled cohorts, their truth included, and the truth of two more worlds.

    Parameters
    ----------
    folder : str or Path
        Folder that holds, or will hold, `programs`, `one_site`, `feedback` and `phone`.
    """
    for cohort in BUNDLED:
        place = Path(folder) / cohort.name
        write_cohort(cohort, place)
        known = truth(cohort.world, effect="standard", sites=cohort.sites)
        (place / "truth.json").write_text(known.to_json(), encoding="utf-8", newline="\n")
    for world in WORLDS_WITH_TRUTH:
        place = Path(folder) / world
        place.mkdir(parents=True, exist_ok=True)
        known = truth(world, points=_POINTS, batches=_BATCHES)
        (place / "truth.json").write_text(known.to_json(), encoding="utf-8", newline="\n")


_LANDMARK = """primary = { design = "landmark", day = 14 }
interval = { method = "influence", cluster = "client_id" }
"""
_ADJUSTED = """\
# Everybody counts in each plan until departing from it; adjusted for what was known at discharge.
primary = { design = "clone_censor_weight", start = "as_observed" }
# The same clients by the care they had by day 14, adjusted for the same.
secondary = [{ design = "landmark", day = 14 }]
interval = { method = "influence", cluster = "client_id" }

[analysis.adjust]
covariates = ["age", "sex", "severity", "home_environment", "primary_substance", "discharge_reason",
    "warm_handoff", "site_id"]

[subgroups]                     # for whom: the effect in each group, and whether the effects differ
columns = ["cooccurring", "rural"]
"""


def _study(cohort: Bundled) -> str:
    times = ", ".join(str(time) for time in cohort.times)
    return f'''# The study as a protocol: who, from when, which plans of care, which outcome and comparison.
format = 1
title = "{cohort.title}"
cohort = "cohort.toml"
seed = {cohort.seed}

[time_zero]
event = "discharge"
episode = "first"               # of clients with several discharges
day_zero = "exclude"            # a return to use on the day of discharge is a counted step

[[eligibility]]                 # in order; each is a row of the flow
name = "Adults"
keep = {{ column = "age", at_least = 18 }}

[strategies.early]
label = "IOP or PHP within 14 days"
steps = [{{ level = ["iop", "php"], within = 14 }}]

[strategies.none]
label = "No step-down within 14 days"
avoid = [{{ level = ["iop", "php"], within = 14 }}]

[outcome]
endpoint = "first_use@1"
missing = "as_defined"          # a missing observation is neither a relapse nor abstinence
interval = "bounds"             # where only an interval is known: lowest and highest risk; or "imputed"
                                # (multiple imputation), "interval" (estimated), "midpoint", "detected"
competing = ["death", "incarceration"]
window = [30, 90]               # days 31-90
times = [{times}]

[contrast]
arms = ["early", "none"]        # the last is the reference

[analysis]
{_ADJUSTED if cohort.adjusted else _LANDMARK}'''
