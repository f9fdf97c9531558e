"""The page of follow-up: the states of a visit and the drawn cases, generated."""

from collections.abc import Iterator

from stepdown.cohort.followup import MEANINGS, cases

_HEAD = """# Follow-up

Generated from `stepdown.cohort.reach` by `stepdown docs`; do not edit.

Visits stand in `[schedule]` of the cohort file: visit day t has the window from t - before to t + after.
Where the observations tell when a contact was due (`due_day`), it belongs to the visit in whose window that
day lies, and contacts without a due day were not scheduled; else it belongs to the visit in whose window its
own day lies. At each visit every discharge is in exactly one state, the first of these that applies:
"""
_RATES = """
Due are all but `not_due`. The follow-up rate is reached / (due - dead - incarcerated): people who could not
be contacted are not eligible. The outcome is known of all who were reached, in or out of the window, or had
relapsed, died or been taken into custody; its share is told of all who were due. Intervals are Wilson's, for
the number of discharges divided by the design effect of clients who count several times.

The risk at each headline day has bounds: as if all of those lost had relapsed on the day after they were
last seen, and as if none had. Lost is who was censored before the end of the data, and not by death.

Beside them:

- **Reached against not reached** (`reached_differences`): standardized differences of what was known by
  time zero, between those reached and all others who were eligible. Large ones say that those reached are
  other people.
- **How long people were followed** (`follow_up_time`): the reverse Kaplan-Meier median, for which the end
  of follow-up is the event, and relapse or a competing event censors.
- **Maturity** (`maturity`): the share of each quarter's discharges whose days up to the end of the study's
  window (90, if not said otherwise) lie before the data cut.
- **Testing rate** (`surveillance`): urine tests, and contacts, per 100 person-months at risk, by arm. Who
  is tested more often is found out sooner.
- **Common visits** (`common_visits`): the outcome read once more from findings at scheduled visits alone,
  so that both arms are looked at equally often. Deaths, custody, admissions and emergencies stay; so does
  what was found up to time zero. A return to use is then dated to the visit that found it.
"""


def follow_up_page() -> str:
    """Return the page of follow-up as Markdown."""
    states = [f"{number}. `{name}`: {text}." for number, (name, text) in enumerate(MEANINGS.items(), 1)]
    return "\n".join([_HEAD, *states, _RATES, *_table(), ""])


def _table() -> Iterator[str]:
    given = cases()
    plan = given.schedule
    windows = [f"{visit} ({visit - plan.before} to {visit + plan.after})" for visit in plan.visits]
    yield (
        f"Drawn cases: each follows on a stay that ended on day 0; the data cut is day {given.data_cut}; `-` "
        "and `+` are negative and positive findings, `?` is a contact without a result."
    )
    yield ""
    yield f"| Drawn | {' | '.join(f'Visit {window}' for window in windows)} | Shows |"
    yield f"| {' | '.join('---' for _ in range(len(windows) + 2))} |"
    told = ""
    for case in given.cases:
        drawn = case.drawn.replace("|", "·")
        yield f"| `{drawn}` | {' | '.join(case.states)} | {'' if case.shows == told else case.shows} |"
        told = case.shows
