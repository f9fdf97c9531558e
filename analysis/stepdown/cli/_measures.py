"""What `stepdown measures` prints: the registry, and the rates of a cohort."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepdown.cohort.measures import MeasureResult, Registry

_CAUTION = (
    'Names such as "HEDIS-style" say where an idea comes from; none of these is the licensed or endorsed '
    "measure."
)


def listing(registry: "Registry") -> Iterator[str]:
    """Yield the registry, a few lines a measure."""
    yield f"Quality measures, version {registry.version}. {_CAUTION}"
    for measure in registry:
        own = " [own file]" if measure.name in registry.own else ""
        yield ""
        yield f"{measure.name}{own}  {measure.label}"
        yield f"  windows: {', '.join(str(window) for window in measure.windows)} days"
        yield f"  source: {measure.source}"
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
            rate = f"{row['rate']:8.1%}  {row['low']:.1%} to {row['high']:.1%}" if row["denominator"] else ""
            yield f"  {row['window']:>4}  {where:<24}{row['numerator']:>10,}{row['denominator']:>12,}{rate}"
        everyone = result.exclusions[(result.exclusions[["site_id", "quarter"]] == "").all(axis=1)]
        for row in everyone.to_dict("records"):
            if row["removed"]:
                yield f"  {row['window']:>4}  left out: {row['removed']:,} {row['reason']}"
        yield from (f"  note: {note}" for note in result.notes)
    if missing:
        yield ""
        yield "Not computed:"
        yield from (f"  {text}" for text in missing.values())
