"""Every problem of a study and its cohort, without computing a result."""

from pathlib import Path

from stepdown.cohort import derive
from stepdown.compare import design
from stepdown.compare.covariates import covariates
from stepdown.errors import ConfigError, EmptyArmError, Problem, StepdownError, StudyError
from stepdown.sections.care.rows import chosen_rules
from stepdown.sections.quality.rows import chosen_measures
from stepdown.sources import CheckedCohort, checked_cohort, load
from stepdown.study import Study


def check_study(path: str | Path) -> list[Problem]:
    """Return every problem of a study file and its cohort; an empty list where there is none.

    Parameters
    ----------
    path : str or Path
        The study file; its cohort file and the files of its own definitions are relative to it.

    Returns
    -------
    list of Problem
        As of `checked_study`, without the warnings.
    """
    return list(checked_study(path).problems)


def checked_study(path: str | Path) -> CheckedCohort:
    """Return every problem of a study file and its cohort, and what a person should look at in the cohort.

    Parameters
    ----------
    path : str or Path
        The study file; its cohort file and the files of its own definitions are relative to it.

    Returns
    -------
    CheckedCohort
        The study file's own problems first; while it has any, the cohort is not read. Where study and cohort
        are each right, whether they fit each other: columns exist and are known in time.
    """
    path = Path(path)
    try:
        study = Study.read(path)
    except StudyError as error:
        return CheckedCohort(problems=tuple(error.problems))
    problems: list[Problem] = []
    for chosen in (chosen_measures, chosen_rules):
        try:
            chosen(study, path.parent)
        except (ConfigError, StudyError) as error:
            problems += error.problems
    cohort = checked_cohort(path.parent / study.cohort)
    problems += cohort.problems
    return CheckedCohort(problems=tuple(problems or _misfits(path, study)), warnings=cohort.warnings)


def _misfits(path: Path, study: Study) -> list[Problem]:
    try:
        people = derive(load(path.parent / study.cohort), study)
        for choice in study.analysis.groups if study.analysis else ():
            try:
                design(people, study, choice=choice)
            except EmptyArmError:
                continue  # the report states which comparison cannot be made
        if study.analysis is not None:
            for names, use in (
                (study.analysis.adjust, "adjustment"),
                (study.analysis.loss, "loss to follow-up"),
            ):
                if names is not None:
                    covariates(people, study, names.covariates, use=use)
    except StepdownError as error:
        remedy = "Change the study, or map what is needed in the cohort file."
        what = f"does not fit its cohort: {str(error).rstrip('.')}"
        return [Problem(table=path.name, what=what, remedy=remedy)]
    return []
