"""Quality measures as rows of the results: all events of the cohort file, also outside the study."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stepdown.cohort.measures import MeasureResult, measure_all
from stepdown.errors import Problem, StudyError
from stepdown.estimate.context import Record
from stepdown.results import MeasureWords, Results, rows
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
    """Measures of a cohort: rows for the results, the measures in words, the version of their list."""

    results: Results
    words: tuple[MeasureWords, ...]
    version: str


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
    records: list[Record] = []
    for spec in specs:
        if spec.name in by_name:
            records.extend(_rows(by_name[spec.name], quarter))
            records.extend(_reasons(by_name[spec.name]))
        else:
            keys: Record = {"analysis": MEASURES, "endpoint": spec.name, "estimand": RATE}
            records.append(keys | {"statistic": NOT_ESTIMATED, "note": missing[spec.name]})
    words = tuple(_words(spec, by_name.get(spec.name)) for spec in specs)
    return Measured(results=rows(records), words=words, version=registry.version)


def _rows(result: MeasureResult, quarter: str | None) -> Iterator[Record]:
    for row in result.table.to_dict("records"):
        if row["quarter"] in ("", quarter or row["quarter"]):
            keys = _keys(result, row)
            yield keys | {"statistic": EVENTS, "unit": "events", "estimate": row["events"]}
            yield keys | {
                "statistic": ESTIMATE,
                "unit": "probability",
                "estimate": row["rate"],
                "conf_low": row["conf_low"],
                "conf_high": row["conf_high"],
                "n": row["denominator"],
                "events": row["numerator"],
                "method": result.method,
                "note": "" if row["denominator"] else "no one is left",
            }
    for row in result.exclusions.to_dict("records"):
        everyone = not row["site_id"] and not row["quarter"]
        if (everyone or row["removed"]) and row["quarter"] in ("", quarter or row["quarter"]):
            keys = _keys(result, row) | {"term": row["reason"], "statistic": REMOVED}
            yield keys | {"unit": "events", "estimate": row["removed"]}


def _reasons(result: MeasureResult) -> Iterator[Record]:
    for row in result.reasons.to_dict("records"):
        keys: Record = {"analysis": MEASURES, "endpoint": result.measure.name, "estimand": LEFT}
        keys |= {"time": row["window"], "term": row["reason"], "statistic": COUNT, "unit": "events"}
        yield keys | {"estimate": row["events"], "n": result.reasons["events"].sum()}


def _keys(result: MeasureResult, row: Mapping[Hashable, object]) -> Record:
    return {
        "analysis": MEASURES,
        "endpoint": result.measure.name,
        "estimand": RATE,
        "time": row["window"],
        "site": row["site_id"],
        "quarter": row["quarter"],
    }


def _words(spec: Measure, result: MeasureResult | None) -> MeasureWords:
    return MeasureWords(
        name=spec.name,
        label=spec.label,
        sentence=spec.sentence,
        not_verified=spec.not_verified,
        deviations=spec.deviations,
        lower=spec.better == "lower",
        notes=() if result is None else result.notes,
    )
