"""What `stepdown endpoints` prints: the registry, and what of it a cohort can serve."""

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepdown.schema import Cohort, EndpointSpec

_WIDTH = 100


def listing() -> Iterator[str]:
    """Yield the registry, a few lines a definition."""
    from stepdown.schema import ENDPOINTS

    yield 'Relapse definitions. A study names one of kind "time": endpoint = "first_use@1".'
    for spec in ENDPOINTS:
        yield ""
        yield from _told(spec)


def fitting(cohort: "Cohort") -> Iterator[str]:
    """Yield the definitions of kind "time", marked by whether a cohort can serve them."""
    from stepdown.cohort import applicable, not_applicable
    from stepdown.schema import ENDPOINTS

    rules: dict[str, list[str]] = {}
    for spec, rule in applicable(cohort):
        rules.setdefault(spec.name, []).append(rule)
    why = {(spec.name, rule): reason for spec, rule, reason in not_applicable(cohort)}
    yield "Relapse definitions that this cohort can serve are marked with *."
    for spec in ENDPOINTS:
        if spec.kind != "time":
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


def _told(spec: "EndpointSpec") -> Iterator[str]:
    yield f"{spec.name}  ({spec.kind})"
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
