"""The page on CTN-0094, from the tables where they lie."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import pandas as pd

from stepdown.cohort.relapse.weekly import WeeklyPatterns, weekly_values
from stepdown.schema import endpoint
from tools.ctn0094_page.disagreement import AGREE, CAUSES, Disagreement, disagreement, other_readings
from tools.ctn0094_page.page_facts import facts
from tools.ctn0094_page.rebuilt_patterns import spell, tables_of

SMALL = 11
_OTHERS = {
    "study_drug": "The study drug of the person's own arm counts as use",
    "day_zero": "Weeks begin on the day of randomization, not on the day after",
}
_MADE_AGAIN = """By the rule of the source's own scripts, `uds`, `visit` and `randomization` give the
published pattern of {again} of {everyone} people, character by character. That rule takes a kept visit
without an opioid in `uds` for a negative, whether or not a sample was given; counts a positive on any day;
ends 24 weeks after consent (CTN-0030: 14 weeks after randomization, or 24 after the second); and calls
every other week missing.
Dates that stand twice count once in both patterns, the imputed visits of `derived_visitImputed` add none to
the kept ones, and both begin their weeks on the day after randomization: none of these makes a difference.

The rebuilt patterns differ from the published ones in these weeks. Each is put down to the first rule that
makes the difference when it alone is changed in the published rule, or when all but it are. Weeks are
counted in full."""


def page(folder: str | Path, *, compared: Disagreement | None = None) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    folder : str or Path
        The tables of CTN-0094 as Parquet files.
    compared : Disagreement or None
        What `disagreement` gave for them, where that is at hand.

    Raises
    ------
    DataError
        The tables are not whole.
    """
    head = files("tools.ctn0094_page").joinpath("head.md").read_text(encoding="utf-8")
    said = {name: shown(count) for name, count in facts(Path(folder)).items()}
    lines = [
        head.format(**said),
        *_words(Path(folder), compared or disagreement(folder)),
        *_endpoints(tables_of(Path(folder))),
    ]
    return "\n".join(lines)


def shown(count: int) -> str:
    """Return a count as it is printed: small ones are not shown."""
    return "<11" if 0 < count < SMALL else f"{count:,}"


def of_all(values: pd.Series) -> str:
    """Return how many of some people, without telling of few who have it, or of few who have not."""
    count, everyone = int(values.sum()), len(values)
    few = count >= SMALL and 0 < everyone - count < SMALL
    return f"{f'all but <{SMALL}' if few else shown(count)} of {everyone:,}"


def _words(folder: Path, found: Disagreement) -> Iterator[str]:
    people = found.people.set_index("trial")
    again, everyone = int(people["again"].sum()), int(people["people"].sum())
    yield "## The published patterns and the rebuilt ones"
    yield ""
    yield _MADE_AGAIN.format(again=f"{again:,}", everyone=f"{everyone:,}")
    yield ""
    weeks = found.weeks.pivot(index="cause", columns="trial", values="weeks")
    told = [(AGREE, "The same"), *CAUSES.items()]
    yield from _table(
        ["Weeks", *weeks.columns, "All"],
        [
            *([text, *_whole(weeks.loc[[cause]].sum())] for cause, text in told),
            ["**All weeks of either pattern**", *_whole(weeks.sum())],
        ],
    )
    yield from _table(
        ["People", *people.index],
        [
            ["Randomized", *_whole(people["people"])[:-1]],
            ["Both patterns the same", *(shown(int(count)) for count in people["same"])],
        ],
    )
    yield "Other readings would change the rebuilt patterns in so many weeks:"
    yield ""
    others = other_readings(folder).pivot(index="reading", columns="trial", values="weeks")
    yield from _table(
        ["Weeks", *others.columns, "All"],
        [[text, *_whole(others.loc[[reading]].sum())] for reading, text in _OTHERS.items()],
    )


def _endpoints(tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    spelled = spell(tables, None)
    values = weekly_values(WeeklyPatterns.read(spelled.texts))
    values["trial"] = spelled.people["trial"].astype(str).to_numpy()[values["at"]]
    trials = sorted(values["trial"].unique())
    yield "## Every weekly definition on the published patterns"
    yield ""
    yield (
        "Randomized people, both arms together, each definition with its own rule for missing weeks. For a "
        "time or a yes, how many of those whom it can judge; for a count or a share, the mean. "
        "`stepdown.cohort.relapse.weekly.weekly_values` gives them by person."
    )
    yield ""
    rows = []
    for name, mine in values.groupby("endpoint", sort=False):
        spec = endpoint(str(name))
        by_trial = {trial: one["value"].dropna() for trial, one in mine.groupby("trial")}
        counted = spec.kind in ("time", "binary")
        cells = [of_all(by_trial[trial]) if counted else f"{by_trial[trial].mean():.2f}" for trial in trials]
        rows.append([f"`{spec.name}`", spec.source, spec.kind, *cells])
    yield from _table(["Definition", "Source", "Kind", *trials], rows)


def _whole(counts: pd.Series) -> list[str]:
    return [f"{int(count):,}" for count in (*counts, counts.sum())]


def _table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    yield from (f"| {' | '.join(cells)} |" for cells in rows)
    yield ""
