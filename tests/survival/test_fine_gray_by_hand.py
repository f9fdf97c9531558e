"""Fine-Gray regression on cohorts so small that it can be solved on paper; r is the ratio of x = 1."""

from math import exp, log, sqrt

import numpy as np
import pytest

from stepdown.survival import fine_gray, total_incidence
from support_numbers import same
from support_survival import draw


def fitted(text, x, **more):
    drawn = draw(text)
    return fine_gray(drawn.days, drawn.event, x, cause=1, entry=drawn.entry, **more)


# A competing event on day 1 (x = 1), a loss on day 2 of three at risk: A counts g = 2/3 afterwards.
# Day 3: the event's r, g r, and 1. Day 4: 1 and g r. L = r / [((1 + g) r + 1) (g r + 1)], highest at r^2 = 9/10.
PLAIN, PLAIN_X = "1:2 2+ 3 4", [1, 0, 1, 0]
G, RATIO = 2 / 3, sqrt(9 / 10)
P3, P4 = (1 + G) * RATIO / ((1 + G) * RATIO + 1), G * RATIO / (G * RATIO + 1)
H3, H4 = 1 / ((1 + G) * RATIO + 1), 1 / (G * RATIO + 1)


@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_a_competing_event_counts_as_far_as_it_would_be_observed(ties):
    fit = fitted(PLAIN, PLAIN_X, ties=ties)
    same(fit.summary["coef"], log(RATIO))
    same(fit.loglik, log(RATIO) + log(H3) + log(H4))
    same(fit.loglik_null, log(3 / 8) + log(3 / 5))
    information = P3 * (1 - P3) + P4 * (1 - P4)
    same(fit.summary["se_model"], information**-0.5)
    assert (fit.n, fit.events, fit.competing, fit.cause) == (4, 2, 1, 1)
    same(fit.baseline[["time", "hazard", "cumulative"]], [[3, H3, H3], [4, H4, H3 + H4]])
    assert fit.censoring.to_numpy().tolist() == [["all", 2, 3, 1, pytest.approx(2 / 3)]]


@pytest.mark.parametrize(("convention", "share"), [("day", 1.0), ("crr", 2 / 3)])
def test_influence_counts_the_estimation_of_the_curve(convention, share):
    fit = fitted(PLAIN, PLAIN_X, convention=convention)
    information = P3 * (1 - P3) + P4 * (1 - P4)
    known = np.array(
        [
            -RATIO * G * (H3 * (1 - P3) + H4 * (1 - P4)),
            0,
            (1 - P3) * (1 - RATIO * H3),
            -P4 + H3 * P3 + H4 * P4,
        ]
    )
    same(fit.influence(curves=False)[:, 0], known / information)
    # g = (w_C + w_D) / (w_B + w_C + w_D) moves by -2/9, 1/9, 1/9; the score by as much times its slope in g.
    # crr's increments over Y = 3 in the place of Y - 1 = 2 are two thirds of that.
    slope = -RATIO * (H3**2 + H4**2)
    whole = known + share * slope * np.array([0, -2, 1, 1]) / 9
    same(fit.influence()[:, 0], whole / information)
    same(fit.summary["std_error"], sqrt(whole @ whole) / information)


def test_entry():
    # E enters after day 2 when C and D are inside: two of three were seen before, so the competing event of
    # day 1 has weight 3/2. L = r / [(5/2 r + 2) (3/2 r + 2)], highest at r^2 = 16/15.
    fit = fitted("1:2 3 4 2>5+", [1, 1, 0, 0])
    r = sqrt(16 / 15)
    same(fit.summary["coef"], log(r))
    same(fit.loglik, log(r / ((5 / 2 * r + 2) * (3 / 2 * r + 2))))


@pytest.mark.parametrize(("convention", "kept"), [("day", 1 / 2), ("crr", 2 / 3)])
def test_a_loss_on_the_day_of_an_event(convention, kept):
    # On day 3 one event and one loss; D stays. Event first: one of two is lost. As crr: one of three.
    # L = r / [(2 r + 2) (kept r + 1)], highest at r^2 = 1 / kept.
    fit = fitted("1:2 3+ 3 4", [1, 0, 1, 0], convention=convention)
    same(fit.summary["coef"], -log(kept) / 2)


def test_a_competing_event_on_the_day_of_an_event():
    # It counts whole on its own day 3 and, a loss on day 3 included, by half on day 4: one of the two left is
    # lost. L = r / [(2 r + 2) (r / 2 + 1)]: highest at r^2 = 2.
    same(fitted("3 3:2 3+ 4", [1, 1, 0, 0]).summary["coef"], log(2) / 2)


def test_ties_between_events_of_the_cause():
    # A competing event on day 1 (x = 1), then two events on day 2 (x = 1, 0), nobody lost before.
    # Breslow: L = r / (2 r + 1)^2, highest at r = 1/2. Efron: r / [(2 r + 1) (3/2 r + 1/2)], highest at r^2 = 1/6.
    drawn = "1:2 2 2"
    same(fitted(drawn, [1, 1, 0], ties="breslow").summary["coef"], log(1 / 2))
    same(fitted(drawn, [1, 1, 0], ties="efron").summary["coef"], -log(6) / 2)


def test_weights_count_in_the_curve():
    # The loss on day 2 weighs 2 compared with 1 and 1: g = 1/2. L = r / [(3/2 r + 1) (1/2 r + 1)], highest at r^2 = 4/3.
    fit = fitted(PLAIN, PLAIN_X, weights=[1, 2, 1, 1])
    same(fit.summary["coef"], log(4 / 3) / 2)
    assert fit.censoring.to_numpy().tolist() == [["all", 2, 4, 2, 1 / 2]]


def test_strata_have_their_own_curves():
    # A loss among others does not thin the first stratum out: r / [(2 r + 1) (r + 1)], highest at r^2 = 1/2.
    fit = fitted("1:2 3 4 2+ 3 9+", [1, 1, 0, 0, 1, 1], strata=[0, 0, 0, 1, 1, 1])
    same(fit.summary["coef"], -log(2) / 2)
    assert fit.censoring["stratum"].tolist() == [1, 1]
    same(fit.censoring["estimate"], [2 / 3, 0])


def test_predicted_incidence():
    fit = fitted(PLAIN, PLAIN_X)
    table = fit.predict([1, 0], [2, 3, 4])
    same(
        table["estimate"],
        [0, 1 - exp(-RATIO * H3), 1 - exp(-RATIO * (H3 + H4)), 0, 1 - exp(-H3), 1 - exp(-H3 - H4)],
    )
    assert table["note"].tolist() == ["no events by then", "", ""] * 2
    inside = table[table["time"] == 3]
    assert np.all((inside["conf_low"] < inside["estimate"]) & (inside["estimate"] < inside["conf_high"]))


def test_incidences_may_add_up_to_more_than_one():
    # Everyone has an event, and x pushes both causes: at x = 3 the incidences add up to more than 1.
    days, event = [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 1, 2, 2, 1, 1, 2]
    x = [2, 1, 1, 0, 2, 0, 1, 1]
    fits = [fine_gray(days, event, x, cause=cause) for cause in (1, 2)]
    table = total_incidence(fits, [[0], [3]], [4, 8])
    parts = [fit.predict([[0], [3]], [4, 8])["estimate"] for fit in fits]
    same(table["total"], parts[0] + parts[1])
    assert table[["row", "time"]].to_numpy().tolist() == [[0, 4], [0, 8], [1, 4], [1, 8]]
    assert table["above_one"].tolist() == [False, False, False, True], table
