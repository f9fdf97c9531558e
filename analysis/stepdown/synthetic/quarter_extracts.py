"""Eight extracts of one synthetic cohort, as a program would take them: one at the end of each quarter.

An extract at a data cut holds what had happened by then: discharges, sessions, findings, and follow-up that
ends at the cut. Of the `late` quarter a part of the discharges, with all of their rows, and a part of the
findings of the others were entered late: they are missing from extracts up to the second data cut after that
quarter. One site has fewer than 11 discharges in all.

Everything is drawn from the seed of the cohort, so that the same call gives the same rows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.synthetic.generator import generate
from stepdown.synthetic.worlds import WORLDS

SMALL_SITE, SMALL_SIZE = "99", 8
"""The site with few discharges, and how many."""
_DAYS = {
    "discharges": "discharge_day",
    "services": "start_day",
    "observations": "day",
    "followup": "start_day",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class QuarterExtract:
    """What the program's data held at a data cut.

    Attributes
    ----------
    quarter : str
        The quarter that ends on the data cut.
    data_cut : int
        Days since 1970-01-01.
    frames : mapping of DataFrame
        The tables, as `generate` returns them.
    """

    quarter: str
    data_cut: int
    frames: Mapping[str, pd.DataFrame]


def quarter_extracts(
    n: int = 960, *, seed: int = 20260932, late: int = 4, share: float = 0.1, sites: int = 4
) -> Iterator[QuarterExtract]:
    """Yield eight extracts of one cohort, each at the end of a quarter.

    Parameters
    ----------
    n : int
        Discharges in all.
    seed : int
        Seed.
    late : int
        Which of the eight quarters has late data, from 1.
    share : float
        Share of its discharges, and of the findings of its other discharges, that are entered late.
    sites : int
        Sites beside the small one.

    Examples
    --------
    >>> first, *_, last = quarter_extracts(200)
    >>> first.quarter, last.quarter, len(last.frames["discharges"])
    ('2024Q4', '2026Q3', 200)
    """
    frames = dict(generate(n, seed=seed, world=WORLDS["clean"], sites=sites))
    rng = np.random.default_rng(seed)
    few = rng.choice(n, SMALL_SIZE, replace=False)
    site = frames["discharges"]["site_id"].astype("string").to_numpy(dtype=object, copy=True)
    site[few] = SMALL_SITE
    discharges = frames["discharges"].assign(site_id=pd.array(site, dtype="string"))
    frames["discharges"] = discharges
    names = sorted(discharges["quarter"].dropna().unique())
    hidden, unseen = _entered_late(frames, str(names[late - 1]), share, rng)
    for place, name in enumerate(map(str, names), start=1):
        cut = _end(name)
        held = {table: _until(frame, table, cut) for table, frame in frames.items()}
        if place <= late + 1:
            held["observations"] = held["observations"][~held["observations"].index.isin(unseen)]
            held = {table: frame[~frame["client_id"].isin(hidden)] for table, frame in held.items()}
        whole = {table: frame.reset_index(drop=True) for table, frame in held.items()}
        yield QuarterExtract(quarter=name, data_cut=cut, frames=whole)


def _entered_late(
    frames: Mapping[str, pd.DataFrame], quarter: str, share: float, rng: np.random.Generator
) -> tuple[set[str], pd.Index]:
    """Return the clients, and the rows of findings of others, that are entered late."""
    discharges = frames["discharges"]
    client = discharges.loc[discharges["quarter"] == quarter, "client_id"]
    once = client[~client.isin(discharges["client_id"][discharges["client_id"].duplicated(keep=False)])]
    hidden = set(once[rng.random(len(once)) < share])
    found = frames["observations"]
    theirs = found[found["client_id"].isin(set(client) - hidden)]
    return hidden, theirs.index[rng.random(len(theirs)) < share]


def _until(frame: pd.DataFrame, table: str, cut: int) -> pd.DataFrame:
    """Return the rows of a table up to a day; follow-up that goes on ends there."""
    if table not in _DAYS or frame.empty:
        return frame
    kept = frame[(frame[_DAYS[table]] <= cut).fillna(False).to_numpy(dtype=bool)]
    if table == "discharges":
        # What became known after the cut is not in the extract.
        later = {
            str(name): kept[name].mask((kept[name] > cut).fillna(False))
            for name in kept
            if str(name).endswith("_day")
        }
        return kept.assign(**later)
    if table == "followup":
        on = (kept["end_day"] > cut).fillna(False)
        return kept.assign(end_day=kept["end_day"].mask(on, cut), reason=kept["reason"].mask(on, "data_cut"))
    return kept


def _end(quarter: str) -> int:
    month = np.datetime64(f"{quarter[:4]}-{3 * int(quarter[5]):02d}", "M") + 1
    return int(month.astype("datetime64[D]").astype(np.int64)) - 1
