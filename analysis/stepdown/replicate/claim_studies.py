"""The study file of a claim: one of the package, or a file beside a claim of one's own."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from stepdown.errors import ConfigError, Problem
from stepdown.replicate.claim import Claim
from stepdown.schema import Cohort
from stepdown.schema.declarations import shipped_toml
from stepdown.study import Study

OWN_COVARIATES = (
    "age", "sex", "severity", "home_environment", "primary_substance", "cooccurring", "prior_treatments",
    "discharge_reason",
)  # fmt: skip
"""What comparisons of a cohort of one's own are adjusted for, as far as it is there."""


def study_of(claim: Claim, folder: Path | None = None) -> Study:
    """Return the study of a claim.

    Parameters
    ----------
    claim : Claim
        With a study.
    folder : Path or None
        Folder of a claim file of one's own, whose studies come first.

    Raises
    ------
    ConfigError
        There is no such study.
    StudyError
        It breaks the rules of study files.
    """
    if folder is not None and (folder / claim.study).is_file():
        return Study.read(folder / claim.study)
    try:
        raw = shipped_toml("stepdown.replicate", f"studies/{claim.study}.toml")
    except FileNotFoundError:
        what = f"names the study {claim.study}, which is neither of the package nor a file beside the claim"
        raise ConfigError(
            [Problem(table=f"{claim.id}.toml", column="study", what=what, remedy="Correct the name.")]
        ) from None
    return Study.parse(raw, file=f"{claim.study}.toml")


def for_own_cohort(study: Study, cohort: Cohort) -> Study:
    """Return a study whose comparisons are adjusted for what a cohort holds, in place of a rebuilt trait."""
    if study.analysis is None or study.analysis.adjust is None:
        return study
    held = cohort.discharges
    have = tuple(name for name in OWN_COVARIATES if name in held and held[name].nunique() > 1)
    raw = study.model_dump(exclude_none=True)
    raw["analysis"]["adjust"]["covariates"] = have or ("age",)
    return Study.parse(raw)


def of_one_kind(cohort: Cohort, kind: str) -> Cohort:
    """Return a cohort whose services are those of one kind, as sessions of outpatient care.

    Mutual help and drug tests are no care of their level, and plans of care do not read kinds; a claim about
    one kind of session therefore sees a cohort that has no others.
    """
    held = cohort.services
    if not kind or "kind" not in held:
        return cohort
    mine = held[held["kind"].astype(object) == kind].reset_index(drop=True)
    level = pd.Series(["outpatient"] * len(mine), dtype=object).astype(held["level"].dtype)
    group = pd.Series(["group"] * len(mine), dtype=object).astype(held["kind"].dtype)
    return replace(cohort, services=mine.assign(level=level, kind=group))


def without_weeks(study: Study, *, landmark: int) -> Study:
    """Return a study of plans that only start care, compared at a landmark."""
    raw = study.model_dump(exclude_none=True)
    for plan in raw["strategies"].values():
        for step in plan["steps"]:
            step.pop("min_weeks", None)
            step.pop("min_hours", None)
    raw["analysis"] |= {"primary": {"design": "landmark", "day": landmark}, "secondary": ()}
    return Study.parse(raw)
