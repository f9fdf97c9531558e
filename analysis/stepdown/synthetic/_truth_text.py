"""truth.json: the true risks as a document, rounded, with all that is needed to make them again."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from stepdown.synthetic._truth import Truth

KEY = ["population", "strategy", "start_law", "quantity", "cause", "time"]
RISK_DECIMALS, DAY_DECIMALS = 4, 2

_ABOUT = (
    "True values behind this synthetic cohort. risk: chance of the cause by the day, the others competing. "
    "rmst: mean days free of relapse, death and incarceration up to the day, counted from discharge, or from "
    "the end of day 14 after the landmark. share: part of the population above."
)
_POPULATIONS = {
    "discharge": (
        "All first discharges that the generator draws: its sites of equal size, discharge days even over "
        "the eight quarters, covariates as in margins.toml and course.toml; nobody lost, no data cut."
    ),
    "landmark_14": (
        "Of those, whoever is alive, at liberty, relapse-free and still followed at the end of day 14, split "
        "by whether IOP or PHP was started by then; risks within each arm as they are, without adjustment."
    ),
    "landmark_14_standardised": (
        "The same people, each with the risk of either arm given all covariates, averaged over everyone at "
        "the landmark: what a comparison adjusted for every covariate tells."
    ),
}
_STRATEGIES = {
    "natural_course": "Care starts as it comes.",
    "early": "IOP or PHP is started on a day from 0 to 14 (see start_laws), with dropout as it comes.",
    "none": "No IOP or PHP on days 0 to 14, then as it comes. At the landmark: none started by day 14.",
}
_START_LAWS = {
    "uniform": (
        "The default. The start day is drawn evenly from days 0 to 14, whoever the client is; it happens "
        "unless an event comes first."
    ),
    "catch_up": (
        "Starts come as in the natural course on days 0 to 13; whoever is event-free and has not started by "
        "then starts on day 14."
    ),
}
_METHOD = (
    "Exact recursion over days for each client (a Markov chain on the states of care), averaged over "
    "scrambled Sobol points of the covariates in independent batches; the errors are standard errors over "
    "batches, the largest of all values."
)


def document(truth: "Truth") -> dict[str, Any]:
    """Return truth.json as nested dictionaries."""
    values: dict[str, Any] = {}
    for key, value in zip(truth.table[KEY].itertuples(index=False), truth.table["value"], strict=True):
        population, strategy, law, quantity, cause, time = key
        place = values
        for name in (population, strategy, law, quantity, cause):
            place = place.setdefault(name, {}) if name else place
        place[str(time)] = round(float(value), DAY_DECIMALS if quantity == "rmst" else RISK_DECIMALS)
    return {
        "format": 1,
        "about": _ABOUT,
        "world": truth.world,
        "effect": truth.effect,
        "sites": truth.sites,
        "populations": _POPULATIONS,
        "strategies": _STRATEGIES,
        "start_laws": _START_LAWS,
        "default_start_law": "uniform",
        "method": _METHOD,
        "seed": truth.seed,
        "points": truth.points,
        "batches": truth.batches,
        "monte_carlo_error": monte_carlo_error(truth),
        "values": values,
    }


def monte_carlo_error(truth: "Truth") -> dict[str, float]:
    """Return the largest standard errors, rounded up: of risks and shares, and of days."""
    days = truth.table["quantity"] == "rmst"
    return {
        "risk": float(np.ceil(truth.table.loc[~days, "error"].max() * 1e6) / 1e6),
        "days": float(np.ceil(truth.table.loc[days, "error"].max() * 1e4) / 1e4),
    }


def read_truth(path: str | Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Read truth.json.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    dict, DataFrame
        The document, and its values as rows with the columns of `KEY` and `value`.
    """
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    rows = [(*_named(names), int(time), value) for names, time, value in _leaves(found["values"], ())]
    return found, pd.DataFrame(rows, columns=[*KEY, "value"])


def _leaves(place: dict[str, Any], names: tuple[str, ...]) -> list[tuple[tuple[str, ...], str, float]]:
    found: list[tuple[tuple[str, ...], str, float]] = []
    for name, value in place.items():
        found += _leaves(value, (*names, name)) if isinstance(value, dict) else [(names, name, value)]
    return found


def _named(names: tuple[str, ...]) -> tuple[str, str, str, str, str]:
    rest = list(names[1:])
    strategy = rest.pop(0) if rest and rest[0] in _STRATEGIES else ""
    law = rest.pop(0) if rest and rest[0] in _START_LAWS else ""
    quantity = rest.pop(0)
    return names[0], strategy, law, quantity, rest.pop(0) if rest else ""
