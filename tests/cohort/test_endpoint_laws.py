"""Laws of the daily definitions, on cohorts drawn at random."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort.outcome_days import linked
from stepdown.cohort.relapse.daily import Given, Onset, onset
from stepdown.schema import Cohort, endpoint
from support_cohort import draw
from support_endpoints import DAILY

pytestmark = pytest.mark.slow

FINDINGS = ("+", "-", "?", "refused")
SAID = ("", "urine", "claim definite", "claim probable sud")
EVENTS = (
    "admitted {} residential",
    "admitted {} withdrawal unplanned",
    "admitted {} claim sud",
    "admitted {}",
    "emergency {} claim sud definite",
    "iop {}",
    "death {}",
)
# (asks more, asks less): names with parameters.
STRICTER: tuple[tuple[tuple[str, Mapping[str, int]], tuple[str, Mapping[str, int]]], ...] = (
    (("two_positives@1", {}), ("first_use@1", {})),
    (("regular_use@1", {}), ("first_use@1", {})),
    (("regular_use@1", {"days": 5}), ("regular_use@1", {})),
    (("regular_use@1", {"days": 3, "in_days": 4}), ("regular_use@1", {"days": 3})),
    (("seven_days@1", {}), ("regular_use@1", {})),
    (("seven_days@1", {"days": 3}), ("regular_use@1", {"days": 3})),
    (("seven_days@1", {"days": 4}), ("seven_days@1", {"days": 3})),
    (("readmission@1", {}), ("treatment_return@1", {})),
    (("readmission@1", {"max_gap_days": 7}), ("readmission@1", {})),
    (("treatment_return@1", {"max_gap_days": 7}), ("treatment_return@1", {})),
    (("sud_claim@1", {"max_gap_days": 7}), ("sud_claim@1", {})),
    (("claim_possible@1", {"max_gap_days": 7}), ("claim_possible@1", {})),
    (("claim_definite@1", {}), ("claim_probable@1", {})),
    (("claim_probable@1", {}), ("claim_possible@1", {})),
    (("first_use@1", {}), ("composite@1", {})),
    (("readmission@1", {}), ("composite@1", {})),
    (("sud_claim@1", {}), ("composite@1", {})),
    (("composite@1", {"max_gap_days": 7}), ("composite@1", {})),
)
# A day without a report counts as use here, and there as what another source found on that day.
OTHER_SOURCES = ("regular_use@1", "first_use@1", "positive")


@st.composite
def lines(pick: st.DrawFn) -> str:
    """Draw one client: stays, spans and findings, dense enough for runs."""
    day = st.integers(-2, 14)
    items = [
        f"stay -9..0 | follow -9..{pick(st.integers(0, 20))} {pick(st.sampled_from(('lost', 'data_cut')))}"
    ]
    for _ in range(pick(st.integers(0, 12))):
        items.append(f"{pick(st.sampled_from(FINDINGS))} {pick(day)} {pick(st.sampled_from(SAID))}")
    if pick(st.booleans()):
        start = pick(day)
        items.append(f"+ ({start},{start + pick(st.integers(0, 9))}]")
    items += [pick(st.sampled_from(EVENTS)).format(pick(day)) for _ in range(pick(st.integers(0, 3)))]
    later = pick(st.integers(1, 5))
    again = f"\nstay {later}..{later + 3}" if pick(st.booleans()) else ""
    return " | ".join(items) + again


# Few cohorts of several clients each: the cost of a definition hardly depends on their number.
COHORTS = st.lists(lines(), min_size=6, max_size=12)
LAW = settings(max_examples=6, deadline=None)


def drawn(clients: list[str]) -> Cohort:
    text = [f"c{number}: {line}" for number, one in enumerate(clients) for line in one.split("\n")]
    return draw("\n".join(text), visits=(7, 14), before=1, after=2)


def seen_from_discharge(cohort: Cohort) -> Given:
    table = cohort.discharges.assign(zero=cohort.discharges["discharge_day"])
    return linked(table, cohort, event="discharge")


def found(
    told: Given, name: str, *, missing: str = "as_defined", parameters: Mapping[str, int] | None = None
) -> Onset:
    spec = endpoint(name)
    asked = {one.name: one.default for one in spec.parameters} | dict(parameters or {})
    return onset(spec, told, missing=missing, parameters=asked)


def days(one: Onset) -> list[np.ndarray]:
    told = [one.earliest, one.latest, one.confirmed]
    return told if one.end is None else [*told, one.end]


def counted(one: Onset, told: Given) -> np.ndarray:
    """Return the confirmed day of what was found while somebody was observed; infinity for none."""
    return np.where(one.confirmed <= (told.seen.end if one.end is None else one.end), one.confirmed, np.inf)


RULES = [(spec.name, rule) for spec in DAILY for rule in spec.missing]


@LAW
@given(COHORTS)
def test_a_definition_that_asks_more_never_occurs_for_more_and_is_never_confirmed_earlier(
    clients: list[str],
) -> None:
    told = seen_from_discharge(drawn(clients))
    for (more, with_more), (less, with_less) in STRICTER:
        for rule in set(endpoint(more).missing) & set(endpoint(less).missing):
            if (more, less, rule) == OTHER_SOURCES:
                continue
            strict = found(told, more, missing=rule, parameters=with_more)
            lax = found(told, less, missing=rule, parameters=with_less)
            # Infinity is no event, so this one comparison says both.
            assert (counted(strict, told) >= counted(lax, told)).all(), (more, less, rule)


@LAW
@given(COHORTS)
def test_onsets_are_in_order_and_happen_together(clients: list[str]) -> None:
    told = seen_from_discharge(drawn(clients))
    for name, rule in RULES:
        one = found(told, name, missing=rule)
        assert (one.earliest <= one.latest).all(), (name, rule)
        assert (one.latest <= one.confirmed).all(), (name, rule)
        assert (np.isfinite(one.earliest) == np.isfinite(one.confirmed)).all(), (name, rule)
        if endpoint(name).yields == "day":
            assert (one.earliest == one.latest).all(), (name, rule)
        if one.end is not None:
            assert (one.end >= told.seen.end).all(), (name, rule)


@LAW
@given(COHORTS, st.integers(0, 99))
def test_row_order_changes_nothing(clients: list[str], seed: int) -> None:
    cohort = drawn(clients)
    events = ("services", "observations", "followup")
    mixed = {
        name: getattr(cohort, name).sample(frac=1, random_state=seed).reset_index(drop=True)
        for name in events
    }
    turned = replace(cohort, discharges=cohort.discharges.iloc[::-1].reset_index(drop=True), **mixed)
    told, other = seen_from_discharge(cohort), seen_from_discharge(turned)
    for name, rule in RULES:
        straight, again = days(found(told, name, missing=rule)), days(found(other, name, missing=rule))
        assert all((one == two[::-1]).all() for one, two in zip(straight, again, strict=True)), (name, rule)


@LAW
@given(COHORTS, st.integers(-500, 500))
def test_a_shift_of_all_days_changes_nothing(clients: list[str], shift: int) -> None:
    cohort = drawn(clients)
    tables = ("discharges", "services", "observations", "followup")
    moved = replace(cohort, **{name: shifted(getattr(cohort, name), shift) for name in tables})
    told, other = seen_from_discharge(cohort), seen_from_discharge(moved)
    for name, rule in RULES:
        straight, again = days(found(told, name, missing=rule)), days(found(other, name, missing=rule))
        assert all((one == two).all() for one, two in zip(straight, again, strict=True)), (name, rule)


def shifted(frame: pd.DataFrame, shift: int) -> pd.DataFrame:
    return frame.assign(
        **{name: frame[name] + shift for name in frame if name == "day" or name.endswith("_day")}
    )


@LAW
@given(COHORTS)
def test_the_composite_is_the_first_of_its_parts(clients: list[str]) -> None:
    told = seen_from_discharge(drawn(clients))
    care = [found(told, name) for name in ("readmission@1", "sud_claim@1")]
    for rule in endpoint("composite@1").missing:
        parts = [found(told, "first_use@1", missing=rule), *care]
        whole = found(told, "composite@1", missing=rule)
        for name in ("earliest", "latest", "confirmed"):
            least = np.minimum.reduce([getattr(part, name) for part in parts])
            assert (getattr(whole, name) == least).all(), (rule, name)


@LAW
@given(COHORTS)
def test_what_other_rules_for_missing_observations_may_change(clients: list[str]) -> None:
    """A missed contact that counts as positive confirms no later; an interval only takes the day away."""
    told = seen_from_discharge(drawn(clients))
    for name in ("first_use@1", "two_positives@1", "regular_use@1", "seven_days@1"):
        own = found(told, name)
        assert (found(told, name, missing="positive").confirmed <= own.confirmed).all(), name
        if "interval" in endpoint(name).missing:
            wide = found(told, name, missing="interval")
            assert (wide.latest == own.latest).all(), name
            assert (wide.confirmed == own.confirmed).all(), name


def test_the_laws_see_events_of_every_definition() -> None:
    """What the laws are about can happen in such cohorts."""
    text = (
        "stay -9..0 | follow -9..20 | + 1 | + 2 | + 3 | + 4 | + 5 | + 6 | + 7 | admitted 5 residential "
        "| emergency 3 claim sud definite"
    )
    told = seen_from_discharge(drawn([text]))
    for spec in DAILY:
        assert np.isfinite(found(told, spec.name).confirmed).all(), spec.name


@pytest.mark.parametrize(("name", "rule"), RULES)
def test_no_findings_no_event(name: str, rule: str) -> None:
    told = seen_from_discharge(draw("a: stay -9..0 | follow -9..20\nb: stay -9..0"))
    one = found(told, name, missing=rule)
    assert np.isinf(one.confirmed).all()
    assert one.confirmed.shape == (2,)
