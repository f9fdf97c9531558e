"""Reading measures: those of the package, changed or joined by a file of the user."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from stepdown.cohort.measures.measure_declarations import SOME, Measure
from stepdown.errors import ConfigError, Problem
from stepdown.schema.declarations import Declaration, Text, checked, read_toml, shipped_toml

MEASURES = "measures.toml"


class _File(Declaration):
    """A measures file."""

    format: Literal[1]
    version: Text
    measures: Annotated[tuple[Measure, ...], SOME]


@dataclass(frozen=True, kw_only=True)
class Registry:
    """Measures in order.

    Attributes
    ----------
    version : str
        Version of the package's file, and that of the user's file where one was read.
    measures : tuple of Measure
        The package's, in the place of which stands the user's of the same id; then the user's others.
    own : tuple of str
        Names of the measures that come from the user's file.
    """

    version: str
    measures: tuple[Measure, ...]
    own: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Measure]:
        """Iterate over the measures."""
        return iter(self.measures)

    def __getitem__(self, name: str) -> Measure:
        """Return a measure by its id, or by id and version; KeyError if there is none."""
        for measure in self.measures:
            if name in (measure.id, measure.name):
                return measure
        raise KeyError(name)


def read_measures(path: str | Path | None = None) -> Registry:
    """Read the measures of the package and, where given, those of a file of the same form.

    Parameters
    ----------
    path : str or Path, optional
        A TOML file. Its measures take the place of those of the same id, or join them.

    Returns
    -------
    Registry

    Raises
    ------
    ConfigError
        The file is missing, is no TOML, breaks the rules, names a measure twice, or changes a measure of
        the package without giving it another version; every problem is named.
    """
    shipped = _parsed(shipped_toml("stepdown.cohort.measures", MEASURES), MEASURES)
    if path is None:
        return Registry(version=shipped.version, measures=shipped.measures)
    name = Path(path).name
    own = _parsed(read_toml(path), name)
    known = {measure.id: measure for measure in shipped.measures}
    same = [
        place
        for place, measure in enumerate(own.measures)
        if measure.id in known
        and measure.version == known[measure.id].version
        and measure != known[measure.id]
    ]
    if same:
        raise ConfigError(
            [
                Problem(
                    table=name,
                    column=f"measures.{place}.version",
                    what="is that of the package's measure, which says something else",
                    remedy="Give your measure another version, or another id.",
                )
                for place in same
            ]
        )
    given = {measure.id: measure for measure in own.measures}
    kept = [given.pop(measure.id, measure) for measure in shipped.measures]
    return Registry(
        version=f"{shipped.version}, with {name} {own.version}",
        measures=(*kept, *given.values()),
        own=tuple(measure.name for measure in own.measures),
    )


def _parsed(raw: dict[str, Any], name: str) -> _File:
    found = checked(_File, raw, file=name)
    twice = [key for key, count in Counter(measure.id for measure in found.measures).items() if count > 1]
    if twice:
        what = f"names a measure more than once: {', '.join(twice)}"
        raise ConfigError([Problem(table=name, column="measures", what=what, remedy="Give each its own id.")])
    return found
