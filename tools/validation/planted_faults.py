"""Faults planted into drawn cohorts, one for each gate or check that no world of the generator gives work to.

All but `unknown` leave people out: what is left is a cohort in which the check has something to find, and all
files agree with each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.synthetic.transition_rates import GRACE

Frames = dict[str, pd.DataFrame]
DAY, FIRST_CUT = 90, 30


@dataclass(frozen=True, eq=False, kw_only=True)
class ClientFacts:
    """What happened to each client, one element a client, in days since the first discharge.

    Attributes
    ----------
    client : array of str (n,)
        Their ids.
    discharges : DataFrame (n rows)
        Rows of their first discharge.
    early : array of bool (n,)
        Whether IOP or PHP started in the grace period.
    start, relapse : array (n,)
        First day of IOP or PHP, and of use; infinity for none.
    """

    client: np.ndarray
    discharges: pd.DataFrame
    early: np.ndarray
    start: np.ndarray
    relapse: np.ndarray

    @property
    def relapsed(self) -> np.ndarray:
        """Whether use by day 90 is recorded."""
        return self.relapse <= DAY


def facts_of(frames: Mapping[str, pd.DataFrame]) -> ClientFacts:
    """Return what happened to each client of drawn frames."""
    first = frames["discharges"].drop_duplicates("client_id").reset_index(drop=True)
    zero = first.set_index("client_id")["discharge_day"].astype(float)
    services, seen = frames["services"], frames["observations"]
    intensive = services["level"].isin(["iop", "php"]) & services["attended"].fillna(True).astype(bool)
    start = _first_day(services[intensive], "start_day", zero)
    relapse = _first_day(seen[seen["finding"] == "positive"], "day", zero)
    return ClientFacts(
        client=first["client_id"].to_numpy(dtype=object), discharges=first, early=start <= GRACE, start=start,
        relapse=relapse,
    )  # fmt: skip


def _first_day(rows: pd.DataFrame, column: str, zero: pd.Series) -> np.ndarray:
    since = rows[column].astype(float) - rows["client_id"].map(zero).astype(float)
    first = since[since >= 0].groupby(rows["client_id"].astype(object)).min()
    return first.reindex(zero.index.astype(object)).fillna(np.inf).to_numpy(dtype=float)


def _part(chosen: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return a random part of those chosen."""
    return chosen & (rng.random(len(chosen)) < share)


def _all_but(chosen: np.ndarray, many: int, rng: np.random.Generator) -> np.ndarray:
    """Return those chosen but a few at random."""
    out, keep = chosen.copy(), rng.permutation(np.flatnonzero(chosen))[:many]
    out[keep] = False
    return out


def _severe(facts: ClientFacts, rng: np.random.Generator) -> np.ndarray:
    """Leave out nearly all who start care but are not mild: weights of the others are capped."""
    return _part(facts.early & (facts.discharges["severity"] != "mild").to_numpy(dtype=bool), 0.97, rng)


def _overlap(facts: ClientFacts, rng: np.random.Generator) -> np.ndarray:
    handed = facts.discharges["warm_handoff"].to_numpy(dtype=bool)
    chosen: np.ndarray = _part(facts.early & ~handed, 0.93, rng) | _part(~facts.early & handed, 0.9, rng)
    return chosen


def _calendar(facts: ClientFacts, rng: np.random.Generator) -> np.ndarray:
    day = facts.discharges["discharge_day"].astype(float).to_numpy()
    late: np.ndarray = day > np.median(day)
    return _part(facts.relapsed & late, 0.5, rng)


def _one_site(facts: ClientFacts, rng: np.random.Generator) -> np.ndarray:
    """Leave one large site whose clients in care never relapse, and whose others all do."""
    site = facts.discharges["site_id"]
    largest = (site == site.value_counts().index[0]).to_numpy(dtype=bool)
    chosen: np.ndarray = (largest & (facts.early == facts.relapsed)) | _part(~largest, 0.5, rng)
    return chosen


FAULTS: dict[str, Callable[[ClientFacts, np.random.Generator], np.ndarray]] = {
    "balance": _severe,
    "overlap": _overlap,
    "positivity": lambda f, rng: (
        f.early & (f.discharges["home_environment"] == "active_use").to_numpy(dtype=bool)
    ),
    "effective_size": lambda f, rng: _all_but(f.early, 45, rng),
    "largest_share": lambda f, rng: _all_but(f.early, 9, rng),
    "events": lambda f, rng: _all_but(f.relapsed, 8, rng),
    "influence": _one_site,
    "start_model": lambda f, rng: _part((f.start >= 4) & (f.start <= 7), 0.8, rng),
    "hazards": lambda f, rng: _part(~f.early & f.relapsed & (f.relapse <= FIRST_CUT), 0.75, rng),
    "calendar": _calendar,
}
"""Who is left out, by the check that has something to find then."""
UNKNOWN, LAST_SEEN, UNSEEN = "outcome_known", 20, 0.6
"""The fault of 60% who are lost on day 20."""


def planted(frames: Frames, fault: str, *, seed: int) -> Frames:
    """Return the frames with a fault; the same frames where it is empty."""
    if not fault:
        return frames
    rng, facts = np.random.default_rng([seed, 77]), facts_of(frames)
    if fault == UNKNOWN:
        return _unseen(frames, facts, rng)
    gone = set(facts.client[FAULTS[fault](facts, rng)])
    kept = {}
    for name, table in frames.items():
        kept[name] = table[~table["client_id"].isin(gone)].reset_index(drop=True)
    return kept


def _unseen(frames: Frames, facts: ClientFacts, rng: np.random.Generator) -> Frames:
    zero = facts.discharges.set_index("client_id")["discharge_day"]
    last = zero[rng.random(len(zero)) < UNSEEN] + LAST_SEEN
    out = dict(frames)
    follow = frames["followup"].copy()
    limit = follow["client_id"].map(last)
    cut = (limit < follow["end_day"]).fillna(False).to_numpy(dtype=bool)
    follow.loc[cut, "end_day"] = limit[cut].astype(follow["end_day"].dtype)
    follow.loc[cut, "reason"] = "lost"
    begun = (follow["start_day"] <= follow["end_day"]).to_numpy(dtype=bool)
    out["followup"] = follow[begun].reset_index(drop=True)
    for name, column in (("observations", "day"), ("services", "end_day")):
        table = frames[name]
        late = (table[column] > table["client_id"].map(last)).fillna(False).to_numpy(dtype=bool)
        out[name] = table[~late].reset_index(drop=True)
    stays = frames["discharges"]
    again = stays["client_id"].duplicated().to_numpy(dtype=bool)
    seen_again = stays["client_id"].isin(last.index).to_numpy(dtype=bool) & again
    out["discharges"] = stays[~seen_again].reset_index(drop=True)
    return out
