"""The page of quality measures, generated from the package's measures file and its drawn cases."""

from collections.abc import Iterator

from stepdown.schema import Credit, Exclusion, Measure, read_measures
from tests.cases.parser import cases_of
from tools.docs_pages.case_tables import drawing, filled, table


def measures_page() -> str:
    """Return the page of measures as Markdown."""
    registry = read_measures()
    sections = (line for spec in registry for line in _section(spec))
    earlier = (f"- `{spec.name}`. {spec.sentence}" for spec in registry.earlier)
    return filled("measures.md", version=[registry.version], sections=sections, earlier=earlier)


def _section(spec: Measure) -> Iterator[str]:
    yield f"## {spec.label}"
    yield ""
    yield f"`{spec.name}`. {spec.sentence}"
    yield ""
    doi = f" (doi {spec.doi})" if spec.doi else ""
    yield f"- **Source**: {spec.source}{doi}."
    yield from [f"- **Differs**: {spec.deviations}"] if spec.deviations else []
    yield from [f"- **Changed**: {spec.changed}"] if spec.changed else []
    yield f"- **Not verified**: {spec.not_verified}"
    yield f"- **Windows**: {', '.join(_window(spec, window) for window in spec.windows)}."
    yield f"- **Event**: {_event(spec)}."
    yield "- **Excluded, in this order**:"
    yield from (f"  {number}. {_exclusion(step)}" for number, step in enumerate(spec.exclusions, 1))
    if spec.numerator.rule == "hours":
        yield "- **Met by** at least the hours of the level in the week."
    elif spec.numerator.rule == "completed":
        yield f"- **Met by** the completion rule `{spec.numerator.completion}` (`docs/levels-of-care.md`)."
    else:
        yield f"- **Met by** {_rule(spec)}:"
        yield from (f"  - {_credit(credit)}" for credit in spec.numerator.credits)
    yield f"- **Better**: {spec.better}."
    yield ""
    rows = []
    for case in cases_of("measures", spec.name):
        counts, *excluded = (part.strip() for part in case.expected.split("|"))
        own = "".join(f" (data cut on day {case.own[name]})" for name in case.own)
        rows.append((drawing(case), case.why + own, *counts.split(", "), "; ".join(excluded)))
    heads = [_window(spec, window) for window in spec.windows]
    yield from table(("Drawn", "Shows", *heads, "Excluded"), rows)


def _window(spec: Measure, window: int) -> str:
    if window == 0:
        return "on the last day" if spec.denominator.event == "course" else "at discharge"
    last = spec.last_day(window)
    return f"{window} days" if last == window else f"{window} days (the last is day {last})"


def _event(spec: Measure) -> str:
    chosen = spec.denominator
    levels = _either(chosen.levels)
    if chosen.event == "discharge":
        return f"each stay that ended{f' at level {levels}' if levels else ''}; day 0 is the day of discharge"
    if chosen.event == "new_episode":
        return (
            "each discharge from a stay (transfers joined), and each first day of a visit, with no care on "
            f"the {chosen.days_without_care} days before it (before the admission, of a stay)"
        )
    if chosen.event == "week":
        return f"each week of a course of {levels}, seven days from its first session; day 0 is its first day"
    if chosen.event == "course":
        return f"each course of {levels}, without a pause of more than 14 days; day 0 is its last day"
    if chosen.event == "new_medication":
        return (
            f"the first medication for opioid use disorder after {chosen.days_without_care} days on which "
            "none was dispensed or supplied; day 0 is the day on which it was"
        )
    if chosen.event == "first_encounter":
        return "the first visit or admission of each client in each calendar year"
    word = "care received" if chosen.of == "care" else "service"
    what = f"{word} of kind {_either(chosen.kinds)}" if chosen.kinds else word
    what += f" (not of kind {_either(chosen.not_kinds)})" if chosen.not_kinds else ""
    what += f" at level {levels}" if levels else ""
    what += " or admission" if chosen.stays and chosen.of == "services" else ""
    return f"the first {what} after {chosen.days_without_care} days without any; day 0 is its first day"


def _exclusion(step: Exclusion) -> str:
    notes = {
        "column": f"`{step.column}` is {_either(step.is_in)}",
        "not_recorded": f"`{step.column}` is missing",
        "reason": f"`discharge_reason` is {_either(step.reasons)}",
    }
    return f"{step.name} ({notes[step.rule]})" if step.rule in notes else step.name


def _rule(spec: Measure) -> str:
    rule = spec.numerator
    if rule.rule == "engagement":
        return (
            f"the first of these in the window, and at least {rule.more} further days with one within "
            f"{rule.more_within} days after it"
        )
    if rule.rule in ("initiated", "engaged"):
        text = (
            "the stay itself, or else the first of these in the window"
            if rule.stay_initiates
            else "any of these in the window"
        )
        if rule.rule == "initiated":
            return text
        enough = ", or one long-acting medication" if rule.long_acting else ""
        same = "each row counting" if rule.same_day == "each" else "visits of one date counting once"
        return (
            f"{text}, and at least {rule.more} more{enough} in the {rule.more_within} days after it (after "
            f"the discharge, of a stay), {same}"
        )
    if rule.rule == "in_order":
        return "each of these on a later day than the first of the one before"
    if rule.rule == "continuous":
        return f"these covering the window without a run of {rule.gap_days} days or more that lacks them"
    return "any of these in the window"


def _credit(credit: Credit) -> str:
    if credit.source == "column":
        return f"`{credit.column}` is {_either(credit.is_in)}"
    what = {
        "care": "care received",
        "services": "attended services",
        "supply": "days supplied",
        "stays": "admissions",
        "observations": "findings",
    }[credit.source]
    parts = [f"unplanned {what}" if credit.unplanned else what]
    for name, values in (
        ("level", credit.levels),
        ("kind", credit.kinds),
        ("modality", credit.modalities),
        ("finding", credit.findings),
    ):
        parts += [f"of {name} {_either(values)}"] if values else []
    parts += [f"not of kind {_either(credit.not_kinds)}"] if credit.not_kinds else []
    parts += ["at the same or a higher level"] if credit.ranks else []
    parts += [f"after {_either(credit.after)}"] if credit.after else []
    parts += ["beginning in the window"] if credit.begins else []
    last = "" if credit.last_day is None else f" to day {credit.last_day}"
    return f"{', '.join(parts)}: from day {credit.first_day}{last}"


def _either(values: tuple[str | int | float | bool, ...]) -> str:
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    return f"{', '.join(texts[:-1])} or {texts[-1]}" if len(texts) > 1 else "".join(texts)
