"""Labels, header and standing notes of a report, written when the analysis is made."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from stepdown.cohort import People
from stepdown.compare.adjusted_arms import DEFAULT_CALIPER
from stepdown.compare.arm_membership import care_started
from stepdown.results import Wording
from stepdown.results.reading import WHOLE
from stepdown.results.words import ONLY_AN_INTERVAL as ONLY
from stepdown.results.words import POPULATION, count, definition_name, listed, uncapitalized
from stepdown.schema import MISSING, TABLES, Cohort, endpoints
from stepdown.study import BaselineArm, DesignChoice, Study
from stepdown.study.covariate_formula import formula_terms

SAID = {
    "detected": (
        "is dated to the last day of the interval, on which it was found. It happened on that day or "
        "earlier, so risks on early days are too low; the confidence intervals do not reflect this."
    ),
    "midpoint": (
        "is dated to the middle of the interval, rounded up to a whole day. The confidence intervals do not "
        "reflect the unknown day."
    ),
}


def wording(
    study: Study,
    cohort: Cohort,
    people: People,
    sentences: dict[str, str],
    *,
    refused: list[str],
    quarter: str | None,
) -> Wording:
    """Return the title, header, definitions and notes of an analysis.

    Parameters
    ----------
    study, cohort, people
        The study, its data, and the people included.
    sentences : dict of str to str
        The design of each analysis that could be made in one sentence; the whole cohort among them.
    refused : list of str
        Why a comparison could not be made.
    quarter : str or None
        The quarter that was chosen.
    """
    return replace(
        _wording_of_study(study, quarter),
        arms=study.labels if len(sentences) > 1 else (),
        analyses={key: sentences[key] for key in _in_order(sentences, study)},
        notes=tuple(_notes(study, cohort, people, refused)),
        open_notes=tuple(_open_notes(study, cohort, people)),
        periods_apart=_periods_apart(people, study),
        header=dict(_header(study, cohort, people)),
    )


def wording_of_nobody(study: Study, cohort: Cohort, *, refused: list[str], quarter: str | None) -> Wording:
    """Return the title, header, definitions and notes where no discharge is left to analyze."""
    return replace(
        _wording_of_study(study, quarter),
        analyses={WHOLE: "Everyone eligible; nobody is."},
        notes=(_day_zero(study), *refused, *_identifiers(cohort), *_privacy(cohort)),
        open_notes=(_day_zero(study), *_identifiers(cohort)),
        header=dict(_header(study, cohort, None)),
    )


def _wording_of_study(study: Study, quarter: str | None) -> Wording:
    spec = study.outcome.spec
    return Wording(
        title=f"{study.title}, {quarter}" if quarter else study.title,
        quarter=quarter or "",
        relapse=study.outcome.word,
        endpoint=spec.sentence,
        missing_rule=spec.missing_sentence(study.outcome.missing),
        time_zero=study.time_zero.event,
        window=study.outcome.window,
        times=study.outcome.times,
    )


def named_design(key: str) -> str:
    """Return the design of an analysis in words.

    Examples
    --------
    >>> [named_design(key) for key in ("clone_censor_weight", "landmark_14", "sequential_trials")]
    ['clone-censor-weight', 'landmark at day 14', 'sequential trials']
    """
    name, _, day = key.rpartition("_")
    if day.isdigit():
        return f"{name.replace('_', ' ')} at day {day}"
    return "clone-censor-weight" if key == "clone_censor_weight" else key.replace("_", " ")


def _in_order(sentences: dict[str, str], study: Study) -> list[str]:
    """Return the keys of the analyses, the primary first and the whole cohort last."""
    asked = [choice.key for choice in study.analysis.designs] if study.analysis else []
    return sorted(sentences, key=lambda key: asked.index(key) if key in asked else len(asked))


_LAWS = {
    "as_observed": "as similar people who start in time do",
    "uniform": "each of these days being as likely",
    "natural": "as they did, and all others on the last of these days",
}


_HOW = {
    "doubly_robust": "",
    "weighting": ", by weighting",
    "standardization": ", by standardization",
    "none": "",
}
_BALANCED = {
    "doubly_robust": ", by entropy balancing and outcome models",
    "weighting": ", by entropy balancing",
}
_OUTCOME_MODELS = {
    "pooled_logistic": "",
    "cox": " over Cox models of each group",
    "fine_gray": " over Fine-Gray models of each group",
}
_FUNCTIONS = {"": "", "bs": "a spline of ", "cr": "a spline of ", "poly": "a polynomial of "}


def adjusted_sentence(
    study: Study, cohort: Cohort, design: str, *, key: str, drawn: tuple[str, ...] = ()
) -> str:
    """Return what an adjusted comparison says.

    Parameters
    ----------
    study, cohort
        The study and its data.
    design : str
        The sentence of its groups, empty for clones.
    key : str
        The analysis.
    drawn : tuple of str
        Covariates whose missing values were drawn.
    """
    said = " ".join((
        _adjusted_comparison(study, cohort, design, key=key), *_of_covariates(study, cohort, drawn)
    ))  # fmt: skip
    asked = study.analysis.interval if study.analysis else None
    if asked is None or not asked.drawn or key == "time_varying":
        return said
    return (
        f"{said} Confidence intervals: percentiles of {asked.drawn:,} bootstrap replicates, each with "
        f"{'sites' if asked.cluster == 'site_id' else 'clients'} drawn again and every model fitted again."
    )


def _adjusted_comparison(study: Study, cohort: Cohort, design: str, *, key: str) -> str:
    names = labels(cohort)
    adjust = study.analysis.adjust if study.analysis else None
    columns = [uncapitalized(names.get(name, name)) for name in (adjust.covariates if adjust else ())]
    columns += [f"the latest score of {name}" for name in (adjust.time_varying if adjust else ())]
    choice = next((one for one in study.analysis.designs if one.key == key), None) if study.analysis else None
    if choice is not None and choice.design == "sequential_trials":
        return _trials(study, choice, columns)
    if choice is not None and choice.design == "time_varying":
        return (
            "Descriptive: the rate of relapse on days in the care of the plans compared with other days, of "
            f"people still followed and free of {study.outcome.word} at the same day, adjusted for "
            f"{listed(columns)}. It is not the effect of a plan of care."
        )
    if not design:
        return f"{_plans_sentence(study)} Adjusted for {listed(columns)}."
    if choice is not None and choice.design == "matched":
        alone = adjust is None or adjust.method in ("none", "weighting")
        return f"{design} {_matching(choice, columns, names, study.labels, alone=alone)}"
    whom = POPULATION[adjust.population] if adjust else ""
    how = (
        ""
        if adjust is None
        else {"propensity": _HOW, "entropy_balancing": _BALANCED}[adjust.weights][adjust.method]
        + _OUTCOME_MODELS[adjust.outcome_model]
    )
    return f"{design} Adjusted for {listed(columns)}{how}: the risks had {whom} been in each of the groups."


def _of_covariates(study: Study, cohort: Cohort, drawn: tuple[str, ...]) -> Iterator[str]:
    """Yield the terms beside the covariates, and what was done where a covariate was missing."""
    names = labels(cohort)
    adjust = study.analysis.adjust if study.analysis else None
    if adjust is None:
        return

    def named(function: str, column: str) -> str:
        return _FUNCTIONS[function] + uncapitalized(names.get(column, column))

    terms = [
        named(*one[0])
        if len(one) == 1
        else f"the interaction of {' with '.join(named(*each) for each in one)}"
        for one in (() if adjust.formula is None else formula_terms(adjust.formula))
        if len(one) > 1 or one[0][0]
    ]
    if terms:
        yield f"The models also have {listed(terms)}."
    if adjust.missing == "complete":
        yield "Discharges that lack a covariate were left out."
    if drawn:
        values = listed([uncapitalized(names.get(name, name)) for name in drawn])
        yield (
            f"Missing values of {values} were imputed {study.outcome.imputations} times by chained "
            "equations, and the estimates were pooled."
        )


def _trials(study: Study, choice: DesignChoice, columns: list[str]) -> str:
    """Return what sequential trials compare."""
    first, second = study.labels
    plans = study.contrast.arms if study.contrast else ()
    within = 0 if isinstance(plans, BaselineArm) else study.strategies[plans[0]].last_day
    until, every = within if choice.until is None else choice.until, choice.every or 1
    days = f"on each of days 0-{until}" if every == 1 else f"every {every} days from day 0 to day {until}"
    adjust = study.analysis.adjust if study.analysis else None
    whom = POPULATION[adjust.population] if adjust else ""
    return (
        f"A trial starts {days}, with those who were followed, free of {study.outcome.word} and without "
        f"this care so far: care starts that day (“{first}”) or not (“{second}”, in which it may start "
        f"later). The trials are pooled, and days count from the day of each trial. Adjusted for "
        f"{listed([*columns, 'the day of the trial'])}: the risks had {whom} been in each of the groups."
    )


def _matching(
    choice: DesignChoice,
    columns: list[str],
    names: dict[str, str],
    groups: tuple[str, ...],
    *,
    alone: bool,
) -> str:
    """Return how people are matched."""
    many, limit = choice.ratio or 1, choice.caliper or DEFAULT_CALIPER
    within = "" if limit == "none" else f", within {limit:g} standard deviations of its logit"
    exact = listed([uncapitalized(names.get(name, name)) for name in choice.exact])
    return (
        f"Each person with “{groups[0]}” is matched with {many} {'person' if many == 1 else 'people'} with "
        f"“{groups[1]}” whose chance of “{groups[0]}” (propensity), given {listed(columns)}, is the nearest"
        f"{within}"
        f"{f', and the same {exact}' if exact else ''}: the risks are those of the people matched"
        f"{'' if alone else ', with outcome models for what still differs between them'}."
    )


def _plans_sentence(study: Study) -> str:
    """Return what clone-censor-weight compares."""
    chosen = study.contrast.arms if study.contrast else ()
    designs = study.analysis.designs if study.analysis else ()
    law = next(one.start for one in designs if one.design == "clone_censor_weight")
    arms = () if isinstance(chosen, BaselineArm) else chosen
    parts = []
    for arm, label in zip(arms, study.labels, strict=True):
        plan = study.strategies[arm]
        starting = f", starting on days 0-{plan.first_window} {_LAWS[law]}" if plan.steps else ""
        parts.append(f"had everyone followed “{label}”{starting}")
    unfolds = any(study.strategies[arm].unfolds for arm in arms)
    going = " what a plan asks after the start as similar people who follow it do;" if unfolds else ""
    return (
        f"The risks {', and '.join(parts)};{going} later care as it came. Everyone counts in each plan until "
        "departing from it (clone-censor-weight)."
    )


def _periods_apart(people: People, study: Study) -> bool:
    """Return whether at most one relapse in ten may have begun in more than one of the periods reported."""
    table = people.table[people.table["onset_latest"].notna()]
    ends = np.array(study.outcome.times[:-1])
    first, last = (table[name].to_numpy(dtype=float)[:, None] for name in ("onset_earliest", "onset_latest"))
    return bool(((first <= ends) & (ends < last)).any(axis=1).sum() <= 0.1 * len(table))


def labels(cohort: Cohort) -> dict[str, str]:
    """Return the labels of columns, definitions ("first_use@1") and rules for missed contacts."""
    columns = [column for table in TABLES for column in table]
    return {column.name: column.label for column in (*columns, *cohort.covariates)} | definition_labels()


def definition_labels() -> dict[str, str]:
    """Return each definition in full sentences, a mark for those that are not a relapse, and each rule."""
    found = {f"missing.{rule}": sentence for rule, sentence in MISSING.items()}
    for spec in endpoints():
        doi = f", doi {spec.doi}" if spec.doi else ""
        source = f" Source: {spec.source.rstrip('.')}{doi}." if spec.source else ""
        found[spec.name] = (
            f"{definition_name(spec.name)} (`{spec.name}`): {spec.sentence} "
            f"Missed contacts, own rule: {spec.missing_rule}{source}"
        )
        if not spec.relapse:
            found[f"{spec.name}.not_a_relapse"] = "not a relapse"
    return found


_HAPPENED = {"discharge": "Discharged", "admission": "Admitted", "randomization": "Randomized"}


def _header(study: Study, cohort: Cohort, people: People | None) -> Iterator[tuple[str, str]]:
    """Yield the program, the number of discharges, their dates and the data cut; `people` None for nobody."""
    table = cohort.discharges if people is None else people.table
    held = table["site_id"].dropna().unique() if "site_id" in table else ()
    sites = [str(site) for site in held]
    if study.program.name is not None:
        yield "Program", study.program.name
    elif len(sites) == 1:
        yield "Program", cohort.sites.get(sites[0], sites[0])
    if len(sites) > 1:
        yield ("Sites" if study.program.name else "Programs"), f"{count(len(sites))} sites"
    included = 0 if people is None else int(people.observed.sum())
    yield "Discharges", f"{count(included)} included of {count(len(cohort.discharges))} in the data"
    if cohort.clock == "date" and "zero" in table:
        first, last = (_date(day) for day in (table["zero"].min(), table["zero"].max()))
        yield _HAPPENED[study.time_zero.event], f"{first:%B %Y} to {last:%B %Y}"
    if cohort.data_cut is not None:
        cut = _date(cohort.data_cut)
        yield (
            "Data cut",
            f"{cut:%B} {cut.day}, {cut.year}" if cohort.clock == "date" else f"day {cohort.data_cut}",
        )


def _date(day: int) -> pd.Timestamp:
    return pd.Timestamp("1970-01-01") + pd.Timedelta(days=int(day))


def _notes(study: Study, cohort: Cohort, people: People, refused: list[str]) -> Iterator[str]:
    yield from _open_choices(study, people)
    late = int((~people.table["complete"]).sum())
    if late:
        yield (
            f"{late:,} of {len(people.table):,} discharges had fewer than {study.outcome.window[1]} days "
            "between day 0 and the data cut; they are followed up to the data cut."
        )
    yield from refused
    yield from _identifiers(cohort)
    yield from _privacy(cohort)


def _open_notes(study: Study, cohort: Cohort, people: People) -> Iterator[str]:
    """Yield the notes that hold no count of clients, so that a public report may have them."""
    yield from _open_choices(study, people)
    yield from _identifiers(cohort)


def _open_choices(study: Study, people: People) -> Iterator[str]:
    """Yield the choices of the study that readers have to know."""
    yield _day_zero(study)
    yield from _rules(study, people)
    if study.time_zero.episode == "all":
        yield (
            "A client may have several discharges. Confidence intervals and the test of the curves account "
            "for this."
        )
    yield from _uncertain(study, people)


def _day_zero(study: Study) -> str:
    word, zero = study.outcome.word, study.time_zero
    if zero.event != "discharge":
        return (
            f"Findings on day 0, the day of {zero.event}, describe clients at the start; they do not count "
            f"as a {word}."
        )
    if zero.day_zero == "exclude":
        return (
            f"A {word} on day 0, the day of {zero.event}, excludes the discharge; the number is in the "
            "selection table."
        )
    return f"A {word} on day 0, the day of {zero.event}, counts as an event and adds no time at risk."


def _rules(study: Study, people: People) -> Iterator[str]:
    """Yield the study's choices where the definition leaves one."""
    asked, spec = study.outcome, study.outcome.spec
    if asked.settings:
        settings = (f"{name} = {value}" for name, value in asked.settings.items())
        yield f"The definition {spec.name} is used with {', '.join(settings)}."
    landmark = study.analysis is not None and any(choice.day for choice in study.analysis.designs)
    if landmark and people.table["confirmed_later"].any():
        yield (
            f"A {asked.word} is dated to the day on which it began; for the comparison after a landmark, one "
            "that took a later finding to confirm is dated to that finding, because only that day was known "
            "then."
        )


def _uncertain(study: Study, people: People) -> Iterator[str]:
    """Yield what was analyzed where contacts show only an interval; nothing where every day is known."""
    word, asked = study.outcome.word, study.outcome
    if asked.interval in SAID and asked.spec.yields == "interval":
        yield f"{ONLY} the {word} {SAID[asked.interval]}"
    if people.exact:
        return
    takes = (
        f"that being contacted is unrelated to {word}, and that other events are as frequent after it "
        "as before it"
    )
    if people.uncertain is not None:
        times = asked.imputations
        yield (
            f"{ONLY} the day of {word} was imputed {times} times from the rate of {word} in these data, and "
            f"the {times} estimates were pooled. Confidence intervals account for the unknown day. This "
            f"assumes {takes}. Counts of people are means over imputations."
        )
        if study.contrast and care_started(people, study).min() < np.inf:
            yield (
                f"The comparison imputes within groups. A client who started care is assumed to have had no "
                f"{word} before that day, unless one is recorded."
            )
    elif asked.interval == "interval":
        yield (
            f"{ONLY} no day is imputed: risks are estimated from the intervals. This assumes {takes}; and "
            f"that the rate of {word} is constant within each period."
        )
    else:
        yield (
            f"For some clients the day of {word} is known only to lie between two contacts. Risks are given "
            "as a range: the lowest and the highest that agree with these intervals. The estimates beside it "
            f"assume {takes}; those with a confidence interval also assume that the rate is constant within "
            "each period."
        )


def _identifiers(cohort: Cohort) -> Iterator[str]:
    """Yield what the identifier guard let past, and what was not loaded."""
    for column, reason in cohort.allowed.items():
        yield f"Column `{column}` was allowed past the identifier guard: {reason}."
    if cohort.dropped:
        yield f"Not loaded because they hold identifiers: {', '.join(cohort.dropped)}."


def _privacy(cohort: Cohort) -> Iterator[str]:
    """Yield how many clients could be re-identified."""
    if cohort.anonymity is not None:
        known, names = cohort.anonymity, labels(cohort)
        yield (
            f"{known.alone:,} of {known.clients:,} clients are unique in the combination of "
            f"{listed([uncapitalized(names.get(name, name)) for name in known.columns])}, so they could be "
            f"re-identified. The smallest group has {known.smallest:,} "
            f"{'client' if known.smallest == 1 else 'clients'}."
        )
