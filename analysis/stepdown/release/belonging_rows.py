"""What belongs to a hidden count: the rows that would give it away, or mean nothing without it."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stepdown.release.row_classes import CONTRAST, COUNT, FUNCTION, MEAN, P_VALUE, QUANTILE, SHARE
from stepdown.results.table import KEY

Flags = NDArray[np.bool_]
Row = dict[str, object]
RiskKey = tuple[str, str, str, str, str, float]
NUMERIC = frozenset((COUNT, SHARE, CONTRAST, FUNCTION, MEAN, QUANTILE, P_VALUE))
"""Classes whose rows hold numbers of people that may have to be hidden."""
CALENDAR = ("observable", "maturity")
"""Shares of time, not of people: that all, or none, of a quarter were followed follows from the data cut."""
_RISKS = ("risk", "window_risk")
_OF_PEOPLE = ("characteristic", "contact_difference", "covariate_balance")
_PAIR = ("arm", "reference")
_IF_LOST = ("difference_if_lost", "tipping_point")
_OF_LOST = ("analysis", "arm", "time")


class Belonging:
    """What is hidden now, to judge by whether another row belongs to it.

    Parameters
    ----------
    rows, classes : sequence
        All rows, and the class of each.
    hidden : (n,) array of bool
    """

    def __init__(self, rows: Sequence[Row], classes: Sequence[str], hidden: Flags) -> None:
        self.unseen = events_of(rows, classes, hidden, hidden=True)
        self.seen = events_of(rows, classes, hidden, hidden=False)
        gone = [row for place, row in enumerate(rows) if hidden[place]]
        self.levels = {
            (row["term"], row["level"])
            for row in gone
            if row["estimand"] in ("characteristic", "contact_difference") and row["level"]
        }
        self.lost = {
            tuple(row[key] for key in _OF_LOST)
            for row in gone
            if row["estimand"] == "risk_bound" and row["statistic"] == "lost"
        }
        self.lost_of_arm = {
            (row["arm"], row["reference"], row["term"])
            for row in gone
            if (row["estimand"], row["statistic"]) == ("difference_if_lost", "lost")
        }
        self.ends = {_range_key(row) for row in gone if row["bound"]}
        self.places = {_place(row) for row in gone if is_size(row) and (row["site"] or row["quarter"])}
        self.open_sites = {
            row["site"]
            for place, row in enumerate(rows)
            if (row["analysis"], row["estimand"]) == ("sites", "risk") and not hidden[place]
        }
        self.pairs = {
            (round(number_of(row["n"])), round(number_of(row["events"])))
            for row in gone
            if is_number(row["n"]) and is_number(row["events"])
        }

    def hides(self, row: Row, name: str) -> bool:
        """Return whether a row belongs to a hidden count.

        Parameters
        ----------
        row : dict
        name : str
            Its class.
        """
        if _place(row) in self.places or (row["bound"] and _range_key(row) in self.ends):
            # Nothing is stated of a site or quarter whose size is hidden, not even that it has none.
            return True
        if row["estimand"] in _IF_LOST and row["statistic"] != "lost":
            return self._rests_on_lost(row)
        level = (row["subgroup"] if row["analysis"] == "subgroups" else row["term"], row["level"])
        about = row["estimand"] in _OF_PEOPLE or row["analysis"] == "subgroups"
        if about and row["level"] and level in self.levels:
            return True
        if row["analysis"] == "sensitivity" and row["site"]:
            return len(self.open_sites) < 2 or row["site"] not in self.open_sites
        return self._rests_on_events(row, name)

    def _rests_on_lost(self, row: Row) -> bool:
        """Return whether a number gives away how many of an arm were lost, which is hidden."""
        if row["bound"]:
            return any((row["level"], row[arm], row["time"]) in self.lost for arm in _PAIR)
        about = _PAIR if row["term"] == "both" else (row["term"],)
        return any((row["arm"], row["reference"], term) in self.lost_of_arm for term in about)

    def _rests_on_events(self, row: Row, name: str) -> bool:
        if row["estimand"] == "risk_bound" and row["statistic"] in ("none", "all"):
            return tuple(row[key] for key in _OF_LOST) in self.lost
        if _of_risks(row, name):
            keys = [risk_key(row, str(row[arm])) for arm in _PAIR if row[arm]]
            return not keys or any(key in self.unseen or key not in self.seen for key in keys)
        if name == P_VALUE:
            last = max((key[5] for key in (*self.unseen, *self.seen) if key[3]), default=math.nan)
            return any(key[3] and key[4:] == ("relapse", last) for key in self.unseen)
        counted = is_number(row["n"]) and is_number(row["events"]) and row["estimand"] not in CALENDAR
        return counted and (round(number_of(row["n"])), round(number_of(row["events"]))) in self.pairs


def events_of(
    rows: Sequence[Row], classes: Sequence[str], flags: Flags, *, hidden: bool
) -> dict[RiskKey, float]:
    """Return events of the unadjusted risks of each arm that are hidden, or that are not.

    Parameters
    ----------
    rows, classes : sequence
        All rows, and the class of each.
    flags : (n,) array of bool
        Which are hidden.
    hidden : bool
    """
    found: dict[RiskKey, float] = {}
    for place, (row, name) in enumerate(zip(rows, classes, strict=True)):
        part = row["population"] or row["variant"] or row["site"] or row["quarter"]
        if name == SHARE and row["estimand"] in _RISKS and not part and flags[place] == hidden:
            key = risk_key(row, str(row["arm"]))
            events = number_of(row["events"])
            found[key] = min(found.get(key, math.inf), events if is_number(events) else math.inf)
    return found


def risk_key(row: Row, arm: str) -> RiskKey:
    """Return what names the events of an arm: quantity, definition, rule, arm, cause and day."""
    cause = str(row["cause"]) or "relapse"
    estimand = "window_risk" if row["estimand"] == "window_risk" else "risk"
    level = "" if row["subgroup"] else str(row["level"])
    return estimand, str(row["endpoint"]), level, arm, cause, number_of(row["time"])


def is_size(row: Row) -> bool:
    """Return whether the estimate of a row is the size of a group."""
    return row["statistic"] == "kept" or (row["estimand"], row["statistic"]) == ("measure", "events")


def _of_risks(row: Row, name: str) -> bool:
    """Return whether a number compares or adjusts risks, so that it rests on the events of the arms."""
    about = ("risk", "window_risk", "hazard_ratio", "e_value")
    return row["estimand"] in about and (name in (CONTRAST, FUNCTION) or bool(row["population"]))


def _range_key(row: Row) -> tuple[object, ...]:
    """Return the key of a range, of which one end means little without the other."""
    return plain(tuple(row[name] for name in KEY if name != "bound"))


def plain(key: tuple[object, ...]) -> tuple[object, ...]:
    """Return a key in which missing days equal each other."""
    return tuple("" if one != one else one for one in key)


def number_of(value: object) -> float:
    """Return a number of a row."""
    return float(value)  # type: ignore[arg-type]


def is_number(value: object) -> bool:
    """Return whether there is a number, and it is finite."""
    return math.isfinite(number_of(value))


def _place(row: Row) -> tuple[object, ...]:
    return row["analysis"], row["endpoint"], row["site"], row["quarter"]
