"""`stepdown endpoints` and `measures`: the definitions, and what they give for a cohort."""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepdown.cli.application import app, steps
from stepdown.cli.terminal import show
from stepdown.errors import ConfigError, Problem

if TYPE_CHECKING:
    from stepdown.cohort.measures import MeasureResult
    from stepdown.schema import Cohort, EndpointSpec, Measure, MeasureRegistry

_CAUTION = (
    'Names such as "HEDIS-style" state where an idea comes from; none of these is the licensed or endorsed '
    "measure."
)
_WIDTH = 100


@app.command()
def endpoints(
    cohort: Annotated[
        Path | None,
        typer.Option(help="Mark those that this cohort supports, and say why not the others."),
    ] = None,
) -> None:
    """List the relapse definitions."""
    if cohort is None:
        lines = listing()
    else:
        from stepdown.sources import load

        with steps() as show_step:
            show_step("Loading and checking the data")
            lines = fitting(load(cohort))
    for line in lines:
        show(line)


@app.command()
def measures(
    cohort: Annotated[
        Path | None, typer.Option(help="Compute them for this cohort, instead of listing them.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A file with measures of your own (docs/measures.md).")
    ] = None,
    run: Annotated[
        list[str] | None,
        typer.Option(help="Only this measure or group (iet), or an earlier version of it (fui@1)."),
    ] = None,
) -> None:
    """List the quality measures, or compute them for a cohort."""
    from stepdown.cohort.measures import measure_all
    from stepdown.schema import read_measures
    from stepdown.sources import load

    registry = read_measures(file)
    if cohort is None:
        lines = listing_measures(registry)
    else:
        with steps() as show_step:
            show_step("Loading and checking the data")
            data = load(cohort)
            show_step("Computing the measures")
            lines = rates(*measure_all(data, asked(registry, run)))
    for line in lines:
        show(line)


def asked(registry: "MeasureRegistry", names: list[str] | None) -> "tuple[Measure, ...]":
    """Return the measures of some names, each once; the current ones if no name is given."""
    if not names:
        return registry.measures
    unknown = [name for name in names if not registry.named(name)]
    if unknown:
        raise ConfigError(
            [
                Problem(
                    table="--run",
                    what=f"names no measure: {', '.join(unknown)}",
                    remedy=f"Known: {', '.join(one.id for one in registry)}.",
                )
            ]
        )
    return tuple(dict.fromkeys(one for name in names for one in registry.named(name)))


def listing() -> Iterator[str]:
    """Yield the registry, a few lines a definition."""
    from stepdown.schema import endpoints

    yield 'Relapse definitions. A study names one of kind "time": endpoint = "first_use@1".'
    for spec in endpoints():
        yield ""
        yield from _described(spec)


def fitting(cohort: "Cohort") -> Iterator[str]:
    """Yield the definitions of kind "time", marked by whether a cohort supports them."""
    from stepdown.cohort import applicable, not_applicable
    from stepdown.schema import endpoints

    rules: dict[str, list[str]] = {}
    for spec, rule in applicable(cohort):
        rules.setdefault(spec.name, []).append(rule)
    why = {(spec.name, rule): reason for spec, rule, reason in not_applicable(cohort)}
    yield "Relapse definitions that this cohort supports are marked with *."
    for spec in endpoints():
        if not spec.as_outcome:
            continue
        yield ""
        if spec.name not in rules:
            yield f"  {spec.name}"
            yield from _lines("cannot be used", why[spec.name, ""])
            continue
        yield f"* {spec.name}"
        yield from _lines("missing", ", ".join(rules[spec.name]))
        for rule in spec.missing:
            if (spec.name, rule) in why:
                yield from _lines(f"not {rule}", why[spec.name, rule])


def _described(spec: "EndpointSpec") -> Iterator[str]:
    yield f"{spec.name}  ({spec.kind_in_words})"
    yield from textwrap.wrap(spec.sentence, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    if spec.source:
        yield from _lines("source", f"{spec.source} doi:{spec.doi}" if spec.doi else spec.source)
    yield from _lines("needs", " + ".join(need.replace("|", " or ") for need in spec.needs))
    yield from _lines("missing", ", ".join(spec.missing))
    if spec.parameters:
        yield from _lines("parameters", ", ".join(f"{one.name} = {one.default}" for one in spec.parameters))


def _lines(name: str, text: str) -> Iterator[str]:
    lead = f"  {name}: "
    yield from textwrap.wrap(text, _WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead))


def listing_measures(registry: "MeasureRegistry") -> Iterator[str]:
    """Yield the registry, a few lines a measure."""
    yield f"Quality measures, version {registry.version}. {_CAUTION}"
    for measure in registry:
        own = " [own file]" if measure.name in registry.own else ""
        yield ""
        yield f"{measure.name}{own}  {measure.label}"
        yield f"  windows: {', '.join(str(window) for window in measure.windows)} days"
        yield f"  source: {measure.source}"
        yield from _declared(measure)


def _declared(measure: "Measure") -> Iterator[str]:
    """Yield how a measure differs from its source and from its earlier version, and what was not verified."""
    if measure.deviations:
        yield f"  differs: {measure.deviations}"
    if measure.changed:
        yield f"  changed: {measure.changed}"
    yield f"  not verified: {measure.not_verified}"


def rates(results: tuple["MeasureResult", ...], missing: dict[str, str]) -> Iterator[str]:
    """Yield the rates with their intervals, exclusions and notes, and what could not be computed."""
    yield _CAUTION
    yield "Counts are not rounded or suppressed: for internal use, not for release."
    for result in results:
        yield ""
        yield f"{result.measure.name}  {result.measure.label}"
        yield f"  {'days':>4}  {'of':<24}{'numerator':>10}{'denominator':>12}{'rate':>8}  95% interval"
        for row in result.table.to_dict("records"):
            where = " ".join(str(row[name]) for name in ("site_id", "quarter") if row[name]) or "all"
            rate = (
                f"{row['rate']:8.1%}  {row['conf_low']:.1%} to {row['conf_high']:.1%}"
                if row["denominator"]
                else ""
            )
            yield f"  {row['window']:>4}  {where:<24}{row['numerator']:>10,}{row['denominator']:>12,}{rate}"
        everyone = result.exclusions[(result.exclusions[["site_id", "quarter"]] == "").all(axis=1)]
        for row in everyone.to_dict("records"):
            if row["removed"]:
                yield f"  {row['window']:>4}  left out: {row['removed']:,} {row['reason']}"
        yield from (f"  note: {note}" for note in result.notes)
        if result.measure.deviations:
            yield f"  differs: {result.measure.deviations}"
    if missing:
        yield ""
        yield "Not computed:"
        yield from (f"  {text}" for text in missing.values())
