"""Follow-up completeness: sentences and tables."""

import math
from collections.abc import Iterator

import pandas as pd

from stepdown.display.estimates import EVERYONE, INTERVAL, confidence, interval
from stepdown.display.text_and_tables import Table, Text
from stepdown.results import HIGHEST, LOWEST, Analysis
from stepdown.results.reading import NOTABLE, RESTS_ON_FEW, WHOLE, arms, in_order, landmark, readable, rows_of
from stepdown.results.words import (
    count,
    deviations,
    happened,
    listed,
    number,
    percent,
    plural,
    uncapitalized,
)
from stepdown.sections.followup.read import (
    BOUND,
    COMMON,
    COMMON_COMPARED,
    DIFFERENCE,
    FOLLOWUP_LENGTH,
    KNOWN,
    OBSERVABLE,
    RATE,
    TESTED,
    VISIT,
    due,
    near,
    refusal,
    state_name,
    visits,
)

MOST = 5
"""Characteristics that are named."""
_ORDER = (
    "contacted",
    "out_of_window",
    "relapsed",
    "dead",
    "incarcerated",
    "refused",
    "lost",
    "missed",
    "not_due",
)
_UNNAMED = {"contact": "Urine tests and self-reports", "urine": "Urine tests"}


def found(a: Analysis) -> Text:
    """State who was contacted at the end of the window, how long people were followed, and who was not."""
    return Text((*_reached(a), *_length(a), *_differ(a)))


def states(a: Analysis) -> Table | None:
    """Return the discharges in each state at each visit; None where no visit schedule is defined."""
    selected = visits(a.results)
    if selected.empty:
        return None
    word = a.wording.relapse
    rows = [("Due", *(count(value) for value in due(a.results, selected)))]
    for state in _ORDER:
        if selected[state].any():
            name = state_name(state, word)
            rows.append((f"{name[:1].upper()}{name[1:]}", *(count(value) for value in selected[state])))
    notes = ("Every discharge is counted once at each visit.",)
    columns = ("State", *(f"Day {day:.0f}" for day in selected.index))
    return Table("Contacts due and their result", columns, tuple(rows), notes)


def shares(a: Analysis) -> Table | None:
    """Return, for each visit, the share contacted and the share whose outcome is known."""
    selected = [rows_of(a.results, analysis="", estimand=estimand) for estimand in (RATE, KNOWN)]
    if any(one.empty for one in selected):
        return None
    rows = tuple(
        (f"Day {contacted['time']:.0f}", interval(contacted, percent), interval(known, percent))
        for (_, contacted), (_, known) in zip(*(one.iterrows() for one in selected), strict=True)
    )
    notes = (
        INTERVAL,
        f"Contacted: a contact due on that day was made, of people who were alive and not in custody. People "
        f"already known to have {happened(a.wording.relapse)} were not contacted and count as not contacted. "
        "Outcome known: contacted, or known to have had the outcome, died or gone into custody.",
    )
    columns = (
        "Contact due",
        "Contacted, of those who could be contacted",
        "Outcome known, of those due",
    )
    return Table("Contacts made and outcomes known", columns, rows, notes)


def bounds(a: Analysis) -> Table | None:
    """Return the risks if none, and if all, of those lost relapsed; None where nothing was estimated."""
    rows = [row for key in _keys(a) for row in _bound_rows(a, key)]
    if not rows:
        return None
    word = a.wording.relapse
    columns = (
        "Group and day",
        "Lost to follow-up",
        "As observed",
        f"Best case: none of them {happened(word)}",
        f"Worst case: all of them {happened(word)}",
    )
    notes = (
        "Lost to follow-up: last seen before that day, although the data continue; their outcome is unknown. "
        "As observed: assumes that they had the same risk as the people who were followed. Worst case: "
        f"immediately after they were last seen. {INTERVAL}",
        *_landmark_note(a),
        *_unadjusted_note(a),
    )
    return Table(f"Share that {happened(word)}: effect of loss to follow-up", columns, tuple(rows), notes)


def testing_rates(a: Analysis) -> Table | None:
    """Return how often the arms were tested and contacted; None where nothing was."""
    rows = []
    for key in _keys(a):
        selected = rows_of(a.results, analysis=key, estimand=TESTED)
        for _, row in selected[selected["events"] > 0].iterrows():
            name = row["arm"] or EVERYONE
            rows.append((f"{_UNNAMED.get(row['term'], row['term'])}: {name}", interval(row, number)))
    if not rows:
        return None
    notes = (
        "Counted while people are at risk, from the day on which follow-up of the group starts. People "
        f"tested more often are more likely to have a {a.wording.relapse} detected, and detected sooner.",
    )
    return Table("Testing rate", ("Contact and group", "Per 100 people per month"), tuple(rows), notes)


def looks(a: Analysis) -> Text | None:
    """State what becomes of the risk if only scheduled visits may find use; None where nothing is known."""
    word, day = a.wording.relapse, a.wording.window[1]
    refused = refusal(a.results, COMMON)
    sentences = _common(a)
    if sentences:
        return Text((sentences,))
    if refused and not refusal(a.results, VISIT):
        return Text((f"The risk of {word} by day {day} at scheduled visits only is not shown. {refused}",))
    return None


def mature(a: Analysis) -> Table | None:
    """Return, for each quarter, the share whose days up to the end of the window lie before the data cut."""
    selected = rows_of(a.results, analysis="", estimand=OBSERVABLE)
    if selected.empty:
        return None
    rows = tuple(
        (row["quarter"], count(row["n"]), count(row["events"]), percent(row["estimate"]))
        for _, row in selected.iterrows()
    )
    day = a.wording.window[1]
    columns = ("Quarter", "Discharges", f"Complete to day {day}", "Share")
    return Table(f"Discharges with {day} days of possible follow-up by the data cut", columns, rows)


def _keys(a: Analysis) -> list[str]:
    """Return the analyses, everyone first."""
    return sorted(a.wording.analyses, key=lambda key: key != WHOLE)


def _reached(a: Analysis) -> Iterator[str]:
    refused = refusal(a.results, VISIT)
    selected = rows_of(a.results, analysis="", estimand=RATE)
    if refused or selected.empty:
        why = refused or "The results hold no visits."
        yield f"Follow-up completeness is not available. {why}"
        return
    day = near(list(selected["time"]), a.wording.window[1])
    row = selected[selected["time"] == day].iloc[0]
    if not row["n"]:
        yield f"No one could be contacted on day {day}."
        return
    yield (
        f"On day {day}, {count(row['events'])} of the {count(row['n'])} people who could be contacted were "
        f"contacted: {percent(row['estimate'])} {confidence(row, percent)}.{_known(a, day)}"
    )


def _known(a: Analysis, day: int) -> str:
    selected = rows_of(a.results, analysis="", estimand=KNOWN)
    selected = selected[(selected["time"] == day) & selected["estimate"].notna()]
    if selected.empty:
        return ""
    row = selected.iloc[0]
    return (
        f" Counting those known to have {happened(a.wording.relapse)}, died or gone into custody, the "
        f"outcome is known for {percent(row['estimate'])} of the {count(row['n'])} people due."
        f"{_by_records(a)}"
    )


def _by_records(a: Analysis) -> str:
    """Return why page one has another share whose outcome is known."""
    selected = rows_of(a.results, analysis=WHOLE, estimand=KNOWN)
    selected = selected[(selected["time"] == a.wording.window[1]) & selected["estimate"].notna()]
    if selected.empty:
        return ""
    return (
        f" On page one it is known for {percent(selected['estimate'].iloc[0])}: that counts everyone who "
        f"{happened(a.wording.relapse)}, died, went into custody or has records up to day "
        f"{a.wording.window[1]}, whether or not this contact was made."
    )


def _length(a: Analysis) -> Iterator[str]:
    for _, row in rows_of(a.results, analysis="", estimand=FOLLOWUP_LENGTH, statistic="median").iterrows():
        if math.isfinite(row["estimate"]):
            yield (
                f"Median follow-up: {count(row['estimate'])} days {confidence(row, count)}, by the reverse "
                f"Kaplan-Meier method, in which {plural(a.wording.relapse)} and other events are censored."
            )
            if RESTS_ON_FEW in row["note"]:
                yield "This median rests on few people: fewer than 10 were followed as long."
        else:
            yield "Median follow-up extends beyond the last day studied (reverse Kaplan-Meier method)."


def _differ(a: Analysis) -> Iterator[str]:
    """Yield what differs most between those contacted and those not contacted."""
    selected = rows_of(a.results, analysis="", estimand=DIFFERENCE, statistic="standardized")
    selected = selected[(selected["level"] == "") & selected["estimate"].notna()]
    if selected.empty:
        return
    size = selected["estimate"].abs()
    day, least = selected["time"].iloc[0], number(NOTABLE)
    ranked = selected.assign(size=size)[size >= NOTABLE].sort_values("size", ascending=False, kind="stable")
    if ranked.empty:
        yield (
            f"No characteristic known by day 0 differs by {least} standard deviations (SD) or more between "
            f"people contacted and not contacted on day {day:.0f}."
        )
        return
    named = [
        f"{uncapitalized(a.labels.get(term, term.replace('_', ' ')))} ({deviations(size)})"
        for term, size in ranked[["term", "size"]].iloc[:MOST].itertuples(index=False)
    ]
    rest = len(ranked) - len(named)
    characteristics = "characteristic" if rest == 1 else "characteristics"
    more = f"; {rest} other {characteristics} differed by {least} SD or more" if rest else ""
    yield (
        f"People contacted on day {day:.0f} differ from those not contacted. Largest standardized "
        f"differences, in standard deviations (SD): {listed(named)}{more}. Directions are in results.csv."
    )


def _bound_rows(a: Analysis, key: str) -> Iterator[tuple[str, ...]]:
    table = readable(a.results)
    selected = table[(table["analysis"] == key) & (table["estimand"] == BOUND)]
    days = (a.wording.window[1], a.wording.times[-1]) if key == WHOLE else (a.wording.window[1],)
    for arm in in_order(selected, "arm"):
        for day in dict.fromkeys(days):
            mine = selected[(selected["arm"] == arm) & (selected["time"] == day)]
            # A range gives each end once, and the lost twice.
            mine = mine.drop_duplicates("statistic").set_index("statistic")
            if {"none", "all"} <= set(mine.index):
                lost = mine["estimate"]["lost"]
                yield (
                    f"{arm or EVERYONE}, day {day}",
                    count(lost),
                    _observed(a, key, arm, day),
                    *(interval(mine.T[end], percent) for end in ("none", "all")),
                )


def _observed(a: Analysis, key: str, arm: str, day: int) -> str:
    found = rows_of(a.results, analysis=key, estimand="risk", cause="relapse", arm=arm, unadjusted=True)
    selected = found[found["time"] == day]
    ranged = {end: selected.loc[selected["bound"] == end, "estimate"] for end in (LOWEST, HIGHEST)}
    if all(len(values) for values in ranged.values()):
        return f"{percent(ranged[LOWEST].iloc[0])} to {percent(ranged[HIGHEST].iloc[0])} (range)"
    return interval(selected.iloc[0], percent) if len(selected) else "not shown"


def _landmark_note(a: Analysis) -> Iterator[str]:
    if any(landmark(a.results, key) and arms(a.results, analysis=key) != ("",) for key in a.wording.analyses):
        yield "People lost before the groups are compared are counted in the rows of all only."


def _unadjusted_note(a: Analysis) -> Iterator[str]:
    table = a.results.table
    shown = table["analysis"].isin(table.loc[table["estimand"] == BOUND, "analysis"])
    if (table.loc[shown, "population"] != "").any():
        yield "The groups in this table are as they were, not adjusted for how they differ."


def _common(a: Analysis) -> str:
    word, day = a.wording.relapse, a.wording.window[1]
    sentences = []
    for analysis in (COMMON, COMMON_COMPARED):
        selected = rows_of(a.results, analysis=analysis, estimand="risk", cause="relapse")
        selected = selected[
            (selected["time"] == day) & (selected["reference"] == "") & selected["estimate"].notna()
        ]
        sentences += [_both(selected, arm) for arm in in_order(selected, "arm")]
    if not sentences:
        return ""
    return (
        f"Counting only use found at scheduled visits, which are the same for everyone, {listed(sentences)} "
        f"{happened(word)} by day {day}."
    )


def _both(selected: pd.DataFrame, arm: str) -> str:
    """State the risk of an arm, or the ends of its range."""
    values = [percent(value) for value in selected.loc[selected["arm"] == arm, "estimate"].iloc[:2]]
    size = f"between {listed(values)}" if len(values) > 1 else values[0]
    return f"{size} ({arm or EVERYONE.lower()})"
