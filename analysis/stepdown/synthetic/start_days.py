"""On which days clients who start in time do start: the start law `as_observed` of the generator.

With h_k the chance that a client who has not started by then starts on day k, given the covariates but not
the handoff, the law is q_k = h_k / (1 - prod_{j=k..14} (1 - h_j)). h averages the client's chances over draws
of the handoff, each weighted by the chance of not having started before. What an analysis without the
appointment estimates is this law: with the appointment among the covariates it would be another one. In a
world with a weekly score h is averaged over the score too, among clients without an event so far.
"""

import numpy as np

from stepdown.synthetic.arrays import Floats
from stepdown.synthetic.baseline_covariates import DIMENSIONS, HANDOFF, hand_off
from stepdown.synthetic.clients import Clients
from stepdown.synthetic.exact_risks import waiting_and_starting
from stepdown.synthetic.transition_rates import GRACE, Rates
from stepdown.synthetic.worlds import Effect, World

DRAWS = 48


def start_chances(clients: Clients, uniforms: Floats, *, world: World, effect: Effect) -> Floats:
    """Return h, shape (15, clients).

    Parameters
    ----------
    clients : Clients
        As drawn from `uniforms`.
    uniforms : array of float, shape (clients, len(DIMENSIONS))
        Where the draws of the handoff start from.
    world, effect : World, Effect
        As for `Rates.of`.
    """
    of = {name: uniforms[:, DIMENSIONS.index(name)] for name in HANDOFF}
    starts, waiting = (np.zeros((GRACE + 1, len(clients))) for _ in range(2))
    for number in range(DRAWS):
        moved = {name: next_point(of[name], number, place) for place, name in enumerate(HANDOFF)}
        rates = Rates.of(hand_off(clients, moved), world=world, effect=effect)
        if rates.score is not None:
            for day, (begin, wait) in enumerate(waiting_and_starting(rates.by_level(), until=GRACE)):
                starts[day] += begin
                waiting[day] += wait
            continue
        left = np.ones(len(clients))
        for day in range(GRACE + 1):
            chance = rates.start_on(day, policy="natural")
            waiting[day] += left
            starts[day] += left * chance
            left = left * (1 - chance)
    return np.asarray(starts / waiting)


def as_observed(chances: Floats) -> Floats:
    """Return q from h, both of shape (15, clients).

    Examples
    --------
    >>> as_observed(np.full((3, 1), 0.25)).ravel().round(4).tolist()
    [0.4324, 0.5714, 1.0]
    """
    none_later = np.cumprod((1 - chances)[::-1], axis=0)[::-1]
    law: Floats = chances / (1 - none_later)
    law[-1] = 1.0
    return law


def next_point(uniform: Floats, number: int, place: int) -> Floats:
    """Shift uniform numbers by a point of a Kronecker sequence, whose steps are roots of primes."""
    step = np.sqrt((2, 3, 5, 7, 11, 13, 17, 19, 23)[place])
    return np.asarray(np.clip((uniform + number * step) % 1, 1e-12, 1 - 1e-12))
