"""Sites and clients as arrays, and linear predictors of clients."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.special import ndtri

from stepdown.schema import DISCHARGES
from stepdown.synthetic.arrays import Flags, Floats, Ints
from stepdown.synthetic.parameters import Coefficients, course

ABSENT = -1


@dataclass(frozen=True, eq=False, kw_only=True)
class Sites:
    """What makes sites differ.

    Attributes
    ----------
    case_mix, outcome, access, scheduling : array of float
        Standard normal scores of each site, shuffled anew for each: shift of severity, of relapse and
        dropout, of starting care, and of scheduling appointments.
    own_iop : array of bool
        Sites that run their own IOP.
    """

    case_mix: Floats
    outcome: Floats
    access: Floats
    scheduling: Floats
    own_iop: Flags

    @classmethod
    def draw(cls, number: int, *, seed: int) -> "Sites":
        """Return `number` sites; a single site is the average one."""
        rng = np.random.default_rng([seed, number])
        scores = ndtri((np.arange(number) + 0.5) / number)
        shuffled = [rng.permutation(scores) for _ in range(4)]
        own = rng.permutation(number) < max(1, round(course().handoff.own_iop * number))
        return cls(
            case_mix=shuffled[0],
            outcome=shuffled[1],
            access=shuffled[2],
            scheduling=shuffled[3],
            own_iop=own,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Clients:
    """Covariates and handoff, one element a client.

    Attributes
    ----------
    site, day, stay : array of int
        Site number, day of discharge since the first day, nights stayed.
    hidden : array of float
        Standard normal; in no table.
    codes : mapping of array of int
        Codes of the schema, as positions in the declared codes.
    flags : mapping of array of bool
        Flags of the schema, the handoff's included.
    numbers : mapping of array of int
        Integers of the schema: age, prior_treatments, asam_dim1 to 6.
    appointment : array of int
        Days from discharge to the appointment; -1 for none.
    plan : array of int
        Days from admission to the start of discharge planning.
    entry : array of float
        Uniform: enters at PHP where it is below `php`.
    php : array of float
        Chance of entering at PHP.
    sites : Sites
        The sites.
    """

    site: Ints
    day: Ints
    stay: Ints
    hidden: Floats
    codes: Mapping[str, Ints]
    flags: Mapping[str, Flags]
    numbers: Mapping[str, Ints]
    appointment: Ints
    plan: Ints
    entry: Floats
    php: Floats
    sites: Sites

    def __len__(self) -> int:
        """Return the number of clients."""
        return len(self.site)

    def take(self, index: Ints) -> "Clients":
        """Return some of the clients, in the order of the index."""
        return self._each(lambda values: values[index])

    def join(self, other: "Clients") -> "Clients":
        """Return these clients and others of the same sites."""
        return self._each(lambda *pair: np.concatenate(pair), other)

    def _each(self, change: Callable[..., Any], *others: "Clients") -> "Clients":
        """Return clients whose every array is changed, given the same array of the others."""
        changed: dict[str, Any] = {"sites": self.sites}
        for field in fields(self):
            values = [getattr(one, field.name) for one in (self, *others)]
            if isinstance(values[0], Mapping):
                changed[field.name] = {key: change(*(one[key] for one in values)) for key in values[0]}
            elif field.name != "sites":
                changed[field.name] = change(*values)
        return Clients(**changed)


def declared(name: str) -> tuple[str, ...]:
    """Return the codes that the schema declares for a column of the discharges."""
    return DISCHARGES[name].codes


def linear(clients: Clients, coefficients: Coefficients, *, site: Floats) -> Floats:
    """Return the linear predictor of each client.

    Parameters
    ----------
    clients : Clients
        The clients.
    coefficients : mapping
        A table of `course.toml`: a number for a flag, for `age` (per ten years from 40) or `site`; a table
        of numbers by level for a code.
    site : array of float
        Score of each site that `site` multiplies.
    """
    total = np.zeros(len(clients))
    for name, value in coefficients.items():
        if isinstance(value, Mapping):
            by_level = np.array([value.get(level, 0.0) for level in declared(name)])
            total += by_level[clients.codes[name]]
        elif name == "age":
            total += value * (clients.numbers["age"] - 40) / 10
        elif name == "site":
            total += value * site[clients.site]
        else:
            total += value * clients.flags[name]
    return total
