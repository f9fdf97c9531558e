"""What a figure shows, in a sentence or two, every number looked up."""

from typing import Literal

import pandas as pd

from stepdown.results import Results
from stepdown.results.reading import arms, landmark, pairs, rows_of
from stepdown.results.words import free, listed, number, percent, plural

Kind = Literal["curves", "hazard", "bounds"]


def alt_text(
    results: Results,
    kind: Kind,
    *,
    analysis: str = "whole_cohort",
    word: str = "relapse",
    since: str = "discharge",
    window: tuple[int, int] = (30, 90),
) -> str:
    """Describe a figure by its numbers.

    Parameters
    ----------
    results : Results
        What the figure shows.
    kind : {"curves", "hazard", "bounds"}
        Which figure.
    analysis, word, since, window
        As in the figure.

    Returns
    -------
    str
        Sentences for those who cannot see it.
    """
    describe = {"curves": _curves, "hazard": _hazard, "bounds": _bounds}[kind]
    parts = []
    for arm in arms(results, analysis=analysis):
        said = describe(results, analysis, arm, word, since, window)
        parts.append(f"{arm}: {said}" if arm else f"{said[:1].upper()}{said[1:]}")
    return " ".join(f"{part}." for part in parts)


def _told(frame: pd.DataFrame, window: tuple[int, int]) -> pd.DataFrame:
    """Keep the window's edges and the last day that is known."""
    frame = frame.dropna(subset=["value"])
    return frame[frame["time"].isin([*window, frame["time"].max()])]


def _curves(results: Results, analysis: str, arm: str, word: str, since: str, window: tuple[int, int]) -> str:
    told = _told(rows_of(results, analysis=analysis, estimand="risk", cause="relapse", arm=arm), window)
    said = [
        f"{percent(row.value)} by day {int(row.time)}"  # type: ignore[arg-type]
        for row in told.itertuples()
    ]
    start = landmark(analysis)
    whom = f" among those {free(word)} and followed at day {start}" if start else ""
    return f"share with a {word} since {since}{whom}: {listed(said)}"


def _hazard(results: Results, analysis: str, arm: str, word: str, since: str, window: tuple[int, int]) -> str:
    told = rows_of(results, analysis=analysis, estimand="rate", arm=arm).dropna(subset=["value"])
    said = [f"{number(row.value)} on days {row.term}" for row in told.itertuples()]  # type: ignore[arg-type]
    return f"new {plural(word)} per 100 {free(word)} per month: {listed(said)}"


def _bounds(results: Results, analysis: str, arm: str, word: str, since: str, window: tuple[int, int]) -> str:
    told = pairs(results, analysis=analysis, estimand="risk", cause="relapse")
    told = told[(told["arm"] == arm) & told["low_value"].notna() & told["high_value"].notna()]
    said = [
        f"between {percent(row.low_value)} and {percent(row.high_value)} by day {int(row.time)}"  # type: ignore[arg-type]
        for row in told.itertuples()
    ]
    return f"share with a {word} since {since}: {listed(said)}"
