"""Numbers as readers see them: the one place where they are rounded."""

import math
from collections.abc import Sequence

NOT_SHOWN = "not shown"
SMALL_NUMBERS = "small numbers"
"""Why a number is not in a public report: it is small, or protects one that is."""
NOT_RELEASED = f"{NOT_SHOWN}: {SMALL_NUMBERS}"
"""What a public report shows in the place of such a number, in tables and in sentences."""
POPULATION = {
    "everyone": "everyone compared",
    "treated": "the people of the first group",
    "overlap": "those who could have gone either way",
    "matched": "those who have a counterpart in every group",
}
"""Whom an adjusted number is about, in words."""
ONLY_AN_INTERVAL = "Where contacts show only an interval,"
"""Beginning of the note on what was analyzed instead of a day."""


def number(value: float, digits: int = 1) -> str:
    """Write a number with a true minus sign and thin thousands: 1,204.5."""
    if not math.isfinite(value):
        return NOT_SHOWN
    text = f"{abs(value):,.{digits}f}"
    negative = value < 0 and float(text.replace(",", "")) > 0
    return f"−{text}" if negative else text


def count(value: float) -> str:
    """Write a count: 1,204."""
    return number(value, 0)


def percent(value: float, digits: int = 1) -> str:
    """Write a probability as a percentage: 24.3%."""
    return f"{number(100 * value, digits)}%" if math.isfinite(value) else NOT_SHOWN


def points(value: float, digits: int = 1) -> str:
    """Write a difference of probabilities in percentage points, with its sign: +3.1."""
    return signed(100 * value, digits)


def ratio(value: float) -> str:
    """Write a ratio: 0.61."""
    return number(value, 2)


def signed(value: float, digits: int = 1) -> str:
    """Write a difference with its sign: +3.1."""
    text = number(value, digits)
    zero = text != NOT_SHOWN and float(text.replace("−", "").replace(",", "")) == 0
    return text if zero or text == NOT_SHOWN or text.startswith("−") else f"+{text}"


def deviations(value: float) -> str:
    """Write a standardized difference: 0.25, or "no overlap" where the groups have no value in common."""
    return "no overlap" if math.isinf(value) else number(value, 2)


def listed(items: Sequence[str]) -> str:
    """Join items as a sentence does: a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def uncapitalized(text: str) -> str:
    """Return a label as it appears inside a sentence: "home environment", but "ASAM level"."""
    return text if text[1:2].isupper() else f"{text[:1].lower()}{text[1:]}"


def with_value(label: str, value: str) -> str:
    """Return a characteristic with its value inside a sentence: home environment “active use”."""
    shown = {"true": "yes", "false": "no"}.get(value.lower(), value.replace("_", " "))
    return f"{uncapitalized(label)} “{shown}”"


_PROPER = {
    ("race_ethnicity", "white"): "White",
    ("race_ethnicity", "black"): "Black",
    ("race_ethnicity", "hispanic"): "Hispanic",
    ("race_ethnicity", "native"): "American Indian or Alaska Native",
    ("race_ethnicity", "asian_pacific"): "Asian or Pacific Islander",
}


def value_name(column: str, value: str) -> str:
    """Return the value of a characteristic as readers see it: "active use", "Black".

    Examples
    --------
    >>> value_name("home_environment", "active_use"), value_name("race_ethnicity", "native")
    ('active use', 'American Indian or Alaska Native')
    """
    return _PROPER.get((column, value), value.replace("_", " "))


def days_of(start: float, end: float) -> str:
    """Name the days of (start, end]: "31-90". Day 0 belongs to the stretch that begins there: "0-30"."""
    return f"{start + 1 if start else 0:.0f}-{end:.0f}"


def window_name(window: tuple[int, int]) -> str:
    """Name a window (a, b] by its days: "days 31-90"."""
    return f"days {days_of(*window)}"


def quarters_before(quarters: int) -> str:
    """Return the quarters before one: "the quarter before it", "the 4 quarters before it"."""
    return "the quarter before it" if quarters == 1 else f"the {quarters} quarters before it"


def happened(word: str) -> str:
    """Return the past of the study's word: "relapsed", "returned to use"."""
    return {"relapse": "relapsed", "return to use": "returned to use"}.get(word, f"had a {word}")


def free(word: str) -> str:
    """Return who has no event yet: "relapse-free", "still abstinent"."""
    return "relapse-free" if word == "relapse" else "still abstinent"


def days_free(word: str) -> str:
    """Return what days without the event are called: "relapse-free days", "abstinent days"."""
    return "relapse-free days" if word == "relapse" else "abstinent days"


def plural(word: str) -> str:
    """Return the plural of the study's word: "relapses", "returns to use"."""
    return {"return to use": "returns to use"}.get(word, f"{word}s")


_SPELLED = {"ctn0094": "CTN-0094", "sud": "SUD"}
RULES = {
    "as_defined": "own rule",
    "positive": "missed = positive",
    "ignored": "missed excluded",
    "last": "missed = last value",
    "interval": "as an interval",
}
"""Rules for missed contacts, short enough for a figure."""


def definition_name(endpoint: str) -> str:
    """Return the name of a definition for readers: "Two positives" for "two_positives@1"."""
    name, _, version = endpoint.partition("@")
    text = " ".join(_SPELLED.get(part, part) for part in name.split("_"))
    return f"{text[:1].upper()}{text[1:]}{'' if version in ('', '1') else f' (version {version})'}"


def rule_name(rule: str) -> str:
    """Return the name of a rule for missed contacts."""
    return RULES.get(rule, rule)
