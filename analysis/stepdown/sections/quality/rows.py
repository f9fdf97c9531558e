"""Quality measures as rows of the results: all events of the cohort file, also outside the study."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.cohort.measures import MeasureResult, measure_all
from stepdown.errors import Problem, StudyError
from stepdown.estimate.context import Record
from stepdown.results import MeasureWords, Results, bind
from stepdown.schema import CareRules, Cohort, Measure, MeasureRegistry, read_measures
from stepdown.sections.quality.read import (
    COUNT,
    ESTIMATE,
    EVENTS,
    LEFT,
    MEASURES,
    NOT_ESTIMATED,
    RATE,
    REMOVED,
)
from stepdown.study import Study

_BY = ("site_id", "quarter")


@dataclass(frozen=True, eq=False, kw_only=True)
class Measured:
    """Measures of a cohort: rows for the results, the measures in words, the version of their list.

    `rates` holds the tables of all measures, by site and by quarter.
    """

    results: Results
    words: tuple[MeasureWords, ...]
    version: str
    rates: pd.DataFrame


def chosen_measures(study: Study, folder: Path) -> tuple[MeasureRegistry, tuple[Measure, ...]]:
    """Return the list of measures, and those of it that a study asks for.

    Parameters
    ----------
    study : Study
        The protocol.
    folder : Path
        Folder of the study file.

    Raises
    ------
    ConfigError
        The study's own file of measures cannot be used.
    StudyError
        The study asks for a measure that is not in the list.
    """
    asked = study.measures
    registry = read_measures(None if asked.file is None else folder / asked.file)
    if asked.run is None:
        return registry, registry.measures
    chosen = [one for name in asked.run for one in registry.named(name)]
    unknown = [name for name in asked.run if not registry.named(name)]
    if unknown:
        raise StudyError(
            [
                Problem(
                    table="study.toml",
                    column="measures.run",
                    what=f"names no measure: {', '.join(unknown)}",
                    remedy=f"Known: {', '.join(one.id for one in registry)}.",
                )
            ]
        )
    every = (*registry.measures, *registry.earlier)
    return registry, tuple(one for one in every if one in chosen)


def measured(
    cohort: Cohort,
    registry: MeasureRegistry,
    specs: tuple[Measure, ...],
    *,
    quarter: str | None = None,
    rules: CareRules | None = None,
) -> Measured:
    """Compute measures, overall and by site and quarter.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    registry, specs
        From `chosen_measures`.
    quarter : str or None
        Report this quarter only, with the whole and the sites.
    rules : CareRules or None
        Rules for levels of care; those of the package if None.

    Returns
    -------
    Measured
        Rows as described in docs/architecture.md, section 6.
    """
    results, missing = measure_all(cohort, specs, by=_BY, rules=rules)
    by_name = {result.measure.name: result for result in results}
    place = {spec.name: position for position, spec in enumerate(specs)}
    parts = [*_rates(results, quarter), _reasons(results)]
    refused: Record = {"estimand": RATE, "statistic": NOT_ESTIMATED}
    parts.append(pd.DataFrame([refused | {"endpoint": name, "note": note} for name, note in missing.items()]))
    every = pd.concat([part for part in parts if len(part)] or parts[-1:]).assign(analysis=MEASURES)
    # By measure; of each its counts and rates, then who left, then the reasons for leaving.
    order = np.argsort([place[name] for name in every.get("endpoint", ())], kind="stable")
    words = tuple(_words(spec, by_name.get(spec.name)) for spec in specs)
    rates = [one.table for one in results]
    return Measured(
        results=bind([every.iloc[order]]),
        words=words,
        version=registry.version,
        rates=pd.concat(rates, ignore_index=True) if rates else pd.DataFrame(),
    )


def _rates(results: Sequence[MeasureResult], quarter: str | None) -> Iterator[pd.DataFrame]:
    if not results:
        return
    table = _of_quarter(pd.concat([one.table for one in results], ignore_index=True), quarter)
    names = {"measure": "endpoint", "window": "time", "site_id": "site"}
    table = table.rename(columns=names).assign(estimand=RATE)
    shared = table[["endpoint", "time", "site", "quarter", "estimand"]]
    counted = shared.assign(statistic=EVENTS, unit="events", estimate=table["events"])
    selected = table[[*shared, "rate", "conf_low", "conf_high", "denominator", "numerator"]]
    rates = selected.rename(columns={"rate": "estimate", "denominator": "n", "numerator": "events"})
    note = np.where(rates["n"] > 0, "", "no one is left")
    rates = rates.assign(statistic=ESTIMATE, unit="probability", method=results[0].method, note=note)
    # The count of a group before its rate.
    yield pd.concat([counted, rates]).sort_index(kind="stable")
    removed = _of_quarter(pd.concat([one.exclusions for one in results], ignore_index=True), quarter)
    everyone = (removed["site_id"] == "") & (removed["quarter"] == "")
    names |= {"reason": "term", "removed": "estimate"}
    removed = removed.loc[everyone | (removed["removed"] > 0), [*names, "quarter"]].rename(columns=names)
    yield removed.assign(estimand=RATE, statistic=REMOVED, unit="events")


def _of_quarter(table: pd.DataFrame, quarter: str | None) -> pd.DataFrame:
    return table if quarter is None else table[table["quarter"].isin(["", quarter])]


def _reasons(results: Sequence[MeasureResult]) -> pd.DataFrame:
    """Return how many left PHP or IOP for each reason."""
    held = [(one.measure.name, one.reasons) for one in results if len(one.reasons)]
    if not held:
        return pd.DataFrame()
    table = pd.concat([table for _, table in held], ignore_index=True)
    table["endpoint"] = np.repeat([name for name, _ in held], [len(table) for _, table in held])
    table = table.rename(columns={"window": "time", "reason": "term", "events": "estimate"})
    whole = table.groupby("endpoint")["estimate"].transform("sum")
    return table.assign(estimand=LEFT, statistic=COUNT, unit="events", n=whole)


def _words(spec: Measure, result: MeasureResult | None) -> MeasureWords:
    return MeasureWords(
        name=spec.name,
        label=spec.label,
        sentence=spec.sentence,
        not_verified=spec.not_verified,
        deviations=spec.deviations,
        lower=spec.better == "lower",
        weeks=spec.denominator.event == "week",
        notes=() if result is None else result.notes,
    )
