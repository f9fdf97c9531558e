"""The whole way from a study file to an analysis."""

import hashlib
import math
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import NoneType

import pandas as pd

from stepdown.checks import (
    GateWords,
    common_visit_checks,
    control_checks,
    first_findings,
    gate_rows,
    judge_comparison,
    known_rows,
    loss_rows,
    placebo_checks,
    refused_adjustment,
    row_checks,
    score_checks,
    trend_rows,
    verdicts_of,
    with_gates,
    with_own_counts,
    withheld,
    without_first_relapses,
)
from stepdown.cohort import Eligible, NobodyLeftError, People, eligible, with_outcome
from stepdown.cohort.followup import observable
from stepdown.cohort.linkage import coded
from stepdown.cohort.relapse.daily.occurrence import cannot_be_judged
from stepdown.compare import ArmComparison, CloneCensorWeight, Design, design, whole
from stepdown.compare.covariates import drawn_covariates
from stepdown.compare.designs import too_few_to_adjust
from stepdown.compare.processes import LARGEST, in_processes
from stepdown.compare.refusals import ENOUGH
from stepdown.errors import DesignError, EmptyArmError, StudyError, check_argument, check_progress
from stepdown.estimate.adjusted_rows import adjusted_rows, clone_censor_rows, trial_rows
from stepdown.estimate.design_rows import estimate_design
from stepdown.estimate.flow_rows import flow_rows, followed_rows, not_judged_row
from stepdown.estimate.replicates import KEPT, BootstrapRun
from stepdown.estimate.time_varying_rows import time_varying_rows
from stepdown.report.labels import adjusted_sentence, labels, named_design, wording, wording_of_nobody
from stepdown.report.protocol_keys import Keys, protocol_keys, registered_keys
from stepdown.results import NOT_ADJUSTED, Analysis, Provenance, Results, Wording, bind, rows
from stepdown.results.reading import NEGATIVE_CONTROLS, WHOLE, rows_of
from stepdown.results.words import uncapitalized
from stepdown.schema import CareRules, Cohort
from stepdown.sections.care.rows import care_rows, chosen_rules
from stepdown.sections.comparison.rows import comparison_rows
from stepdown.sections.definitions.read import COMPARED
from stepdown.sections.definitions.rows import definition_rows
from stepdown.sections.followup.read import COMMON_COMPARED
from stepdown.sections.followup.rows import followup_rows
from stepdown.sections.quality.rows import chosen_measures, measured
from stepdown.sections.quarters.rows import quarter_rows
from stepdown.sections.secondary.rows import secondary_rows
from stepdown.sections.sensitivity.rows import sensitivity_rows
from stepdown.sections.simple_comparison.read import SIMPLE_COMPARISON
from stepdown.sections.simple_comparison.rows import simple_comparison_rows
from stepdown.sections.sites.rows import arms_are_sites, site_rows, without_sites
from stepdown.sections.subgroups.read import DOSE, MARGIN, SUBGROUPS
from stepdown.sections.subgroups.rows import further_rows
from stepdown.sections.trust.rows import control_rows
from stepdown.sources import load
from stepdown.study import IN_SEVERAL, Study
from stepdown.survival.core.sample import Floats

# Libraries whose version can move a number.
_LIBRARIES = ("stepdown", "numpy", "scipy", "pandas", "pyarrow")


@contextmanager
def _copies_on_write() -> Iterator[None]:
    """Let pandas copy only what is written to, as pandas 3 always does; that saves a fifth of the time."""
    if int(pd.__version__.partition(".")[0]) >= 3:
        yield
        return
    with pd.option_context("mode.copy_on_write", True):
        yield


@_copies_on_write()
def analyze(
    data: Cohort | Study | str | Path,
    study: Study | str | Path | None = None,
    *,
    quarter: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Analysis:
    """Run a study: load, check, derive, design, estimate, and again under other definitions of relapse.

    Parameters
    ----------
    data : Cohort, Study, str or Path
        A study file, whose cohort file is found relative to it; or, where `study` is given, a cohort (as from
        `load` or `from_frames`) or a cohort file.
    study : Study, str or Path, optional
        The study of the cohort. Files that a Study object names are relative to the working directory.
    quarter : str or None
        Keep the discharges of one quarter, such as "2026Q3".
    progress : callable or None
        Called with the name of each step as it begins.

    Returns
    -------
    Analysis

    Raises
    ------
    StudyError, ConfigError, DataError, DesignError
        What is wrong with the study file, the cohort file, the data, or the comparison.
    """
    files = "Give a study file; or a cohort and its study, as files or as load and Study.read return them."
    check_argument("data", data, (Cohort, Study, str, Path), files, StudyError)
    check_argument("study", study, (Study, str, Path, NoneType), files, StudyError)
    check_argument("quarter", quarter, (str, NoneType), 'Give text, such as "2026Q3".', StudyError)
    check_progress(progress)
    show_step = progress or (lambda step: None)
    show_step("Reading the study")
    path, protocol = _protocol(data, study)
    folder = Path() if path is None else path.parent
    registry, chosen = chosen_measures(protocol, folder)
    rules = chosen_rules(protocol, folder)
    own = _own_files(path, folder, protocol)
    stated = protocol_keys(protocol, path), *registered_keys(protocol, folder)
    show_step("Loading and checking the data")
    cohort = (
        data if isinstance(data, Cohort) else load(folder / protocol.cohort if study is None else str(data))
    )
    show_step("Finding who relapsed, and when")
    cohort = coded(cohort)
    try:
        eligible_discharges = eligible(cohort, protocol, quarter=quarter)
        people = with_outcome(eligible_discharges, protocol)
    except NobodyLeftError as error:
        left, words = _of_nobody(error, protocol, cohort, quarter=quarter)
        show_step("Computing the quality measures")
        quality = measured(cohort, registry, chosen, quarter=quarter, rules=rules)
        return Analysis(
            results=bind([*left, quality.results]),
            wording=replace(words, measures=quality.words, measures_version=quality.version),
            provenance=_provenance(own, protocol, cohort, stated),
            labels=labels(cohort),
        )
    show_step("Estimating")
    until = observable(cohort, people)
    unjudged = cannot_be_judged(eligible_discharges.given, people, protocol)
    designs, refused = (
        _designs(people, protocol) if not unjudged else _none_judged(people, protocol, unjudged)
    )
    adjusted, not_adjusted = (
        _adjusted(
            people,
            designs[:-1],
            protocol,
            cohort=cohort,
            rules=rules,
            run=BootstrapRun(
                progress=progress,
                folder=None if path is None else folder / KEPT,
                may_keep=partial(_may_keep, known=_least_known(designs, until, protocol), study=protocol),
            ),
        )
        if not unjudged
        else ({}, {})
    )
    refused += [
        f"The adjusted comparison is not shown ({named_design(key)}). {reason}"
        for key, reason in not_adjusted.items()
    ]
    parts: list[Results | pd.DataFrame] = [
        flow_rows(people.flow_of_observed, analysis=""),
        followed_rows(people, until=until, day=protocol.outcome.window[1]),
    ]
    if unjudged:
        parts.append(not_judged_row(protocol, unjudged))
    else:
        parts += [estimate_design(one, protocol) for one in (designs[-1], *designs[:-1])]
    parts += adjusted.values()
    parts.append(rows(comparison_rows(people, designs, protocol)))
    if not unjudged:
        parts.append(rows(site_rows(people, protocol)))
        parts.append(rows(further_rows(people, protocol, partial(bind, parts), until)))
        truth = None if path is None else (folder / protocol.cohort).parent / "truth.json"
        parts.append(rows(simple_comparison_rows(people, protocol, adjusted, truth=truth)))
        if protocol.checks.asked:
            parts.append(rows(control_rows(cohort, people, protocol, bind(parts), progress=show_step)))
    parts.append(definition_rows(cohort, protocol, chosen=eligible_discharges, progress=progress))
    show_step("Computing follow-up completeness")
    # Those who were never followed are lost too.
    everyone = designs if people.observed.all() else _designs(people, protocol, unfollowed=True)[0]
    parts.append(followup_rows(eligible_discharges, people, () if unjudged else everyone, protocol))
    if not unjudged:
        day = protocol.outcome.window[1]
        parts.append(rows(known_rows(everyone[-1:], until, day=day, clones=[WHOLE])))
    show_step("Computing levels of care after discharge")
    parts.append(care_rows(cohort, people, protocol, rules))
    parts.append(rows(secondary_rows(eligible_discharges, people, protocol, designs)))
    show_step("Computing the quality measures")
    quality = measured(cohort, registry, chosen, quarter=quarter, rules=rules)
    sentences = {one.key: one.sentence for one in designs}
    sentences |= {
        key: adjusted_sentence(
            protocol, cohort, sentences.get(key, ""), key=key, drawn=_drawn(found, people, protocol)
        )
        for key, found in adjusted.items()
    }
    words = wording(protocol, cohort, people, sentences, refused=refused, quarter=quarter)
    parts.append(quality.results)
    parts.append(
        rows(quarter_rows(eligible_discharges, people, protocol, rates=quality.rates, quarter=quarter))
    )
    gated = _gated(
        parts, everyone, people, protocol, labels(cohort), chosen=eligible_discharges, cohort=cohort,
        until=until, compared=[*sentences], not_adjusted=not_adjusted,
    )  # fmt: skip
    show_step("Varying the answer")
    return Analysis(
        results=bind([gated, sensitivity_rows(eligible_discharges, people, gated, protocol)]),
        wording=replace(words, measures=quality.words, measures_version=quality.version),
        provenance=_provenance(own, protocol, cohort, stated),
        labels=labels(cohort),
    )


def _gated(
    parts: Sequence[Results | pd.DataFrame],
    designs: Sequence[Design],
    people: People,
    study: Study,
    named: Mapping[str, str],
    *,
    chosen: Eligible,
    cohort: Cohort,
    until: Floats,
    compared: Sequence[str],
    not_adjusted: Mapping[str, str],
) -> Results:
    """Return all rows after the gates: of comparisons that are withheld without their numbers."""
    asked = study.analysis.designs if study.analysis else ()
    if not asked:
        return bind(parts)
    day = study.outcome.window[1]
    clones = [one.key for one in asked if one.design in IN_SEVERAL and one.design != "time_varying"]
    found = bind([*parts, known_rows(designs, until, day=day, clones=clones)])
    risk = rows_of(found, analysis=WHOLE, estimand="risk", cause="relapse")
    risk = risk[risk["time"] == day]
    words = GateWords(
        word=study.outcome.word,
        day=day,
        labels=named,
        discharges=int(people.observed.sum()),
        quarters=int(people.table["quarter"].nunique()),
        risk=float(risk["estimate"].max()) if len(risk) else math.nan,
    )
    keys = [key for key in compared if key != WHOLE]
    verdicts = verdicts_of(
        found,
        keys,
        study.gates,
        words,
    )
    by_key = {one.key: one for one in designs}
    for key in by_key.keys() & not_adjusted.keys():
        # What is randomized, or known as ranges alone, may be shown as it is.
        stands = by_key[key].caution != NOT_ADJUSTED or not (people.exact or people.uncertain is not None)
        verdicts[key] = (refused_adjustment(not_adjusted[key], stands=stands), *verdicts.get(key, ()))
    groups = [one for one in asked if one.design not in IN_SEVERAL]
    # Other definitions and scheduled visits repeat the first comparison of groups; the ways to compare, all.
    repeated = {name: [one.key for one in groups[:1]] for name in (COMPARED, COMMON_COMPARED)}
    primary = (SUBGROUPS, DOSE, MARGIN, NEGATIVE_CONTROLS)
    repeated |= {name: [asked[0].key] for name in primary} | {SIMPLE_COMPARISON: keys}
    # A comparison that is withheld has no other checks: what they find could give its numbers away.
    found_by = first_findings(cohort, people, horizon=study.outcome.horizon)
    landmark = next((one.key for one in groups if one.key.startswith("landmark_")), "")
    landmark = "" if withheld(verdicts.get(landmark, ())) else landmark
    more: list[Mapping[str, object]] = []
    for key in keys:
        if not withheld(verdicts.get(key, ())):
            design_of_key = by_key.get(key, by_key[WHOLE])
            paired = [*common_visit_checks(chosen, people, study, key, words)]
            more += row_checks(found, key, words, landmark=landmark, found_by=found_by, paired=bool(paired))
            more += paired
            more += score_checks(found, key, words, limit=study.gates.balance.warn)
            more += placebo_checks(found, key, words)
            more += control_checks(found, key, words) if key == asked[0].key else []
            more += trend_rows(design_of_key, people.table["quarter"], key, words)
            more += loss_rows(cohort, people, until, key, words, horizon=study.outcome.horizon)
    if arms_are_sites(people, study) and any(withheld(one) for one in verdicts.values()):
        found = without_sites(found, study)
    gated = with_gates(bind([found, gate_rows(verdicts), more]), verdicts, follow=repeated)
    # Another definition counts other events.
    by = ("endpoint", "level")
    event = replace(words, word="event")
    gated = with_own_counts(gated, (COMPARED, COMMON_COMPARED), study.gates, event, by=by)
    return gated if study.contrast is None or not study.plans else without_first_relapses(gated, verdicts)


def _least_known(designs: Sequence[Design], until: Floats, study: Study) -> float:
    """Return the smallest share, of any group, whose outcome is known."""
    shares = [
        row["estimate"] for row in known_rows(designs, until, day=study.outcome.window[1], clones=("",))
    ]
    return float(pd.Series(shares, dtype=float).min())


def _may_keep(found: CloneCensorWeight | ArmComparison, *, known: float, study: Study) -> bool:
    """Return whether replicates of a comparison may lie beside the study while they are made.

    Of one that the gates withhold they may not: they hold its numbers.
    """
    arms = {str(arm): known for arm in found.strategies["strategy"]}
    return not withheld(judge_comparison(found, study.gates, GateWords(), outcome_known=arms))


def _of_nobody(
    error: NobodyLeftError, study: Study, cohort: Cohort, *, quarter: str | None
) -> tuple[list[pd.DataFrame], Wording]:
    """Return what is known without a single discharge: who left at which step, and what is missing."""
    reason = f"annot be estimated: {uncapitalized(str(error))} At least {ENOUGH} discharges are needed."
    found = [flow_rows(error.steps, analysis=""), not_judged_row(study, f"C{reason}")]
    refused = [f"A comparison is not shown. It c{reason}"] if study.analysis else []
    return found, wording_of_nobody(study, cohort, refused=refused, quarter=quarter)


def _protocol(
    data: Cohort | Study | str | Path, study: Study | str | Path | None
) -> tuple[Path | None, Study]:
    """Return the study with the path of its file, None where it was built in Python."""
    stated = data if study is None else study
    if isinstance(stated, Cohort) or (study is not None and isinstance(data, Study)):
        raise StudyError("Give analyze a cohort and a study, or a study alone: analyze(cohort, study).")
    if not isinstance(stated, Study):
        return Path(stated), Study.read(stated)
    if study is None and not stated.cohort:
        raise StudyError("The study names no cohort file. Give the cohort too: analyze(cohort, study).")
    return None, stated


def _designs(people: People, study: Study, *, unfollowed: bool = False) -> tuple[list[Design], list[str]]:
    """Return the comparisons that can be made, the whole cohort last, and why others cannot."""
    made, refused = [], []
    for choice in study.analysis.groups if study.analysis else ():
        try:
            one = design(people, study, choice=choice, unfollowed=unfollowed)
            reason = too_few_to_adjust(people, one, study)
        except EmptyArmError as error:
            reason = str(error)
        if reason:
            refused.append(f"A comparison is not shown ({named_design(choice.key)}). {reason}")
        else:
            made.append(one)
    return [*made, whole(people, study, unfollowed=unfollowed)], refused


def _none_judged(people: People, study: Study, reason: str) -> tuple[list[Design], list[str]]:
    """Return the whole cohort alone, and why nothing is compared."""
    refused = [f"A comparison is not shown. {reason}"] if study.analysis else []
    return [whole(people, study)], refused


def _adjusted(
    people: People,
    designs: Sequence[Design],
    study: Study,
    *,
    cohort: Cohort,
    rules: CareRules,
    run: BootstrapRun,
) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Return the rows of the adjusted comparisons by key, and why others cannot be made."""
    made: dict[str, pd.DataFrame] = {}
    refused: dict[str, str] = {}
    asked: dict[str, Callable[[], pd.DataFrame]] = {}
    if study.analysis is not None and study.analysis.adjust is not None:
        several = {"clone_censor_weight": clone_censor_rows, "sequential_trials": trial_rows}
        asked |= {
            choice.key: partial(several[choice.design], people, study, choice, run=run)
            for choice in study.analysis.designs
            if choice.design in several
        }
        asked |= {
            choice.key: partial(time_varying_rows, people, study, choice, cohort=cohort, rules=rules)
            for choice in study.analysis.designs
            if choice.design == "time_varying"
        }
        wanted = [
            one for one in designs if study.analysis.adjust.method != "none" or one.key.startswith("matched")
        ]
        asked |= {one.key: partial(adjusted_rows, people, one, study, run=run) for one in wanted}
    # Replicates of a bootstrap are made in processes of their own.
    by_replicates = study.analysis is not None and study.analysis.interval.method == "bootstrap"
    tasks = [partial(_made_or_refused, estimated) for estimated in asked.values()]
    found = in_processes(tasks, people=0 if by_replicates else len(people.table), largest=LARGEST)
    for key, one in zip(asked, found, strict=True):
        if isinstance(one, str):
            refused[key] = one
        else:
            made[key] = one
    return made, refused


def _made_or_refused(estimated: Callable[[], pd.DataFrame]) -> pd.DataFrame | str:
    """Return the rows of a comparison, or why it cannot be made."""
    try:
        return estimated()
    except DesignError as error:
        return str(error)


def _drawn(found: pd.DataFrame, people: People, study: Study) -> tuple[str, ...]:
    """Return the covariates whose missing values were drawn in an adjusted comparison."""
    if "term" not in found or (found["analysis"] == "time_varying").all():
        return drawn_covariates(people, study)
    return tuple(found.loc[found["variant"] == "warning=drawn", "term"].drop_duplicates())


def _own_files(path: Path | None, folder: Path, study: Study) -> list[tuple[str, str]]:
    """Return names and hashes of the study, its measures and its rules, as they are when they are read."""
    named = [folder / name for name in (study.measures.file, study.care.file) if name is not None]
    first = ("", _sha256_of(study)) if path is None else (path.name, _sha256(path))
    return [first, *((file.name, _sha256(file)) for file in named)]


def _provenance(
    own: list[tuple[str, str]], study: Study, cohort: Cohort, stated: tuple[Keys, Keys, str]
) -> Provenance:
    versions = {name: version(name) for name in _LIBRARIES}
    (_, of_study), *more = own
    return Provenance(
        study_sha256=of_study,
        inputs=(
            *((file.name, file.sha256, file.rows) for file in cohort.inputs),
            *((name, sha256, 0) for name, sha256 in more),
        ),
        seed=study.seed,
        versions=versions | {"python": ".".join(platform.python_version_tuple()[:2])},
        basis=cohort.basis,
        dropped=cohort.dropped,
        allowed=dict(cohort.allowed),
        protocol=stated[0],
        registered=stated[1],
        registered_name=stated[2],
    )


def _sha256_of(study: Study) -> str:
    return hashlib.sha256(study.model_dump_json().encode()).hexdigest()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
